"""Analyse: the terms of all passages, read once for everything that an index keeps of them.

Terms are numbers here: a million passages have some hundred million of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.records import Passage
from indexer.terms import terms

Numbers = NDArray[np.int32]
_NO_KEYS = np.zeros(0, dtype=np.int64)
_AT_ONCE, _TERMS = 20_000, 4_000_000  # passages and terms that are sorted at once
_FIELDS = 3  # title, headings and text, in this order


class _Read(NamedTuple):
    exact: list[int]
    stem: list[int]
    written: list[int]


@dataclass(frozen=True, slots=True)
class Analysed:
    """Passages and their terms, one after another; ``words`` has the word of each number."""

    passages: Sequence[Passage]
    words: list[str]
    exact: Numbers  # written variants unified
    stem: Numbers  # inflections unified as well
    written: Numbers  # as it stands there, in lower case
    at: NDArray[np.int64]  # where the title, the headings and the text of each passage begin

    def __len__(self) -> int:
        return len(self.passages)

    def whole(self, row: int) -> slice:
        """Where the terms of a passage are, title and headings included."""
        return slice(self.at[_FIELDS * row], self.at[_FIELDS * (row + 1)])

    def title(self, row: int) -> slice:
        """Where those of its title are."""
        return self._field(row, 0)

    def headings(self, row: int) -> slice:
        """Where those of its headings are."""
        return self._field(row, 1)

    def text(self, row: int) -> slice:
        """Where those of its text are."""
        return self._field(row, 2)

    def _field(self, row: int, field: int) -> slice:
        place = _FIELDS * row + field
        return slice(self.at[place], self.at[place + 1])

    def held(self, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """What each passage holds of the terms' numbers, each once: its row, and the number."""
        found = []
        for first in range(0, len(self), _AT_ONCE):
            last = min(first + _AT_ONCE, len(self))
            part = slice(self.at[_FIELDS * first], self.at[_FIELDS * last])
            counts = np.diff(self.at[_FIELDS * first : _FIELDS * last + 1 : _FIELDS])
            rows = np.repeat(np.arange(first, last, dtype=np.int64), counts)
            found.append(np.unique(rows * len(self.words) + numbers[part]))
        rows, held = np.divmod(np.concatenate([*found, _NO_KEYS]), max(len(self.words), 1))
        return rows.astype(np.int32), held.astype(np.int32)

    def together(self, one: Numbers, two: Numbers) -> dict[int, dict[int, int]]:
        """How often a term has one number and the other, by both."""
        found: dict[int, dict[int, int]] = {}
        for at in range(0, len(one), _TERMS):
            keys = one[at : at + _TERMS].astype(np.int64) * len(self.words) + two[at : at + _TERMS]
            some, counts = np.unique(keys, return_counts=True)
            pairs = np.stack([*np.divmod(some, len(self.words)), counts], axis=1)
            for first, second, count in pairs.tolist():
                known = found.setdefault(first, {})
                known[second] = known.get(second, 0) + count
        return found

    def joined(self, numbers: Numbers) -> str:
        """Words with spaces between."""
        return " ".join([self.words[number] for number in numbers.tolist()])


def analyse(passages: Sequence[Passage]) -> Analysed:
    """Read the terms of passages."""
    numbers: dict[str, int] = {}

    def read(text: str) -> _Read:
        found = terms(text)
        return _Read(
            [numbers.setdefault(term.exact, len(numbers)) for term in found],
            [numbers.setdefault(term.stem, len(numbers)) for term in found],
            [numbers.setdefault(text[t.start : t.end].lower(), len(numbers)) for t in found],
        )

    known: dict[str, _Read] = {}  # titles and headings stand above many passages

    def read_again(text: str) -> _Read:
        if text not in known:
            known[text] = read(text)
        return known[text]

    kinds = (array("i"), array("i"), array("i"))
    at = array("q", [0])
    for passage in passages:
        above = [read_again(heading) for heading in passage.headings]
        for field in ([read_again(passage.title)], above, [read(passage.text)]):
            for part in field:
                for kind, some in zip(kinds, part, strict=True):
                    kind.extend(some)
            at.append(len(kinds[0]))
    exact, stem, written = (np.frombuffer(kind, dtype=np.int32) for kind in kinds)
    return Analysed(
        passages, list(numbers), exact, stem, written, np.frombuffer(at, dtype=np.int64)
    )
