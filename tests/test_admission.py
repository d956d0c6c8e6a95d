"""Admission: who has a turn, who waits and in which order, and who is refused, in all processes."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess

import pytest

from search.admission import Admission, TooBusyError

# The forked children have nothing to do with the threads of other tests or of the test runner.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")

HANGS = 30.0  # seconds after which what should have come never will
FORKED = multiprocessing.get_context("fork")


class Watched(Admission):
    """Tells when the number of those that wait changes."""

    def __init__(self, working: int, waiting: int) -> None:
        super().__init__(working, waiting)
        self._changed = threading.Condition()

    def _count(self, change: int) -> None:
        super()._count(change)
        with self._changed:
            self._changed.notify_all()

    def until(self, waiting: int) -> None:
        """Return when so many wait."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.waiting == waiting, HANGS)


class LooksLong(Admission):
    """Does something while it looks whether there is a place."""

    looks: Callable[[], object]

    @property
    def waiting(self) -> int:
        self.looks()
        return super().waiting


@contextmanager
def _started(*work: Callable[[], None]) -> Iterator[None]:
    """The work is done in threads, and has ended at the end of the block."""
    threads = [threading.Thread(target=each, daemon=True) for each in work]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(HANGS)
        assert not thread.is_alive()


def _refused(admission: Admission) -> bool:
    """Whether a request is refused at once; False when it has, or waits for, a turn."""
    refused = threading.Event()
    answered = threading.Event()

    def ask() -> None:
        try:
            with admission.turn():
                answered.set()
        except TooBusyError:
            refused.set()
            answered.set()

    threading.Thread(target=ask, daemon=True).start()
    assert answered.wait(HANGS), "it waits"
    return refused.is_set()


def test_as_many_work_as_may_and_the_next_waits() -> None:
    admission = Watched(working=3, waiting=10)
    together, leave, entered = threading.Barrier(4), threading.Semaphore(0), threading.Event()

    def work() -> None:
        with admission.turn():
            together.wait(HANGS)
            assert leave.acquire(timeout=HANGS)

    def next_one() -> None:
        with admission.turn():
            entered.set()

    with _started(work, work, work):
        together.wait(HANGS)  # all three are in
        assert admission.waiting == 0
        with _started(next_one):
            admission.until(1)
            assert not entered.is_set()
            leave.release()
        assert entered.is_set()
        assert admission.waiting == 0
        leave.release(2)


def test_never_more_than_may_work_and_all_get_their_turn() -> None:
    admission = Admission(working=2, waiting=100)
    inside, most, done = [0], [0], [0]
    lock = threading.Lock()

    def work() -> None:
        for _ in range(100):
            with admission.turn():
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with lock:
                    inside[0] -= 1
                    done[0] += 1

    with _started(*[work] * 8):
        pass
    assert done == [800]
    assert most[0] <= 2
    assert admission.waiting == 0


def test_who_came_first_has_the_next_turn() -> None:
    for _ in range(20):
        admission = Watched(working=1, waiting=10)
        order: list[int] = []

        def work(number: int, admission: Watched = admission, order: list[int] = order) -> None:
            with admission.turn():
                order.append(number)

        with ExitStack() as threads:
            with admission.turn():
                for number in range(3):
                    threads.enter_context(_started(lambda number=number: work(number)))
                    admission.until(number + 1)
            work(3)  # comes in the moment in which a turn is given back, before a thread wakes up
        assert order == [0, 1, 2, 3]


def test_when_too_many_wait_the_next_is_refused_at_once() -> None:
    admission = Watched(working=1, waiting=2)

    def work() -> None:
        with admission.turn():
            pass

    with ExitStack() as waiting, admission.turn():
        for number in (1, 2):
            waiting.enter_context(_started(work))
            admission.until(number)
        assert _refused(admission)
        assert admission.waiting == 2, "who was refused does not wait"
    assert admission.waiting == 0
    assert not _refused(admission), "and took nobody's turn"


def test_with_no_queue_whoever_has_no_turn_is_refused() -> None:
    admission = Admission(working=1, waiting=0)
    with admission.turn():
        assert _refused(admission)
    assert not _refused(admission)


def test_a_turn_is_given_back_when_the_search_fails() -> None:
    admission = Admission(working=1, waiting=0)
    for _ in range(3):
        with pytest.raises(KeyError), admission.turn():
            raise KeyError
    assert not _refused(admission)


# Several processes


def _crowd(admission: Watched, process: int, numbers: tuple[int, int], told: Connection) -> None:
    """In a process: one has a turn, and ``numbers[0]`` wait, which makes ``numbers[1]`` in all."""
    own, in_all = numbers
    admission.use(process)

    def work() -> None:
        with admission.turn():
            pass

    with ExitStack() as threads, admission.turn():
        for _ in range(own):
            threads.enter_context(_started(work))
        admission.until(in_all)
        told.send("they wait")
        told.recv()
    told.send(admission.waiting)


@contextmanager
def _process(
    admission: Watched, process: int, waiting: int, in_all: int
) -> Iterator[tuple[ForkProcess, Connection]]:
    """A process in which so many wait; it is gone at the end of the block."""
    ours, theirs = FORKED.Pipe()
    child = FORKED.Process(target=_crowd, args=(admission, process, (waiting, in_all), theirs))
    child.start()
    theirs.close()  # so that a child that died is an end of file
    try:
        assert ours.poll(HANGS)
        assert ours.recv() == "they wait"
        yield child, ours
    finally:
        child.kill()
        child.join(HANGS)


def test_each_process_has_its_turns_and_all_share_the_queue() -> None:
    admission = Watched(working=1, waiting=3)
    with (
        _process(admission, 1, waiting=2, in_all=2) as (_, first),
        _process(admission, 2, waiting=1, in_all=3) as (_, second),
    ):
        assert admission.waiting == 3
        with admission.turn():  # this process is none of those, and has a turn of its own
            assert _refused(admission)
        for pipe, left in ((first, 1), (second, 0)):
            pipe.send("go on")
            assert pipe.recv() == left
        assert admission.waiting == 0


def test_a_process_that_was_killed_is_forgotten() -> None:
    admission = Watched(working=1, waiting=2)
    with (
        _process(admission, 1, waiting=1, in_all=1) as (killed, _),
        _process(admission, 2, waiting=1, in_all=2) as (_, other),
    ):
        assert killed.pid is not None
        os.kill(killed.pid, signal.SIGKILL)
        killed.join(HANGS)
        with admission.turn():
            assert _refused(admission), "its requests seem to wait still"
        admission.forget(1)
        assert admission.waiting == 1, "the other's are counted as before"
        other.send("go on")
        assert other.recv() == 0


def test_no_two_processes_look_for_a_place_at_the_same_time() -> None:
    admission, looks = LooksLong(working=0, waiting=1), FORKED.Event()
    admission.looks = lambda: (looks.set(), signal.pause())
    child = FORKED.Process(target=lambda: admission.turn().__enter__())
    child.start()
    assert looks.wait(HANGS)
    with pytest.raises(BlockingIOError):
        fcntl.lockf(admission._looked._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    child.kill()
    child.join(HANGS)
    fcntl.lockf(admission._looked._file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("process", [1, 255, 256, 257, 1_000_003])
def test_a_new_process_begins_with_nobody_waiting(process: int) -> None:
    admission = Watched(working=1, waiting=1)
    with _process(admission, process, waiting=1, in_all=1):
        pass  # killed
    assert admission.waiting == 1
    with _process(admission, process, waiting=1, in_all=1) as (_, pipe):
        pipe.send("go on")
        assert pipe.recv() == 0
