"""The outline of an index: where each passage stands, which words it holds, and what is said twice.

Ranking weighs a passage together with its section and its page, and knows the words of a few
hundred candidates at once. Both are read from arrays here: row i of each is passage i.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.analyse import Analysed
from indexer.arrays import read_arrays, strings_in, write_arrays
from indexer.encoder import Vectors
from indexer.pieces import Pieces
from indexer.records import Passage
from indexer.same import say_the_same
from indexer.strings import Strings

Ids = NDArray[np.int32]
_DEEPEST = 6  # headings of a trail; HTML has six levels
_UNDER_THE_PAGE = 2  # headings of a section right under the page's name
_CLOSE = 5  # passages before and after


@dataclass(frozen=True, slots=True)
class Outline:
    """Arrays over passages, and the lists that their numbers point into."""

    page: Ids  # shape (passages,): a number for each page
    trail: Ids  # shape (passages, _DEEPEST): a number for each heading of its trail, -1 where none
    section: Ids  # the number of its last heading, which stands for what is under it
    parent: Ids  # that of the heading above; a section right under the page's name has itself
    same: Ids  # the first row that says the same; its own where none did before
    mean_vector: Vectors  # of all passages, shape (dimension,)
    words: Pieces  # the stems in title, headings and text of each passage, each once, row after row
    words_at: NDArray[np.int64]  # shape (passages + 1,): where those of a row begin
    stems: Strings  # the stem of each number in ``words``, in alphabetical order
    urls: Strings  # the address of each page
    titles: Strings  # and its title
    headings: Strings  # the text of each heading

    @classmethod
    def of(cls, analysed: Analysed, vectors: Vectors) -> Outline:
        """The outline of passages with these vectors, shape (passages, dimension)."""
        passages = analysed.passages
        rows, held = analysed.held(analysed.stem)
        stems = sorted({analysed.words[number] for number in np.unique(held).tolist()})
        place = {stem: i for i, stem in enumerate(stems)}
        number = np.array([place.get(word, -1) for word in analysed.words], dtype=np.int32)
        pages: dict[str, int] = {}
        page = [pages.setdefault(each.url, len(pages)) for each in passages]
        title = {each.url: each.title for each in reversed(passages)}
        trail, section, parent, headings = _trails(passages)
        return cls(
            page=np.array(page, dtype=np.int32),
            trail=trail,
            section=section,
            parent=parent,
            same=say_the_same(analysed, vectors),
            mean_vector=_mean(vectors),
            words=Pieces(number[held]),
            words_at=np.searchsorted(rows, np.arange(len(passages) + 1)).astype(np.int64),
            stems=Strings.of(stems),
            urls=Strings.of(pages),
            titles=Strings.of(title[url] for url in pages),
            headings=Strings.of(headings),
        )

    def write(self, file: Path) -> None:
        """Write the arrays, uncompressed, under their names."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        write_arrays(file, {**given, "words": self.words.numbers})

    @classmethod
    def read(cls, file: Path) -> Outline:
        """Raises OSError, ValueError, KeyError or TypeError when it is not one."""
        given: dict[str, Any] = {**read_arrays(file)}
        for name in ("stems", "urls", "titles", "headings"):
            given[name] = strings_in(given, name)
        given["words"] = Pieces(given["words"])
        return cls(**{each.name: given[each.name] for each in fields(cls)})

    def __len__(self) -> int:
        return len(self.page)

    def first_rows(self) -> NDArray[np.int64]:
        """The first row of each page."""
        return np.unique(self.page, return_index=True)[1]

    def pages_but(self, urls: Collection[str]) -> NDArray[np.bool_]:
        """Which pages are not at these addresses; shape (pages,)."""
        return np.array([url not in urls for url in self.urls], dtype=np.bool_)

    def best_under(
        self, rows: NDArray[np.int64], scores: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The best score of the rows under each heading, -inf where there are none."""
        best = np.full(len(self.headings), -np.inf)
        for numbers in self.trail[rows].T:
            there = numbers >= 0
            np.maximum.at(best, numbers[there], scores[there])
        return best

    def beside(self, rows: Iterable[int]) -> list[int]:
        """The rows close by that are under the same heading, or under the one above it.

        Rows under no heading but the page's own have none.
        """
        at = np.array([row for row in rows if self.trail[row, 1] >= 0], dtype=np.int64)
        near = at[:, None] + np.arange(-_CLOSE, _CLOSE + 1)
        there = (near >= 0) & (near < len(self))
        trails = self.trail[np.where(there, near, 0)]
        own, above = self.section[at], self.parent[at]
        under = (trails == own[:, None, None]) | (trails == above[:, None, None])
        return list(dict.fromkeys(near[there & under.any(axis=2)].tolist()))

    def number(self, stem: str) -> int:
        """The number of a stem; -1 when no passage holds it."""
        at = bisect_left(self.stems, stem)
        return at if at < len(self.stems) and self.stems[at] == stem else -1

    def holds(self, rows: NDArray[np.int64], stems: Sequence[str]) -> NDArray[np.bool_]:
        """Which rows hold which stems in title, headings or text; shape (rows, stems)."""
        column = np.full(len(self.stems) + 1, -1, dtype=np.int32)
        column[[self.number(stem) for stem in stems]] = np.arange(len(stems))
        column[-1] = -1  # where the unknown ones were put
        starts = self.words_at[rows]
        lengths = self.words_at[rows + 1] - starts
        columns = column[self.words.at(starts, lengths)]
        found = np.zeros((len(rows), len(stems)), dtype=np.bool_)
        asked = columns >= 0
        found[np.repeat(np.arange(len(rows)), lengths)[asked], columns[asked]] = True
        return found


def _mean(vectors: Vectors) -> Vectors:
    """The mean of some vectors; zeros when there are none."""
    total: Vectors = vectors.sum(axis=0, dtype=np.float64) / max(len(vectors), 1)
    return total.astype(np.float32)


def _trails(passages: Sequence[Passage]) -> tuple[Ids, Ids, Ids, Iterator[str]]:
    """A number for each heading of a page, by the trail to it: all, the last, the one above.

    Last come the texts of the headings in the order of their numbers.
    """
    numbers: dict[tuple[str, ...], int] = {}
    trail = np.full((len(passages), _DEEPEST), -1, dtype=np.int32)
    last = np.zeros((2, len(passages)), dtype=np.int32)
    for row, passage in enumerate(passages):
        headings = passage.headings[:_DEEPEST] or [""]
        for depth in range(len(headings)):
            key = (passage.url, *headings[: depth + 1])
            trail[row, depth] = numbers.setdefault(key, len(numbers))
        last[:, row] = trail[row, len(headings) - 1]
        if len(headings) > _UNDER_THE_PAGE:
            last[1, row] = trail[row, len(headings) - 2]
    return trail, last[0], last[1], (key[-1] for key in numbers)
