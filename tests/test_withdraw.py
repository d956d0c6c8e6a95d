"""A withdrawn page is gone at once and stays gone: from answers, index, later runs and rollbacks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from indexer.errors import ConfigurationError
from indexer.history import history, rollback
from indexer.sources import Source
from indexer.store import Store
from indexer.verify import verify
from indexer.withdraw import restore, withdraw
from search.app import create_app
from search.engine import Engine
from search.live import LiveEngine
from search.settings import SearchSettings
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.layout import DataFolder

OLD = "<p>Zebrafinch advice that was found to be wrong.</p>"
GOOD = "<p>Advice on injections that is right.</p>"
GONE = "/site/old.html"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = '<link rel="canonical" href="/old.html">'
    pages = {
        "old.html": html("Old advice", OLD),
        "print.html": html("Old advice", OLD, copy),
        "good.html": html("Good advice", GOOD),
    }
    return write(tmp_path / "clinic", pages)


@pytest.fixture
def runs(data: DataFolder) -> Runs:
    return Runs(data)


@pytest.fixture
def site(folder: Path, runs: Runs) -> Source:
    """An indexed site of which one page is to be withdrawn."""
    source = Source(name="clinic", folder=folder)
    runs(source)
    return source


def texts(runs: Runs) -> str:
    return " ".join(each.text for each in runs.passages)


@pytest.mark.parametrize("name", [GONE, "/old.html", "old.html", f"{GONE}#part"])
def test_a_page_is_taken_out_without_a_run(runs: Runs, site: Source, name: str) -> None:
    assert site.enabled
    assert withdraw(runs.data, name, runs.encoder) == GONE
    assert "Zebrafinch" not in texts(runs)
    assert runs.urls == ["/site/good.html"]
    assert runs.live.keyword.holding(["zebrafinch"]) == []
    assert len(runs.live.vectors()) == len(runs.passages)
    assert verify(runs.data) == []


def test_it_stays_out_of_later_runs_and_its_copy_does_not_take_its_place(
    runs: Runs, site: Source
) -> None:
    withdraw(runs.data, GONE, runs.encoder)
    assert site.folder is not None
    write(site.folder, {"new.html": html("New", GOOD)})
    report = runs(site)
    assert report.published
    assert runs.urls == ["/site/good.html", "/site/new.html"]
    reasons = {page.url: page.reason for page in report.dropped}
    assert reasons == {GONE: "withdrawn", "/site/print.html": "canonical"}


def test_its_copy_does_not_take_its_place_when_it_is_gone(runs: Runs, site: Source) -> None:
    withdraw(runs.data, GONE, runs.encoder)
    assert site.folder is not None
    (site.folder / "old.html").unlink()
    for _ in range(3):
        runs(site)
        assert runs.urls == ["/site/good.html"]


def test_it_stays_out_where_the_folder_gets_its_real_address(runs: Runs, site: Source) -> None:
    withdraw(runs.data, GONE, runs.encoder)
    moved = site.model_copy(update={"base_url": "https://real.example/"})
    runs(moved, force=True)
    assert runs.urls == ["https://real.example/good.html"]
    assert verify(runs.data) == []


def test_it_stays_out_of_a_rollback(runs: Runs, site: Source) -> None:
    first = runs.live.version
    withdraw(runs.data, GONE, runs.encoder)
    assert site.folder is not None
    write(site.folder, {"new.html": html("New", GOOD)})
    runs(site)
    back = rollback(runs.data, first, runs.encoder)
    assert back not in {first, ""}
    assert runs.live.version == back
    assert runs.urls == ["/site/good.html"]
    assert verify(runs.data) == []


def test_a_page_withdrawn_during_a_run_is_out_at_its_end(
    runs: Runs, site: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer import pipeline  # noqa: PLC0415 - patched below

    promote = pipeline.promote

    def meanwhile(*arguments: object) -> object:
        withdraw(runs.data, GONE, runs.encoder)
        return promote(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "promote", meanwhile)
    assert site.folder is not None
    write(site.folder, {"new.html": html("New", GOOD)})
    report = runs(site)
    assert report.build_id == runs.live.version
    assert GONE not in runs.urls
    assert verify(runs.data) == []


def test_restored_it_is_back_with_the_next_run(runs: Runs, site: Source) -> None:
    withdraw(runs.data, GONE, runs.encoder)
    assert restore(runs.data, "/old.html") == GONE
    assert GONE not in runs.urls
    report = runs(site)
    assert report.embedded == 0
    assert GONE in runs.urls


def test_what_is_not_known_is_refused(runs: Runs, site: Source) -> None:
    assert site.enabled
    with pytest.raises(ConfigurationError, match="never indexed"):
        withdraw(runs.data, "/none.html", runs.encoder)
    with pytest.raises(ConfigurationError, match="names 3 pages"):
        withdraw(runs.data, ".html", runs.encoder)
    with pytest.raises(ConfigurationError, match=r"not withdrawn \(withdrawn: none is\)"):
        restore(runs.data, GONE)
    assert GONE in runs.urls


def test_a_running_service_leaves_it_out_at_its_next_look(runs: Runs, site: Source) -> None:
    """Also while the index still holds it, and under its served file's names."""
    assert site.enabled
    settings = SearchSettings(data=runs.data.root)
    engine = Engine(runs.live, runs.encoder, settings)
    app = create_app(settings, engine)
    live: LiveEngine = app.extensions["live"]
    client = app.test_client()

    def found() -> list[str]:
        urls = []
        for mode in ("hybrid", "semantic", "keyword"):
            body = client.get(f"/api/v1/search?q=zebrafinch+advice&mode={mode}").get_json()
            urls += [hit["path"] for hit in body["hits"]]
        return urls

    def status(path: str) -> int:
        with client.get(path) as answer:
            return answer.status_code

    passage = next(each.id for each in runs.passages if each.url == GONE)
    assert "/old.html" in found()
    with runs.data.locked():  # as while a run is under way: the index is not published anew
        thread = threading.Thread(target=withdraw, args=(runs.data, GONE, runs.encoder))
        thread.start()
        thread.join()
        live.look()
        assert engine.index.version == runs.data.live().build_id
        assert "/old.html" not in found()
        assert status(f"/api/v1/passages/{passage}") == 404
        assert status("/site/old.html") == 410
        assert status("/site/good.html") == 200
    restore(runs.data, GONE)
    live.look()
    assert "/old.html" in found()


def test_history_and_rollback_to_the_one_before(runs: Runs, site: Source) -> None:
    first = runs.live.version
    assert site.folder is not None
    write(site.folder, {"new.html": html("New", GOOD)})
    runs(site)
    second = runs.live.version
    assert [(each["build_id"], each["live"]) for each in history(runs.data)] == [
        (second, True),
        (first, False),
    ]
    assert rollback(runs.data, None, runs.encoder) == first
    assert runs.live.version == first
    with pytest.raises(ConfigurationError, match="no build before the live"):
        rollback(runs.data, None, runs.encoder)
    with pytest.raises(ConfigurationError, match="no build x is kept"):
        rollback(runs.data, "x", runs.encoder)


def test_restore_takes_the_page_that_is_named(data: DataFolder) -> None:
    store = Store(data.store)
    for url in ("/site/a.html", "/site/site/a.html", "/site/b.html", "/site/c/b.html"):
        store.withdraw(url, "2026-01-02T03:04:05Z")
    assert restore(data, "/site/a.html") == "/site/a.html"
    with pytest.raises(ConfigurationError, match=r"'/b.html' names several.*/site/c/b.html"):
        restore(data, "/b.html")
    with pytest.raises(ConfigurationError, match="'' is not withdrawn"):
        restore(data, "")
    assert restore(data, "/c/b.html") == "/site/c/b.html"
    assert store.withdrawn() == {"/site/site/a.html", "/site/b.html"}
    store.close()


@pytest.mark.parametrize("broken", ["vectors.faiss", "passages.jsonl", "manifest.json"])
def test_verify_names_what_is_damaged(runs: Runs, site: Source, broken: str) -> None:
    assert site.enabled
    file = runs.data.live().folder / broken
    file.write_bytes(file.read_bytes()[:-2])
    (wrong,) = verify(runs.data)
    assert broken in wrong
