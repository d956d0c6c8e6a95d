"""Runs that a gate refuses: nothing is published, the loss is named, and --force records it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

import indexer.__main__ as program
from indexer import cli
from indexer.errors import GateRefusedError
from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.pipeline import run
from indexer.progress import Progress
from indexer.reader import read_passages
from indexer.settings import IndexerSettings
from indexer.sources import from_site
from tests.fakes import FakeEncoder
from tests.runs import html, write
from tests.sites import Answer, Site, page

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.report import RunReport

WORDS = "<p>A nurse gives the injection every month, and it may sting for a day.</p>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site of two sections: 60 pages, and a small one of 4 (6 %)."""
    pages = {f"care/{n:02}.html": html(f"Care {n}", f"{WORDS}<p>Care {n}.</p>") for n in range(60)}
    pages |= {f"stories/{n}.html": html(f"Story {n}", f"{WORDS}<p>{n}</p>") for n in range(4)}
    return write(tmp_path / "clinic", pages)


def index(folder: Path, data: DataFolder, *, force: bool = False) -> RunReport:
    settings = IndexerSettings(data=data.root)
    source = from_site(str(folder))
    return run([source], settings, FakeEncoder(), Progress(quiet=True), force=force)


def lose_stories(folder: Path, data: DataFolder) -> None:
    """Two runs: gone once is kept, gone twice is not."""
    for file in (folder / "stories").iterdir():
        file.unlink()
    index(folder, data)


def test_a_whole_lost_section_is_refused_and_the_live_index_stays(
    folder: Path, data: DataFolder
) -> None:
    live = index(folder, data).build_id
    lose_stories(folder, data)
    with pytest.raises(GateRefusedError) as refused:
        index(folder, data)
    assert "section 'stories' of clinic would lose 4 of its 4 pages" in str(refused.value)
    assert "/site/stories/0.html (not_found)" in str(refused.value)
    assert data.live().build_id == live
    assert len(data.generations()) == 1
    kept = sorted(data.runs.glob("*.json"))
    assert "stories" in json.loads(kept[-1].read_text())["error"]


def test_what_was_refused_is_not_lost_by_a_run_of_another_site(
    folder: Path, data: DataFolder, tmp_path: Path
) -> None:
    live = index(folder, data).build_id
    other = write(tmp_path / "other", {"a.html": html("Other", WORDS)})

    def add_other() -> RunReport:
        settings = IndexerSettings(data=data.root)
        return run(
            [from_site(str(other))], settings, FakeEncoder(), Progress(quiet=True), only=False
        )

    lose_stories(folder, data)
    for attempt in (lambda: index(folder, data), add_other):
        with pytest.raises(GateRefusedError, match="section 'stories' of clinic would lose 4"):
            attempt()
        assert data.live().build_id == live


def test_force_publishes_and_the_manifest_says_so(folder: Path, data: DataFolder) -> None:
    live = index(folder, data).build_id
    lose_stories(folder, data)
    report = index(folder, data, force=True)
    assert report.published
    assert report.build_id != live
    (said,) = Manifest.read(data.live().manifest).forced
    assert "'stories'" in said
    assert not any("stories" in each.path for each in read_passages(data.live()))


def test_a_harmless_change_passes(folder: Path, data: DataFolder) -> None:
    index(folder, data)
    (folder / "care/07.html").unlink()
    (folder / "stories/1.html").unlink()
    write(folder, {"care/08.html": html("Care 8", WORDS)})
    index(folder, data)
    report = index(folder, data)
    assert report.published
    assert report.forced == []
    assert Manifest.read(data.live().manifest).forced == ()


def test_a_site_that_mostly_fails_is_refused(data: DataFolder) -> None:
    paths = [f"/p{n}" for n in range(20)]
    routes = {path: page(f"Page {path} says this and that.") for path in paths}
    routes["/"] = page("The first page says something too.", *paths)
    limits = {"delay": 0, "backoff": 0, "retries": 0, "timeout": 10}
    with Site(routes) as site:
        source = from_site(site.url("/")).model_copy(
            update={"limits": from_site(site.url("/")).limits.model_copy(update=limits)}
        )

        def crawl() -> RunReport:
            settings = IndexerSettings(data=data.root)
            return run([source], settings, FakeEncoder(), Progress(quiet=True))

        live = crawl().build_id
        for path in paths[:8]:
            routes[path] = Answer("down", 503)
        with pytest.raises(GateRefusedError, match="failed fetches: 8 of 21 addresses") as refused:
            crawl()
        assert site.url(paths[0]) in str(refused.value)
        assert data.live().build_id == live


def test_the_command_says_how_to_go_on(
    folder: Path,
    data: DataFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    index(folder, data)
    lose_stories(folder, data)
    monkeypatch.setattr(cli, "SentenceTransformerEncoder", lambda *_, **__: FakeEncoder())
    given = ["run", "--site", str(folder), "--data", str(data.root)]
    monkeypatch.setattr(sys, "argv", ["indexer", *given])
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 3
    said = capsys.readouterr().err
    assert "section 'stories'" in said
    command = said.strip().rsplit("all the same: ", 1)[1]
    monkeypatch.setattr(sys, "argv", command.split()[2:])
    program.main()
    assert "--force" in command
    assert not any("stories" in each.path for each in read_passages(data.live()))


def test_another_folder_of_the_same_name_is_not_mixed_in(folder: Path, data: DataFolder) -> None:
    index(folder, data)
    other = write(folder.parent / "b" / "clinic", {"care/00.html": html("Other", WORDS)})
    with pytest.raises(GateRefusedError, match="section 'care' of clinic would lose 59 of its 60"):
        index(other, data)
    index(other, data, force=True)
    assert {each.path for each in read_passages(data.live())} == {"/care/00.html"}


def test_a_refusal_is_in_the_json_report(
    folder: Path,
    data: DataFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    index(folder, data)
    lose_stories(folder, data)
    monkeypatch.setattr(cli, "SentenceTransformerEncoder", lambda *_, **__: FakeEncoder())
    given = ["run", "--site", str(folder), "--data", str(data.root), "--json"]
    monkeypatch.setattr(sys, "argv", ["indexer", *given])
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 3
    assert "section 'stories'" in json.loads(capsys.readouterr().out)["error"]
