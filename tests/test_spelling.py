from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from indexer.analyse import analyse
from indexer.lexicon import Equivalent, Lexicon
from indexer.terms import terms
from search.spelling import Speller, _right_words
from search.wording import changed
from tests.fakes import passage

TEXTS = (
    "Octreotide, lanreotide and everolimus",
    "Octreotide for tumours",
    "The tumours of the thyroid; carcinoid; ¹⁷⁷Lu and 5-HIAA",
    "Thyroidal measures",
    "Grades, grades",
)


@pytest.fixture(scope="module")
def speller() -> Speller:
    lexicon = Lexicon.of(analyse([passage(text) for text in TEXTS]), [])
    equivalents = (
        Equivalent("Sandostatin", "octreotide", "glossary"),
        Equivalent("sandostatin", "somatostatin analogue", "glossary"),
    )
    return Speller(Lexicon(lexicon.words, equivalents, lexicon.parts))


def _corrected(speller: Speller, text: str) -> str:
    return changed(text, speller.corrections(text))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("octreotid", "octreotide"),
        ("octroetide", "octreotide"),  # letters swapped
        ("Octreotyde injections", "octreotide injections"),
        ("lanreotyd", "lanreotide"),
        ("evrolimis", "everolimus"),  # two letters of nine
        ("carcinod, and thyriod!", "carcinoid, and thyroid!"),
        ("tumuors", "tumours"),  # as the index writes it
        ("sandostatn", "sandostatin"),  # only the glossary has it
        ("anologue", "analog"),
        ("xctreotide", "octreotide"),  # the first letter of a long word
    ],
)
def test_what_is_misspelt_is_corrected(speller: Speller, text: str, meant: str) -> None:
    assert _corrected(speller, text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "octreotide for tumor",  # the index has its plural
        "octreotides",  # ... or its singular
        "the tumours and analogues",
        "xyz oct",  # short words
        "gradr2 177lux 5hiaaa 1234",  # with digits
        "is LANREOTYD good",  # written like an abbreviation
        "some LANREOTYDs",
        "treadmill and holiday",  # English
        "colonise",  # the dictionary's spelling, not the unified one
        "octrxxtyde qqqqqqqq",  # near nothing
        "karcinod",  # two letters, one of them the first
        "xhyroi",
        "",
    ],
)
def test_what_is_left_as_it_is(speller: Speller, text: str) -> None:
    assert speller.corrections(text) == []


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        ("hypercalcaemia", "hypocalcaemia"),
        ("hyponatraemia", "hypernatraemia"),
        ("nephrotoxicity", "neurotoxicity"),
        ("prednisone", "prednisolone"),
        ("DOTATOC", "dotanoc"),
        ("macroadenoma", "microadenoma"),  # on no list: by how it begins
    ],
)
def test_no_name_is_made_its_opposite_or_another(held: str, asked: str) -> None:
    speller = Speller(Lexicon.of(analyse([passage(f"About {held}")]), []))
    assert speller.corrections(f"treatment of {asked}") == []
    wrong = held.lower().replace("ro", "or") if "ro" in held else f"{held.lower()}x"
    assert [each.to.lower() for each in speller.corrections(wrong)] == [held.lower()]


def test_two_letters_may_be_wrong_only_of_what_a_page_has() -> None:
    names = (Equivalent("sandostatin", "octreotide", "glossary"),)
    words = Lexicon.of(analyse([passage("about lanreotide")]), [])
    speller = Speller(Lexicon(words.words, names, words.parts))
    assert _corrected(speller, "lanroetyde") == "lanreotide"
    assert _corrected(speller, "sandostatyn") == "sandostatin"
    assert speller.corrections("sendostatyn") == []


def test_threads_share_a_speller(speller: Speller) -> None:
    asked = ["octroetide", "x" * 30 + "octreotide", "lanreotyd", "evrolimis and thyriod"] * 50
    expected = [speller.corrections(each) for each in asked]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(speller.corrections, asked)) == expected


def test_right_words_are_words() -> None:
    words = _right_words()
    assert {"hypocalcemia", "prednisolone", "dotanoc"} <= words
    assert all(word.isalpha() for word in words)


def test_a_short_word_may_have_one_letter_wrong(speller: Speller) -> None:
    assert _corrected(speller, "thyrid thyird thyrd") == "thyroid thyird thyrd"


def test_the_first_letter_of_a_short_word_is_right(speller: Speller) -> None:
    assert _corrected(speller, "umours xhyroid") == "umours thyroid"


def test_all_in_capitals_is_no_abbreviation(speller: Speller) -> None:
    assert _corrected(speller, "IS LANREOTYD GOOD") == "IS lanreotide GOOD"


def test_a_correction_says_where_it_is(speller: Speller) -> None:
    [change] = speller.corrections("¿Is octreotyde")
    assert (change.start, change.end, change.to) == (4, 14, "octreotide")


@pytest.mark.parametrize(
    ("texts", "wrong", "meant"),
    [
        # The more usual of two that are as near.
        (["lutarin", "lutarax", "lutarax lutarix", "lutarix", "lutarix"], "lutarox", "lutarix"),
        # A name before a word of everyday language, though that is more usual.
        (["patients", "patients", "patientz"], "patientx", "patientz"),
        # The one with the first letter before one without.
        (["butarax", "lutarix", "butarax", "butarax"], "lutarax", "lutarix"),
        # As usual: the first by the alphabet.
        (["lutarix", "lutarax"], "lutarox", "lutarax"),
        # The nearest before the more usual.
        (["lutarinex", "lutarinex", "lutarin"], "lutarine", "lutarinex"),
        (["lutarixxb", "lutarixxb", "lutarinaa"], "lutarinab", "lutarinaa"),
    ],
    ids=lambda given: given if isinstance(given, str) else "+".join(given),
)
def test_which_of_several_words_was_meant(texts: list[str], wrong: str, meant: str) -> None:
    speller = Speller(Lexicon.of(analyse([passage(text) for text in texts]), []))
    assert _corrected(speller, wrong) == meant


def test_an_empty_index_corrects_nothing() -> None:
    assert Speller(Lexicon.of(analyse([]), [])).corrections("octreotyde") == []


@pytest.mark.parametrize(
    ("word", "known"), [("octreotide", True), ("octreotyde", False), ("holiday", True)]
)
def test_which_words_are_known(speller: Speller, word: str, *, known: bool) -> None:
    [term] = terms(word)
    assert speller.knows(term, word) is known


def test_a_text_of_many_unknown_words_is_not_corrected_to_its_end(speller: Speller) -> None:
    text = " ".join(["octreotid"] * 30)
    assert len(speller.corrections(text)) == 20
