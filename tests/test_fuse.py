from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analyse import analyse
from indexer.outline import Outline
from search.fuse import learned, ranks, weighted
from search.settings import Weights
from tests.fakes import FakeEncoder, passage
from tests.search_index import FEATURES, candidates

if TYPE_CHECKING:
    from search.retrieve import Candidates

NONE = dict.fromkeys(Weights.model_fields, 0.0)
# Rows 0 and 4 are one section, row 1 is beside it under the same heading, row 2 elsewhere on the
# page; row 3 has the headings of row 0 on another page.
PLACES = (
    ("/a", ["T", "Treatment", "Surgery"]),
    ("/a", ["T", "Treatment", "PRRT"]),
    ("/a", ["T", "Outlook"]),
    ("/b", ["T", "Treatment", "Surgery"]),
    ("/a", ["T", "Treatment", "Surgery"]),
)


def _outline() -> Outline:
    encoder = FakeEncoder()
    found = [passage(f"text {i}", url=url, headings=h) for i, (url, h) in enumerate(PLACES)]
    return Outline.of(analyse(found), encoder.encode([each.text for each in found]))


OUTLINE = _outline()


# The learned fusion


@pytest.mark.parametrize(
    ("weight", "features", "expected"),
    [
        # The index's mean cosine counts 0 and the best of the candidates 1; below the mean is 0 too.
        ("meaning", {"semantic": [0.8, 0.5, 0.2], "usual_cosine": 0.3}, [1, 0.4, 0]),
        ("meaning", {"semantic": [0.2, 0.1, 0.2], "usual_cosine": 0.3}, [0, 0, 0]),
        ("words", {"keyword": [0, 6, 3]}, [0, 1, 0.5]),
        ("words", {"keyword": [0, 0, 0]}, [0, 0, 0]),
        # Shares of what was asked are shares already.
        ("coverage", {"coverage": [0.5, 0.25, 0]}, [0.5, 0.25, 0]),
        ("aspect", {"aspect": [0, 0.6, 1]}, [0, 0.6, 1]),
    ],
)
@pytest.mark.parametrize("times", [0.5, 1, 3])
def test_each_feature_by_itself(
    weight: str, features: dict[str, Any], expected: list[float], times: float
) -> None:
    found = learned(candidates([0, 2, 3], **features), OUTLINE, Weights(**NONE | {weight: times}))
    assert found.tolist() == pytest.approx(expected)


def test_features_are_weighed_against_all_of_the_weights() -> None:
    found = candidates(
        [0, 2, 3],
        semantic=[0.9, 0.5, 0.1],
        usual_cosine=0.1,  # 1, 0.5, 0
        keyword=[4, 1, 2],  # 1, 0.25, 0.5
        coverage=[1, 0.5, 0],
        aspect=[0, 0.6, 0],
    )
    weights = Weights(**NONE | {"meaning": 4, "words": 2, "coverage": 3, "aspect": 1})  # ten in all
    assert learned(found, OUTLINE, weights).tolist() == pytest.approx([0.9, 0.46, 0.1])


@pytest.mark.parametrize(
    ("around", "expected"),
    [
        ({}, [0.8, 0.2, 0.4, 0.5, 0.1]),
        # The best of the section is 0.8 for rows 0 and 4, and each other's own.
        ({"section": 1}, [0.8, 0.2, 0.4, 0.5, 0.45]),
        ({"parent": 1}, [0.8, 0.5, 0.4, 0.5, 0.45]),
        ({"page": 1}, [0.8, 0.5, 0.6, 0.5, 0.45]),
        ({"page": 3}, [0.8, 0.65, 0.7, 0.5, 0.625]),
        ({"section": 1, "parent": 2, "page": 4}, [0.8, 5.2 / 8, 4.8 / 8, 0.5, 5.7 / 8]),
    ],
)
def test_the_best_around_a_passage_speaks_for_it(
    around: dict[str, float], expected: list[float]
) -> None:
    found = candidates([0, 1, 2, 3, 4], coverage=[0.8, 0.2, 0.4, 0.5, 0.1])
    scores = learned(found, OUTLINE, Weights(**NONE | {"coverage": 2} | around))
    assert scores.tolist() == pytest.approx(expected)


def test_a_section_and_what_is_under_it_speak_for_each_other() -> None:
    trails = (["T", "Chemo"], ["T", "Chemo", "Side effects"], ["T", "Other"])
    passages = [passage(f"text {i}", url="/a", headings=h) for i, h in enumerate(trails)]
    outline = Outline.of(analyse(passages), FakeEncoder().encode([each.text for each in passages]))
    found = candidates([0, 1, 2], coverage=[0.8, 0.2, 0.4])
    upwards = learned(found, outline, Weights(**NONE | {"coverage": 1, "parent": 1}))
    assert upwards.tolist() == pytest.approx([0.8, 0.5, 0.4])
    found = candidates([0, 1, 2], coverage=[0.2, 0.8, 0.4])
    downwards = learned(found, outline, Weights(**NONE | {"coverage": 1, "section": 1}))
    assert downwards.tolist() == pytest.approx([0.5, 0.8, 0.4])


def test_only_candidates_speak_for_their_page() -> None:
    weights = Weights(**NONE | {"coverage": 1, "page": 1})
    assert learned(candidates([2], coverage=[0.4]), OUTLINE, weights).tolist() == [0.4]


def test_the_default_weights_by_hand() -> None:
    found = candidates(
        [1, 0, 3],
        semantic=[0.7, 0.3, 0.5],
        usual_cosine=0.2,
        keyword=[0, 5, 10],
        coverage=[0.8, 1, 0],
        aspect=[0, 0, 1],
    )
    w = Weights()
    one = w.meaning + 0.8 * w.coverage
    two = 0.2 * w.meaning + 0.5 * w.words + w.coverage
    three = 0.6 * w.meaning + w.words + w.aspect
    # The first two are apart below one heading of a page; the third is alone.
    assert one > two
    beside = w.parent + w.page
    most = (w.meaning + w.words + w.coverage + w.aspect) * (1 + w.section + beside)
    expected = [
        one * (1 + w.section + beside),
        two * (1 + w.section) + one * beside,
        three * (1 + w.section + beside),
    ]
    assert learned(found, OUTLINE, w).tolist() == pytest.approx([each / most for each in expected])


def test_a_passage_that_has_everything_has_the_score_1() -> None:
    everything = {name: [1.0, 0.0] for name in FEATURES}
    assert learned(candidates([0, 3], **everything), OUTLINE, Weights()).tolist() == pytest.approx(
        [1, 0]
    )


def test_weights_of_nothing_are_no_failure() -> None:
    found = candidates([0, 1], coverage=[1, 0.5])
    assert learned(found, OUTLINE, Weights(**NONE)).tolist() == [0, 0]


_SHARE = st.floats(0, 1, allow_subnormal=False)
_FOUND = st.lists(
    st.fixed_dictionaries(
        {"semantic": st.floats(-1, 1, allow_subnormal=False)}
        | {"keyword": st.floats(0, 50, allow_subnormal=False)}
        | {"coverage": _SHARE, "aspect": _SHARE}
    ),
    min_size=len(PLACES),
    max_size=len(PLACES),
)


def _all(features: list[dict[str, float]], order: list[int]) -> Candidates:
    columns = {name: [features[row][name] for row in order] for name in FEATURES}
    return candidates(order, usual_cosine=0.2, **columns)


@given(_FOUND, st.permutations(range(len(PLACES))))
def test_learned_scores_are_shares_and_do_not_depend_on_the_order(
    features: list[dict[str, float]], order: list[int]
) -> None:
    scores = learned(_all(features, list(range(len(PLACES)))), OUTLINE, Weights())
    assert np.all((scores >= 0) & (scores <= 1 + 1e-9))
    assert learned(_all(features, order), OUTLINE, Weights()) == pytest.approx(scores[order])


@given(_FOUND)
def test_in_one_section_who_has_more_of_everything_is_not_behind(
    features: list[dict[str, float]],
) -> None:
    features[4] = {name: max(features[4][name], features[0][name]) for name in FEATURES}
    scores = learned(_all(features, list(range(len(PLACES)))), OUTLINE, Weights())
    assert scores[4] >= scores[0] - 1e-9


# The weighted sum


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
    found = candidates(range(len(semantic)), semantic=semantic, keyword=keyword)
    assert weighted(found, weight).tolist() == pytest.approx(expected)


_PAIRS = st.lists(
    st.tuples(st.floats(-1, 1, allow_subnormal=False), st.floats(0, 50, allow_subnormal=False)),
    min_size=1,
)


@given(_PAIRS, st.floats(0, 1))
def test_a_score_is_a_share_and_better_in_both_halves_is_never_worse(
    pairs: list[tuple[float, float]], weight: float
) -> None:
    semantic, keyword = np.array(pairs).T
    found = candidates(range(len(pairs)), semantic=semantic, keyword=keyword)
    for fused in (weighted(found, weight), ranks(found)):
        assert fused.shape == semantic.shape
        assert np.all((fused >= 0) & (fused <= 1 + 1e-9))
        for i, j in zip(range(len(pairs)), range(1, len(pairs)), strict=False):
            if semantic[i] >= semantic[j] and keyword[i] >= keyword[j]:
                assert fused[i] >= fused[j] - 1e-9


# Reciprocal ranks


@pytest.mark.parametrize(
    ("semantic", "keyword", "sums"),
    [
        ([0.9, 0.5, 0.1], [0, 4, 8], [1 / 61, 2 / 62, 1 / 63 + 1 / 61]),
        # Without a word, or away from the question, a passage has no rank in that half.
        ([0.9, -0.5], [0, 3], [1 / 61, 1 / 61]),
        ([0.2, 0.9], [0, 0], [1 / 62, 1 / 61]),
        # Ties go to the earlier passage of the index.
        ([0.5, 0.5], [1, 1], [2 / 61, 2 / 62]),
        ([-0.1], [0], [0]),
        ([], [], []),
    ],
)
def test_reciprocal_ranks(semantic: list[float], keyword: list[float], sums: list[float]) -> None:
    found = candidates(range(len(semantic)), semantic=semantic, keyword=keyword)
    most = max(sums, default=0) or 1
    assert ranks(found).tolist() == pytest.approx([each / most for each in sums])


def test_ranks_break_ties_by_the_row_and_not_by_the_place() -> None:
    found = candidates([7, 2], semantic=[0.5, 0.5], keyword=[1, 1])
    assert ranks(found).tolist() == pytest.approx([61 / 62, 1])


@pytest.mark.parametrize("fuse", [lambda c: learned(c, OUTLINE, Weights()), ranks])
def test_nothing_found_is_no_failure(fuse: Any) -> None:
    assert fuse(candidates([])).tolist() == []
