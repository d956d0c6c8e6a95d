from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.fragments import Fragments, fold


def places(runs: list[str], fragment: str) -> list[int]:
    """The runs of a page in which a text fragment's text begins, as a browser looks for it.

    Words match whole and without case; ``prefix-`` and ``-suffix`` stand right beside the text,
    in its own run or at the edge of the next one.
    """
    assert fragment.startswith(":~:text=")
    pieces = fragment.removeprefix(":~:text=").split(",")
    prefix = unquote(pieces.pop(0)[:-1]) if pieces[0].endswith("-") else ""
    suffix = unquote(pieces.pop()[1:]) if pieces[-1].startswith("-") else ""
    assert len(pieces) == 1
    assert not re.search(r"[-,&\s]", pieces[0]), "syntax of a fragment directive is encoded"
    pieces = [fold(piece) for piece in (prefix, unquote(pieces[0]), suffix) if piece]
    # Each word that is sought with the number of its piece: a piece never goes over two runs.
    sought = [(word, i) for i, piece in enumerate(pieces) for word in piece.split(" ")]
    page = [(fold(word), number) for number, run in enumerate(runs) for word in run.split(" ")]
    found = []
    for start in range(len(page) - len(sought) + 1):
        stood = page[start : start + len(sought)]
        run_of: dict[int, set[int]] = {}
        for (_, piece), (_, run) in zip(sought, stood, strict=True):
            run_of.setdefault(piece, set()).add(run)
        alike = all(_same(sought[i][0], stood[i][0], i, len(sought)) for i in range(len(sought)))
        if alike and all(len(of) == 1 for of in run_of.values()):
            found += run_of[1 if prefix else 0]
    return found


def _same(sought: str, found: str, index: int, count: int) -> bool:
    """Whole words, where the outermost may leave out punctuation at their outer side."""
    left = r"(?:.*[\W_])?" if index == 0 else ""
    right = r"(?:[\W_].*)?" if index == count - 1 else ""
    return re.fullmatch(left + re.escape(sought) + right, found) is not None


PAGE = [
    "Home",
    "Side effects",
    "Tiredness is common.",
    "Side effects",
    "It passes in a week, mostly.",
]


@pytest.mark.parametrize(
    ("run", "index", "fragment"),
    [
        ("Tiredness is common.", 2, "Tiredness%20is%20common."),
        ("It passes in a week, mostly.", 4, "It%20passes%20in%20a"),
        ("Home", 0, "Home"),
        # Twice on the page: the words beside it tell which is meant.
        ("Side effects", 1, "Home-,Side%20effects"),
        ("Side effects", 3, "common.-,Side%20effects"),
    ],
)
def test_the_fewest_words_that_stand_once(run: str, index: int, fragment: str) -> None:
    found = Fragments(PAGE).at(run, index)
    assert found == f":~:text={fragment}"
    assert places(PAGE, found) == [index]


def test_more_words_are_named_until_they_stand_once() -> None:
    runs = ["a b c d e f", "a b c d x y"]
    assert Fragments(runs).at(runs[1], 1) == ":~:text=a%20b%20c%20d%20x"


@pytest.mark.parametrize(
    ("runs", "index", "fragment"),
    [
        (["a", "b", "a", "c"], 0, "a,-b"),
        (["b", "a", "b", "a", "c", "a", "c"], 3, "b-,a,-c"),
        (["a", "a"], 0, "a,-a"),
        (["a", "a", "a"], 1, "a-,a,-a"),
        (["a", "a", "a", "a"], 1, None),
        (["a b", "a b", "a b"], 1, "b-,a%20b,-a"),
        # "x a" stands in one run as well: a browser would take that one for prefix and text.
        (["x a", "q", "a", "z", "x", "a", "z"], 5, "x-,a,-z"),
    ],
)
def test_context(runs: list[str], index: int, fragment: str | None) -> None:
    found = Fragments(runs).at(runs[index], index)
    assert found == (f":~:text={fragment}" if fragment else None)
    assert found is None or places(runs, found) == [index]


def test_what_stands_nowhere_or_has_no_words() -> None:
    assert Fragments(["a b"]).at("c", 0) is None
    assert Fragments(["a"]).at("", 0) is None


def test_syntax_is_encoded() -> None:
    runs = ["Ki-67, grade 1-2 & more, é"]
    assert Fragments(runs).at(runs[0], 0) == ":~:text=Ki%2D67%2C%20grade%201%2D2%20%26"


def test_words_are_compared_without_case_and_accents() -> None:
    assert fold("SÉANCE Straße") == "seance strasse"
    assert Fragments(["Séance", "seance"]).at("Séance", 0) == ":~:text=S%C3%A9ance,-seance"


def test_part_of_a_word_is_not_a_match() -> None:
    assert Fragments(["net", "network", "the net-work"]).at("network", 1) == ":~:text=network"
    assert Fragments(["cat", "scats"]).at("cat", 0) == ":~:text=cat"


def test_locate() -> None:
    fragments = Fragments(["a", "b c", "a", "C"])
    assert fragments.locate("a", 0) == 0
    assert fragments.locate("a", 1) == 2
    assert fragments.locate("A", 3) is None
    assert fragments.locate("c", 0) == 3  # a whole run goes before a part of one
    assert fragments.locate("b", 0) == 1


FEW = st.sampled_from(["a", "b"])
ODD = st.sampled_from(["a", "A", "é", "e", "no-no", "no", "x,", "(b)", "&", "b_c", "%2D"])
RUNS = st.sampled_from([FEW, ODD]).flatmap(
    lambda words: st.lists(
        st.lists(words, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8
    )
)


@given(RUNS, st.data())
def test_a_fragment_leads_to_its_run_alone(runs: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(runs) - 1))
    found = Fragments(runs).at(runs[index], index)
    assert found is None or places(runs, found) == [index]
