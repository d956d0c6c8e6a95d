"""What changed in a page's passages, as a person reads it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexer.passage_diff import PassageChange, passage_changes, words_changed
from tests.fakes import passage

WORD = st.text("abcé1", min_size=1, max_size=3)
# At most six words: no run of unchanged ones is long enough to be cut.
TEXT = st.lists(WORD, max_size=6).map(" ".join)
LONG = " ".join(f"w{number}" for number in range(20))
FIRST = "Octreotide is injected every month"
SECOND = "Lanreotide is injected as well"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("one two three", "one 2 three", "one [-two-] {+2+} three"),
        ("one two", "one two three four", "one two {+three four+}"),
        ("one two three", "three", "[-one two-] three"),
        ("", "all new", "{+all new+}"),
        ("all gone", "", "[-all gone-]"),
        ("a b c", "x b y", "[-a-] {+x+} b [-c-] {+y+}"),
        ("one\n two", "one   2", "one [-two-] {+2+}"),
        ("One two", "one two", "[-One-] {+one+} two"),
    ],
)
def test_words_that_differ_are_marked(before: str, after: str, shown: str) -> None:
    assert words_changed(before, after) == shown


def test_six_unchanged_words_are_shown_on_each_side_of_a_change() -> None:
    assert words_changed(f"{LONG} old {LONG}", f"{LONG} new {LONG}") == (
        "… w14 w15 w16 w17 w18 w19 [-old-] {+new+} w0 w1 w2 w3 w4 w5 …"
    )


def test_a_long_run_between_two_changes_is_cut_in_its_middle() -> None:
    assert words_changed(f"a {LONG} b", f"c {LONG} d") == (
        "[-a-] {+c+} w0 w1 w2 w3 w4 w5 … w14 w15 w16 w17 w18 w19 [-b-] {+d+}"
    )


@pytest.mark.parametrize(("count", "cut"), [(12, False), (13, True)])
def test_a_run_that_is_shown_whole_has_no_cut(count: int, *, cut: bool) -> None:
    same = [f"w{number}" for number in range(count)]
    shown = words_changed(" ".join(["a", *same, "b"]), " ".join(["c", *same, "d"]))
    middle = [*same[:6], "…", *same[7:]] if cut else same
    assert shown == f"[-a-] {{+c+}} {' '.join(middle)} [-b-] {{+d+}}"


@pytest.mark.parametrize(("count", "cut"), [(6, False), (7, True)])
def test_a_run_at_the_start_or_the_end_is_cut_to_the_six_words_beside_the_change(
    count: int, *, cut: bool
) -> None:
    same = [f"w{number}" for number in range(count)]
    run = " ".join(same)
    start = " ".join(["…", *same[1:]] if cut else same)
    end = " ".join([*same[:6], "…"] if cut else same)
    assert words_changed(f"{run} a", f"{run} b") == f"{start} [-a-] {{+b+}}"
    assert words_changed(f"a {run}", f"b {run}") == f"[-a-] {{+b+}} {end}"


def _without(shown: str, removed: str, unwrapped: str) -> str:
    """The marks of one kind taken out with their words, those of the other without them."""
    left = re.sub(removed, "", shown)
    return " ".join(re.sub(unwrapped, r"\1", left).split())


@given(TEXT, TEXT)
def test_either_text_can_be_read_from_the_change(before: str, after: str) -> None:
    assume(before != after)
    shown = words_changed(before, after)
    added, removed = r"\{\+(.*?)\+\}", r"\[-(.*?)-\]"
    assert _without(shown, added, removed) == before
    assert _without(shown, removed, added) == after


def test_passages_that_are_the_same_are_no_change() -> None:
    assert passage_changes([], []) == []
    assert passage_changes([passage(FIRST)], [passage(FIRST)]) == []


def test_a_changed_passage_among_others_is_the_only_one_named() -> None:
    before = [passage(FIRST), passage(SECOND, headings=["Injections", "Others"]), passage("End")]
    after = [before[0], passage("Lanreotide is not", headings=["Injections", "Both"]), before[2]]
    (found,) = passage_changes(before, after)
    assert found == PassageChange(("Injections", "Both"), SECOND, "Lanreotide is not")
    assert found.text() == "Lanreotide is [-injected as well-] {+not+}"


def test_a_new_passage_is_added_and_the_ones_after_it_stay() -> None:
    one, two, new = passage(FIRST), passage(SECOND), passage("New words", headings=["New"])
    added = PassageChange(("New",), "", "New words")
    assert passage_changes([one, two], [one, new, two]) == [added]
    assert added.text() == "{+New words+}"


def test_a_passage_that_is_gone_keeps_the_headings_it_had() -> None:
    one, two = passage(FIRST, headings=["Old"]), passage(SECOND)
    removed = PassageChange(("Old",), FIRST, "")
    assert passage_changes([one, two], [two]) == [removed]
    assert removed.text() == f"[-{FIRST}-]"


def test_fewer_passages_in_place_of_several() -> None:
    before = [passage("One"), passage("Two"), passage("Three")]
    assert passage_changes(before, [passage("1")]) == [
        PassageChange((), "One", "1"),
        PassageChange((), "Two", ""),
        PassageChange((), "Three", ""),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"headings": ["Another"]},
        {"title": "Another"},
        {"link": "/site/a/#there"},
        {"reviewed": "2024-06-01"},
        {"audience": "patient"},
        {"section": "b"},
        {"language": "el"},
        {"updated": "2024-06-01"},
        {"review_due": "2027-06"},
        {"source": "other"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_an_answer_shows_of_a_passage_counts(changes: dict[str, Any]) -> None:
    after = passage(FIRST, **changes)
    assert passage_changes([passage(FIRST)], [after]) == [
        PassageChange(tuple(after.headings), FIRST, FIRST)
    ]


@pytest.mark.parametrize(
    "changes",
    [{"id": "0"}, {"position": 7}, {"tokens": 99}, {"fetched_at": "2025-01-01T00:00:00Z"}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_no_reader_sees_does_not_count(changes: dict[str, Any]) -> None:
    assert passage_changes([passage(FIRST)], [passage(FIRST, **changes)]) == []
