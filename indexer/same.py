"""Which passages say the same: print views, repeated notices, text that pages share.

Patient pages on one illness and on the next often differ in its name alone, and are two answers.
So passages count as the same only when nothing that tells them apart is in their difference: no
number, and no word of either one's title or headings.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.analyse import Analysed
from indexer.encoder import Vectors
from indexer.records import Passage
from indexer.terms import STOPWORDS, terms

_NEIGHBOURS = 16  # nearest passages looked at for each
_ALL_COMPARED = 100_000  # passages up to which each is compared with every other
_POINTS, _BLOCK = 2048, 4096  # beyond: points that passages lie around, rows compared at once
_LEAST_COSINE = 0.95
_MOST_DIFFERENT = 0.1  # share of the words of both


def say_the_same(analysed: Analysed, vectors: Vectors) -> NDArray[np.int32]:
    """For each row the first row that says the same, itself where there is none before it."""
    passages = analysed.passages
    first = np.arange(len(passages), dtype=np.int32)
    alike: dict[bytes | str, int] = {}
    for row, passage in enumerate(passages):
        letters = analysed.exact[analysed.text(row)].tobytes() or passage.text
        first[row] = alike.setdefault(letters, row)
    number = {word: each for each, word in enumerate(analysed.words)}
    stopwords = np.array([number[word] for word in STOPWORDS if word in number], dtype=np.int32)

    @lru_cache(maxsize=10_000)
    def words(row: int) -> Counter[str]:
        text = analysed.text(row)
        counts = ~np.isin(analysed.exact[text], stopwords)
        return Counter(analysed.words[each] for each in analysed.stem[text][counts].tolist())

    for row, other in _near(vectors):
        one, two = first[row], first[other]
        if one != two and _differ_little(words(one), words(two), passages[one], passages[two]):
            first[first == max(one, two)] = min(one, two)
    return first


def _near(vectors: Vectors) -> Iterable[tuple[int, int]]:
    """Pairs of rows whose vectors are near each other, the earlier one last."""
    if len(vectors) > _ALL_COMPARED:
        return _near_in_cells(vectors)
    if not len(vectors):
        return []
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    cosines, rows = index.search(vectors, min(_NEIGHBOURS, len(vectors)))
    return [
        (row, int(other))
        for row in range(len(vectors))
        for other, cosine in zip(rows[row], cosines[row], strict=True)
        if 0 <= other < row and cosine >= _LEAST_COSINE
    ]


def _near_in_cells(vectors: Vectors) -> Iterable[tuple[int, int]]:
    """The same among many, of which each is only compared with those around its nearest points.

    Two that are as near as that nearly always have one of their nearest two points in common.
    """
    points = faiss.Kmeans(vectors.shape[1], _POINTS, niter=8, seed=1, spherical=True)
    points.train(vectors)
    _, cells = points.index.search(vectors, 2)
    order = np.argsort(cells.ravel(), kind="stable")
    borders = np.searchsorted(cells.ravel()[order], np.arange(_POINTS + 1))
    for start, end in itertools.pairwise(borders.tolist()):
        rows = np.sort(order[start:end] // 2)
        own = vectors[rows]
        for at in range(0, len(rows), _BLOCK):
            cosines = np.tril(own[at : at + _BLOCK] @ own.T, at - 1)
            near = cosines >= _LEAST_COSINE
            for place in np.flatnonzero(near.any(axis=1)).tolist():
                others = np.flatnonzero(near[place])
                nearest = others[np.argsort(-cosines[place, others], kind="stable")]
                for other in nearest[:_NEIGHBOURS].tolist():
                    yield int(rows[at + place]), int(rows[other])


def _differ_little(one: Counter[str], two: Counter[str], passage: Passage, other: Passage) -> bool:
    different = (one - two) + (two - one)
    if different.total() > _MOST_DIFFERENT * (one.total() + two.total()):
        return False
    names = "\n".join([passage.title, *passage.headings, other.title, *other.headings])
    telling = {term.stem for term in terms(names)}
    return not any(word in telling or any(map(str.isdigit, word)) for word in different)
