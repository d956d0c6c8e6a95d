"""The dense half of an index: the vectors of its passages, and which are nearest to another one.

Up to some number of passages a question is compared with all of them. Beyond that the index is an
inverted file: each vector, rounded to a byte a dimension, is filed under the nearest of some
thousand points; a question is compared with what lies around the points nearest to it, and the
best of those again by their whole vectors, so that cosines are exact in either kind.
"""

from __future__ import annotations

import math
import os
import weakref
from pathlib import Path
from typing import Protocol

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.arrays import MAPPED_FROM
from indexer.encoder import Vectors
from indexer.errors import InexactError
from indexer.filters import Allowed

Rows = NDArray[np.int64]
NO_ROWS: Rows = np.zeros(0, dtype=np.int64)
_BLOCK = 1 << 16  # vectors read at once
_MORE = 2  # rounded vectors compared again for each one wanted


class Dense(Protocol):
    """What a reader asks of the dense half. Row i is passage i; vectors are of unit length."""

    @property
    def is_exact(self) -> bool:
        """Whether all vectors are compared, so that all that are near enough can be told."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def __len__(self) -> int: ...

    def nearest(
        self, vector: Vectors, limit: int, allowed: Allowed | None = None
    ) -> tuple[Rows, Vectors]:
        """The nearest rows, of those that are allowed, and their cosines, best first."""

    def within(self, vector: Vectors, least: float) -> Rows:
        """All rows whose cosine is at least so much, best first.

        Raises InexactError where it is not exact.
        """

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        """The cosines of some rows, shape (rows,)."""

    def all(self) -> Vectors:
        """All vectors in order, shape (passages, dimension)."""


class FlatDense:
    """A question is compared with every vector."""

    is_exact = True

    def __init__(self, vectors: faiss.Index) -> None:
        self._vectors = vectors

    @classmethod
    def of(cls, vectors: Vectors) -> FlatDense:
        """These vectors, shape (passages, dimension)."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(index)

    @classmethod
    def read(cls, file: Path) -> FlatDense:
        """Raises RuntimeError when the file holds no index."""
        mapped = file.stat().st_size >= MAPPED_FROM
        return cls(faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC if mapped else 0))

    @property
    def dimension(self) -> int:
        return int(self._vectors.d)

    def __len__(self) -> int:
        return int(self._vectors.ntotal)

    def nearest(
        self, vector: Vectors, limit: int, allowed: Allowed | None = None
    ) -> tuple[Rows, Vectors]:
        limit = min(limit, len(self))
        if not limit:
            return NO_ROWS, np.zeros(0, dtype=np.float32)
        params = None if allowed is None else faiss.SearchParameters(sel=_selector(allowed.rows))
        cosines, rows = self._vectors.search(_one(vector), limit, params=params)
        found = rows[0] >= 0
        return rows[0][found], cosines[0][found]

    def within(self, vector: Vectors, least: float) -> Rows:
        # FAISS leaves out what is exactly on the border.
        below = np.nextafter(np.float32(least), np.float32(-1))
        _, cosines, rows = self._vectors.range_search(_one(vector), below)
        return np.asarray(rows[np.lexsort((rows, -cosines))], dtype=np.int64)

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        product: Vectors = self._vectors.reconstruct_batch(rows) @ vector.reshape(-1)
        return product

    def all(self) -> Vectors:
        whole = self._vectors.reconstruct_n(0, len(self))
        return np.ascontiguousarray(whole, dtype=np.float32)


class IvfDense:
    """A question is compared with the vectors around the points nearest to it."""

    is_exact = False

    def __init__(self, index: faiss.IndexIVF, whole: Path, probed: int) -> None:
        """``whole`` has the vectors as they are; ``probed`` points are looked around."""
        self._index = index
        self._probed = probed
        # Not mapped: of each page once read a process would be said to take up the memory.
        self._descriptor = os.open(whole, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)
        if os.fstat(self._descriptor).st_size != len(self) * self._bytes:
            raise ValueError(f"{whole.name} does not hold {len(self)} vectors")

    @classmethod
    def read(cls, file: Path, whole: Path, probed: int) -> IvfDense:
        """Raises OSError, ValueError or RuntimeError when the files hold no such index."""
        return cls(faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC), whole, probed)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    @property
    def _bytes(self) -> int:
        return self.dimension * np.dtype(np.float32).itemsize

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(
        self, vector: Vectors, limit: int, allowed: Allowed | None = None
    ) -> tuple[Rows, Vectors]:
        params = faiss.SearchParametersIVF(
            nprobe=lists_looked_at(self._probed, int(self._index.nlist), allowed),
            sel=None if allowed is None else _selector(allowed.rows),
        )
        _, rows = self._index.search(_one(vector), limit * _MORE, params=params)
        found = np.asarray(rows[0][rows[0] >= 0], dtype=np.int64)
        cosines = self.cosines(vector, found)
        best = np.lexsort((found, -cosines))[:limit]
        return found[best], cosines[best]

    def within(self, vector: Vectors, least: float) -> Rows:  # noqa: ARG002 - the protocol's
        raise InexactError

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        size = self._bytes
        read = b"".join(os.pread(self._descriptor, size, row * size) for row in rows.tolist())
        whole = np.frombuffer(read, dtype=np.float32).reshape(-1, self.dimension)
        product: Vectors = whole @ vector.reshape(-1)
        return product

    def all(self) -> Vectors:
        size = self._bytes
        blocks = [
            os.pread(self._descriptor, min(_BLOCK, len(self) - first) * size, first * size)
            for first in range(0, len(self), _BLOCK)
        ]
        return np.frombuffer(b"".join(blocks), dtype=np.float32).reshape(-1, self.dimension)


def lists_looked_at(probed: int, lists: int, allowed: Allowed | None) -> int:
    """Of how many lists of an inverted file, where ``probed`` are enough without a filter.

    The fewer passages are allowed, the farther away the nearest of them lie.
    """
    if allowed is None:
        return probed
    share = float(allowed.rows.mean())
    return min(lists, math.ceil(probed / share)) if share else lists


def _selector(rows: NDArray[np.bool_]) -> faiss.IDSelector:
    return faiss.IDSelectorBitmap(np.packbits(rows, bitorder="little"))


def _one(vector: Vectors) -> Vectors:
    """A question's vector as FAISS takes it, shape (1, dimension)."""
    return np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
