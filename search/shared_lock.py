"""A lock of all processes forked after it was made; it ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

# One for all locks of a process: the kernel takes a process of which one thread holds a file's
# lock while another waits for a second file's for a deadlock, and the wait fails.
_THREADS = threading.Lock()


class SharedLock:
    """Held by one thread of one process at a time. A thread that holds one may not take another."""

    def __init__(self) -> None:
        # A semaphore would outlive a killed process that held it. lockf, not flock: that one's
        # lock would be held by all who inherited the file.
        self._file = os.memfd_create("lock")
        weakref.finalize(self, os.close, self._file)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and have it."""
        with _THREADS:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX)
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)
