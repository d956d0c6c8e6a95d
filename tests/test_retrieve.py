from __future__ import annotations

from math import cos, log, radians
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from indexer.reader import Allowed, Filter
from search.aspects import Aspect, Aspects
from search.expand import Expansion
from search.question import Other, Question
from search.retrieve import _OTHER_NAME, Candidates, Found, Weigher, retrieve
from tests.fakes import passage
from tests.search_index import by_angle, by_words, plane, settings

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.reader import IndexReader
    from search.engine import Engine

WORDS = Question("dose", words={"dose": 1.0})
NO_WORDS = Question("dose")
TEXTS = ("a dose", "the scan", "more of it", "a dose far away")
DIRECTIONS = (0, 30, 75, 90)
ALL = {"candidates": 200, "semantic_reach": 0.0}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    passages = [(passage(text, position=i), DIRECTIONS[i]) for i, text in enumerate(TEXTS)]
    return by_angle(tmp_path_factory.mktemp("retrieve"), passages)


def _other(means: tuple[str, ...], of: tuple[str, ...], weight: float = 0.5, at: int = 0) -> Other:
    """Another name, as stems, of the words at a place of the question."""
    return Other(means, weight, of, Expansion(at, at + 1, " ".join(means), "glossary", 1))


def test_both_halves_bring_rows_and_words_their_scores(engine: Engine) -> None:
    found = retrieve(engine.index, WORDS, plane([0])[0], None, settings(**ALL))
    rows, keyword = found.rows, found.keyword
    assert rows.tolist() == [0, 1, 2, 3], "by cosine, each once"
    assert [score > 0 for score in keyword] == [True, False, False, True]
    assert keyword[0] > keyword[3], "a shorter passage with the same word"
    assert not found.rest.size


def test_what_came_by_meaning_has_its_score_by_words_in_a_large_index(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = retrieve(engine.index, WORDS, plane([90])[0], None, settings(**ALL))
    monkeypatch.setattr("indexer.dense.FlatDense.is_exact", False)
    few = settings(**ALL | {"keyword_candidates": 1})
    large = retrieve(engine.index, WORDS, plane([90])[0], None, few)
    assert large.rows.tolist() == whole.rows.tolist() == [3, 2, 1, 0]
    assert large.keyword == pytest.approx(whole.keyword, abs=1e-6)
    assert large.rest.size == 0
    assert not large.is_all


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
    found = retrieve(engine.index, question, vector, None, settings(**ALL | changes))
    assert found.rows.tolist() == rows
    assert len(found.keyword) == len(rows)


@pytest.mark.parametrize(
    ("allowed", "rows"),
    [([0, 1, 1, 1], [1, 2, 3]), ([0, 1, 0, 0], [1]), ([0, 0, 0, 1], [3]), ([0, 0, 0, 0], [])],
)
def test_a_filter_leaves_rows_out_of_both_halves(
    engine: Engine, allowed: list[int], rows: list[int]
) -> None:
    left = Allowed(np.array(allowed, dtype=bool), Filter())
    found = retrieve(engine.index, WORDS, plane([0])[0], left, settings(**ALL))
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


def test_a_word_that_counts_less_weighs_less(tmp_path: Path) -> None:
    index = by_words(tmp_path, [passage("dose"), passage("scan"), passage("more")]).index

    def score(words: dict[str, float]) -> dict[int, float]:
        found = retrieve(index, Question("", words=words), None, None, settings())
        return dict(zip(found.rows.tolist(), found.keyword.tolist(), strict=True))

    whole = score({"dose": 1.0, "scan": 1.0})
    assert score({"dose": 1.0, "scan": 0.25}) == pytest.approx({0: whole[0], 1: whole[1] / 4})


def test_another_name_brings_passages_at_its_weight(tmp_path: Path) -> None:
    texts = (
        "octreotide one two",
        "sandostatin one two",
        "analogue of somatostatin",
        "one two more",
    )
    index = by_words(tmp_path, [passage(text) for text in texts]).index

    def scores(*others: Other) -> dict[int, float]:
        question = Question("", words={"sandostatin": 1.0}, others=others)
        found = retrieve(index, question, None, None, settings())
        return dict(zip(found.rows.tolist(), found.keyword.tolist(), strict=True))

    alone = scores()
    assert list(alone) == [1]
    # Both words are as rare and all passages are as long: only the weight makes a difference.
    assert scores(_other(("octreotid",), ("sandostatin",))) == pytest.approx(
        {1: alone[1], 0: alone[1] / 2}
    )
    # Its words must stand one after another.
    assert scores(_other(("somatostatin", "analog"), ("sandostatin",))) == alone


@pytest.mark.parametrize(("places", "times"), [((0, 0), 1), ((0, 5), 2)])
def test_of_other_names_for_one_thing_the_best_counts(
    tmp_path: Path, places: tuple[int, int], times: int
) -> None:
    index = by_words(tmp_path, [passage("octreotide lanreotide"), passage("more words")]).index

    def score(*names: str) -> float:
        others = [_other((name,), ("ssa",), at=at) for name, at in zip(names, places, strict=False)]
        question = Question("", words={"ssa": 1.0}, others=tuple(others))
        return float(retrieve(index, question, None, None, settings()).keyword[0])

    assert score("octreotid", "lanreotid") == pytest.approx(times * score("octreotid"))


def test_what_is_not_ranked_follows_in_its_order(engine: Engine) -> None:
    found = retrieve(engine.index, WORDS, None, None, settings(keyword_candidates=1))
    assert (found.rows.tolist(), found.rest.tolist()) == ([0], [3])
    whole = retrieve(engine.index, WORDS, None, None, settings())
    assert found.rest_keyword.tolist() == [whole.keyword[1]]
    some = found.among_the_rest([0])
    assert (some.rows.tolist(), some.keyword.tolist()) == ([3], [whole.keyword[1]])


@pytest.mark.parametrize(
    ("changes", "rest"),
    [
        ({"candidates": 4, "semantic_reach": 0.0}, []),
        ({"candidates": 2, "semantic_reach": 0.0}, [2, 3]),
        ({"candidates": 1, "semantic_reach": 0.5}, [1]),
        ({"candidates": 2, "semantic_reach": 0.9}, []),  # the others are not near enough
    ],
)
def test_the_meaning_reaches_as_far_however_many_are_ranked(
    engine: Engine, changes: dict[str, float], rest: list[int]
) -> None:
    found = retrieve(engine.index, NO_WORDS, plane([0])[0], None, settings(**changes))
    assert found.rest.tolist() == rest


def test_what_is_near_enough_does_not_depend_on_the_filter(engine: Engine) -> None:
    far = Allowed(np.array([False, False, True, True]), Filter())
    reach = settings(semantic_reach=0.5)
    found = retrieve(engine.index, NO_WORDS, plane([0])[0], far, reach)
    assert found.rows.tolist() == [], "the best of all is at 0 degrees"


# What speaks for each row

ASPECTS = [Aspect(name="cause", asked=("cause", "why"), headings=("cause",))]


def _weigh(
    index: IndexReader, question: Question, asked: float | None, rows: list[int]
) -> Candidates:
    aspects = Aspects(ASPECTS, index.outline)
    vector = None if asked is None else plane([asked])[0]
    found = Found(np.array(rows, dtype=np.int64), np.arange(len(rows)).astype(float))
    return Weigher(index, aspects).weigh(question, vector, found)


def _cos(*degrees: float) -> Any:
    return pytest.approx([cos(radians(each)) for each in degrees], abs=1e-6)


@pytest.fixture(scope="module")
def titled(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Passages at 0, 40, 80 and 120 degrees."""
    passages = [
        (passage("one dose", title="A", headings=["A", "Dose"]), 0),
        (passage("two of it", title="A", headings=["A", "The causes"]), 40),
        (passage("the scan", title="B", headings=["A", "Causes", "Detail"]), 80),
        (passage("the last", title="C"), 120),
    ]
    return by_angle(tmp_path_factory.mktemp("weigh"), passages)


def test_what_the_meaning_says_of_rows(titled: Engine) -> None:
    found = _weigh(titled.index, WORDS, 30, [2, 0, 1])
    assert found.rows.tolist() == [2, 0, 1]
    assert found.keyword.tolist() == [0, 1, 2]
    assert found.semantic == _cos(50, 30, 10)
    # The usual one is that of the whole index.
    mean = sum(cos(radians(each)) for each in (30, 10, 50, 90)) / 4
    assert found.usual_cosine == pytest.approx(mean, abs=1e-6)


def test_without_a_vector_only_words_are_weighed(titled: Engine) -> None:
    found = _weigh(titled.index, WORDS, None, [0, 3])
    assert found.semantic.tolist() == [0, 0]
    assert found.usual_cosine == 0
    assert found.coverage.tolist() == [1, 0]


def test_headings_that_name_what_is_asked(titled: Engine) -> None:
    asked = Question("why does it come", words={"come": 1.0})
    assert _weigh(titled.index, asked, 0, [0, 1, 2, 3]).aspect.tolist() == [0, 1, 0.6, 0]
    assert _weigh(titled.index, WORDS, 0, [0, 1, 2, 3]).aspect.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("asked", [0, None])
def test_nothing_found_is_nothing_to_weigh(titled: Engine, asked: float | None) -> None:
    found = _weigh(titled.index, WORDS, asked, [])
    for each in (found.rows, found.semantic, found.keyword, found.coverage):
        assert each.tolist() == []
    assert found.aspect.tolist() == []


# The share of the question's words that a passage holds

HELD = (
    "A dose of a somatostatin analogue",
    "Analogues of somatostatin, one dose",
    "Somatostatin and a scan",
    "SSA as well",
)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    found = [passage(text, title="Injections") for text in HELD]
    return by_words(tmp_path_factory.mktemp("held"), found).index


def _rarity(passages: int) -> float:
    return log(1 + (len(HELD) - passages + 0.5) / (passages + 0.5))


NAME = _other(("somatostatin", "analog"), ("ssa",))


@pytest.mark.parametrize(
    ("words", "others", "expected"),
    [
        # "dose" is in two of four passages, "ssa" in one, "inject" in titles and no text.
        ({"dose": 1.0}, [], [1, 1, 0, 0]),
        ({"inject": 1.0}, [], [1, 1, 1, 1]),
        ({"nothing": 1.0}, [], [0, 0, 0, 0]),
        ({"dose": 1.0, "ssa": 1.0}, [], [_rarity(2), _rarity(2), 0, _rarity(1)]),
        # A word of the story counts less, whether it is held or not.
        ({"dose": 1.0, "ssa": 0.3}, [], [_rarity(2), _rarity(2), 0, 0.3 * _rarity(1)]),
        # Another name counts where all of its words are held, and less than the word itself.
        (
            {"dose": 1.0, "ssa": 1.0},
            [NAME],
            [
                _rarity(2) + _OTHER_NAME * _rarity(1),
                _rarity(2) + _OTHER_NAME * _rarity(1),
                0,
                _rarity(1),
            ],
        ),
        # For a name of several words it stands for each of them that is asked for.
        (
            {"dose": 1.0, "scan": 1.0},
            [_other(("ssa",), ("scan", "dose", "unasked"))],
            [_rarity(2), _rarity(2), _rarity(1), _OTHER_NAME * (_rarity(1) + _rarity(2))],
        ),
        # Nor does it count twice, nor for what is held already.
        (
            {"ssa": 1.0},
            [_other(("scan",), ("ssa",)), NAME],
            [_OTHER_NAME, _OTHER_NAME, _OTHER_NAME, 1],
        ),
        ({"dose": 1.0}, [_other(("somatostatin",), ("dose",))], [1, 1, _OTHER_NAME, 0]),
        # Words that carry no meaning are not asked of it.
        ({"ssa": 1.0}, [_other(("the", "scan"), ("ssa",))], [0, 0, _OTHER_NAME, 1]),
        ({}, [NAME], [0, 0, 0, 0]),
    ],
)
def test_coverage(
    held: IndexReader, words: dict[str, float], others: list[Other], expected: list[float]
) -> None:
    question = Question("", words=words, others=tuple(others))
    share = Weigher(held, Aspects([], held.outline)).coverage(np.arange(4), question)
    frequencies = {"dose": 2, "ssa": 1, "scan": 1, "inject": 0, "nothing": 0}
    total = sum(weight * _rarity(frequencies[word]) for word, weight in words.items())
    alone = len(words) == 1 or not words
    assert share.tolist() == pytest.approx([each if alone else each / total for each in expected])


def test_the_information_of_a_question_is_the_rarity_of_its_words(held: IndexReader) -> None:
    weigher = Weigher(held, Aspects([], held.outline))
    found = weigher.information(Question("", words={"dose": 1.0, "ssa": 0.5}))
    assert found == pytest.approx(_rarity(2) + 0.5 * _rarity(1))
    assert weigher.information(Question("")) == 0


# Neighbours under the same headings


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A drug named in one passage, its list below in the next, and another section far away."""
    passages = [
        (passage("the dose", headings=["T", "Drug"]), 0),
        (passage("a list", headings=["T", "Drug", "Effects"]), 90),
        (passage("elsewhere", headings=["T", "Other"]), 90),
    ]
    return by_angle(tmp_path_factory.mktemp("sections"), passages)


@pytest.mark.parametrize(
    ("question", "asked", "changes", "rows"),
    [
        (WORDS, 0, {}, [0, 1]),
        (WORDS, None, {}, [0]),  # words alone are asked for
        (Question("", words={}), 0, {}, [0]),  # the meaning alone
        (WORDS, 0, {"fusion": "weighted"}, [0]),
    ],
    ids=["learned", "keyword", "semantic", "weighted"],
)
def test_the_neighbours_of_the_best_are_candidates_of_the_learned_fusion(
    sections: Engine, question: Question, asked: float | None, changes: Any, rows: list[int]
) -> None:
    vector = None if asked is None else plane([asked])
    found = retrieve(sections.index, question, vector, None, settings(**changes))
    assert found.rows.tolist() == rows
    allowed = Allowed(np.array([True, False, True]), Filter())
    found = retrieve(sections.index, question, vector, allowed, settings(**changes))
    assert found.rows.tolist() == [0]
