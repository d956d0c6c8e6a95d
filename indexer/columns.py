"""Columns of an index: what filters and facets ask of each passage, as numbers."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import read_arrays, strings_in, write_arrays
from indexer.records import Passage
from indexer.strings import Strings

NAMES = ("audience", "source", "section", "language", "reviewed")


@dataclass(frozen=True, slots=True)
class Column:
    """One value for each passage; "" where it has none."""

    numbers: NDArray[np.int32]  # shape (passages,): the place of its value among ``values``
    values: Sequence[str]  # in alphabetical order

    @classmethod
    def of(cls, values: Iterable[str]) -> Column:
        """These values, one a passage."""
        given = list(values)
        distinct = sorted(set(given))
        number = {value: i for i, value in enumerate(distinct)}
        return cls(np.array([number[value] for value in given], dtype=np.int32), distinct)

    def at(self, rows: Sequence[int] | NDArray[np.int64]) -> list[str]:
        """The values of some rows."""
        numbers = self.numbers[np.asarray(rows, dtype=np.int64)].tolist()
        return [self.values[number] for number in numbers]

    def equals(self, value: str) -> NDArray[np.bool_]:
        """Which passages have this value."""
        at = bisect_left(self.values, value)
        there = at < len(self.values) and self.values[at] == value
        found: NDArray[np.bool_] = self.numbers == (at if there else -1)
        return found

    def at_least(self, value: str) -> NDArray[np.bool_]:
        """Which passages have this value or one behind it in the alphabet."""
        found: NDArray[np.bool_] = self.numbers >= bisect_left(self.values, value)
        return found


class Columns(dict[str, Column]):
    """The columns of an index by their names, which are those of passages."""

    @classmethod
    def of(cls, passages: Sequence[Passage]) -> Columns:
        """The columns of these passages."""
        return cls(
            {name: Column.of(getattr(each, name) or "" for each in passages) for name in NAMES}
        )

    @property
    def passages(self) -> int:
        """How many passages they are of."""
        return len(self[NAMES[0]].numbers)

    def write(self, file: Path) -> None:
        """Write them into one file."""
        arrays: Mapping[str, NDArray[np.int32]] = {n: each.numbers for n, each in self.items()}
        texts = {f"{name}_values": Strings.of(each.values) for name, each in self.items()}
        write_arrays(file, {**arrays, **texts})

    @classmethod
    def read(cls, file: Path) -> Columns:
        """Raises OSError, ValueError, KeyError or TypeError when the file holds none."""
        given = read_arrays(file)
        return cls(
            {name: Column(given[name], [*strings_in(given, f"{name}_values")]) for name in NAMES}
        )
