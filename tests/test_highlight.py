from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.reader import IndexReader
from indexer.terms import STOPWORDS, terms
from search.highlight import Highlight, highlights, places


def _stems(text: str) -> tuple[str, ...]:
    return tuple(term.stem for term in terms(text))


def _marks(text: str, q: str, *others: str) -> list[Highlight]:
    """The marks of a text for a question, and for other names of what is in it."""
    stems = {term.stem for term in IndexReader.content_terms(q)}
    return highlights(text, stems, [_stems(each) for each in others])


@pytest.mark.parametrize(
    ("q", "text", "marked"),
    [
        ("octreotide", "Octreotide and lanreotide", ["Octreotide"]),
        (
            "injections",
            "Injected: an injection is injected.",
            ["Injected", "injection", "injected"],
        ),
        ("lutetium-177", "¹⁷⁷Lu, Lu-177 or 177Lu", ["¹⁷⁷Lu", "Lu-177", "177Lu"]),
        ("tumor", "The tumour's size", ["tumour's"]),
        ("Ki67", "a Ki-67 of 3", ["Ki-67"]),
        ("what is the dose", "What the dose is", ["dose"]),
        ("what is it", "it is", ["it", "is"]),
        ("naïve", "nai\u0308ve or naive", ["nai\u0308ve", "naive"]),
        ("straße", "STRASSE", ["STRASSE"]),
        ("dose", "", []),
        ("dose", "nothing of it", []),
        ("<b>", "a <b> & b", ["b", "b"]),
        # One character that stands for two words is marked once.
        ("1 2", "take ½ a tablet", ["½"]),
    ],
)
def test_the_words_that_are_marked(q: str, text: str, marked: list[str]) -> None:
    found = _marks(text, q)
    assert [text[mark["start"] : mark["end"]] for mark in found] == marked
    assert {mark["kind"] for mark in found} <= {"exact"}


@pytest.mark.parametrize(
    ("q", "others", "text", "marks"),
    [
        ("SSA", ["somatostatin analogue"], "Somatostatin analogues (SSA)", [
            (0, 12, "synonym"), (13, 22, "synonym"), (24, 27, "exact"),
        ]),
        # A name of several words is marked where they stand one after another only.
        ("SSA", ["somatostatin analogue"], "an analogue of somatostatin", []),
        ("SSA", ["somatostatin analogue"], "somatostatin somatostatin analogue", [
            (13, 25, "synonym"), (26, 34, "synonym"),
        ]),
        # Also where it begins or ends with what was asked for.
        ("NET tumour", ["neuroendocrine tumour"], "A neuroendocrine tumour", [
            (2, 16, "synonym"), (17, 23, "exact"),
        ]),
        ("SSA", ["octreotide", "lanreotide"], "Lanreotide, octreotide", [
            (0, 10, "synonym"), (12, 22, "synonym"),
        ]),
        # Offsets are of the text as it is, whatever it was folded to.
        ("x", ["177Lu"], "ﬁne — “lutetium-177” ½", [(7, 19, "synonym")]),
        ("x", ["1 2"], "½", [(0, 1, "synonym")]),
        ("x", ["half of it"], "½ of it", []),
        ("x", ["a b"], "a b a b", [(at, at + 1, "synonym") for at in (0, 2, 4, 6)]),
        ("x", ["a b a"], "a b a b a", [(at, at + 1, "synonym") for at in (0, 2, 4, 6, 8)]),
        ("x", ["much longer than it"], "much longer", []),
        ("x", ["a"], "", []),
    ],
)  # fmt: skip
def test_other_names_are_marked_as_such(
    q: str, others: list[str], text: str, marks: list[tuple[int, int, str]]
) -> None:
    found = _marks(text, q, *others)
    assert [(each["start"], each["end"], each["kind"]) for each in found] == marks


@pytest.mark.parametrize(
    ("text", "name", "at"),
    [
        ("dose", "dose", [0]),
        ("the dose, the doses", "dose", [1, 3]),
        ("the dose, the doses", "the dose", [0, 2]),
        ("dose the", "the dose", []),
        ("", "dose", []),
    ],
)
def test_places_are_counted_in_words(text: str, name: str, at: list[int]) -> None:
    assert places(text, _stems(name)) == at


_words = st.sampled_from(
    "dose Dosen doses the THE what is octreotide Octreotide's tumour tumor TUMOURS 177Lu Lu-177"
    " lutetium-177 ¹⁷⁷Lu Ki-67 Ki67 5-HIAA SSTR2 β-blocker ﬁne fine ½ 1 2 straße STRASSE İ ŉ ǰ"
    " embolisation embolization … 24-hour hour co\u0308te \u0301 • — it's it’s x\u200by".split(" ")
)
_text = st.one_of(
    st.lists(_words, max_size=12).map(" ".join),
    st.lists(_words, max_size=8).map("".join),
    st.lists(_words, max_size=8).map("\n".join),
    st.text(max_size=40),
)


@given(_text, _text.filter(str.strip), st.lists(_text.filter(terms), max_size=3))
def test_marks_are_words_asked_for_and_all_of_them(text: str, q: str, others: list[str]) -> None:
    found = _marks(text, q, *others)
    wanted = set(_stems(q))
    of_others = {stem for each in others for stem in _stems(each)}
    words = {(term.start, term.end): term for term in reversed(terms(text))}
    end = 0
    for mark in found:
        assert end <= mark["start"] < mark["end"] <= len(text), "in order, inside, apart"
        end = mark["end"]
        assert (mark["start"], end) in words, "a word of the passage"
        held = set(_stems(text[mark["start"] : end]))
        assert held & (wanted if mark["kind"] == "exact" else of_others)
    marked = [(mark["start"], mark["end"]) for mark in found]
    content = {term.stem for term in terms(q) if term.exact not in STOPWORDS}
    found_terms = terms(text)
    for term in found_terms:
        if term.stem in content:
            assert any(start < term.end and term.start < end for start, end in marked), term
    for each in others:
        length = len(_stems(each))
        for at in places(text, _stems(each)):
            for term in found_terms[at : at + length]:
                assert any(start < term.end and term.start < end for start, end in marked), term
