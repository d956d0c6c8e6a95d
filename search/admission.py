"""Admission: few searches at work at once, few that wait, and a clear refusal for all others.

More requests than a machine can answer make every one of them late. So each process works on a
few searches at a time, a bounded number waits for a turn, and what comes on top is told at once to
come back. All processes share the bound: it is made before they are forked, and each writes only
its own number.
"""

from __future__ import annotations

import mmap
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from search.shared_lock import SharedLock

_NUMBER = struct.Struct("q")
_MOST_PROCESSES = 256
RETRY_AFTER = 1  # seconds, in which some of those that wait will have had their turn


class TooBusyError(Exception):
    """As many requests wait for their turn as may."""


class Admission:
    """Lets ``working`` requests of each process work, and ``waiting`` of all together wait."""

    def __init__(self, working: int, waiting: int) -> None:
        self._free = working
        self._waiting = waiting
        self._lock = threading.Lock()
        self._looked = SharedLock()  # or two processes would both take the last place
        self._queue: deque[threading.Lock] = deque()  # one is released when its turn has come
        self._numbers = mmap.mmap(-1, _NUMBER.size * _MOST_PROCESSES)
        self._process = 0

    def use(self, process: int) -> None:
        """Write to a process's own number from now on: after a fork, before any request."""
        self._process = process % _MOST_PROCESSES
        self.forget(process)

    def forget(self, process: int) -> None:
        """Nothing waits in this process any more: it is new, or was killed."""
        _NUMBER.pack_into(self._numbers, _NUMBER.size * (process % _MOST_PROCESSES), 0)

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn, in all processes."""
        return sum(number for (number,) in _NUMBER.iter_unpack(self._numbers))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and have it. Raises TooBusyError at once when too many wait."""
        self._take()
        try:
            yield
        finally:
            self._give_back()

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            with self._looked.held():
                if self.waiting >= self._waiting:
                    raise TooBusyError
                self._count(1)
            called = threading.Lock()
            called.acquire()
            self._queue.append(called)
        called.acquire()

    def _give_back(self) -> None:
        with self._lock:
            if not self._queue:
                self._free += 1
                return
            # Handed over: left free, it would go to whoever comes before a waiting thread wakes up.
            self._count(-1)
            self._queue.popleft().release()

    def _count(self, change: int) -> None:
        at = _NUMBER.size * self._process
        (number,) = _NUMBER.unpack_from(self._numbers, at)
        _NUMBER.pack_into(self._numbers, at, number + change)
