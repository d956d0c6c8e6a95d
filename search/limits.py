"""Rate limits per client that all worker processes share and that keep no address.

GCRA: of each client one number is kept, its theoretical arrival time (TAT), when its budget will
be whole again. A request moves it on by the rate's interval; one that would move it further ahead
than the burst allows is refused.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address

from search.shared_lock import SharedLock

# Whole microseconds: sums of floats would refuse the last request of a burst, or let one more in.
_SECOND = 1_000_000
_SALT_LASTS = 3600 * _SECOND

_WAYS = 8  # slots in which one client may stand
# In the machine's own format a number is written at once: who is killed leaves it old or new.
_HEADER = struct.Struct("q32s")  # when the salt is to be replaced, and the salt
_SET = struct.Struct(f"{_WAYS}Q{_WAYS}q")  # keys, then TATs
_NUMBER = struct.Struct("q")
_KEY = struct.Struct("Q")
_START = 64  # of the first set: sets begin where lines of the cache do


@dataclass(frozen=True, slots=True)
class Rate:
    """In any t seconds at most ``burst + per_minute / 60 * t`` requests; both are at least 1."""

    per_minute: int
    burst: int

    def __post_init__(self) -> None:
        if min(self.per_minute, self.burst) < 1:
            raise ValueError(f"a rate lets at least one request through: {self}")


class RateLimiter:
    """Counts the requests of clients, in every process that was forked after it was made.

    A client is known by a keyed hash of its network alone. The key is random, is in shared memory
    only, and is replaced, with all that was counted, by the first request after an hour: a client
    may then have a second burst. ``slots`` is how many clients are known at once, 16 bytes each,
    rounded up to a multiple of 8; where there are more, those whose budget is whole again soonest
    are forgotten first, and nobody is refused for it. ``clock`` gives seconds and never goes back.
    """

    def __init__(self, slots: int = 65_536, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sets = max(1, -(-slots // _WAYS))
        self._memory = mmap.mmap(-1, _START + self._sets * _SET.size)
        self._lock = SharedLock()
        self._forget(self._now())

    def wait(self, client: str, kind: str, rate: Rate) -> float:
        """0.0 when a request of ``client``, an IP address, goes ahead, and it is counted.

        Otherwise the seconds until it may ask again; a refused request is not counted. Each
        ``kind`` has a budget of its own. IPv6 addresses count by their /64, and all that are not
        addresses are one client.
        """
        identity = kind.encode() + b"\0" + _network(client)
        with self._lock.held():
            return self._count(identity, rate) / _SECOND

    def _count(self, identity: bytes, rate: Rate) -> int:
        """The microseconds to wait; with the lock held."""
        now = self._now()
        if now >= _HEADER.unpack_from(self._memory)[0]:
            self._forget(now)
        salt = _HEADER.unpack_from(self._memory)[1]
        (key,) = _KEY.unpack(blake2b(identity, digest_size=_KEY.size, key=salt).digest())
        start = _START + key % self._sets * _SET.size
        slots = _SET.unpack_from(self._memory, start)
        keys, tats = slots[:_WAYS], slots[_WAYS:]
        known = key in keys
        # A free slot is one whose TAT is past, so the least TAT is a free one's where there is one.
        way = keys.index(key) if known else tats.index(min(tats))
        interval = -(-60 * _SECOND // rate.per_minute)
        tat = (max(now, tats[way]) if known else now) + interval
        early = tat - now - rate.burst * interval
        if early > 0:
            return int(early)
        # The key first: killed in between, one client is counted too little, none too much.
        _KEY.pack_into(self._memory, start + way * _KEY.size, key)
        _NUMBER.pack_into(self._memory, start + (_WAYS + way) * _NUMBER.size, tat)
        return 0

    def _forget(self, now: int) -> None:
        """Begin with an empty table and a new salt."""
        self._memory[_START:] = bytes(len(self._memory) - _START)
        salt = os.urandom(32)
        self._memory[_NUMBER.size : _HEADER.size] = salt
        # Last: if this process is killed before, the next one does all of it again.
        _NUMBER.pack_into(self._memory, 0, now + _SALT_LASTS)

    def _now(self) -> int:
        return round(self._clock() * _SECOND)


def is_local(address: str) -> bool:
    """Whether an address is of this machine itself (loopback); False for what is no address.

    Behind a proxy on this machine every peer is: ask about the address that the proxy names.
    """
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _network(address: str) -> bytes:
    """What of an address tells clients apart: 4 bytes of IPv4, 8 of IPv6, none if unreadable."""
    parsed = _parsed(address)
    # Whoever has one IPv6 address has its whole /64.
    return b"" if parsed is None else parsed.packed[:8]


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed
