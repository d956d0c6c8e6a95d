"""Whole runs over a web site on 127.0.0.1, and runs that fail on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer import publish as publish_module
from indexer.encoder import Encoder
from indexer.errors import CrawlError, StoreError
from indexer.layout import DataFolder
from indexer.pipeline import run
from indexer.progress import Progress
from indexer.reader import IndexReader
from indexer.report import RunReport
from indexer.settings import IndexerSettings
from indexer.sources import Source
from indexer.store import Store
from tests.fakes import FakeEncoder
from tests.sites import Answer, Asked, Site, redirect

pytestmark = pytest.mark.usefixtures("quick_crawls")


def _run(data: DataFolder, source: Source, encoder: Encoder | None = None) -> RunReport:
    settings = IndexerSettings(data=data.root)
    return run([source], settings, encoder or FakeEncoder(), Progress(quiet=True))


def _live(data: DataFolder) -> IndexReader:
    return IndexReader.open(data.live(), FakeEncoder())


def _paths(data: DataFolder) -> set[str]:
    return {each.path for each in _live(data).passages}


def _html(about: str) -> str:
    return (
        f"<title>{about}</title><main><h1>{about}</h1><p>{about} is explained in this sentence.</p>"
        '<a href="/b">b</a> <a href="/old">old</a></main>'
    )


def _steady(about: str) -> Callable[[Asked], Answer]:
    """A page that never changes, and says so."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"1"':
            return Answer(status=304)
        return Answer(_html(about), headers={"ETag": '"1"'})

    return answer


def _web(site: Site) -> Source:
    limits = {"delay": 0, "backoff": 0, "retries": 0, "timeout": 10}
    return Source.model_validate(
        {"name": "web", "start_urls": [site.url()], "allow_private": True, "limits": limits}
    )


def test_a_web_site_over_its_life(data: DataFolder) -> None:
    routes: dict[str, Any] = {path: _steady(f"Page {path}") for path in ("/", "/b", "/old")}
    with Site(routes) as site:
        source = _web(site)
        first = _run(data, source)
        assert first.answers == {"200": 3}
        assert _paths(data) == {"/", "/b", "/old"}

        # One page is in trouble, one has moved; nothing was written anew.
        routes["/b"], routes["/old"] = Answer("down", 503), redirect("/new")
        routes["/new"] = _steady("Page /old")
        second = _run(data, source)
        assert second.states == {"active": 2, "stale": 1}
        assert _paths(data) == {"/", "/b", "/new"}
        assert second.embedded == 0
        assert (site.url("/old"), "redirected") in {(d.url, d.reason) for d in second.dropped}

        # Gone once it stays, gone twice it does not.
        routes["/b"] = Answer("gone", 410)
        third = _run(data, source)
        assert third.states == {"active": 2, "missing": 1}
        assert "/b" in _paths(data)
        fourth = _run(data, source)
        assert _paths(data) == {"/", "/new"}
        assert [link.url for link in fourth.broken_links] == [site.url("/b")]

    store = Store(data.store)
    states = {page.url.removeprefix(site.url("")): page.state for page in store.pages()}
    store.close()
    assert states == {"/": "active", "/b": "dropped", "/new": "active", "/old": "dropped"}

    # Now the whole site is away.
    with pytest.raises(
        CrawlError, match=r"could be read.*connection refused.*nothing was published"
    ):
        _run(data, source)
    assert _live(data).version == fourth.build_id


def test_a_site_that_was_never_reached(data: DataFolder) -> None:
    with Site() as site:
        source = _web(site)
    with pytest.raises(CrawlError, match=rf"no page of {site.url()} could be read"):
        _run(data, source)
    assert data.generations() == []


@pytest.fixture
def folder(tmp_path: Path) -> Source:
    root = tmp_path / "notes"
    root.mkdir()
    (root / "a.html").write_text(_html("Scans"), encoding="utf-8")
    return Source(name="notes", folder=root)


def test_a_publish_that_fails_keeps_the_index_and_the_vectors(
    data: DataFolder, folder: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = _run(data, folder).build_id
    assert folder.folder is not None
    (folder.folder / "b.html").write_text(_html("Something new"), encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(publish_module, "sync_tree", fail)
        with pytest.raises(OSError, match="No space"):
            _run(data, folder)
    assert _live(data).version == build
    report = _run(data, folder)  # what was embedded by then is not embedded again
    assert (report.embedded, report.published) == (0, True)
    assert _paths(data) == {"/a.html", "/b.html"}


def test_a_data_folder_that_cannot_be_written(tmp_path: Path, folder: Source) -> None:
    (tmp_path / "file").touch()
    encoder = FakeEncoder()
    with pytest.raises(StoreError, match="cannot write to the data folder"):
        _run(DataFolder(tmp_path / "file" / "data"), folder, encoder)
    assert encoder.encoded == []


def test_an_unchanged_site_is_asked_for_as_much_as_before(data: DataFolder) -> None:
    """A page that has not changed comes without a body, and its links are followed all the same."""
    routes: dict[str, Any] = {"/": _steady("Page /"), "/b": Answer("gone", 404)}
    with Site(routes) as site:
        first = _run(data, _web(site))
        again = _run(data, _web(site))
    assert first.answers == {"200": 1, "not_found": 2}
    assert again.answers == {"304": 1, "not_found": 2}
    assert again.broken_links == first.broken_links
    assert len(again.broken_links) == 2
