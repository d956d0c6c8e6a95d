"""Analyse: the terms of all passages, read once for everything that an index keeps of them.

Terms are numbers here: a million passages have some hundred million of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.records import Passage
from indexer.terms import terms, words

Numbers = NDArray[np.int32]
_NO_KEYS = np.zeros(0, dtype=np.int64)
_AT_ONCE, _TERMS = 20_000, 4_000_000  # passages and terms that are sorted at once
_FIELDS = 3  # title, headings and text, in this order


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
            keys = np.sort(rows * len(self.words) + numbers[part])
            found.append(keys[np.diff(keys, prepend=-1) != 0])  # ten times as fast as np.unique
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


class _Tokens(dict[str, int]):
    """The number of each token, as it is written, and what its numbers as a term are."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, int] = {}
        self.kinds = (array("i"), array("i"), array("i"))  # exact, stem and written of each

    def __missing__(self, token: str) -> int:
        (term,) = terms(token)
        self[token] = number = self.add(term.exact, term.stem, token)
        return number

    def add(self, exact: str, stem: str, written: str) -> int:
        """The number of a new token."""
        for kind, word in zip(self.kinds, (exact, stem, written.lower()), strict=True):
            kind.append(self.words.setdefault(word, len(self.words)))
        return len(self.kinds[0]) - 1

    def of(self, text: str) -> Iterable[int]:
        """The tokens of a text."""
        plain = words(text)
        if plain is not None:
            return map(self.__getitem__, plain)
        return [
            self.add(term.exact, term.stem, text[term.start : term.end]) for term in terms(text)
        ]


def analyse(passages: Sequence[Passage]) -> Analysed:
    """Read the terms of passages."""
    known = _Tokens()
    found, at = array("i"), array("q", [0])
    for passage in passages:
        for field in ([passage.title], passage.headings, [passage.text]):
            for part in field:
                found.extend(known.of(part))
            at.append(len(found))
    tokens = np.frombuffer(found, dtype=np.int32)
    exact, stem, written = (np.frombuffer(k, dtype=np.int32)[tokens] for k in known.kinds)
    return Analysed(
        passages, list(known.words), exact, stem, written, np.frombuffer(at, dtype=np.int64)
    )
