from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analyse import analyse
from indexer.terms import terms
from tests.fakes import passage

PASSAGES = (
    passage("Doses of 177Lu", title="PRRT", headings=["Care", "Doses"]),
    passage("", title="", headings=[]),
    passage("A dose. A Dose!", title="PRRT", headings=["Care"]),
)
TEXTS = st.lists(st.sampled_from("dose Doses 177Lu Lutetium-177 tumour".split())).map(" ".join)


def test_the_terms_of_each_part_of_a_passage() -> None:
    analysed = analyse(PASSAGES)
    found = [
        [analysed.joined(analysed.stem[part(row)]) for part in (analysed.title, analysed.headings)]
        for row in range(3)
    ]
    assert found == [["prrt", "care dose"], ["", ""], ["prrt", "care"]]
    assert analysed.joined(analysed.exact[analysed.text(0)]) == "doses of 177lu"
    assert analysed.joined(analysed.written[analysed.whole(2)]) == "prrt care a dose a dose"


@given(st.lists(TEXTS, max_size=5))
def test_they_are_those_of_the_text(texts: list[str]) -> None:
    analysed = analyse([passage(text) for text in texts])
    for row, text in enumerate(texts):
        part = analysed.text(row)
        assert [analysed.words[n] for n in analysed.exact[part]] == [t.exact for t in terms(text)]
        assert [analysed.words[n] for n in analysed.stem[part]] == [t.stem for t in terms(text)]


def test_what_each_passage_holds_once() -> None:
    analysed = analyse(PASSAGES)
    rows, numbers = analysed.held(analysed.stem)
    assert rows.dtype == numbers.dtype == np.int32
    pairs = sorted((row, analysed.words[n]) for row, n in zip(rows.tolist(), numbers, strict=True))
    assert pairs == [
        (0, "177lu"), (0, "care"), (0, "dose"), (0, "of"), (0, "prrt"),
        (2, "a"), (2, "care"), (2, "dose"), (2, "prrt"),
    ]  # fmt: skip
    assert [each.tolist() for each in analyse([]).held(analyse([]).stem)] == [[], []]


def test_how_often_two_numbers_are_one_terms() -> None:
    analysed = analyse(PASSAGES)
    number = {word: each for each, word in enumerate(analysed.words)}
    together = analysed.together(analysed.stem, analysed.exact)
    assert together[number["dose"]] == {number["doses"]: 2, number["dose"]: 2}


def test_many_are_sorted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = analyse(PASSAGES * 5)
    held, together = whole.held(whole.stem), whole.together(whole.exact, whole.stem)
    monkeypatch.setattr("indexer.analyse._AT_ONCE", 2)
    monkeypatch.setattr("indexer.analyse._TERMS", 3)
    assert [each.tolist() for each in whole.held(whole.stem)] == [each.tolist() for each in held]
    assert whole.together(whole.exact, whole.stem) == together
