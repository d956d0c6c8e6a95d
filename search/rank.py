"""Ranking outside the fusion: rare exact terms first, and the same words only once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.reader import NO_ROWS, IndexReader, Rows
from search.rare import Words
from search.retrieve import Candidates, Scores


@dataclass(frozen=True, slots=True)
class Ranking:
    """Places in the candidates, best first, and what each has."""

    order: NDArray[np.int64]  # places, those that say the same as an earlier one left out
    scores: Scores  # of every place
    rare: NDArray[np.int64]  # how many rare terms each place has, text counting double
    repeated: dict[int, list[int]]  # rows that say the same as the row, which stands for them
    rest: Rows = field(default_factory=lambda: NO_ROWS)  # as ``order``: places among the unranked
    reranker: dict[int, float] = field(default_factory=dict)  # what it gave the places it read

    def of_the_rest(self, number: int) -> Ranking:
        """What there is to say of some that were not ranked: nothing but where they repeat."""
        nothing = np.zeros(number)
        return Ranking(NO_ROWS, nothing, nothing.astype(np.int64), self.repeated)


def rank(
    candidates: Candidates, scores: Scores, rare: tuple[Words, ...], index: IndexReader
) -> Ranking:
    """The order of candidates: by rare terms, then by score."""
    tiers = _rare_tiers(candidates.rows, rare, index)
    # Ties go to the earlier passage, so that an order never depends on chance.
    order = np.lexsort((candidates.rows, -scores, -tiers))
    rows = np.concatenate([candidates.rows[order], candidates.found.rest])
    same = index.outline.same[rows]
    _, first, group = np.unique(same, return_index=True, return_inverse=True)
    stands = rows[first][group]  # for each row, the first that says the same
    again = rows != stands
    repeated: dict[int, list[int]] = {}
    for row, stand in zip(rows[again].tolist(), stands[again].tolist(), strict=True):
        repeated.setdefault(stand, []).append(row)
    first.sort()
    ranked = first < len(order)
    rest = first[~ranked] - len(order)
    return Ranking(order[first[ranked]], scores, tiers, repeated, rest)


def _rare_tiers(
    rows: NDArray[np.int64], rare: tuple[Words, ...], index: IndexReader
) -> NDArray[np.int64]:
    tiers = np.zeros(len(rows), dtype=np.int64)
    for words in rare:
        in_text = np.isin(rows, index.keyword.holding(words))
        in_headings = np.isin(rows, index.keyword.holding(words, "headings"))
        tiers += np.where(in_text, 2, np.where(in_headings, 1, 0))
    return tiers
