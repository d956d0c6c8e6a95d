"""Build the dense half of an index: of which kind, by the number of its passages."""

from __future__ import annotations

import math
from collections.abc import Callable

import faiss
import numpy as np

from indexer.dense import Dense, FlatDense, IvfDense
from indexer.encoder import Vectors
from indexer.layout import Generation
from indexer.manifest import DenseRecord

FLAT_UP_TO = 100_000  # passages; comparing a question with all takes some 10 ms there
_LISTS = 4  # times the root of the passages: points that vectors are filed under
_LEARNED_FROM = 40  # vectors a point, by which the points are placed
_ROUNDS = 10
# Shares of the lists that may be looked at, the first that finds enough of the true ten nearest.
_SHARES = (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2)
_ENOUGH = 0.99
_BEST = 10


def build(vectors: Vectors, generation: Generation, questions: Vectors) -> DenseRecord:
    """Write the dense half of these vectors, shape (passages, dimension), into a generation.

    How much of an inverted file is looked at is set by ``questions``, shape (n, dimension), for
    which all vectors are compared here once.
    """
    lists = 0 if len(vectors) <= FLAT_UP_TO else lists_of(len(vectors))
    index = _inverted(vectors, lists) if lists else faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    # Not by FAISS: on a full disk it leaves a part of the file and says nothing.
    generation.vectors.write_bytes(faiss.serialize_index(index))
    if not lists:
        return DenseRecord(kind="flat")
    vectors.tofile(generation.whole_vectors)

    def opened(probed: int) -> IvfDense:
        return IvfDense.read(generation.vectors, generation.whole_vectors, probed)

    probed, recall = enough(opened, lists, questions, vectors)
    return DenseRecord(kind="ivf_sq8", lists=lists, probed=probed, recall=recall)


def lists_of(passages: int) -> int:
    """How many points so many vectors are filed under."""
    return round(_LISTS * math.sqrt(passages))


def _inverted(vectors: Vectors, lists: int) -> faiss.IndexIVF:
    """An inverted file that knows its points, and holds nothing yet."""
    index = faiss.index_factory(vectors.shape[1], f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = _ROUNDS
    index.train(_sample(vectors, lists * _LEARNED_FROM))
    return index


def _sample(vectors: Vectors, count: int) -> Vectors:
    """Some of the vectors, the same ones each time."""
    if count >= len(vectors):
        return vectors
    return vectors[np.sort(np.random.default_rng(0).choice(len(vectors), count, replace=False))]


def enough(
    opened: Callable[[int], Dense], lists: int, questions: Vectors, vectors: Vectors
) -> tuple[int, float]:
    """How many lists must be looked at to find nearly all that comparing with all finds.

    ``opened`` gives the index that looks at so many. Also the share that is found then.
    """
    exact = FlatDense.of(vectors)
    true = [frozenset(exact.nearest(each, _BEST)[0].tolist()) for each in questions]
    for share in _SHARES:
        probed = -(-lists // share)
        dense = opened(probed)
        found = [dense.nearest(each, _BEST)[0].tolist() for each in questions]
        right = sum(len(best.intersection(rows)) for best, rows in zip(true, found, strict=True))
        recall = round(right / max(sum(map(len, true)), 1), 4)
        if recall >= _ENOUGH:
            break
    return probed, recall
