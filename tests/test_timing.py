"""Stages of a request: their times by a clock that the test sets."""

from __future__ import annotations

import threading

import pytest

from search import timing
from search.timing import begin, stage


class Clock:
    """Shows the time it is set to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("search.timing.time.perf_counter", made)
    return made


def test_a_stage_takes_the_time_inside(clock: Clock) -> None:
    seconds = begin()
    clock.now += 5
    with stage("encode"):
        clock.now += 0.25
    clock.now += 5
    with stage("rank"):
        pass
    assert seconds == {"encode": 0.25, "rank": 0.0}


def test_a_stage_that_comes_again_adds_up(clock: Clock) -> None:
    seconds = begin()
    for spent in (0.25, 0.5):
        with stage("rank"):
            clock.now += spent
    assert seconds == {"rank": 0.75}


def test_the_time_of_a_stage_that_fails_counts(clock: Clock) -> None:
    seconds = begin()

    def fail() -> None:
        with stage("encode"):
            clock.now += 0.5
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seconds == {"encode": 0.5}


def test_a_new_request_begins_with_none(clock: Clock) -> None:
    before = begin()
    seconds = begin()
    with stage("encode"):
        clock.now += 0.5
    assert (before, seconds) == ({}, {"encode": 0.5})


def test_requests_of_two_threads_are_apart(clock: Clock) -> None:
    seconds = begin()
    found: list[dict[str, float]] = []
    inside, both = threading.Event(), threading.Event()

    def other() -> None:
        found.append(begin())
        with stage("encode"):
            inside.set()
            assert both.wait(30)

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(30)
    with stage("rank"):
        clock.now += 0.5
    both.set()
    thread.join(30)
    assert (seconds, found) == ({"rank": 0.5}, [{"encode": 0.5}])


def test_without_a_request_a_stage_is_nothing(clock: Clock) -> None:
    begun: list[dict[str, float] | None] = []

    def without() -> None:
        with stage("encode"):
            clock.now += 0.5
        begun.append(timing._stages.get())

    thread = threading.Thread(target=without)
    thread.start()
    thread.join(30)
    assert begun == [None]
