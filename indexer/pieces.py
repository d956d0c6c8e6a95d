"""One long array of which a few pieces are wanted at a time."""

from __future__ import annotations

import os
import weakref

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]


class Pieces:
    """Whole numbers, in memory or in a file that they were mapped from.

    Of a mapped array the pieces are read from the file: of what a process touches of a mapping, it
    is said to take up the memory, with fifteen pages around it.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers  # all of them, shape (n,)
        self._file: tuple[int, int] | None = None  # its descriptor, and where the numbers begin
        if isinstance(numbers, np.memmap):
            descriptor = os.open(str(numbers.filename), os.O_RDONLY | os.O_CLOEXEC)
            weakref.finalize(self, os.close, descriptor)
            self._file = descriptor, numbers.offset

    def at(self, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Numbers:
        """The pieces that begin there and are so long, one after another."""
        if self._file:
            descriptor, first = self._file
            size = self.numbers.itemsize
            wanted = zip((lengths * size).tolist(), (first + starts * size).tolist(), strict=True)
            read = b"".join(os.pread(descriptor, count, place) for count, place in wanted)
            return np.frombuffer(read, dtype=np.int32)
        before = np.concatenate([[0], np.cumsum(lengths)])
        places = np.repeat(starts - before[:-1], lengths) + np.arange(before[-1])
        found: Numbers = self.numbers[places]
        return found
