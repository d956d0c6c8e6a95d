from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.terms import STOPWORDS, terms
from search.highlight import Highlight, highlights
from search.question import understand
from tests.fakes import passage
from tests.search_index import by_words

if TYPE_CHECKING:
    from indexer.reader import IndexReader


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    passages = [passage("Octreotide is injected"), passage("Lanreotide", position=1)]
    return by_words(tmp_path_factory.mktemp("highlight"), passages).index


def _marks(index: IndexReader, text: str, q: str) -> list[Highlight]:
    return highlights(text, understand(q, index, 5, lambda text: len(text.split())), index)


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
def test_the_words_that_are_marked(
    index: IndexReader, q: str, text: str, marked: list[str]
) -> None:
    found = _marks(index, text, q)
    assert [text[mark["start"] : mark["end"]] for mark in found] == marked
    assert {mark["kind"] for mark in found} <= {"exact"}


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


@given(_text, _text.filter(str.strip))
def test_marks_are_the_questions_words_and_all_of_them(
    index: IndexReader, text: str, q: str
) -> None:
    found = _marks(index, text, q)
    wanted = {term.stem for term in terms(q)}
    end = 0
    for mark in found:
        assert end <= mark["start"] < mark["end"] <= len(text), "in order, inside, apart"
        end = mark["end"]
        assert {term.stem for term in terms(text[mark["start"] : end])} & wanted
    content = {term.stem for term in terms(q) if term.exact not in STOPWORDS}
    for term in terms(text):
        if term.stem in content:
            assert any(m["start"] < term.end and term.start < m["end"] for m in found), term
