"""Which passages say the same: print views, repeated notices, text that pages share.

Patient pages on one illness and on the next often differ in its name alone, and are two answers.
So passages count as the same only when nothing that tells them apart is in their difference: no
number, and no word of either one's title or headings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.records import Passage
from indexer.terms import STOPWORDS, terms

_NEIGHBOURS = 16  # nearest passages looked at for each
_LEAST_COSINE = 0.95
_MOST_DIFFERENT = 0.1  # share of the words of both


def say_the_same(passages: Sequence[Passage], vectors: Vectors) -> NDArray[np.int32]:
    """For each row the first row that says the same, itself where there is none before it."""
    words = [_words(each.text) for each in passages]
    first = np.arange(len(passages), dtype=np.int32)
    alike: dict[tuple[str, ...], int] = {}
    for row, passage in enumerate(passages):
        letters = tuple(term.exact for term in terms(passage.text)) or (passage.text,)
        first[row] = alike.setdefault(letters, row)
    for row, other in _near(vectors):
        one, two = first[row], first[other]
        if one != two and _differ_little(words[one], words[two], passages[one], passages[two]):
            first[first == max(one, two)] = min(one, two)
    return first


def _near(vectors: Vectors) -> list[tuple[int, int]]:
    """Pairs of rows whose vectors are near each other, the earlier one last."""
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


def _words(text: str) -> Counter[str]:
    return Counter(term.stem for term in terms(text) if term.exact not in STOPWORDS)


def _differ_little(one: Counter[str], two: Counter[str], passage: Passage, other: Passage) -> bool:
    different = (one - two) + (two - one)
    if different.total() > _MOST_DIFFERENT * (one.total() + two.total()):
        return False
    names = "\n".join([passage.title, *passage.headings, other.title, *other.headings])
    telling = {term.stem for term in terms(names)}
    return not any(word in telling or any(map(str.isdigit, word)) for word in different)
