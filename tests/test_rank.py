from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rank import Ranking, rank
from tests.fakes import passage
from tests.search_index import by_words, candidates

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.reader import IndexReader


def _rank(index: IndexReader, scores: dict[int, float], *rare: tuple[str, ...]) -> Ranking:
    """The ranking of rows with these scores, in this order among the candidates."""
    return rank(candidates(list(scores)), np.array(list(scores.values()), float), rare, index)


@pytest.mark.parametrize(
    ("rare", "tiers"),
    [
        ([], [0, 0, 0, 0]),
        ([("captem",)], [2, 1, 0, 0]),
        ([("sstr2",)], [0, 0, 2, 0]),
        ([("captem",), ("sstr2",)], [2, 1, 2, 0]),
        ([("one", "month")], [2, 0, 0, 0]),
        ([("month", "one")], [0, 0, 0, 2]),
    ],
)
def test_text_counts_double_and_headings_once(
    tmp_path: Path, rare: list[tuple[str, ...]], tiers: list[int]
) -> None:
    passages = [
        passage("CAPTEM for one month"),
        passage("two medicines", headings=["CAPTEM"]),
        passage("SSTR2"),
        passage("a month, one dose", title="CAPTEM"),
    ]
    index = by_words(tmp_path, passages).index
    assert _rank(index, dict.fromkeys(range(4), 0.5), *rare).rare.tolist() == tiers
    assert _rank(index, {2: 0.5, 0: 0.5}, *rare).rare.tolist() == [tiers[2], tiers[0]]
    assert _rank(index, {}, *rare).rare.tolist() == []


def test_rare_terms_then_scores_then_the_order_of_the_index(tmp_path: Path) -> None:
    texts = ["one", "SSTR2 two", "three", "SSTR2 four", "five", "six"]
    index = by_words(tmp_path, [passage(text, url=f"/{text}") for text in texts]).index
    found = _rank(index, {5: 0.9, 4: 0.5, 3: 0.1, 2: 0.5, 1: 0.2, 0: 1.0}, ("sstr2",))
    # The rows 1, 3, 0, 5, 2, 4, by their places among the candidates.
    assert found.order.tolist() == [4, 2, 5, 0, 3, 1]
    assert found.scores.tolist() == [0.9, 0.5, 0.1, 0.5, 0.2, 1.0]
    assert found.repeated == {}


SAME = ["One dose.", "Other", "ONE  dose!\n", "one dose more", "• One\n• dose"]


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    folder = tmp_path_factory.mktemp("same")
    return by_words(folder, [passage(text, url=f"/{i}") for i, text in enumerate(SAME)]).index


def test_the_same_words_are_kept_once_at_their_best_place(same: IndexReader) -> None:
    found = _rank(same, {0: 0.7, 1: 0.8, 2: 0.9, 3: 0.6, 4: 0.5})
    assert found.order.tolist() == [2, 1, 3]
    assert found.repeated == {2: [0, 4]}, "best first"
    none = _rank(same, {})
    assert (none.order.tolist(), none.repeated) == ([], {})


def test_what_is_no_candidate_is_not_said_to_be_repeated(same: IndexReader) -> None:
    # The first row that says it is the name of the group, whether it was found or not.
    found = _rank(same, {4: 0.5, 1: 0.4, 2: 0.9})
    assert found.order.tolist() == [2, 1]
    assert found.repeated == {2: [4]}
    assert _rank(same, {4: 0.5, 1: 0.4}).repeated == {}


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=5, max_size=5))
def test_every_candidate_is_in_the_order_or_stood_for(
    same: IndexReader, scores: list[float]
) -> None:
    found = _rank(same, dict(enumerate(scores)))
    kept = found.order.tolist()  # every row is its own place
    repeated = [row for rows in found.repeated.values() for row in rows]
    assert sorted(kept + repeated) == list(range(5))
    assert kept == sorted(kept, key=lambda row: (-scores[row], row))
    for row, others in found.repeated.items():
        assert row in kept
        assert all(scores[row] >= scores[other] for other in others)
