from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import ValidationError

from indexer.analyse import analyse
from indexer.outline import Outline
from indexer.terms import terms
from search.aspects import Aspect, Aspects, read_aspects
from tests.fakes import passage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CAUSES = Aspect(name="causes", asked=("cause", "brought on"), headings=("cause",))
TESTS = Aspect(name="tests", asked=("test", "scan"), headings=("test", "work up"))
TRAILS = (
    ("Page", "Causes"),
    ("Page", "Tests", "Blood"),
    ("Page", "How is it tested?"),
    ("Page", "Work-up"),
    ("Tests", "Blood"),
    ("Page",),
    (),
    ("Page", "Test for causes"),
)


def _outline(trails: Sequence[Sequence[str]]) -> Outline:
    passages = [passage("text", headings=list(trail)) for trail in trails]
    return Outline.of(analyse(passages), np.zeros((len(trails), 2), dtype=np.float32))


def _match(
    question: str,
    trails: Sequence[Sequence[str]] = TRAILS,
    aspects: Sequence[Aspect] = (CAUSES, TESTS),
) -> list[float]:
    found = Aspects(aspects, _outline(trails)).match(question, np.arange(len(trails)))
    assert found.shape == (len(trails),)
    return [round(float(each), 3) for each in found]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what causes it", [1, 0, 0, 0, 0, 0, 0, 1]),
        ("what is it brought on by", [1, 0, 0, 0, 0, 0, 0, 1]),
        ("what it brought with it on", [0] * 8),  # words of a phrase stand together
        # A heading above counts less, and the page's own only for a passage right under it.
        ("which tests", [0, 0.6, 1, 1, 0, 0, 0, 1]),
        ("scanning", [0, 0.6, 1, 1, 0, 0, 0, 1]),
        ("how long", [0] * 8),
        ("", [0] * 8),
    ],
)
def test_passages_under_a_heading_for_what_is_asked(question: str, found: list[float]) -> None:
    assert _match(question) == found


def test_the_nearest_heading_counts_if_both_name_it() -> None:
    trails = [("Page", "Tests", "Test"), ("Page", "Tests", "Blood", "x"), ("x",), ("y",), ("z",)]
    assert _match("test", trails) == [1, 0, 0, 0, 0]


def test_a_page_with_one_heading_stands_under_it() -> None:
    assert _match("test", [("Tests",), ("x",), ("y",)]) == [1, 0, 0]


def test_of_two_aspects_the_rarer_says_more() -> None:
    # Among eight passages two stand under causes, and 3.6 under tests.
    less = round(log(9 / 4.6) / log(9 / 3), 3)
    assert _match("causes and tests") == [1, round(0.6 * less, 3), less, less, 0, 0, 0, 1]


def test_an_aspect_that_every_passage_stands_under_says_nothing() -> None:
    assert _match("causes", [("Causes",)] * 3) == [0, 0, 0]
    assert _match("causes and tests", [("Causes",), ("Causes",), ("Causes of tests",)]) == [0, 0, 1]


def test_rows_are_given_in_the_order_they_are_asked_for() -> None:
    aspects = Aspects([CAUSES], _outline(TRAILS))
    assert aspects.match("cause", np.array([7, 5, 0, 0])).tolist() == [1, 0, 1, 1]
    assert aspects.match("cause", np.array([], dtype=np.int64)).tolist() == []


def test_without_passages_or_aspects_nothing_matches() -> None:
    assert _match("cause", []) == []
    assert _match("cause", TRAILS, []) == [0] * 8


ASPECT = '[[aspect]]\nname = "causes"\nasked = ["cause"]\nheadings = ["cause"]\n'


def test_aspects_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "aspects.toml"
    file.write_text(ASPECT + ASPECT.replace("cause", "test"))
    first, second = read_aspects(file)
    assert first == Aspect(name="causes", asked=("cause",), headings=("cause",))
    assert (second.name, second.asked) == ("tests", ("test",))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "causes"', ""),
        ('asked = ["cause"]', "asked = []"),
        ('headings = ["cause"]', "headings = []"),
        ("asked", "asekd"),
        ("[[aspect]]", "[[aspect]]\nmore = 1"),
    ],
)
def test_what_is_no_aspect_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert old in ASPECT
    file = tmp_path / "aspects.toml"
    file.write_text(ASPECT.replace(old, new))
    with pytest.raises(ValidationError):
        read_aspects(file)


def test_the_aspects_of_the_service_each_have_words() -> None:
    aspects = read_aspects()
    names = [each.name for each in aspects]
    assert len(names) >= 10
    assert len(set(names)) == len(names)
    phrases = [phrase for each in aspects for phrase in (*each.asked, *each.headings)]
    assert [phrase for phrase in phrases if not terms(phrase)] == []


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("What causes carcinoid syndrome?", "Causes"),
        ("who is most likely to get it", "Risk factors"),
        ("how would I notice", "Signs and symptoms"),
        ("how do doctors know", "How it is diagnosed"),
        ("has it spread", "Stages"),
        ("can it be cured", "Treatments"),
        ("What Is carcinoid", "What Is It?"),
        ("what is carcinoid", "What Is It?"),
        ("is PRRT safe", "Side effects"),
    ],
)
def test_a_question_is_nearer_to_its_heading(question: str, heading: str) -> None:
    headings = [heading, "Contact", "Donate", "Our nurses"]
    trails = [("Page", each) for each in headings]
    assert _match(question, trails, read_aspects()) == [1, 0, 0, 0]
