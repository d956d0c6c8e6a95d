"""What the operator's page reads from a data folder, and that it only reads."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.errors import StoreError
from indexer.layout import DataFolder
from indexer.publish import Contents, publish
from indexer.report import RunReport
from indexer.runs import new_run_id
from indexer.store import Store, StoredPage
from search.operator_records import (
    PageState,
    builds,
    difference,
    plan_made,
    run,
    runs,
    said,
    stored,
)
from tests.fakes import passage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from indexer.records import Passage
    from tests.conftest import Published


def publish_next(published: Published, passages: Sequence[Passage], **more: object) -> str:
    store = Store(published.data.store)
    vectors = published.encoder.encode([each.embedded_text for each in passages])
    contents = Contents(passages, vectors, ("site",), {}, **more)  # type: ignore[arg-type]
    made = publish(published.data, contents, published.encoder, store)
    store.close()
    return made.build_id


@pytest.fixture
def in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build ids in the order of publishing, also within a second."""
    count = iter(range(100))
    monkeypatch.setattr(
        "indexer.publish.secrets.token_hex", lambda _: f"{0xFFFFFF00 + next(count):08x}"
    )


def put(data: DataFolder, run_id: str, **more: object) -> None:
    report = RunReport(run_id, ["site"], state="published")
    text = json.dumps({**report.as_object(), **more})
    (data.runs / f"{run_id}.json").write_text(text, encoding="utf-8")


def test_the_indexes_that_are_kept_newest_first(published: Published, in_order: None) -> None:
    assert in_order is None
    first = published.generation.build_id
    second = publish_next(published, published.passages[:2], forced=("lost pages",))
    found = builds(published.data)
    assert [(each.build_id, each.is_live) for each in found] == [(second, True), (first, False)]
    assert (found[0].pages, found[0].passages, found[0].forced) == (1, 2, ("lost pages",))
    assert (found[0].encoder, found[0].sources, found[0].error) == ("angle@1", ("site",), "")


def test_an_index_that_cannot_be_read_says_why(published: Published) -> None:
    published.generation.manifest.write_text("{}")
    (found,) = builds(published.data)
    assert "Field required" in found.error
    assert found.is_live


def test_nothing_was_published_and_nothing_ran(data: DataFolder, tmp_path: Path) -> None:
    assert builds(data) == []
    assert runs(data) == []
    assert stored(data).pages == ()
    assert not data.store.exists()
    nowhere = DataFolder(tmp_path / "nowhere")
    assert (builds(nowhere), runs(nowhere), stored(nowhere).pages) == ([], [], ())
    assert not nowhere.root.exists()


def test_the_last_runs_newest_first_without_those_that_cannot_be_read(data: DataFolder) -> None:
    names = [new_run_id() for _ in range(14)]
    for name in names:
        put(data, name)
    (data.runs / f"{names[-1]}.json").write_text("{", encoding="utf-8")
    (data.runs / f"{names[-2]}.json").write_text("[]", encoding="utf-8")
    assert [each["run_id"] for each in runs(data)] == names[-3:1:-1]
    assert run(data, names[-1]) is None
    assert run(data, "../x") is None


def test_what_a_run_said_is_its_last_lines(data: DataFolder) -> None:
    (data.runs / "x.log").write_text("\n".join(map(str, range(20))), encoding="utf-8")
    assert said(data, "x") == [str(line) for line in range(8, 20)]
    assert said(data, "y") == []


def test_the_pages_of_a_real_store_and_the_withdrawn_ones(data: DataFolder, store: Store) -> None:
    store.put(StoredPage("/b/", "site", "stale", reason="http_error", detail="503", body=b"x"))
    store.put(StoredPage("/a/", "site", "active"))
    store.withdraw("/a/", "2024-01-02T03:04:05Z")
    found = stored(data)
    assert found.pages == (
        PageState("/a/", "active", "", ""),
        PageState("/b/", "stale", "http_error", "503"),
    )
    assert found.withdrawn == {"/a/": "2024-01-02T03:04:05Z"}


def test_a_store_is_not_written_by_looking_at_it(
    data: DataFolder, store: Store, tmp_path: Path
) -> None:
    store.put(StoredPage("/a/", "site", "active"))
    left = DataFolder(tmp_path / "left by a process that was killed")
    shutil.copytree(data.root, left.root)
    before = left.store.read_bytes()
    assert [page.url for page in stored(left).pages] == ["/a/"]
    assert left.store.read_bytes() == before


def test_a_store_that_is_none(data: DataFolder) -> None:
    data.store.write_bytes(b"no database " * 100)
    with pytest.raises(StoreError, match="cannot be read"):
        stored(data)


def test_how_an_index_differs_from_the_one_before(published: Published, in_order: None) -> None:
    assert in_order is None
    first = published.generation.build_id
    assert difference(published.data, first) is None
    changed = [
        passage("Octreotide is another now, direction 10"),
        published.passages[3],
        passage("New, direction 20", url="/site/new/"),
    ]
    second = publish_next(published, changed)
    found = difference(published.data, second)
    assert found
    assert found.before == first
    assert (found.added, found.changed, found.removed) == (
        *(("/site/new/",), ("/site/a/",)),
        ("/site/scans/",),
    )


@pytest.mark.parametrize("build_id", ["", "..", "20240102T030405Z-00c0ffee"])
def test_of_an_index_that_is_not_kept_no_difference_is_known(
    published: Published, build_id: str
) -> None:
    assert difference(published.data, build_id) is None


def test_of_a_damaged_index_no_difference_is_known(published: Published, in_order: None) -> None:
    assert in_order is None
    second = publish_next(published, published.passages[:2])
    published.generation.passages.unlink()
    assert difference(published.data, second) is None


def test_a_plan_is_taken_only_when_it_is_whole() -> None:
    assert plan_made('{"publishes": true}') == {"publishes": True}
    for text in ("", "{", "[]", "{}", '{"publishes": tr'):
        assert plan_made(text) is None
