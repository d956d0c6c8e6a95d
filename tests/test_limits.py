"""Rate limits: GCRA worked out by hand, one budget for all processes, and nothing that is kept."""

from __future__ import annotations

import fcntl
import inspect
import multiprocessing
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.limits import Rate, RateLimiter, is_local

# The forked children have nothing to do with the threads of other tests or of the test runner.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

ONE_A_SECOND = Rate(per_minute=60, burst=3)
ONCE = Rate(per_minute=1, burst=1)
CLIENT, OTHER = "203.0.113.7", "203.0.113.8"
HANGS = 30.0  # seconds after which what should have come at once never will
FORKED = multiprocessing.get_context("fork")


class Clock:
    """Shows the time it is set to. ``inside`` is called at each look, with the lock held."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.inside: Callable[[], object] = lambda: None

    def __call__(self) -> float:
        self.inside()
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> RateLimiter:
    return RateLimiter(slots=1024, clock=clock)


def _passed(limiter: RateLimiter, requests: int, rate: Rate, client: str = CLIENT) -> int:
    return sum(limiter.wait(client, "search", rate) == 0.0 for _ in range(requests))


def _table(limiter: RateLimiter) -> bytes:
    return limiter._memory[:]


def _keys(limiter: RateLimiter) -> set[bytes]:
    """The keyed hashes of the clients that are known."""
    table = _table(limiter)[64:]
    sets = [table[start : start + 64] for start in range(0, len(table), 128)]
    return {each[at : at + 8] for each in sets for at in range(0, 64, 8)} - {bytes(8)}


# GCRA


def test_the_wait_is_what_gcra_gives_by_hand(limiter: RateLimiter, clock: Clock) -> None:
    asked = [
        # seconds, wait: the TAT after it, from the first request on
        (0.0, 0.0),  # 1
        (0.0, 0.0),  # 2
        (0.5, 0.0),  # 3
        (0.5, 0.5),  # 4 would be 3.5 ahead: 0.5 too far
        (0.75, 0.25),  # the refused one did not count
        (1.0, 0.0),  # 4
        (1.0, 1.0),
        (2.5, 0.0),  # 5
        (2.5, 0.5),
        (60.0, 0.0),  # 61: the budget is whole, and no more than that
        (60.0, 0.0),
        (60.0, 0.0),
        (60.0, 1.0),
    ]
    waits = []
    for seconds, _ in asked:
        clock.now = 1000.0 + seconds
        waits.append(limiter.wait(CLIENT, "search", ONE_A_SECOND))
    assert waits == [wait for _, wait in asked]


def test_an_interval_is_rounded_up_to_a_microsecond(limiter: RateLimiter) -> None:
    assert limiter.wait(CLIENT, "search", Rate(per_minute=7, burst=1)) == 0.0
    assert limiter.wait(CLIENT, "search", Rate(per_minute=7, burst=1)) == 8.571_429


def test_clients_and_kinds_have_budgets_of_their_own(limiter: RateLimiter) -> None:
    for client, kind in [(CLIENT, "search"), (CLIENT, "suggest"), (OTHER, "search")]:
        assert limiter.wait(client, kind, ONCE) == 0.0
        assert limiter.wait(client, kind, ONCE) == 60.0


RATES = st.builds(Rate, st.integers(1, 5000), st.integers(1, 20))
PAUSES = st.lists(st.one_of(st.just(0), st.integers(0, 200), st.integers(0, 100_000)), max_size=60)


@given(rate=RATES, pauses=PAUSES, start=st.integers(0, 10**8))
def test_no_window_lets_more_through_than_the_burst_and_the_rate(
    rate: Rate, pauses: list[int], start: int
) -> None:
    clock = Clock()
    limiter = RateLimiter(slots=8, clock=clock)
    now, passed = start, []
    for pause in pauses:
        now += pause
        clock.now = now / 1000
        if limiter.wait(CLIENT, "search", rate) == 0.0:
            passed.append(now)
    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            allowed = rate.burst * 60_000 + rate.per_minute * (end - begin)
            assert (last - first + 1) * 60_000 <= allowed or end - start >= 3_600_000


@given(rate=RATES, pauses=PAUSES)
def test_who_waits_as_told_goes_ahead_and_who_comes_earlier_does_not(
    rate: Rate, pauses: list[int]
) -> None:
    clock = Clock()
    limiter = RateLimiter(slots=8, clock=clock)
    assert _passed(limiter, rate.burst, rate) == rate.burst
    for pause in pauses:
        told = limiter.wait(CLIENT, "search", rate)
        assert told <= 60 / rate.per_minute + 1e-5
        begin = clock.now
        clock.now = begin + told - 1e-6
        assert told == 0.0 or limiter.wait(CLIENT, "search", rate) > 0.0
        clock.now = begin + told
        assert limiter.wait(CLIENT, "search", rate) == 0.0 or told == 0.0
        clock.now += pause / 1000


def test_a_burst_passes_whole_however_long_the_machine_has_run() -> None:
    limiter = RateLimiter(slots=8, clock=Clock(now=123_456_789.123_456))
    assert _passed(limiter, 2000, Rate(per_minute=7, burst=1000)) == 1000


def test_a_rate_that_lets_nothing_through_is_refused() -> None:
    for per_minute, burst in [(0, 1), (1, 0), (-1, 5)]:
        with pytest.raises(ValueError, match="at least one"):
            Rate(per_minute, burst)


# Time


def test_a_clock_set_back_or_ahead_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    default = inspect.signature(RateLimiter).parameters["clock"].default
    assert default is time.monotonic
    limiter = RateLimiter(slots=8)
    assert limiter.wait(CLIENT, "search", ONCE) == 0.0
    for shown in (0.0, 1e11):
        monkeypatch.setattr(time, "time", lambda shown=shown: shown)
        monkeypatch.setattr(time, "time_ns", lambda shown=shown: int(shown * 1e9))
        assert 0.0 < limiter.wait(CLIENT, "search", ONCE) <= 60.0


# Who is one client


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("2001:db8:1:2::7", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:2::7", "2001:0DB8:0001:0002:0000:0000:0000:0008"),
        ("fe80::1%eth0", "fe80::2%eth1"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("203.0.113.7", "::ffff:cb00:7107"),
        ("", "unknown"),
        ("", "203.0.113.07"),
        ("203.0.113", "203.0.113.7:8000"),
        ("203.0.113.7, 203.0.113.8", "999.0.0.1"),
        ("203.0.113.7\0", "[2001:db8::1]"),
        (":" * 100_000, "\udcff٣"),
    ],
)
def test_these_are_one_client(limiter: RateLimiter, one: str, same: str) -> None:
    assert limiter.wait(one, "search", ONCE) == 0.0
    assert limiter.wait(same, "search", ONCE) == 60.0


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("2001:db8:1:2::7", "2001:db8:1:3::7"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("::ffff:203.0.113.7", "::cb00:7107"),
        ("203.0.113.7", "cb00:7107::"),
        ("203.0.113.7", "not an address"),
        ("::", "not an address"),
        ("0.0.0.0", "not an address"),
    ],
)
def test_these_are_two_clients(limiter: RateLimiter, one: str, another: str) -> None:
    assert limiter.wait(one, "search", ONCE) == 0.0
    assert limiter.wait(another, "search", ONCE) == 0.0


def test_loopback_is_local_and_nothing_else_is() -> None:
    local = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]
    remote = ["128.0.0.1", "10.0.0.1", "::2", "::", "0.0.0.0", "::ffff:10.0.0.1", "", "localhost"]
    assert [each for each in local + remote if is_local(each)] == local


# Nothing that is kept


@pytest.mark.parametrize("client", ["192.0.2.99", "2001:db8:99:2::7", "2001:db8::no address"])
def test_no_address_stays(
    limiter: RateLimiter, client: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    passed = "".join(client)  # nobody else holds this one
    held = sys.getrefcount(passed)
    _passed(limiter, 5, ONE_A_SECOND, passed)
    assert sys.getrefcount(passed) == held
    assert caplog.text == ""
    forms = {client.encode(), client[:8].encode(), client.encode("utf-16-le")}
    if "no" not in client:
        packed = ip_address(client).packed[:8]
        forms |= {packed, packed[::-1], packed.hex().encode()}
    assert len(_keys(limiter)) == 1
    for form in forms:
        assert form not in _table(limiter), form


def test_two_limiters_know_a_client_by_different_keys(clock: Clock) -> None:
    keys = []
    for _ in range(2):
        limiter = RateLimiter(slots=8, clock=clock)
        limiter.wait(CLIENT, "search", ONCE)
        keys.append(_keys(limiter))
    assert keys[0].isdisjoint(keys[1])


def test_after_an_hour_all_is_forgotten(limiter: RateLimiter, clock: Clock) -> None:
    salts, keys = [], []
    for hour in range(3):
        clock.now = 1000.0 + hour * 3600 + 3590
        for client in (CLIENT, OTHER, "2001:db8::1"):
            assert limiter.wait(client, "search", ONCE) == 0.0
        clock.now += 9
        assert limiter.wait(CLIENT, "search", ONCE) == 51.0
        salts.append(_table(limiter)[8:40])
        keys.append(_keys(limiter))
        clock.now += 1
        assert limiter.wait(CLIENT, "suggest", ONCE) == 0.0
        assert len(_keys(limiter)) == 1, "one request of one client clears the table"
        assert salts[-1] not in _table(limiter)
        assert limiter.wait(CLIENT, "search", ONCE) == 0.0
    assert len(set(salts)) == 3
    # Three clients in the first hour; then CLIENT's "suggest" of the turn of the hour as well.
    assert [len(each) for each in keys] == [3, 4, 4]
    assert len(set.union(*keys)) == 11, "no client has a key that it had before"


# A full table


@pytest.mark.parametrize("slots", [1, 8, 60])
def test_the_table_never_grows(clock: Clock, slots: int) -> None:
    limiter = RateLimiter(slots=slots, clock=clock)
    size = len(_table(limiter))
    assert size <= 64 + 16 * (slots + 7)
    for number in range(2000):
        clock.now += 0.001
        assert limiter.wait(f"10.1.{number // 256}.{number % 256}", "search", ONCE) == 0.0
    assert len(_table(limiter)) == size
    assert len(_keys(limiter)) == -(-slots // 8) * 8


def test_a_full_table_refuses_nobody_new_and_still_limits_a_flood(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)  # the same sets on every run
    limiter = RateLimiter(slots=1024, clock=clock)
    rate = Rate(per_minute=60, burst=10)
    flood = []
    for number in range(10 * 1024):
        clock.now += 0.001
        honest = f"10.1.{number // 256}.{number % 256}"
        assert limiter.wait(honest, "search", rate) == 0.0
        flood.append(limiter.wait(CLIENT, "search", rate) == 0.0)
    assert len(_keys(limiter)) == 1024
    # Ten seconds give it 20; to be pushed out now and then would give it a burst more each time.
    assert sum(flood) <= 30
    assert sum(flood[-1024:]) <= 2


def test_of_a_full_set_the_client_nearest_to_its_end_is_taken_over(clock: Clock) -> None:
    limiter = RateLimiter(slots=8, clock=clock)
    clients = [f"10.0.0.{number}" for number in range(8)]
    for number, client in enumerate(clients):
        assert _passed(limiter, 10, Rate(1, 2 + (number + 5) % 8), client) == 2 + (number + 5) % 8
    assert limiter.wait(CLIENT, "search", Rate(1, 20)) == 0.0
    # The fourth had sent the fewest; the others are still refused.
    assert [limiter.wait(each, "search", Rate(1, 2)) > 0.0 for each in clients] == [
        number != 3 for number in range(8)
    ]


# Processes and threads


@contextmanager
def _running(*works: Callable[[], object]) -> Iterator[list[multiprocessing.process.BaseProcess]]:
    """Forked processes that do these; none is left at the end."""
    processes = [FORKED.Process(target=work) for work in works]
    for process in processes:
        process.start()
    try:
        yield list(processes)
    finally:
        for process in processes:
            process.kill()
            process.join()


def _answer_of_another_process(limiter: RateLimiter) -> float:
    """What a process that is forked now is told; fails when it is told nothing."""
    answers = FORKED.SimpleQueue()
    with _running(lambda: answers.put(limiter.wait(CLIENT, "search", ONCE))) as (process,):
        process.join(HANGS)
        assert process.exitcode == 0, "the lock is held for ever"
        return answers.get()


def test_processes_together_pass_one_budget(limiter: RateLimiter) -> None:
    counts, ready = FORKED.SimpleQueue(), FORKED.Barrier(4)

    def work() -> None:
        ready.wait(HANGS)
        counts.put(_passed(limiter, 1000, Rate(per_minute=1, burst=2000)))

    with _running(*[work] * 4) as processes:
        for process in processes:
            process.join(HANGS)
        assert [process.exitcode for process in processes] == [0] * 4
    assert sum(counts.get() for _ in processes) == 2000
    assert limiter.wait(CLIENT, "search", Rate(per_minute=1, burst=2000)) == 60.0


def test_threads_together_pass_one_budget_and_never_overlap(clock: Clock) -> None:
    # Not even in two limiters: the kernel would see deadlocks between two processes that do.
    limiters = [RateLimiter(slots=8, clock=clock) for _ in range(2)]
    inside: set[int] = set()
    overlaps, counts = [], []

    def look() -> None:
        inside.add(threading.get_ident())
        time.sleep(0)  # lets the others go on, and nothing but a lock keeps them from coming in
        overlaps.append(len(inside) > 1)
        inside.discard(threading.get_ident())

    clock.inside = look
    threads = [
        threading.Thread(
            target=lambda each=each: counts.append(_passed(each, 500, Rate(1, burst=600)))
        )
        for each in limiters * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 1200
    assert len(overlaps) == 2000
    assert not any(overlaps)


def test_a_process_killed_with_the_lock_does_not_block_the_others(
    limiter: RateLimiter, clock: Clock
) -> None:
    holds = FORKED.Event()

    def work() -> None:
        clock.inside = lambda: (holds.set(), signal.pause())
        limiter.wait(CLIENT, "search", ONCE)

    with _running(work) as (victim,):
        assert holds.wait(HANGS)
        with pytest.raises(BlockingIOError):
            fcntl.lockf(limiter._lock._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        victim.kill()
        victim.join()
        assert _answer_of_another_process(limiter) == 0.0
        assert _answer_of_another_process(limiter) == 60.0


def test_a_process_killed_while_it_forgets_leaves_that_to_the_next(
    limiter: RateLimiter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter.wait(OTHER, "search", ONCE)
    salt, keys = _table(limiter)[8:40], _keys(limiter)
    clock.now += 3600
    begun = FORKED.Event()

    def work() -> None:
        monkeypatch.setattr(os, "urandom", lambda _: (begun.set(), signal.pause()))
        limiter.wait(CLIENT, "search", ONCE)

    with _running(work) as (victim,):
        assert begun.wait(HANGS)
        victim.kill()
        victim.join()
    assert _answer_of_another_process(limiter) == 0.0
    assert salt not in _table(limiter)
    assert keys.isdisjoint(_keys(limiter))
    assert _answer_of_another_process(limiter) == 60.0


def test_a_request_that_fails_leaves_the_lock(limiter: RateLimiter, clock: Clock) -> None:
    clock.inside = lambda: struct.unpack("q", b"")
    with pytest.raises(struct.error):
        limiter.wait(CLIENT, "search", ONCE)
    clock.inside = lambda: None
    assert _answer_of_another_process(limiter) == 0.0


def test_a_limiter_that_is_gone_leaves_no_open_file(clock: Clock) -> None:
    limiter = RateLimiter(slots=8, clock=clock)
    file = limiter._lock._file
    os.fstat(file)
    del limiter
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)
