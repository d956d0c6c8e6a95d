from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TypeAlias

import pytest

from indexer.layout import DataFolder
from search import gaps
from search.__main__ import main
from search.gaps import GapLog
from tests.commands import exit_status

SUNDAY = datetime(2026, 3, 8, 23, 59)  # noqa: DTZ001 - its zone is given where it is asked for
MONDAY = "2026-03-02"  # before it

Command: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs ``python -m search gaps`` on a Sunday: its exit status and both outputs."""
    monkeypatch.setattr(
        gaps, "datetime", SimpleNamespace(now=lambda zone: SUNDAY.replace(tzinfo=zone))
    )

    def called(*arguments: str, recording: bool = False) -> tuple[int, str, str]:
        monkeypatch.setenv("NET_GAPS", str(recording).lower())
        return exit_status(
            main, "search", "gaps", "--data", data.root, *arguments
        ), *capsys.readouterr()

    return called


@pytest.fixture
def recent(data: DataFolder) -> None:
    """Enough searches in the last days to say something about."""
    for ago in range(5):
        log = GapLog(data, today=(SUNDAY - timedelta(ago)).date)
        for n in range(40):
            log.note(["travel", "insurance"], found=n >= 10)


def _rows(text: str) -> list[Sequence[str]]:
    return [line.split() for line in text.splitlines() if line]


@pytest.mark.usefixtures("recent")
def test_the_command_prints_a_table(command: Command) -> None:
    status, out, err = command(recording=True)
    assert (status, err) == (0, "")
    assert "gap report is on" in out
    assert ["travel", "insurance", "50-99", "5+", MONDAY] in _rows(out)
    assert ["in", "all", "25", "%", "of", "about", "200"] in _rows(out)
    assert "NET_GAPS" not in out


@pytest.mark.usefixtures("recent")
def test_the_command_prints_one_object(command: Command) -> None:
    status, out, _ = command("--json", recording=True)
    found = json.loads(out)
    assert status == 0
    assert out.count("\n") == 1
    assert (found["recording"], found["kept_days"], found["shown_from_days"]) == (True, 90, 5)
    assert found["overall"] == {"since": MONDAY, "searches": 200, "unanswered": 25}
    assert {
        "term": "insurance",
        "searches": "50-99",
        "days_at_least": 5,
        "since_week_of": MONDAY,
    } in (found["terms"])
    assert found["weeks"] == [found["overall"]]


@pytest.mark.usefixtures("recent")
def test_what_was_recorded_is_shown_when_it_is_off(
    command: Command,
) -> None:
    status, out, _ = command(recording=False)
    assert status == 0
    assert "NET_GAPS=true" in out
    assert "travel insurance" in out
    assert "--forget" in out


def test_the_command_says_that_the_report_is_off_and_empty(
    command: Command, data: DataFolder
) -> None:
    status, out, _ = command()
    assert status == 0
    assert "NET_GAPS=true" in out
    assert "Nothing was recorded" in out
    assert not data.gaps.exists()
    assert json.loads(command("--json")[1]) == {
        "recording": False,
        "kept_days": 90,
        "shown_from_days": 5,
        "overall": None,
        "weeks": [],
        "terms": [],
    }


def test_the_command_says_that_no_term_may_be_shown_yet(command: Command, data: DataFolder) -> None:
    GapLog(data, today=SUNDAY.date).note(["insurance"], found=False)
    status, out, _ = command(recording=True)
    assert status == 0
    assert "No word was missed on 5 different days yet" in out
    assert "too few to say" in out
    assert "insurance" not in out


@pytest.mark.usefixtures("recent")
def test_the_command_forgets(command: Command, data: DataFolder) -> None:
    status, out, _ = command("--forget")
    assert status == 0
    assert "deleted" in out
    assert not data.gaps.exists()
    status, out, _ = command("--forget")
    assert (status, "nothing to delete" in out) == (0, True)
    assert json.loads(command("--forget", "--json")[1]) == {"forgotten": False}


def test_the_command_fails_by_its_exit_status(command: Command, data: DataFolder) -> None:
    assert command("--unknown")[0] == 2
    data.gaps.write_text("This is no database. " * 500)
    status, out, err = command()
    assert (status, out) == (1, "")
    assert err.startswith("error: cannot read")
    assert "--forget" in err
    assert command("--forget")[0] == 0
