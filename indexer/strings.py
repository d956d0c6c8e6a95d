"""Many texts in two arrays, which a file can hold and processes can share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Strings(Sequence[str]):
    """Texts one after another: text i is what stands between ``at[i]`` and ``at[i + 1]``."""

    letters: NDArray[np.uint8]  # all of them as UTF-8
    at: NDArray[np.int64]  # shape (texts + 1,)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """These texts, in order."""
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        at = np.fromiter(chain([0], accumulate(map(len, encoded))), dtype=np.int64)
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), at)

    def __len__(self) -> int:
        return len(self.at) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        text = self.letters[self.at[place] : self.at[place + 1]].tobytes()
        return text.decode("utf-8", "surrogatepass")
