"""Addresses without end that lead to nothing new: calendars, filters, sessions, doubled paths.

What an address looks like only raises the question; what its pages say answers it. A paged list or
``?id=`` with words of its own on every page is never taken for a trap.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from indexer.records import Drop, LeftOut

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

TRIED = 30  # pages of one shape that are read before it can be a trap
_MOST_FRESH = 3  # of them may say something new: a calendar has an event now and then
# What no page of the shape had: neighbouring words, or words. A short definition has more; a day or
# a choice of filters has less, once the days and choices have been named.
_NEW_PAIRS, _NEW_WORDS = 6, 2
_SAME = 5  # pages alike but for one parameter's value, before it is said to change nothing
_MOST_SHAPES = 2_000
_MOST_SAID = 500  # new words and pairs kept of one page
_MOST_NAMES = 20  # sets of parameters on one path; the pages of further ones are of one shape
_MOST_LEFT = 50_000  # addresses of one trap that are told apart

_LONGEST_ROUND = 4  # segments of a path that come again and again
_MOST_SEGMENTS = 25
# No pattern here looks for an end that may not come: a hostile page has none, many times.
_TAG = re.compile(r"(<[^<>]*>?)")
_NO_TEXT = ("script", "style")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(slots=True)
class _Trap:
    """One kind of address: what its pages were like, and what was left out once it is a trap."""

    what: str
    detail: str
    shut: bool = False
    left: set[int] = field(default_factory=set)
    last: deque[bool] = field(default_factory=lambda: deque(maxlen=TRIED))
    said: set[int] = field(default_factory=set)
    empty: list[str] = field(default_factory=list)  # pages that said nothing new

    def leave(self, url: str) -> None:
        if len(self.left) < _MOST_LEFT:
            self.left.add(hash(url))

    def give_up(self, reason: str) -> Iterator[tuple[str, str]]:
        self.shut = True
        self.said.clear()
        pages, self.empty = self.empty, []
        yield from ((page, reason) for page in pages)


class Traps:
    """What a crawl has learnt of its site's addresses. URLs are normalised.

    Pages that were ``known`` before are never given up for a trap: they had something to say.
    """

    def __init__(self, known: Container[str] = ()) -> None:
        self._known = known
        self._shapes: dict[str, _Trap] = {}
        self._parameters: dict[str, _Trap] = {}
        self._names: dict[str, set[str]] = {}  # path to the sets of parameters read on it
        # Parameter and the URL without it, to its value, what the page says, and its URL.
        self._pages: dict[tuple[str, str], tuple[str, int, str]] = {}

    def plain(self, url: str) -> str:
        """The URL without the parameters that were found to change nothing."""
        for name, found in self._parameters.items():
            if found.shut and (rest := _without(url, name)) != url:
                found.leave(url)
                url = rest
        return url

    def hold(self, url: str) -> bool:
        """Whether a URL is one more of a trap; it then counts as left out."""
        if _goes_round(urlsplit(url).path):
            what = f"paths that repeat themselves, such as {url[:200]}"
            detail = "a link on these pages is wrong; their path can be excluded in sources.toml"
            trap = self._shapes.setdefault("", _Trap(what, detail, shut=True))
        else:
            shape = self._shape(url)
            found = self._shapes.get(shape) if shape else None
            if found is None or not found.shut:
                return False
            trap = found
        trap.leave(url)
        return True

    def learn(self, url: str, html: str) -> Iterator[tuple[str, str]]:
        """Take note of what a page says. Gives the pages that are now seen to be in a trap, why."""
        shape = self._shape(url, note=True)
        if not shape:
            return
        pieces = _pieces(html)
        yield from self._learn_parameters(url, hash(frozenset(pieces)))
        if shape not in self._shapes and len(self._shapes) >= _MOST_SHAPES:
            return
        detail = (
            "their pages say nothing new: exclude them in sources.toml, or name them in never_trap"
        )
        trap = self._shapes.setdefault(shape, _Trap(f"{shape}, such as {url[:200]}", detail))
        words, pairs = (each - trap.said for each in _words(pieces))
        trap.last.append(len(words) >= _NEW_WORDS or len(pairs) >= _NEW_PAIRS)
        if not trap.last[-1] and url not in self._known:
            trap.empty.append(url)
        trap.said.update(islice((*words, *pairs), _MOST_SAID))
        if trap.shut or (len(trap.last) == TRIED and sum(trap.last) <= _MOST_FRESH):
            yield from trap.give_up(f"says nothing that others of {shape} do not say")

    def found(self) -> Iterator[LeftOut]:
        """The traps of the site, with how much was left out of each."""
        for trap in (*self._shapes.values(), *self._parameters.values()):
            if trap.left:
                more = f"at least {_MOST_LEFT}; " if len(trap.left) == _MOST_LEFT else ""
                yield LeftOut(Drop.TRAP, trap.what, len(trap.left), more + trap.detail)

    def _learn_parameters(self, url: str, says: int) -> Iterator[tuple[str, str]]:
        for name, value in _query(url)[:_MOST_NAMES]:
            key, page = (name, _without(url, name)), (value, says, url)
            before = self._pages.setdefault(key, page)
            if before[0] == value:
                continue
            what = f"the parameter {name}, as in {url[:200]}"
            detail = "it changes nothing, and these addresses were asked for without it"
            trap = self._parameters.setdefault(name, _Trap(what, detail))
            trap.last.append(before[1] == says)
            spare = url
            if trap.last[-1] and url in self._known:
                self._pages[key], spare = page, before[2]
            if trap.last[-1] and spare not in self._known:
                trap.empty.append(spare)
            same = sum(trap.last)
            # Now and then two differ all the same: a page was edited in between.
            if trap.shut or (same >= _SAME and same >= 10 * (len(trap.last) - same)):
                yield from trap.give_up(f"says the same without the parameter {name}")

    def _shape(self, url: str, *, note: bool = False) -> str:
        """The URL with what may be counted through left open; "" when there is nothing of that."""
        parts = urlsplit(url)
        path = "/".join("#" if re.search(r"\d", each) else each for each in parts.path.split("/"))
        if not parts.query:
            return path if "#" in path else ""
        names = "&".join(sorted({re.sub(r"\d+", "#", name) for name, _ in _query(url)}))
        seen = self._names.get(path, set())
        if note and len(seen) < _MOST_NAMES:
            self._names[path] = seen = seen | {names}
        return f"{path}?{names if names in seen or len(seen) < _MOST_NAMES else '*'}"


def _query(url: str) -> list[tuple[str, str]]:
    pieces = (piece.partition("=") for piece in urlsplit(url).query.split("&") if piece)
    return [(name, value) for name, _, value in pieces]


def _without(url: str, name: str) -> str:
    parts = urlsplit(url)
    pieces = [each for each in parts.query.split("&") if each.partition("=")[0] != name]
    return urlunsplit(parts._replace(query="&".join(pieces)))


def _goes_round(path: str) -> bool:
    """Whether a path has the same segments three times in a row; /2011/11/11/ is a date."""
    parts = path.split("/")[1:]
    if len(parts) > _MOST_SEGMENTS:
        return True
    return any(
        parts[at : at + step] * 2 == parts[at + step : at + 3 * step]
        and all(re.search(r"[^\W\d_]", part) for part in parts[at : at + step])
        for step in range(1, _LONGEST_ROUND + 1)
        for at in range(len(parts) - 3 * step + 1)
    )


def _pieces(html: str) -> list[str]:
    """The texts between two tags of a page."""
    first, *rest = _TAG.split(html)
    found, hidden = [first], False
    for tag, text in zip(rest[::2], rest[1::2], strict=True):
        name = tag[1:8].lower()
        if name.strip("/>").startswith(_NO_TEXT):
            hidden = not name.startswith("/")
        if not hidden:
            found.append(text)
    return [collapsed for text in found if (collapsed := " ".join(text.split()))]


def _words(pieces: list[str]) -> tuple[set[int], set[int]]:
    """Words, and neighbouring words of a piece, numbers aside: a calendar's pages differ in those.

    As hashes, which take less room.
    """
    lines = [_WORD.findall(piece.lower()) for piece in pieces]
    return (
        {hash(word) for line in lines for word in line},
        {hash(pair) for line in lines for pair in pairwise(line)},
    )
