"""The C library's heap: kept in few parts, and given back when an index was let go.

By itself glibc gives every thread a part of its own. What a thread of many freed then stays with
it, so that a service grows with each index that it takes.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
_ARENAS = 2


def keep_heap_small() -> None:
    """Let all threads of this process share few parts of the heap: before they are started."""
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return what is free to the system."""
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
