from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rare import _COMPOUND, quoted, rare_terms
from tests.fakes import passage
from tests.search_index import by_words

if TYPE_CHECKING:
    from indexer.reader import IndexReader

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
        passage(text, position=position, headings=["Zebras" if position else "Whales"])
        for position, text in enumerate(TEXTS)
    ]
    return by_words(tmp_path_factory.mktemp("rare"), passages).index


def _pieces(word: str) -> int:
    """A tokenizer that knows every word of up to eight letters whole."""
    return 1 if len(word) <= 8 else 3


def _rare(index: IndexReader, text: str, most: int = 2) -> tuple[tuple[str, ...], ...]:
    return rare_terms(text, index, most, _pieces)


@pytest.mark.parametrize(
    ("text", "rare"),
    [
        # In a few words each rare one counts; "dose" is in more passages than two.
        ("octreotide", {("octreotide",)}),
        ("octreotide dose", {("octreotide",)}),
        ("What is the dose of octreotide?", {("octreotide",)}),
        ("fasting scan", {("fasting",), ("scan",)}),
        ("fasting scan SSTR2", {("sstr2",)}),
        ("scans", set()),  # another word than "scan": exact is exact
        ("lanreotide", set()),  # no passage has it
        ("whales", {("whales",)}),  # no text has it, but few headings do
        ("zebras", set()),  # no text has it, and many headings do
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
        ('"" " " "?!"', set()),
        ("", set()),
        ("?!", set()),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
def test_what_is_rare(index: IndexReader, text: str, rare: set[tuple[str, ...]]) -> None:
    assert set(_rare(index, text)) == rare


def test_rare_terms_are_in_the_order_of_the_question_and_each_there_once(
    index: IndexReader,
) -> None:
    text = 'SSTR2 "fasting" Octreotide sstr-2 "octreotide"'
    assert _rare(index, text) == (("sstr2",), ("octreotide",), ("fasting",))


def test_a_word_of_the_dictionary_is_no_name_however_many_its_pieces(
    index: IndexReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "do people come fasting before every octreotide injection"
    assert _rare(index, text) == (("octreotide",),)
    monkeypatch.setattr("search.rare.is_english", lambda word: word == "octreotide")
    assert _rare(index, text) == ()


@pytest.mark.parametrize(
    ("text", "most", "is_rare"),
    [("dose", 3, True), ("dose", 2, False), ("octreotide", 1, True), ("octreotide", 0, False)],
)
def test_the_setting_says_how_many_passages_are_few(
    index: IndexReader, text: str, most: int, *, is_rare: bool
) -> None:
    assert bool(_rare(index, text, most)) == is_rare


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("Take the Creon with a meal", True),
        ("You take CREON then", True),
        ("Take some (Creon) then", True),
        ("Creon comes with a meal. Creon helps", False),  # sentences begin so
        ("Take the creon with a meal", False),
        ("Take the Creon, or any creon", False),
    ],
)
def test_a_name_is_what_the_page_writes_as_one(
    tmp_path_factory: pytest.TempPathFactory, text: str, is_name: bool
) -> None:
    found = by_words(tmp_path_factory.mktemp("names"), [passage(text)]).index
    asked = _rare(found, "how often should people swallow creon every day")
    assert (("creon",) in asked) is is_name


@pytest.mark.parametrize(("passages", "is_name"), [(5, True), (6, False)])
def test_how_a_word_is_written_is_looked_up_in_a_few_passages(
    tmp_path_factory: pytest.TempPathFactory, passages: int, *, is_name: bool
) -> None:
    texts = [passage(f"Take the Creon {number}") for number in range(passages)]
    found = by_words(tmp_path_factory.mktemp("names"), texts).index
    asked = _rare(found, "how often should people swallow creon every day", most=9)
    assert (("creon",) in asked) is is_name


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('the "safety net" of', ["safety net"]),
        ("the “safety net” and „pet scan“ of", ["safety net", "pet scan"]),
        ('one "two" three "four"', ["two", "four"]),
        ('the "safety net', []),
        ('"x" ""', []),
        ("it's a 'word'", []),
        (f'"{"x" * 200}"', ["x" * 200]),
        (f'"{"x" * 201}"', []),
        ("", []),
    ],
    ids=lambda given: given[:30] if isinstance(given, str) else None,
)
def test_where_a_question_has_quotation_marks(text: str, inside: list[str]) -> None:
    assert [text[start:end] for start, end in quoted(text)] == inside


@given(st.text("aé1-\u2010_ ", max_size=12))
def test_compounds_are_words_that_hyphens_join(text: str) -> None:
    # The plain way to write it, which takes the square of a long word's length.
    assert _COMPOUND.findall(text) == re.findall(r"[^\W_]+(?:[-\u2010][^\W_]+)+", text)
