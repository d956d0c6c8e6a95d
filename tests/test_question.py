from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from search.question import understand
from tests.fakes import passage
from tests.search_index import by_words

if TYPE_CHECKING:
    from indexer.reader import IndexReader
    from search.question import Question

# "octreotide" is in one passage, "scan" in two, "dose" in three, "SSTR2" and "fasting" in one each.
TEXTS = (
    "Octreotide: one dose a month",
    "A scan needs no dose",
    "The scan shows SSTR2",
    "The dose of your own cells",
    "Come to it fasting",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    passages = [
        replace(passage(text), position=position, headings=["Zebras" if position else "Whales"])
        for position, text in enumerate(TEXTS)
    ]
    return by_words(tmp_path_factory.mktemp("question"), passages).index


def _pieces(word: str) -> int:
    """A tokenizer that knows every word of up to eight letters whole."""
    return 1 if len(word) <= 8 else 3


def _understood(index: IndexReader, text: str, most: int = 2) -> Question:
    return understand(text, index, most, _pieces)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What is the dose of octreotide?", ("dose", "octreotide")),
        ("what is it", ("what", "is", "it")),
        ("dose DOSE dosé", ("dose",)),
        ("tumour anaemia embolisation", ("tumor", "anemia", "embolization")),
        ("Lu-177, ¹⁷⁷Lu and lutetium-177", ("177lu",)),
        ("?!", ()),
    ],
)
def test_the_words_that_carry_meaning(
    index: IndexReader, text: str, words: tuple[str, ...]
) -> None:
    assert _understood(index, text).terms == words


def test_the_stems_are_those_of_the_words_that_carry_meaning(index: IndexReader) -> None:
    assert _understood(index, "the doses of injections").stems == {"dose", "inject"}


@pytest.mark.parametrize(
    ("text", "rare"),
    [
        # In a few words each rare one counts; "dose" is in more passages than two.
        ("octreotide", {("octreotide",)}),
        ("octreotide dose", {("octreotide",)}),
        ("fasting scan SSTR2", {("fasting",), ("scan",), ("sstr2",)}),
        ("scans", set()),  # another word than "scan": exact is exact
        ("lanreotide", set()),  # no passage has it
        ("whales", {("whales",)}),  # no text has it, but few headings do
        # Among more words only names count: of many pieces, with digits, with capitals.
        ("do people come fasting before every octreotide injection", {("octreotide",)}),
        ("which people should have SSTR2 shown before fasting", {("sstr2",)}),
        ("which people should have sstr2 shown before fasting", {("sstr2",)}),
        ("does everybody come FASTING before their treatment", {("fasting",)}),
        ("does everybody come Fasting before their treatment", set()),
        # Quoted words count together, whatever they are, where they stand so.
        ('where do people read "your own cells" in everyday life', {("your", "own", "cells")}),
        ("where do people read “your own cells” in everyday life", {("your", "own", "cells")}),
        ('where do people read "own your cells" in everyday life', set()),
        ('"the dose" of it', {("the", "dose")}),
        ('"" " "', set()),
    ],
)
def test_what_is_rare(index: IndexReader, text: str, rare: set[tuple[str, ...]]) -> None:
    assert set(_understood(index, text).rare) == rare


@pytest.mark.parametrize(
    ("text", "most", "is_rare"),
    [("dose", 3, True), ("dose", 2, False), ("octreotide", 1, True), ("octreotide", 0, False)],
)
def test_the_setting_says_how_many_passages_are_few(
    index: IndexReader, text: str, most: int, *, is_rare: bool
) -> None:
    assert bool(_understood(index, text, most).rare) == is_rare


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("Take the Creon with a meal", True),
        ("You take CREON then", True),
        ("Creon comes with a meal. Creon helps", False),  # sentences begin so
        ("Take the creon with a meal", False),
        ("Take the Creon, or any creon", False),
    ],
)
def test_a_name_is_what_the_page_writes_as_one(
    tmp_path_factory: pytest.TempPathFactory, text: str, is_name: bool
) -> None:
    found = by_words(tmp_path_factory.mktemp("names"), [passage(text)]).index
    asked = _understood(found, "how often should people swallow creon every day")
    assert (("creon",) in asked.rare) is is_name
