"""The record of a run: true while it is at work, when it ended, and when its process was killed."""

from __future__ import annotations

import fcntl
import io
import json
import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from indexer import runs
from indexer.errors import BusyError, GateRefusedError, StoreError
from indexer.report import RunReport
from indexer.runs import RunRecord, new_run_id, read_run, runs_at_work, start_run
from indexer.sources import from_site
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from indexer.layout import DataFolder

NAMES = [f"2024010{day}T030405.000000Z-00a{day}" for day in range(1, 7)]


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def put(data: DataFolder, name: str, state: str, heartbeat: str = "") -> None:
    """A record as a process left it."""
    report = RunReport(name, ["clinic"], state=state, heartbeat=heartbeat)
    (data.runs / f"{name}.json").write_text(report.json(), encoding="utf-8")


def state(data: DataFolder, name: str) -> str | None:
    record = read_run(data, name)
    return str(record["state"]) if record else None


def until(true: Callable[[], bool]) -> None:
    """Return once it is true; fail after a time that no machine needs."""
    deadline, tick = time.monotonic() + 30, threading.Event()
    while not true():
        assert time.monotonic() < deadline
        tick.wait(0.002)


# While a run is at work.


def test_a_run_that_has_its_turn_says_how_far_it_is(data: DataFolder) -> None:
    report = RunReport(NAMES[0], ["clinic"], encoder="fake@1")
    with RunRecord(data, report) as record:
        assert state(data, NAMES[0]) == "queued"
        record.begin()
        record.tell("embed", 0, 40)
        found = read_run(data, NAMES[0])
        assert found is not None
        told = {name: found[name] for name in ("run_id", "state", "stage", "done", "total")}
        assert told == {
            "run_id": NAMES[0],
            "state": "running",
            "stage": "embed",
            "done": 0,
            "total": 40,
        }
        assert found["sources"] == ["clinic"]
        assert found["started_at"] >= ago(60)
        assert found["finished_at"] == ""
    assert state(data, NAMES[0]) == "unchanged"


def test_a_stage_is_written_when_it_begins_and_then_now_and_again(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def done() -> tuple[str, int, int | None]:
        found = read_run(data, NAMES[0])
        assert found is not None
        return found["stage"], found["done"], found["total"]

    with RunRecord(data, RunReport(NAMES[0], [])) as record:
        monkeypatch.setattr(runs, "_EVERY", 1000.0)
        record.begin()
        record.tell("crawl", 1, None)
        record.tell("crawl", 2, None)
        assert done() == ("crawl", 1, None)
        record.tell("embed", 5, 10)
        assert done() == ("embed", 5, 10)
        monkeypatch.setattr(runs, "_EVERY", 0.0)
        record.tell("embed", 6, 10)
        assert done() == ("embed", 6, 10)


def test_a_real_run_is_seen_at_work_in_each_of_its_stages(
    data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_EVERY", 0.0)
    seen: list[tuple[str, str]] = []
    tell = RunRecord.tell

    def look(self: RunRecord, stage: str, done: int, total: int | None) -> None:
        tell(self, stage, done, total)
        (at_work,) = runs_at_work(data)
        seen.append((at_work["state"], at_work["stage"]))

    monkeypatch.setattr(RunRecord, "tell", look)
    site = write(tmp_path / "clinic", {"a.html": html("A", "<p>A nurse gives the injection.</p>")})
    report = Runs(data)(from_site(str(site)))
    assert {state for state, _ in seen} == {"running"}
    assert list(dict.fromkeys(stage for _, stage in seen)) == [
        *("crawl clinic", "extract clinic", "chunk clinic", "embed", "publish")
    ]
    assert runs_at_work(data) == []
    record = read_run(data, report.run_id)
    assert record is not None
    assert (record["state"], record["build_id"]) == ("published", data.live().build_id)
    assert (record["pages"], record["passages"]) == (1, 1)


def test_the_heartbeat_goes_on_while_nothing_else_happens(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(f"2024-01-02T03:04:{number % 60:02}Z" for number in range(100_000))
    monkeypatch.setattr(runs, "utc_now", lambda: next(times))
    monkeypatch.setattr(runs, "_BEAT", 0.001)
    report = RunReport(NAMES[0], [])
    with RunRecord(data, report) as record:
        record.begin()
        written = report.heartbeat
        report.stage = "in the middle of a change"

        def beat() -> bool:
            found = read_run(data, NAMES[0])
            assert found is not None
            assert found["stage"] == "", "a heartbeat is not made from a report that is changing"
            return bool(found["heartbeat"] != written)

        until(beat)
    found = read_run(data, NAMES[0])
    assert found is not None
    assert (found["state"], found["heartbeat"]) == ("unchanged", report.heartbeat)
    assert not [each for each in threading.enumerate() if each.name == "heartbeat"]


# How it ended.


@pytest.mark.parametrize(("published", "ended"), [(True, "published"), (False, "unchanged")])
def test_a_run_that_succeeds(data: DataFolder, ended: str, *, published: bool) -> None:
    report = RunReport(NAMES[0], [])
    with RunRecord(data, report) as record:
        record.begin()
        report.published = published
        report.build_id = "20240102T030405Z-00c0ffee"
    found = read_run(data, NAMES[0])
    assert found is not None
    assert (found["state"], found["error"]) == (ended, "")
    assert found["finished_at"] >= found["started_at"] >= ago(60)
    assert sorted(each.name for each in data.runs.iterdir()) == [
        f"{NAMES[0]}.json",
        f"{NAMES[0]}.txt",
    ]
    assert (data.runs / f"{NAMES[0]}.txt").read_text() == report.text() + "\n"


def _raise(data: DataFolder, error: BaseException) -> None:
    with RunRecord(data, RunReport(NAMES[0], [])) as record:
        record.begin()
        raise error


@pytest.mark.parametrize(
    ("error", "ended", "said"),
    [
        (StoreError("the disk is full"), "failed", "the disk is full"),
        (ValueError(), "failed", "ValueError"),
        (KeyboardInterrupt(), "failed", "KeyboardInterrupt"),
        (GateRefusedError("section 'a' would lose 3"), "refused", "section 'a' would lose 3"),
    ],
    ids=["failed", "without words", "interrupted by its operator", "refused"],
)
def test_a_run_that_does_not_succeed(
    data: DataFolder, error: BaseException, ended: str, said: str
) -> None:
    with pytest.raises(type(error)):
        _raise(data, error)
    found = read_run(data, NAMES[0])
    assert found is not None
    assert (found["state"], found["error"]) == (ended, said)
    text = (data.runs / f"{NAMES[0]}.txt").read_text()
    assert text.startswith(f"{ended.capitalize()}, the live index is as it was: {said}\n")
    assert not list(data.runs.glob("*.lock"))


def test_a_refusal_carries_the_report_that_was_written(data: DataFolder) -> None:
    refused = GateRefusedError("too much lost")
    with pytest.raises(GateRefusedError):
        _raise(data, refused)
    found = read_run(data, NAMES[0])
    assert found is not None
    assert {**json.loads(refused.report), "heartbeat": ""} == {**found, "heartbeat": ""}


def test_a_whole_run_that_finds_another_one_at_work_leaves_no_record(
    data: DataFolder, tmp_path: Path
) -> None:
    site = write(tmp_path / "clinic", {"a.html": html("A", "<p>A nurse gives the injection.</p>")})
    with data.locked(), pytest.raises(BusyError):
        Runs(data)(from_site(str(site)))
    assert list(data.runs.iterdir()) == []


# What a killed process left behind.


@pytest.mark.parametrize("lock_file", [True, False])
def test_a_run_whose_process_is_gone_was_interrupted(data: DataFolder, *, lock_file: bool) -> None:
    put(data, NAMES[0], "running", ago(0))
    if lock_file:
        (data.runs / f"{NAMES[0]}.lock").touch()
    found = read_run(data, NAMES[0])
    assert found is not None
    assert found["state"] == "interrupted"
    assert found["error"] == (
        "its process ended before it was done; the next run goes on from there"
    )
    assert found["sources"] == ["clinic"]
    assert runs_at_work(data) == []


def test_a_run_that_holds_its_lock_lives_however_old_its_heartbeat(data: DataFolder) -> None:
    put(data, NAMES[0], "running", ago(9999))
    with (data.runs / f"{NAMES[0]}.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert state(data, NAMES[0]) == "running"
    assert state(data, NAMES[0]) == "interrupted"


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "queued"), (50, "queued"), (70, "interrupted")]
)
def test_a_process_gets_a_minute_to_take_its_lock(
    data: DataFolder, seconds: float, expected: str
) -> None:
    put(data, NAMES[0], "queued", ago(seconds))
    assert state(data, NAMES[0]) == expected


def test_a_record_without_a_heartbeat_is_old(data: DataFolder) -> None:
    put(data, NAMES[0], "queued")
    assert state(data, NAMES[0]) == "interrupted"


@pytest.mark.parametrize("ended", ["published", "unchanged", "refused", "failed"])
def test_a_run_that_ended_needs_no_lock(data: DataFolder, ended: str) -> None:
    put(data, NAMES[0], ended, ago(9999))
    assert state(data, NAMES[0]) == ended


# Which run.


@pytest.mark.parametrize(
    "name",
    [
        *("", "x", "../x", "../runs/x", NAMES[0][:-1], NAMES[0] + "0", NAMES[0] + "\n"),
        *(f"../runs/{NAMES[0]}", f"{NAMES[0]}.json", NAMES[0].upper()),
    ],
)
def test_a_name_that_is_none_is_not_looked_for(data: DataFolder, name: str) -> None:
    put(data, NAMES[0], "published")
    (data.root / "x.json").write_text('{"state": "published"}')
    (data.runs / "x.json").write_text('{"state": "published"}')
    assert read_run(data, name) is None


def test_a_run_that_is_not_known(data: DataFolder) -> None:
    assert read_run(data, NAMES[0]) is None
    assert runs_at_work(data) == []


def test_names_are_names_and_none_comes_twice(data: DataFolder) -> None:
    names = [new_run_id() for _ in range(50)]
    assert len({*names}) == 50
    for name in names:
        put(data, name, "published")
        assert state(data, name) == "published"


def test_runs_at_work_are_the_ones_that_live_oldest_first(data: DataFolder) -> None:
    put(data, NAMES[1], "running", ago(1))
    for name in NAMES[2:5]:
        put(data, name, "published", ago(1))
    put(data, NAMES[5], "queued", ago(1))
    put(data, NAMES[0], "running", ago(1))
    (data.runs / f"{NAMES[0]}.lock").touch()  # its process was killed
    with (data.runs / f"{NAMES[1]}.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert [(each["run_id"], each["state"]) for each in runs_at_work(data)] == [
            (NAMES[1], "running"),
            (NAMES[5], "queued"),
        ]


# Runs in the background.


class Child:
    """A process that is started by nobody and ends when it is told to."""

    def __init__(self, words: str = "") -> None:
        self.words = words
        self.commands: list[list[str]] = []
        self.ended = threading.Event()

    def __call__(self, command: list[str], **how: Any) -> Child:
        self.commands.append(command)
        assert how["start_new_session"]
        if self.words:
            output: io.BufferedWriter = how["stderr"]
            output.write(self.words.encode())
        return self

    def wait(self) -> int:
        assert self.ended.wait(30)
        return 7


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    made = Child()
    monkeypatch.setattr("indexer.runs.subprocess.Popen", made)
    return made


def test_a_run_in_the_background_is_one_of_what_is_live(data: DataFolder, child: Child) -> None:
    name = start_run(data)
    found = read_run(data, name)
    assert found is not None
    assert (found["run_id"], found["state"]) == (name, "queued")
    assert [each["run_id"] for each in runs_at_work(data)] == [name]
    (command,) = child.commands
    assert command[command.index("-m") + 1 :] == [
        *("indexer", "run", "--again", "--job", name, "--data", str(data.root))
    ]
    child.ended.set()


def test_at_most_one_run_waits(data: DataFolder, child: Child) -> None:
    name = start_run(data)
    assert start_run(data) == name
    assert len(child.commands) == 1
    assert len(list(data.runs.glob("*.json"))) == 1
    child.ended.set()


def test_a_run_against_the_gates_is_one_of_its_own(data: DataFolder, child: Child) -> None:
    waiting = start_run(data)
    assert start_run(data, force=True) != waiting
    assert ["--force" in command for command in child.commands] == [False, True]
    child.ended.set()


def test_a_run_that_is_at_work_does_not_stand_for_the_next_one(
    data: DataFolder, child: Child
) -> None:
    first = start_run(data)
    with RunRecord(data, RunReport(first, [])) as record:
        record.begin()
        second = start_run(data)
        assert second > first
        assert start_run(data) == second
        assert [(each["run_id"], each["state"]) for each in runs_at_work(data)] == [
            (first, "running"),
            (second, "queued"),
        ]
    assert len(child.commands) == 2
    child.ended.set()


def test_a_run_that_waits_for_its_turn_is_the_one_that_is_named(
    data: DataFolder, child: Child
) -> None:
    name = start_run(data)
    with ExitStack() as stack:
        stack.enter_context(RunRecord(data, RunReport(name, [])))  # it has its lock, not its turn
        assert start_run(data) == name
    assert len(child.commands) == 1
    child.ended.set()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("a warning\nerror: no index in there\n\n", "error: no index in there"),
        ("", "exit status 7"),
    ],
)
def test_a_process_that_dies_before_it_has_a_record_is_a_failed_run(
    data: DataFolder, child: Child, words: str, said: str
) -> None:
    child.words = words
    child.ended.set()
    name = start_run(data)
    until(lambda: state(data, name) == "failed")
    found = read_run(data, name)
    assert found is not None
    assert found["error"] == said
    assert found["finished_at"] >= ago(60)
    assert (data.runs / f"{name}.log").read_text() == words
    assert start_run(data) != name, "a run that failed is not waited for"


def test_a_run_that_ended_by_itself_keeps_its_record(
    data: DataFolder, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    reaped = threading.Event()
    reap = runs._reap

    def told(*given: Any) -> None:
        reap(*given)
        reaped.set()

    monkeypatch.setattr(runs, "_reap", told)
    name = start_run(data)
    with RunRecord(data, RunReport(name, [])) as record:
        record.begin()
    child.ended.set()
    assert reaped.wait(30)
    found = read_run(data, name)
    assert found is not None
    assert (found["state"], found["error"]) == ("unchanged", "")


def test_a_run_that_cannot_be_started_leaves_no_record(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("indexer.runs.subprocess.Popen", fail)
    with pytest.raises(StoreError, match=r"no run can be started: .*Cannot allocate memory"):
        start_run(data)
    assert list(data.runs.glob("*.json")) == []


def test_a_record_of_before_there_were_states_is_read(data: DataFolder) -> None:
    name = "20260101T030405.000000Z"
    (data.runs / f"{name}.json").write_text(json.dumps({"run_id": name, "published": True}))
    assert (read_run(data, name) or {})["state"] == "published"
    assert runs_at_work(data) == []
