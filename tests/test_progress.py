"""Progress on standard error: bars for a terminal, few plain lines for a log, nothing when quiet."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from indexer.progress import Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Clock:
    """Time that passes only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A standard error that is no terminal."""
    stream = io.StringIO()
    monkeypatch.setattr("indexer.progress.sys", SimpleNamespace(stderr=stream))
    return stream


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> _Terminal:
    stream = _Terminal()
    monkeypatch.setattr("indexer.progress.sys", SimpleNamespace(stderr=stream))
    return stream


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    made = _Clock()
    monkeypatch.setattr("indexer.progress.time", made)
    return made


def test_a_log_gets_a_line_at_the_end_of_a_short_stage(log: io.StringIO, clock: _Clock) -> None:
    with Progress().stage("extract clinic", "pages", 3) as stage:
        for _ in range(3):
            clock.now += 1
            stage.step()
    assert log.getvalue() == "extract clinic: 3 of 3 pages, 3 s\n"


def test_a_log_gets_a_line_now_and_then(log: io.StringIO, clock: _Clock) -> None:
    with Progress().stage("crawl clinic", "pages") as stage:
        for _ in range(9):
            clock.now += 4
            stage.step(2)
    assert log.getvalue().splitlines() == [
        "crawl clinic: 6 pages, 12 s",
        "crawl clinic: 12 pages, 24 s",
        "crawl clinic: 18 pages, 36 s",
    ]
    assert "\r" not in log.getvalue()


def test_a_stage_that_says_how_far_it_is(log: io.StringIO, clock: _Clock) -> None:
    with Progress().stage("embed", "passages") as stage:
        stage.to(256, 300)
        clock.now += 10
        stage.to(300, 300)
    assert log.getvalue().splitlines() == [
        "embed: 300 of 300 passages, 10 s",
    ]


def test_a_stage_with_nothing_to_do_says_nothing(log: io.StringIO) -> None:
    with Progress().stage("embed", "passages"):
        pass
    assert log.getvalue() == ""


def test_a_stage_that_breaks_off_says_nothing_of_the_whole(log: io.StringIO) -> None:
    with pytest.raises(RuntimeError), Progress().stage("embed", "passages") as stage:  # noqa: PT012
        stage.step()
        raise RuntimeError
    assert log.getvalue() == ""


def test_a_terminal_gets_a_bar(terminal: _Terminal, clock: _Clock) -> None:
    with Progress().stage("extract clinic", "pages", 4) as stage:
        for _ in range(4):
            clock.now += 20
            stage.step()
    shown = terminal.getvalue()
    assert "\r" in shown
    assert "extract clinic:" in shown
    assert "100%" in shown
    assert "4/4" in shown
    assert "4 of 4 pages" not in shown, "not both"


def test_a_bar_learns_its_whole(terminal: _Terminal) -> None:
    with Progress().stage("embed", "passages") as stage:
        stage.to(2, 8)
        stage.to(8, 8)
    assert "8/8" in terminal.getvalue()


def test_a_line_of_its_own(log: io.StringIO) -> None:
    Progress().say("Published.")
    assert log.getvalue() == "Published.\n"


def test_quiet(terminal: _Terminal, clock: _Clock) -> None:
    progress = Progress(quiet=True)
    progress.say("Published.")
    with progress.stage("embed", "passages", 2) as stage:
        clock.now += 20
        stage.step(2)
    assert terminal.getvalue() == ""


def test_nothing_on_standard_output(capsys: pytest.CaptureFixture[str], clock: _Clock) -> None:
    progress = Progress()
    progress.say("Published.")
    with progress.stage("embed", "passages", 2) as stage:
        clock.now += 20
        stage.step(2)
    assert capsys.readouterr() == ("", "Published.\nembed: 2 of 2 passages, 20 s\n")
