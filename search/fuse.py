"""Fusion: one score from the semantic and the keyword half."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def fuse(
    semantic: NDArray[np.float64], keyword: NDArray[np.float64], semantic_weight: float
) -> NDArray[np.float64]:
    """Weighted sum of both halves, each brought to 0..1 over the candidates; shape as given."""
    return semantic_weight * _unit(semantic) + (1 - semantic_weight) * _share(keyword)


def _unit(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosines have no natural zero: the least of the candidates is taken for it."""
    if not scores.size:
        return scores
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)


def _share(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """BM25 has one: no word matches."""
    high = float(scores.max()) if scores.size else 0.0
    return scores / high if high > 0 else scores
