from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.reader import terms
from search.gap_terms import hashes_of, terms_of, words_of


def test_hashes_are_short_and_of_one_day_and_one_key() -> None:
    words = [f"word{n}" for n in range(500)]
    hashes = [
        hashes_of(key, day, words) for key, day in ((b"a", 1), (b"a", 1), (b"a", 2), (b"b", 1))
    ]
    assert hashes[0].max() < 2**24
    assert hashes[0].max() > 2**23
    assert (hashes[0] == hashes[1]).all()
    assert np.count_nonzero(hashes[0] == hashes[2]) < 5
    assert np.count_nonzero(hashes[0] == hashes[3]) < 5


def test_terms_are_words_and_pairs_of_neighbours() -> None:
    assert terms_of("travel insurance abroad".split()) == [
        *("abroad", "insurance", "insurance abroad", "travel", "travel insurance"),
    ]
    assert terms_of(["177lu", "177lu", ""]) == ["177lu", "177lu 177lu"]
    assert terms_of([]) == []


@pytest.mark.parametrize(
    "word",
    [
        *("07700900123", "1956", "+44-20-79", "12/03/56", "12-34-56", "ab1234cd", "555.12"),
        *("ann@example.org", "@ann", "ann＠example", "https://example.org", "www.example", "１２３４"),
        *("example.org", "example.org/page", "ann.smith", "x" * 41, "a\x1b[2j", "a b", "a\u202eb"),
        *("a\ud800", "a\nb"),
    ],
)  # fmt: skip
def test_what_may_be_personal_is_no_term_and_parts_its_neighbours(word: str) -> None:
    assert terms_of(["cold", word, "hands"]) == ["cold", "hands"]


@pytest.mark.parametrize(
    "word",
    ["177lu", "5-hiaa", "ki-67", "e.g", "lu-177", "x" * 40, "crohn's", "naïve", "病", "t.n.m"],
)
def test_the_words_of_the_field_are_terms(word: str) -> None:
    assert terms_of([word]) == [word]


def test_a_number_in_groups_is_no_pair() -> None:
    assert terms_of(["555", "123"]) == ["123", "555"]
    assert terms_of(["phase", "3"]) == ["3", "phase", "phase 3"]


def test_a_letter_counts_by_its_beginning() -> None:
    words = [f"{a}{b}" for a in "abcdefghij" for b in "abcdefghij"]
    assert {term for term in terms_of(words) if " " not in term} == set(words[:64])


@given(st.lists(st.text(max_size=50), max_size=8))
def test_no_term_of_any_question_is_personal(words: list[str]) -> None:
    allowed = set(words) | {f"{a} {b}" for a, b in pairwise(words)}
    for term in terms_of(words):
        assert term in allowed
        assert term.isprintable()
        assert "@" not in term
        assert not any(all(map(str.isdecimal, term[n : n + 4])) for n in range(len(term) - 3))


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("Mail ann.smith@example.org, Octreotide", ["mail", "octreotide"]),
        ("see https://example.org/ann?x=1 octreotide", ["octreotide", "see"]),
        ("www.ann-smith.example", []),
        (
            "call +44-7700-900-123 about octreotide",
            ["about", "about octreotide", "call", "octreotide"],
        ),
        ("born 12/03/56 (12-03-1956)", ["born"]),
        ("177Lu-DOTATATE", ["177lu", "177lu dotatate", "dotatate"]),
        ("lutetium 177", ["177lu"]),
    ],
)
def test_no_part_of_an_address_or_number_is_counted(question: str, counted: list[str]) -> None:
    assert terms_of(words_of(question, terms(question))) == counted
