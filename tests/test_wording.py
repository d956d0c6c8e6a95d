from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.wording import Change, as_the_index_writes, changed, compounds
from tests.fakes import passage
from tests.search_index import by_words

if TYPE_CHECKING:
    from indexer.reader import IndexReader

TEXTS = (
    "Chemotherapy after the tumour",
    "Tumours and tumour; a follow up",
    "Lutetium-177 and serum 5-HIAA; Ki-67",
    "Blood pressure is one, blood count another",
    "A check up, the checkup; it is a person’s own, don't",
    "Grade-3 tumour's",
    "An atypical one after 28 days or 12 weeks",
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    return by_words(tmp_path_factory.mktemp("wording"), [passage(text) for text in TEXTS]).index


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ([], "one two"),
        ([Change(0, 3, "a")], "a two"),
        ([Change(0, 3, ""), Change(4, 7, "three")], " three"),
        ([Change(3, 3, " and"), Change(7, 7, "!")], "one and two!"),
        ([Change(0, 7, "x")], "x"),
    ],
    ids=["none", "first word", "both words", "put in", "all"],
)
def test_changes_are_made_in_a_text(changes: list[Change], text: str) -> None:
    assert changed("one two", changes) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        # In one word what the index has in one.
        ("chemo therapy", "chemotherapy"),
        ("Chemo-Therapy, now", "chemotherapy, now"),
        ("is chemo therapy chemo therapy", "is chemotherapy chemotherapy"),
        ("chemo, therapy", "chemo, therapy"),
        ("chemo  therapy", "chemo  therapy"),
        ("chemo", "chemo"),
        ("check up", "check up"),  # the index has it in two as well
        ("tu mor", "tumour"),  # as it is usually written
        # An everyday word beside another is no part of it, and numbers are not put together.
        ("is a typical one", "is a typical one"),
        ("is an a-typical one", "is an atypical one"),
        ("every 2-8 weeks", "every 2-8 weeks"),
        ("every 2 8 weeks", "every 2 8 weeks"),
        ("5 HIAA", "5-hiaa"),
        # In two words what the index has in two.
        ("bloodpressure", "blood pressure"),
        ("a followup?", "a follow up?"),
        ("pressureblood", "pressureblood"),  # not one behind the other
        ("bloodxx xxblood", "bloodxx xxblood"),
        ("isone", "is one"),
        ("itis", "it is"),
        ("up1", "up1"),
        ("aco", "aco"),  # too short
        ("checkup", "checkup"),  # known as it is
        # Part of a name: the name.
        ("hiaa", "5-hiaa"),
        ("lutetium, ki", "lutetium-177, ki-67"),
        ("177", "lutetium-177"),
        ("177 mg", "177 mg"),  # a number among other words is a number
        ("5", "5"),
        ("", ""),
        ("?!", "?!"),
    ],
)
def test_compounds_are_written_as_in_the_index(index: IndexReader, text: str, meant: str) -> None:
    assert changed(text, compounds(text, index)) == meant


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("the TUMOR grows", "the tumour grows"),
        ("tumors", "tumours"),
        ("Lu-177 ¹⁷⁷Lu 177lu", "lutetium-177 lutetium-177 lutetium-177"),
        ("Ki67", "ki-67"),
        ("Octreotide Ætiology", "Octreotide Ætiology"),
        ("a leukaemia", "a leukemia"),  # which the index has not: the unified spelling
        ("Tumour", "Tumour"),  # capitals are no spelling
        # Words with an apostrophe stay as they are, and the two apostrophes are one.
        ("the tumour's and tumor’s", "the tumour's and tumor's"),
        ("½ a tablet, 1½ or ²", "½ a tablet, 1½ or ²"),  # numbers stay as they are
        ("persons", "persons"),
        ("person dont", "person dont"),
        ("", ""),
    ],
)
def test_words_are_spelt_as_in_the_index(index: IndexReader, text: str, written: str) -> None:
    assert as_the_index_writes(text, index) == written


@given(
    text=st.lists(st.sampled_from("chemo therapy tumor Lu-177 ½ followup , -".split())).map(
        " ".join
    )
)
def test_changes_of_any_question_are_in_order_and_apart(index: IndexReader, text: str) -> None:
    changes = compounds(text, index)
    ends = [0, *(each.end for each in changes)]
    assert all(end <= each.start < each.end for end, each in zip(ends, changes, strict=False))
    once = as_the_index_writes(changed(text, changes), index)
    assert as_the_index_writes(once, index) == once


def test_an_empty_index_changes_nothing_but_the_spelling(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    empty = by_words(tmp_path_factory.mktemp("empty"), []).index
    assert compounds("chemo therapy bloodpressure hiaa", empty) == []
    assert as_the_index_writes("Tumour and Ki-67", empty) == "tumor and ki67"
