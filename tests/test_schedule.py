"""Runs again and again: the interval as it is written, and what happens between two runs."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from indexer import schedule
from indexer.errors import ConfigurationError
from indexer.schedule import run_every, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", 90),
        ("30m", 1800),
        ("6h", 21600),
        ("1d", 86400),
        (" 2 H ", 7200),
        ("99999s", 99999),
        ("007m", 420),
    ],
)
def test_a_time_in_seconds(text: str, expected: int) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    "text", ["", "6", "h", "0h", "00m", "-1h", "1.5h", "1w", "1h30m", "100000s", "6 hours", "1e3s"]
)
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        seconds(text)
    assert str(caught.value) == f"--every {text!r} is no time such as 90s, 30m, 6h or 1d"


class Clock:
    """Time that only runs and waits take; processes that end with the statuses given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *runs: tuple[int, float]) -> None:
        self.now = 100.0
        self.runs = list(runs)  # status and duration of each
        self.waited: list[float] = []
        self.started: list[list[str]] = []
        self.begun_at: list[float] = []
        self.terminated = 0
        self.handlers: dict[int, Callable[..., object]] = {}
        monkeypatch.setattr("indexer.schedule.signal.signal", self.handlers.__setitem__)
        monkeypatch.setattr(schedule, "time", self)
        monkeypatch.setattr("indexer.schedule.subprocess.Popen", self._start)

    def monotonic(self) -> float:
        return self.now

    def wait_for_next(self, left: float) -> None:
        self.waited.append(left)
        self.now += left

    def _start(self, command: list[str], **_: Any) -> Clock:
        self.started.append(command)
        self.begun_at.append(self.now)
        return self

    def wait(self) -> int:
        status, duration = self.runs.pop(0)
        self.now += duration
        if status == 1000:
            raise KeyboardInterrupt
        return status

    def terminate(self) -> None:
        self.terminated += 1


def test_runs_begin_an_interval_apart_however_long_each_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, (0, 10), (0, 25), (0, 1))
    run_every(60, ["run", "--data", "x y"], clock.wait_for_next, times=3)
    assert clock.begun_at == [100, 160, 220]
    assert clock.waited == [50, 35]
    assert clock.started == [[sys.executable, "-P", "-m", "indexer", "run", "--data", "x y"]] * 3


def test_a_run_longer_than_the_interval_is_followed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, (0, 61), (0, 60), (0, 0))
    run_every(60, ["run"], clock.wait_for_next, times=3)
    assert clock.waited == [0, 0]
    assert clock.begun_at == [100, 161, 221]


def test_a_failing_run_is_logged_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock(monkeypatch, (1, 10), (3, 20), (0, 0))
    with caplog.at_level(logging.WARNING):
        run_every(60, ["run"], clock.wait_for_next, times=3)
    assert len(clock.started) == 3
    assert [record.getMessage() for record in caplog.records] == [
        "The run ended with status 1; the next begins in 50 s",
        "The run ended with status 3; the next begins in 40 s",
        "The run ended with status 0; the next begins in 60 s",
    ]


def test_an_interrupt_ends_the_run_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, (0, 0), (1000, 0))
    with pytest.raises(KeyboardInterrupt):
        run_every(60, ["run"], clock.wait_for_next, times=3)
    assert len(clock.started) == 2
    assert clock.terminated == 2  # the first has ended: for it this is nothing
    assert clock.runs == []


def test_a_request_to_end_is_an_exit_so_that_the_run_is_ended_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch, (0, 0))
    run_every(60, ["run"], clock.wait_for_next, times=1)
    assert list(clock.handlers) == [signal.SIGTERM]
    with pytest.raises(SystemExit) as end:
        clock.handlers[signal.SIGTERM](signal.SIGTERM, None)
    assert end.value.code == 0
