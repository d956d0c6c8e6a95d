from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from search.question import Question
from search.rank import Ranked, once, rare_tiers
from tests.fakes import passage
from tests.search_index import by_words

if TYPE_CHECKING:
    from pathlib import Path


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
    question = Question("", (), frozenset(), tuple(rare))
    assert rare_tiers(np.arange(4), question, index).tolist() == tiers
    assert rare_tiers(np.array([2, 0]), question, index).tolist() == [tiers[2], tiers[0]]
    assert rare_tiers(np.array([], dtype=np.int64), question, index).tolist() == []


def test_the_same_words_are_kept_once_at_their_best_place(tmp_path: Path) -> None:
    texts = ["One dose.", "Other", "ONE  dose!\n", "one dose more", "• One\n• dose"]
    index = by_words(tmp_path, [passage(text, url=f"/{i}") for i, text in enumerate(texts)]).index
    ranked = [Ranked(row, 1 - row / 10, 0.0, 0.0, False) for row in (2, 1, 0, 3, 4)]
    assert [each.row for each in once(ranked, index)] == [2, 1, 3]
    assert once([], index) == []
