from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.fuse import fuse


@pytest.mark.parametrize(
    ("semantic", "keyword", "weight", "expected"),
    [
        # Cosines 0.8, 0.5, 0.2 become 1, 0.5, 0; BM25 0, 4, 8 becomes 0, 0.5, 1.
        ([0.8, 0.5, 0.2], [0, 4, 8], 0.6, [0.6, 0.5, 0.4]),
        ([0.8, 0.5, 0.2], [0, 4, 8], 1.0, [1, 0.5, 0]),
        ([0.8, 0.5, 0.2], [0, 4, 8], 0.0, [0, 0.5, 1]),
        # Without any word in common only the meaning is left, and the words count nothing.
        ([0.9, 0.1], [0, 0], 0.6, [0.6, 0]),
        # A single candidate, or several alike, are all as near as can be.
        ([0.3], [2], 0.6, [1]),
        ([0.3, 0.3], [2, 1], 0.6, [1, 0.8]),
        ([-0.5, -0.9], [0, 3], 0.5, [0.5, 0.5]),
        ([], [], 0.6, []),
    ],
)
def test_the_weighted_sum(
    semantic: list[float], keyword: list[float], weight: float, expected: list[float]
) -> None:
    fused = fuse(np.array(semantic, float), np.array(keyword, float), weight)
    assert fused.tolist() == pytest.approx(expected)


_scores = st.floats(0, 50, allow_subnormal=False)


@given(
    st.lists(st.tuples(st.floats(-1, 1, allow_subnormal=False), _scores), min_size=1),
    st.floats(0, 1),
)
def test_a_score_is_a_share_and_better_in_both_halves_is_never_worse(
    pairs: list[tuple[float, float]], weight: float
) -> None:
    semantic, keyword = np.array(pairs).T
    fused = fuse(semantic, keyword, weight)
    assert fused.shape == semantic.shape
    assert np.all((fused >= 0) & (fused <= 1 + 1e-9))
    for i, j in zip(range(len(pairs)), range(1, len(pairs)), strict=False):
        if semantic[i] >= semantic[j] and keyword[i] >= keyword[j]:
            assert fused[i] >= fused[j] - 1e-9
