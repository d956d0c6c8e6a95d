"""Ranking outside the fusion: rare exact terms first, and the same words only once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.reader import IndexReader
from search.rare import Words
from search.retrieve import Candidates, Scores


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places in the candidates, best first, and what each has."""

    order: NDArray[np.int64]  # places, those that say the same as an earlier one left out
    scores: Scores  # of every place
    rare: NDArray[np.int64]  # how many rare terms each place has, text counting double
    repeated: dict[int, list[int]]  # rows that say the same as the row, which stands for them
    reranker: dict[int, float] = field(default_factory=dict)  # what it gave the places it read


def rank(
    candidates: Candidates, scores: Scores, rare: tuple[Words, ...], index: IndexReader
) -> Ranking:
    """The order of candidates: by rare terms, then by score."""
    tiers = _rare_tiers(candidates.rows, rare, index)
    # Ties go to the earlier passage, so that an order never depends on chance.
    order = np.lexsort((candidates.rows, -scores, -tiers))
    same = index.outline.same[candidates.rows[order]]
    _, first = np.unique(same, return_index=True)
    kept = order[np.sort(first)]
    repeated: dict[int, list[int]] = {}
    if len(kept) < len(order):
        rows = candidates.rows[order].tolist()
        stands = {same[at]: rows[at] for at in first.tolist()}
        for row, group in zip(rows, same.tolist(), strict=True):
            if row != stands[group]:
                repeated.setdefault(stands[group], []).append(row)
    return Ranking(kept, scores, tiers, repeated)


def _rare_tiers(
    rows: NDArray[np.int64], rare: tuple[Words, ...], index: IndexReader
) -> NDArray[np.int64]:
    tiers = np.zeros(len(rows), dtype=np.int64)
    for words in rare:
        in_text = np.isin(rows, index.keyword.holding(words))
        in_headings = np.isin(rows, index.keyword.holding(words, "headings"))
        tiers += np.where(in_text, 2, np.where(in_headings, 1, 0))
    return tiers
