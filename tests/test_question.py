from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from search.question import _FURTHER, Question, Understanding, mean_direction
from tests.fakes import passage
from tests.search_index import by_words, entry, plane, settings

if TYPE_CHECKING:
    from indexer.reader import IndexReader

# "octreotide" is in one passage, "scan" in two, "dose" in three; nothing is in more.
TEXTS = (
    "Octreotide: one dose a month",
    "A scan needs no dose",
    "The scan shows SSTR2",
    "The dose of your own cells",
    "A somatostatin analogue, fasting",
    "Chemotherapy and follow-up",
)
GLOSSARY = (
    entry("Sandostatin", "octreotide", direction="forward"),
    entry("octreotide", "somatostatin analogue", direction="forward"),
    entry("SSA", "somatostatin analogue"),
    entry("amount", "dose", direction="forward"),  # which is in half of the passages
    entry("shot", "injection", direction="forward"),  # which is in none
    entry("NET", "SSTR2", direction="forward", near=("tumour",)),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    passages = [
        replace(passage(text), position=position, headings=["Zebras" if position else "Whales"])
        for position, text in enumerate(TEXTS)
    ]
    return by_words(tmp_path_factory.mktemp("question"), passages, None, GLOSSARY).index


def _pieces(word: str) -> int:
    """A tokenizer that knows every word of up to eight letters whole."""
    return 1 if len(word) <= 8 else 3


def _read(
    index: IndexReader, text: str, *, expand: bool = True, correct: bool = True, most: int = 2
) -> Question:
    understanding = Understanding(
        index, _pieces, settings(rare_passages=most, expansion_weight=0.5)
    )
    return understanding.read(text, expand=expand, correct=correct)


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("What is the dose of octreotide?", ["dose", "octreotid"]),
        ("what is it", ["what", "is", "it"]),
        ("dose DOSE dosé doses", ["dose"]),
        ("tumour anaemia embolisation", ["tumor", "anemia", "embol"]),
        ("Lu-177, ¹⁷⁷Lu and lutetium-177", ["177lu"]),
        ("?!", []),
    ],
)
def test_the_words_that_carry_meaning(index: IndexReader, text: str, stems: list[str]) -> None:
    found = _read(index, text)
    assert found.words == dict.fromkeys(stems, 1.0)
    assert found.stems == set(stems)


# Corrections


@pytest.mark.parametrize(
    ("asked", "text", "corrections"),
    [
        ("octreotide", "octreotide", []),
        ("octreotid dose", "octreotide dose", [("octreotid", "octreotide")]),
        (
            "Octretide with a somatostatine?",
            "octreotide with a somatostatin?",
            [("Octretide", "octreotide"), ("somatostatine", "somatostatin")],
        ),
        # Names of the glossary are known though no passage has them.
        ("sandostatine", "sandostatin", [("sandostatine", "sandostatin")]),
        # What is English or unlike everything stays as it is.
        ("a dosage of xyzzyxyz", "a dosage of xyzzyxyz", []),
        # The index's own spelling of a word is no correction.
        ("followup chemo therapy", "follow up chemotherapy", []),
        # Quoted words are meant as they stand; the others are not.
        ('"octreotid" octreotid', '"octreotid" octreotide', [("octreotid", "octreotide")]),
        ("“octreotid dose” somatostatine", "“octreotid dose” somatostatin", [
            ("somatostatine", "somatostatin"),
        ]),
        ('"octreotid', '"octreotide', [("octreotid", "octreotide")]),
    ],
)  # fmt: skip
def test_what_is_misspelt(
    index: IndexReader, asked: str, text: str, corrections: list[tuple[str, str]]
) -> None:
    found = _read(index, asked)
    assert found.text == text
    assert [(each["from"], each["to"]) for each in found.corrections] == corrections
    as_it_is = _read(index, asked, correct=False)
    assert as_it_is.corrections == ()
    assert all(wrong in as_it_is.text for wrong, _ in corrections)


def test_a_correction_is_what_is_looked_for(index: IndexReader) -> None:
    assert _read(index, "octreotid").stems == {"octreotid"}
    assert _read(index, "somatostatine").rare == (("somatostatin",),)
    assert _read(index, "somatostatine", correct=False).rare == ()


# Other names


def test_other_names_of_what_is_asked(index: IndexReader) -> None:
    found = _read(index, "a Sandostatin dose")
    assert found.expansions == (
        {"from": "Sandostatin", "to": "octreotide", "source": "glossary"},
        {"from": "Sandostatin", "to": "somatostatin analogue", "source": "glossary"},
    )
    assert [(each.stems, each.instead_of) for each in found.others] == [
        (("octreotid",), ("sandostatin",)),
        (("somatostatin", "analog"), ("sandostatin",)),
    ]
    assert [each.weight for each in found.others] == pytest.approx([0.5, 0.5 * _FURTHER])
    assert found.readings == ("a Sandostatin dose", "a Sandostatin (octreotide) dose")
    assert found.words == {"sandostatin": 1.0, "dose": 1.0}, "they are no words of the question"


def test_without_expansion_a_question_is_only_itself(index: IndexReader) -> None:
    found = _read(index, "a Sandostatin dose", expand=False)
    assert (found.others, found.expansions) == ((), ())
    assert found.readings == ("a Sandostatin dose",)


def test_an_abbreviation_counts_for_its_words_and_they_for_it(index: IndexReader) -> None:
    short, long = _read(index, "SSA"), _read(index, "somatostatin analogues")
    assert [each.stems for each in short.others] == [("somatostatin", "analog")]
    assert short.others[0].instead_of == ("ssa",)
    # "SSA" itself is in no passage, so nothing more is found by it.
    assert long.others == ()


@pytest.mark.parametrize(
    "text",
    [
        "what amount",  # its other name is in too many passages to say anything
        "a shot",  # no passage has its other name
        "the safety net",  # an everyday word
        "nothing in particular",
    ],
)
def test_what_has_no_other_name_worth_looking_for(index: IndexReader, text: str) -> None:
    assert _read(index, text).expansions == ()


@pytest.mark.parametrize("text", ["NET", "my net tumour", "the NET of today"])
def test_an_everyday_word_is_an_abbreviation_where_it_is_meant_as_one(
    index: IndexReader, text: str
) -> None:
    assert [each["to"] for each in _read(index, text).expansions] == ["SSTR2"]


def test_the_setting_says_what_another_name_counts(index: IndexReader) -> None:
    found = Understanding(index, _pieces, settings(expansion_weight=0.25)).read("SSA")
    assert [each.weight for each in found.others] == [0.25]


# Rare terms


@pytest.mark.parametrize(
    ("text", "most", "rare"),
    [
        ("octreotide dose", 2, (("octreotide",),)),
        ("dose", 3, (("dose",),)),
        ("dose", 2, ()),
        ("octreotide", 0, ()),
        ('where do people read "your own cells" in life', 2, (("your", "own", "cells"),)),
        # Another name is not what was asked for.
        ("Sandostatin", 2, ()),
    ],
)
def test_what_is_rare(
    index: IndexReader, text: str, most: int, rare: tuple[tuple[str, ...], ...]
) -> None:
    assert _read(index, text, most=most).rare == rare


# The vector of several readings


def test_the_mean_direction_is_between_and_of_unit_length() -> None:
    assert mean_direction(plane([20])) == pytest.approx(plane([20]))
    assert mean_direction(plane([0, 60])) == pytest.approx(plane([30]), abs=1e-6)
    assert mean_direction(plane([0, 10, 20])) == pytest.approx(plane([10]), abs=1e-6)
    assert mean_direction(plane([0, 60])).dtype == np.float32
