from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from indexer.analyse import analyse
from indexer.same import say_the_same
from tests.fakes import passage
from tests.search_index import plane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.records import Passage

# Twenty words that carry meaning: two texts that differ in two of them differ in a tenth.
LONG = (
    "alpha bravo charlie delta foxtrot golf hotel india juliet kilo"
    " lima mike november oscar papa quebec romeo sierra tango victor"
)


def _same(passages: Sequence[Passage], degrees: Sequence[float]) -> list[int]:
    return say_the_same(analyse(passages), plane(degrees)).tolist()  # type: ignore[no-any-return]


def _texts(*texts: str, degrees: Sequence[float] = (), **changes: Any) -> list[int]:
    directions = degrees or [0] * len(texts)
    return _same([passage(text, **changes) for text in texts], directions)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("One dose a month", "One dose a month", True),
        ("One tumour, a MONTH!", "one tumor • a month", True),
        ("One dose a month", "One dose a year", False),
        ("One dose a month", "A dose one month", False),
        ("", "", True),
        ("…", "…", True),
        ("…", "!", False),
        ("", "a", False),
    ],
)
def test_the_same_words_in_the_same_order_say_the_same(one: str, two: str, *, same: bool) -> None:
    # Whatever the vectors: these are at right angles.
    assert _texts(one, two, degrees=(0, 90)) == [0, 0 if same else 1]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("tango", "tangos", True),  # an inflection
        ("tango", "the tango of it", True),  # words that say nothing
        ("alpha bravo", "bravo alpha", True),  # the order
        ("tango", "other", True),
        ("tango", "waltz", True),
        ("sierra tango", "yankee zulu", True),  # four of forty
        ("romeo sierra tango", "xray yankee zulu", False),  # six of forty
        ("tango", "12", False),  # a number tells them apart
        ("tango", "177Lu", False),
        ("tango", "", True),
        ("golf", "golf golf", True),
    ],
)
def test_texts_that_hardly_differ_say_the_same(old: str, new: str, *, same: bool) -> None:
    assert old in LONG
    assert _texts(LONG, LONG.replace(old, new)) == [0, 0 if same else 1]


@pytest.mark.parametrize(
    ("title", "headings"),
    [("About the Tangos", []), ("", ["Dances", "Tango"]), ("", ["Waltz"]), ("Waltzes", [])],
    ids=["title", "heading", "heading of the other", "title of the other"],
)
@pytest.mark.parametrize("named", [0, 1])
def test_a_word_of_title_or_headings_tells_them_apart(
    title: str, headings: list[str], named: int
) -> None:
    texts = [LONG, LONG.replace("tango", "waltz")]
    passages = [
        passage(text, title=title, headings=headings) if row == named else passage(text)
        for row, text in enumerate(texts)
    ]
    assert _same(passages, [0, 0]) == [0, 1]


def test_the_same_text_under_other_headings_says_the_same() -> None:
    assert _same([passage(LONG, title="Tango"), passage(LONG, title="Waltz")], [0, 0]) == [0, 0]


@pytest.mark.parametrize(("degrees", "same"), [(0, True), (18, True), (19, False), (90, False)])
def test_texts_in_another_direction_are_not_compared(degrees: float, *, same: bool) -> None:
    # The cosine of 18 degrees is 0.951, of 19 it is 0.946.
    texts = (LONG, LONG.replace("tango", "waltz"))
    assert _texts(*texts, degrees=(0, degrees)) == [0, 0 if same else 1]


def test_all_that_say_the_same_point_to_the_first() -> None:
    other = "something else entirely"
    waltz = LONG.replace("tango", "waltz")
    found = _texts(other, waltz, LONG, other, waltz, LONG, degrees=(90, 0, 0, 80, 9, 9))
    assert found == [0, 1, 1, 0, 1, 1]


def test_they_are_compared_with_the_first_of_their_kind() -> None:
    # Each differs a little from the one before, and the last too much from the first.
    texts = [LONG]
    for word in ("alpha bravo", "charlie delta", "foxtrot golf"):
        texts.append(texts[-1].replace(word, f"x{word[:2]} y{word[-2:]}"))
    assert _texts(*texts[:2]) == [0, 0]
    assert _texts(*texts[1:3]) == [0, 0]
    assert _texts(*texts) == [0, 0, 2, 2]


def test_two_kinds_become_one_when_they_meet() -> None:
    # The third is near both; the first two are not near each other.
    waltz, polka = (LONG.replace("tango", dance) for dance in ("waltz", "polka"))
    assert _texts(LONG, waltz, degrees=(0, 30)) == [0, 1]
    assert _texts(LONG, waltz, polka, degrees=(0, 30, 15)) == [0, 0, 0]
    assert _texts(LONG, waltz, waltz, polka, degrees=(0, 30, 30, 15)) == [0, 0, 0, 0]


def test_among_many_each_is_compared_with_those_around_it(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(0)
    words = LONG.split()
    texts = [
        " ".join(words[:at] + words[at + 1 :]) if at % 3 else f"{LONG} {at}"
        for at in draw.integers(len(words), size=60).tolist()
    ]
    passages = [passage(text, title=f"Page {row % 4}") for row, text in enumerate(texts)]
    degrees = draw.uniform(0, 90, 60).tolist()
    all_compared = _same(passages, degrees)
    assert all_compared != [*range(60)]
    monkeypatch.setattr("indexer.same._ALL_COMPARED", 0)
    monkeypatch.setattr("indexer.same._POINTS", 2)
    monkeypatch.setattr("indexer.same._BLOCK", 7)
    assert _same(passages, degrees) == all_compared


def test_among_many_the_nearest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.same._ALL_COMPARED", 0)
    monkeypatch.setattr("indexer.same._POINTS", 1)
    # Thirty pages of one template, each of another illness, before two that are one page.
    names = [f"name{'abcdefghij'[row % 10]}{'klm'[row // 10]}" for row in range(30)]
    template = [passage(f"{LONG} {name}", title=name) for name in names]
    twins = [passage(LONG), passage(f"{LONG} print")]
    degrees = [*(row / 10 for row in range(30)), 9, 9]
    assert _same([*template, *twins], degrees) == [*range(30), 30, 30]


def test_no_passages() -> None:
    found = say_the_same(analyse([]), np.zeros((0, 2), dtype=np.float32))
    assert found.tolist() == []
    assert found.dtype == np.int32
