from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from search import retrieve as retrieve_module
from search.question import Question
from search.retrieve import retrieve
from tests.fakes import passage
from tests.search_index import by_angle, plane, settings

if TYPE_CHECKING:
    from pathlib import Path

    from search.engine import Engine

WORDS = Question("dose", ("dose",), frozenset({"dose"}), ())
NO_WORDS = Question("dose", (), frozenset({"dose"}), ())
TEXTS = ("a dose", "the scan", "more of it", "a dose far away")
DIRECTIONS = (0, 30, 75, 90)
ALL = {"candidates": 200, "semantic_reach": 0.0}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    passages = [(passage(text, position=i), DIRECTIONS[i]) for i, text in enumerate(TEXTS)]
    return by_angle(tmp_path_factory.mktemp("retrieve"), passages)


def test_both_halves_bring_candidates_with_both_scores(engine: Engine) -> None:
    found = retrieve(engine.index, WORDS, plane([0])[0], None, settings(**ALL))
    assert found.rows.tolist() == [0, 1, 2, 3], "by cosine, each once"
    assert found.semantic.tolist() == pytest.approx([1, 3**0.5 / 2, 0.258819, 0], abs=1e-5)
    assert [score > 0 for score in found.keyword] == [True, False, False, True]
    assert found.keyword[0] > found.keyword[3], "a shorter passage with the same word"
    assert found.complete


@pytest.mark.parametrize(
    ("question", "asked", "changes", "rows"),
    [
        # The best cosine is 1: half of it reaches 60 degrees, 0.2 of it reaches 75.
        (NO_WORDS, 0, {"semantic_reach": 0.5}, [0, 1]),
        (NO_WORDS, 0, {"semantic_reach": 0.2}, [0, 1, 2]),
        (NO_WORDS, 0, {"semantic_reach": 1.0}, [0]),
        # Away from everything nothing falls short of the best.
        (NO_WORDS, 200, {"semantic_reach": 0.5}, []),
        (NO_WORDS, 200, {"semantic_reach": 0.0}, []),
        (NO_WORDS, 200, {"semantic_reach": 1.0}, []),
        (NO_WORDS, 90, {"candidates": 2, "semantic_reach": 0.0}, [3, 2]),
        # Words bring what the meaning leaves out.
        (WORDS, 0, {"semantic_reach": 0.5}, [0, 1, 3]),
        (WORDS, 30, {"candidates": 1, "semantic_reach": 0.0}, [1, 0, 3]),
        (WORDS, None, {}, [0, 3]),
        (NO_WORDS, None, {}, []),
    ],
)
def test_how_far_the_meaning_reaches(
    engine: Engine, question: Question, asked: float | None, changes: dict, rows: list[int]
) -> None:
    vector = None if asked is None else plane([asked])[0]
    found = retrieve(engine.index, question, vector, None, settings(**{**ALL, **changes}))
    assert found.rows.tolist() == rows
    assert len(found.semantic) == len(found.keyword) == len(rows)


@pytest.mark.parametrize(
    ("allowed", "rows"),
    [([0, 1, 1, 1], [1, 2, 3]), ([0, 1, 0, 0], [1]), ([0, 0, 0, 1], [3]), ([0, 0, 0, 0], [])],
)
def test_a_filter_leaves_rows_out_of_both_halves(
    engine: Engine, allowed: list[int], rows: list[int]
) -> None:
    mask = np.array(allowed, dtype=bool)
    found = retrieve(engine.index, WORDS, plane([0])[0], mask, settings(**ALL))
    assert found.rows.tolist() == rows


def test_boosts_decide_where_a_word_counts(tmp_path: Path) -> None:
    passages = [
        (passage("other words", title="Dose"), 0),
        (passage("other words now", headings=["Dose"]), 0),
        (passage("the dose"), 0),
    ]
    index = by_angle(tmp_path, passages).index
    for row, name in enumerate(("title_boost", "headings_boost", "text_boost")):
        only = {"title_boost": 0.0, "headings_boost": 0.0, "text_boost": 0.0, name: 1.0}
        assert retrieve(index, WORDS, None, None, settings(**only)).rows.tolist() == [row]


def test_more_matches_than_are_read_are_said_to_be_more(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieve_module, "_MOST_KEYWORD_ROWS", 1)
    found = retrieve(engine.index, WORDS, None, None, settings())
    assert (found.rows.tolist(), found.complete) == ([0], False)
    everything = np.ones(len(TEXTS), dtype=bool)
    assert retrieve(engine.index, WORDS, None, everything, settings()).complete


@pytest.mark.parametrize(
    ("changes", "complete"),
    [
        ({"candidates": 4, "semantic_reach": 0.0}, True),
        ({"candidates": 2, "semantic_reach": 0.0}, False),  # more would have been near enough
        ({"candidates": 2, "semantic_reach": 0.9}, True),  # the second was not
    ],
)
def test_nearest_passages_that_were_cut_off_are_not_all(
    engine: Engine, changes: dict[str, float], complete: bool
) -> None:
    found = retrieve(engine.index, NO_WORDS, plane([0])[0], None, settings(**changes))
    assert found.complete is complete
