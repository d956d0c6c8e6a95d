"""What ``status`` says of a data folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.errors import IndexInvalidError, IndexNotFoundError, StoreError
from indexer.layout import DataFolder
from indexer.status import status, text
from indexer.store import Store, StoredPage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published


def test_what_is_live_and_what_the_store_holds(published: Published) -> None:
    store = Store(published.data.store)
    for url, state, reason in (
        ("a", "active", None),
        ("b", "active", None),
        ("c", "stale", "http_error"),
        ("d", "dropped", "robots"),
        ("e", "dropped", "noindex"),
        ("f", "dropped", "robots"),
    ):
        store.put(StoredPage(url, "site", state, reason))
    store.close()
    older = published.data.index / "20230102T030405Z-00000000"
    shutil.copytree(published.generation.folder, older)
    found = status(published.data)
    manifest_time = found.pop("created_at")
    build = published.generation.build_id
    assert found == {
        "build_id": build,
        "encoder": "angle@1",
        "pages": 3,
        "passages": 4,
        "sources": ["site"],
        "generations": [older.name, build],
        "states": {
            "active": 2,
            "dropped: noindex": 1,
            "dropped: robots": 2,
            "stale: http_error": 1,
        },
        "withdrawn": [],
        "runs": [],
    }
    assert text({**found, "created_at": manifest_time}).splitlines() == [
        f"Live: {build}, 3 pages, 4 passages, published {manifest_time}",
        "Encoder: angle@1",
        "Sources: site",
        f"Kept generations: {older.name}, {build}",
        "     2 active",
        "     1 dropped: noindex",
        "     2 dropped: robots",
        "     1 stale: http_error",
    ]


def test_nothing_is_written_where_nothing_is(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match=r"indexer run --data .*/none` first"):
        status(DataFolder(tmp_path / "none"))
    assert list(tmp_path.iterdir()) == []


def test_before_the_first_publish(data: DataFolder) -> None:
    with pytest.raises(IndexNotFoundError):
        status(data)


@pytest.mark.parametrize(
    "written", ["", "../../etc\n", "20240102T030405Z-00c0ffe\n", "x" * 500, "ä"]
)
def test_a_name_that_is_none(published: Published, written: str) -> None:
    published.data.current.write_text(written, encoding="utf-8")
    with pytest.raises(StoreError, match="CURRENT"):
        status(published.data)


def test_a_live_index_that_is_gone(published: Published) -> None:
    shutil.rmtree(published.generation.folder)
    with pytest.raises(IndexInvalidError, match="cannot read the manifest"):
        status(published.data)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Not a directory"):
        status(DataFolder(tmp_path / "file"))
