"""Ranking outside the fusion: rare exact terms first, and the same words only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.reader import IndexReader
from search.question import Question


@dataclass(frozen=True, slots=True)
class Ranked:
    """One passage in its place."""

    row: int
    score: float  # 0 to 1
    semantic: float
    keyword: float
    exact_rare: bool


def rare_tiers(
    rows: NDArray[np.int64], question: Question, index: IndexReader
) -> NDArray[np.int64]:
    """How many of the question's rare terms each row holds, text counting double; shape (rows,)."""
    tiers = np.zeros(len(rows), dtype=np.int64)
    for words in question.rare:
        in_text = np.isin(rows, index.keyword.holding(words))
        in_headings = np.isin(rows, index.keyword.holding(words, "headings"))
        tiers += np.where(in_text, 2, np.where(in_headings, 1, 0))
    return tiers


def once(ranked: Sequence[Ranked], index: IndexReader) -> list[Ranked]:
    """The ranking with passages of the same words collapsed into the first of them."""
    seen: set[str] = set()
    kept = []
    for each in ranked:
        text = "".join(filter(str.isalnum, index.passages[each.row].text.casefold()))
        if text not in seen:
            seen.add(text)
            kept.append(each)
    return kept
