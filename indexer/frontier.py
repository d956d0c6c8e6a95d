"""Which URLs a crawl knows, and which of them comes next: breadth first, each once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_KNOWN = 200_000  # URLs; a site that makes up links without end must not fill the memory
MOST_KNOWN_CHARACTERS = 40_000_000  # of all these: each may be 2000 long
MOST_LEFT = 10_000  # URLs that are reported as known but not fetched


@dataclass(frozen=True, slots=True)
class Entry:
    """One URL to fetch. ``start`` marks a start URL, which is fetched whatever the patterns say."""

    url: str
    depth: int  # links from a start URL or sitemap
    start: bool = False


class Frontier:
    """The URLs still to fetch, in the order they were found. URLs are normalised."""

    def __init__(self, depth: int) -> None:
        self._deepest = depth
        self._known: set[str] = set()
        self._queue: deque[Entry] = deque()
        self._too_deep: dict[str, None] = {}
        self._characters = 0
        self.refused = 0  # links to URLs that were one too many to know
        self.refused_deep = 0  # and to such as were too deep as well

    def claim(self, url: str) -> bool:
        """Whether the URL is new; from now on it is known and will not be offered again."""
        if url in self._known:
            return False
        if len(self._known) >= MOST_KNOWN or self._characters >= MOST_KNOWN_CHARACTERS:
            self.refused += 1
            return False
        self._known.add(url)
        self._characters += len(url)
        self._too_deep.pop(url, None)
        return True

    def knows(self, url: str) -> bool:
        """Whether the URL was offered or claimed before."""
        return url in self._known

    def remembers(self, url: str) -> bool:
        """Whether the URL is known, or was too deep."""
        return url in self._known or url in self._too_deep

    def offer(self, entry: Entry) -> None:
        """Queue a URL unless it is known or too deep."""
        if entry.depth > self._deepest:
            if entry.url in self._known or entry.url in self._too_deep:
                return
            if len(self._too_deep) < MOST_LEFT:
                self._too_deep[entry.url] = None
            else:
                self.refused_deep += 1
        elif self.claim(entry.url):
            self._queue.append(entry)

    def next(self) -> Entry | None:
        """The next URL to fetch, None when there is none left."""
        return self._queue.popleft() if self._queue else None

    def left(self) -> Iterator[str]:
        """The first URLs that were queued and not fetched."""
        return (entry.url for entry in islice(self._queue, MOST_LEFT))

    @property
    def left_unnamed(self) -> int:
        """How many more than ``left`` gives were queued and not fetched."""
        return max(0, len(self._queue) - MOST_LEFT)

    def too_deep(self) -> Iterator[str]:
        """The first URLs that are further from the start than allowed."""
        return iter(self._too_deep)
