"""The reviewed glossary itself: what it may hold, and what it must do to questions."""

from __future__ import annotations

from collections import defaultdict

import pytest

from indexer.analyse import analyse
from indexer.glossary import Entry, read_glossary
from indexer.lexicon import Lexicon
from search.english import is_everyday
from search.expand import Expander, name_of

ENTRIES = read_glossary()
BY_NAME = {entry.written: entry for entry in ENTRIES}
# Each holds words that are names in the glossary when they are written otherwise or stand elsewhere.
TRAPS = (
    "safety net",
    "safety net for patients",
    "is there a safety net for people who live alone",
    "net weight",
    "Net weight",
    "my net income",
    "the net result",
    "net",
    "nets",
    "mosquito nets",
    "under a hair net",
    "SAFETY NET",
    "internet access",
    "network",
    "pet",
    "Pet therapy",
    "pet therapy",
    "my pet dog",
    "can I hug my pet",
    "Can I hug my pets?",
    "pet insurance",
    "pets and radiation at home",
    "a petition",
    "cap on costs",
    "bottle cap",
    "a swimming cap",
    "all of us",
    "All of us",
    "is it all right to drive",
    "is that all",
    "tell us about all this",
    "TELL US ABOUT ALL THIS",
    "contact us",
    "Us and them",
    "travel to the us",
    "I'm worried",
    "I’m worried",
    "Im worried",
    "im worried",
    "I'M WORRIED",
    "a sir or madam",
    "Dear Sir",
    "cup of tea",
    "Cup of tea",
    "how many cups a day",
    "men and women",
    "MEN AND WOMEN",
    "who can help",
    "it is on or off",
    "so am I",
    "as at home",
    "an episode",
    "a pertinent answer",
    "vitamins A, E and K",
    "a test",
    "to be or not to be",
)
FIRES = (
    ("NET", "neuroendocrine tumour"),
    ("NETs", "neuroendocrine tumour"),
    ("what are NETs", "neuroendocrine tumour"),
    ("net cancer", "neuroendocrine tumour"),
    ("nets specialist", "neuroendocrine tumour"),
    ("WHAT IS NET CANCER", "neuroendocrine tumour"),
    ("neuroendocrine tumors", "NET"),
    ("PET", "positron emission tomography"),
    ("a PET", "positron emission tomography"),
    ("PET scan", "positron emission tomography"),
    ("pet scan", "positron emission tomography"),
    ("pet/ct", "positron emission tomography"),
    ("SSA", "somatostatin analogue"),
    ("SSAs", "somatostatin analogue"),
    ("ssa", "somatostatin analogue"),
    ("somatostatin analogs", "SSA"),
    ("TACE", "transarterial chemoembolisation"),
    ("tace", "transarterial chemoembolisation"),
    ("IM injection", "intramuscular"),
    ("CUP", "cancer of unknown primary"),
    ("ALL in children", "acute lymphoblastic leukaemia"),
    ("in A&E", "emergency department"),
    ("PRRT", "peptide receptor radionuclide therapy"),
    ("peptide receptor radionuclide therapy", "PRRT"),
    ("Sandostatin", "octreotide"),
    ("5HIAA", "5-hydroxyindoleacetic acid"),
)


@pytest.fixture(scope="module")
def expander() -> Expander:
    return Expander(Lexicon.of(analyse([]), ENTRIES).equivalents)


def test_there_are_enough_entries() -> None:
    assert len(ENTRIES) >= 150


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.written)
def test_an_entry(entry: Entry) -> None:
    assert len(entry.source.strip()) > 3
    assert 1 <= len(entry.to) <= 4
    for name in (entry.written, *entry.to, *entry.near):
        assert name == " ".join(name.split()), "single spaces, none around"
    for word in entry.near:
        assert word.isalpha()
        assert word == word.lower()
    assert len(set(entry.near)) == len(entry.near)
    assert len(set(entry.to)) == len(entry.to)


def test_a_name_is_there_once_whatever_its_endings() -> None:
    written = defaultdict(list)
    for entry in ENTRIES:
        written[name_of(entry.written)].append(entry.written)
    assert [names for names in written.values() if len(names) > 1] == []


def test_words_beside_are_for_abbreviations_that_english_has() -> None:
    with_words = {entry.written for entry in ENTRIES if entry.near}
    assert {"NET", "PET"} <= with_words
    for name in with_words:
        assert BY_NAME[name].kind == "abbreviation"


def test_an_abbreviation_that_is_an_everyday_word_is_in_capitals() -> None:
    everyday = [e for e in ENTRIES if e.kind == "abbreviation" and is_everyday(e.written.lower())]
    assert {"NET", "PET", "ALL", "CUP"} <= {entry.written for entry in everyday}
    assert [entry.written for entry in everyday if not entry.written.isupper()] == []


@pytest.mark.parametrize(
    "entry",
    [e for e in ENTRIES if e.kind == "abbreviation" and is_everyday(e.written.lower())],
    ids=lambda entry: entry.written,
)
def test_an_everyday_word_needs_its_capitals(expander: Expander, entry: Entry) -> None:
    small = entry.written.lower()
    for question in (
        small,
        small.capitalize(),
        f"the {small} of it",
        f"{small.capitalize()} it is",
    ):
        assert expander.expansions(question) == [], question
    for question in (entry.written, f"{entry.written}s", f"the {entry.written} of it"):
        assert expander.expansions(question)[0].means == entry.to[0], question
    for word in entry.near:
        for question in (f"{small} {word}", f"a {word} {small}"):
            # By itself, or as a part of a longer name: PET scan, pancreatic NET.
            assert expander.expansions(question), question


@pytest.mark.parametrize("question", TRAPS)
def test_everyday_language_has_no_other_names(expander: Expander, question: str) -> None:
    assert expander.expansions(question) == []


@pytest.mark.parametrize(("question", "means"), FIRES)
def test_names_have_other_names(expander: Expander, question: str, means: str) -> None:
    assert means in [each.means for each in expander.expansions(question)]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.written)
def test_every_entry_is_found_by_its_name(expander: Expander, entry: Entry) -> None:
    found = expander.expansions(entry.written)
    assert (found[0].start, found[0].end) == (0, len(entry.written.rstrip(" .?!)")))
    meant = {name_of(each.means) for each in found if each.steps == 1}
    assert name_of(entry.to[0]) in meant
