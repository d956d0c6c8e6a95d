"""Two evaluations compared: the test's arithmetic, what is counted, and how it is shown."""

from __future__ import annotations

import json
from itertools import product
from math import comb
from typing import TYPE_CHECKING

import numpy as np
import pytest

from search.compare import as_text, compare, p_value
from tests.scored import scored

if TYPE_CHECKING:
    from collections.abc import Sequence

OF_WHAT = {"spec": "mode=keyword", "index_version": "build", "mode": "keyword"}


# The randomisation test.


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([], 1),
        ([0, 0], 1),
        ([0.5], 1),  # either sign is as far from zero
        ([0.5, 0.5], 2 / 4),
        ([0.5, 0.5, 0.0, 0.5], 2 / 8),
        ([-0.25] * 10, 2 / 1024),
        ([0.25] * 14, 2 / 2**14),
        ([1, -1], 1),
        ([3, 2, -1], 4 / 8),  # the sums are 6, 4, 2 and 0 from zero, each twice
        # Sums of tenths differ in their last bits, by the order they are added in.
        ([0.1, 0.2, -0.3], 1),
    ],
    ids=str,
)
def test_few_differences_are_tried_with_every_sign(
    differences: Sequence[float], expected: float
) -> None:
    assert p_value(np.array(differences, dtype=float)) == expected


def test_every_sign_is_what_counting_by_hand_gives() -> None:
    differences = [0.5, -0.2, 0.31, 0.07, -0.44]
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((-1, 1), repeat=5)
    ]
    as_far = sum(each >= abs(sum(differences)) - 1e-12 for each in sums)
    assert p_value(np.array(differences)) == as_far / 32


def test_many_differences_are_tried_with_random_signs() -> None:
    # 16 wins and 4 losses of one size: the binomial distribution knows.
    differences = np.array([1.0] * 16 + [-1.0] * 4)
    exact = 2 * sum(comb(20, k) for k in range(5)) / 2**20
    found = p_value(differences)
    assert found == pytest.approx(exact, abs=0.002)
    assert found == p_value(differences), "the same on every run"


def test_a_random_test_never_says_impossible() -> None:
    assert p_value(np.ones(40)) == 1 / 100_001


# What is compared.


def test_a_win_is_a_question_that_this_one_answers_better() -> None:
    this = [
        scored("a", 0.9, "/a/ A", kind="x"),
        scored("b", 0.5, "/a/ B", kind="y", rank=4),
        scored("c", 0.7, "/a/ C", kind="y"),
        scored("n", kind="none"),
    ]
    other = [
        scored("a", 0.4, "/b/ A", kind="x", rank=2),
        scored("b", 0.6, "/b/ B", kind="y"),
        scored("c", 0.7, "/b/ C", kind="y"),
        scored("n", kind="none", answerable=False),
    ]
    compared = compare(this, other)
    assert json.loads(json.dumps(compared)) == compared
    assert list(compared) == ["all", "kinds", "losses", "wins"]
    assert compared["all"] == {
        "nDCG@10": {
            "this": 0.7, "other": 0.5667, "difference": 0.1333,
            "wins": 1, "losses": 1, "ties": 1, "p": 1.0,
        },
        "success@1": {
            "this": 0.6667, "other": 0.6667, "difference": 0.0,
            "wins": 1, "losses": 1, "ties": 1, "p": 1.0,
        },
        "success@3": {
            "this": 0.6667, "other": 1.0, "difference": -0.3333,
            "wins": 0, "losses": 1, "ties": 2, "p": 1.0,
        },
    }  # fmt: skip
    kinds = compared["kinds"]
    assert list(kinds) == ["x", "y"], "what nothing answers has no measure"
    assert {kind: list(each) for kind, each in kinds.items()} == {
        "x": ["nDCG@10"],
        "y": ["nDCG@10"],
    }
    assert kinds["y"]["nDCG@10"]["losses"] == 1
    assert compared["wins"] == [
        {
            "id": "a", "kind": "x", "query": "ask a",
            "this": {"nDCG@10": 0.9, "first": "/a/ A"},
            "other": {"nDCG@10": 0.4, "first": "/b/ A"},
        }
    ]  # fmt: skip
    assert [each["id"] for each in compared["losses"]] == ["b"]


def test_the_questions_that_differ_most_come_first_ten_of_each() -> None:
    names = [f"{number:02}" for number in range(25)]
    # From 12 steps down to 12 steps up: the middle one is a tie.
    this = [scored(name, 0.5 + (int(name) - 12) / 100) for name in names]
    compared = compare(this, [scored(name, 0.5) for name in names])
    assert [each["id"] for each in compared["losses"]] == names[:10]
    assert [each["id"] for each in compared["wins"]] == names[:-11:-1]
    assert [compared["all"]["nDCG@10"][each] for each in ("wins", "losses", "ties")] == [12, 12, 1]


def test_the_last_bit_of_a_float_makes_no_difference() -> None:
    compared = compare([scored("a", 0.1 + 0.2)], [scored("a", 0.3)])
    assert compared["all"]["nDCG@10"]["ties"] == 1
    assert (compared["wins"], compared["losses"]) == ([], [])


def test_different_questions_are_no_pair() -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        compare([scored("a", 0.5), scored("b", 0.5)], [scored("a", 0.5)])


def test_without_an_answer_to_find_nothing_is_measured() -> None:
    compared = compare([scored("a")], [scored("a")])
    empty = {"this": None, "other": None, "difference": None, "wins": 0, "losses": 0, "ties": 0}
    assert compared["all"]["nDCG@10"] == {**empty, "p": None}
    assert compared["kinds"] == {}
    assert as_text({**OF_WHAT, **compared}).splitlines()[2].split()[1:] == [*"---000-"]


# How it is shown.


def test_the_text_has_a_straight_table_and_the_questions() -> None:
    this = [scored("a", 0.25, rank=None), scored("b", 0.5, "/a/ B"), scored("c", 0.5, "/a/ C")]
    other = [scored("a", 1.0, "/b/ A"), scored("b", 0.25, "/b/ B"), scored("c", 0.5, "/b/ C")]
    lines = as_text({**OF_WHAT, **compare(this, other)}).splitlines()
    assert lines == [
        "against mode=keyword (index build, mode keyword)",
        "                this  other  difference  wins  losses  ties      p",
        "nDCG@10        0.417  0.583      -0.167     1       1     1  1.000",
        "success@1      0.667  1.000      -0.333     0       1     2  1.000",
        "success@3      0.667  1.000      -0.333     0       1     2  1.000",
        "nDCG@10 plain  0.417  0.583      -0.167     1       1     1  1.000",
        "",
        "1 question answered worse than by the other",
        "  a (plain): ask a",
        "    this   0.250  nothing",
        "    other  1.000  /b/ A",
        "",
        "1 question answered better than by the other",
        "  b (plain): ask b",
        "    this   0.500  /a/ B",
        "    other  0.250  /b/ B",
    ]


def test_a_list_that_was_cut_says_so() -> None:
    names = [str(number) for number in range(11)]
    compared = compare([scored(n, 0.5) for n in names], [scored(n, 0.25) for n in names])
    text = as_text({**OF_WHAT, **compared})
    assert text.splitlines()[2].split()[-1] == "0.001"
    assert "11 questions answered better than by the other, the 10 that differ most" in text
    assert "worse" not in text


@pytest.mark.parametrize("count", [12, 40])
def test_a_small_p_is_never_shown_as_zero(count: int) -> None:
    names = [str(number) for number in range(count)]
    compared = compare([scored(n, 0.5) for n in names], [scored(n, 0.25) for n in names])
    assert 0 < compared["all"]["nDCG@10"]["p"] < 0.001
    text = as_text({**OF_WHAT, **compared})
    assert text.splitlines()[2].split()[-1] == "<0.001"
