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
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBER = struct.Struct("q")
_MOST_PROCESSES = 256
RETRY_AFTER = 1  # seconds: what is refused now would have been answered well within it


class TooBusyError(Exception):
    """As many requests wait for their turn as may."""


class Admission:
    """Lets ``working`` requests of each process work, and ``waiting`` of all together wait."""

    def __init__(self, working: int, waiting: int) -> None:
        self._waiting = waiting
        self._turns = threading.BoundedSemaphore(working)
        self._queue = threading.Lock()
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
        # Whoever comes while others wait is behind them.
        if self._mine or not self._turns.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._turns.release()

    def _wait(self) -> None:
        with self._queue:
            if self.waiting >= self._waiting:
                raise TooBusyError
            self._count(1)
        try:
            self._turns.acquire()
        finally:
            with self._queue:
                self._count(-1)

    @property
    def _mine(self) -> int:
        (number,) = _NUMBER.unpack_from(self._numbers, _NUMBER.size * self._process)
        return int(number)

    def _count(self, change: int) -> None:
        at = _NUMBER.size * self._process
        _NUMBER.pack_into(self._numbers, at, self._mine + change)
