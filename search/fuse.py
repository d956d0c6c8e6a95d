"""Fusion: one score from all that speaks for a passage.

``learned`` is the ranking; ``weighted`` and ``ranks`` are the plain ways of fusing the semantic and
the keyword half, which it is measured against (docs/ranking.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.reader import Outline
from search.retrieve import Candidates, Scores
from search.settings import Weights

_RANK_OFFSET = 60  # of reciprocal rank fusion, as Cormack and others propose


def learned(candidates: Candidates, outline: Outline, weights: Weights) -> Scores:
    """A weighted sum of features of a passage, and of the best passage around it; 0 to 1.

    The weights were learned (``benchmarks/fit_ranking.py``). Each feature is at most 1.
    """
    own = (
        weights.meaning * _above(candidates.semantic, candidates.usual_cosine)
        + weights.words * _share(candidates.keyword)
        + weights.coverage * candidates.coverage
        + weights.aspect * candidates.aspect
    )
    rows = candidates.rows
    best = outline.best_under(rows, own)
    total = (
        own
        + weights.section * best[outline.section[rows]]
        + weights.parent * best[outline.parent[rows]]
        + weights.page * _best_of(outline.page[rows], own)
    )
    return np.maximum(total / weights.most, 0.0)


def weighted(candidates: Candidates, semantic_weight: float) -> Scores:
    """Weighted sum of both halves, each brought to 0..1 over the candidates."""
    meaning, words = _unit(candidates.semantic), _share(candidates.keyword)
    return semantic_weight * meaning + (1 - semantic_weight) * words


def ranks(candidates: Candidates) -> Scores:
    """Reciprocal rank fusion of both halves, brought to at most 1."""
    total = np.zeros(len(candidates.rows))
    for scores in (candidates.semantic, candidates.keyword):
        order = np.argsort(np.lexsort((candidates.rows, -scores)))
        total += np.where(scores > 0, 1 / (_RANK_OFFSET + 1 + order), 0)
    return _share(total)


def _above(cosines: Scores, usual: float) -> Scores:
    """Cosines have no natural zero: the index's mean is taken for it, and the best for 1."""
    if not cosines.size:
        return cosines
    high = float(cosines.max())
    return (cosines - usual) / (high - usual) if high > usual else np.zeros_like(cosines)


def _best_of(groups: NDArray[np.int32], scores: Scores) -> Scores:
    """For each place the best score of its group."""
    distinct, place = np.unique(groups, return_inverse=True)
    best = np.full(len(distinct), -np.inf)
    np.maximum.at(best, place, scores)
    return best[place]


def _unit(scores: Scores) -> Scores:
    """The least of the candidates is taken for 0."""
    if not scores.size:
        return scores
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def _share(scores: Scores) -> Scores:
    """BM25 has a natural zero: no word matches."""
    high = float(scores.max()) if scores.size else 0.0
    return scores / high if high > 0 else scores
