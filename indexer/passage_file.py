"""The passages of an index where they stand on disk: each is read when it is asked for."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np

from indexer.records import Passage

_BLOCK = 1 << 22  # bytes read at once in search of line ends
_NEWLINE = ord("\n")


class PassageFile(Sequence[Passage]):
    """Passages in a file of JSON lines, in order. Processes and threads may share it."""

    def __init__(self, file: Path) -> None:
        """Raises OSError, ValueError or TypeError when the file holds none."""
        self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        ends = [np.zeros(1, dtype=np.int64)]
        at = 0
        with file.open("rb") as stream:
            while block := stream.read(_BLOCK):
                ends.append(np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE) + at + 1)
                at += len(block)
        self._at = np.concatenate(ends)
        if self._at[-1] != at:
            raise ValueError(f"{file.name} is cut off in its last line")
        self[:1]  # of another schema, it is no file of passages

    def __len__(self) -> int:
        return len(self._at) - 1

    @overload
    def __getitem__(self, index: int) -> Passage: ...
    @overload
    def __getitem__(self, index: slice) -> list[Passage]: ...
    def __getitem__(self, index: int | slice) -> Passage | list[Passage]:
        """Raises IndexError, and ValueError when what stands there is no passage any more."""
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(index)
        start, end = self._at[row : row + 2].tolist()
        return Passage(**json.loads(os.pread(self._descriptor, end - start, start)))

    def __eq__(self, other: object) -> bool:
        """Whether another sequence has the same passages."""
        if not isinstance(other, Sequence) or len(other) != len(self):
            return False
        return all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Passage]:
        return (self[row] for row in range(len(self)))
