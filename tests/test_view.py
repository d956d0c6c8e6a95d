from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.view import HitView, Section, hit_view
from tests.test_terminal import _hit

if TYPE_CHECKING:
    from search.schema import Highlight

HOST = "http://localhost/"


def _marks(text: str, word: str) -> list[Highlight]:
    return [
        {"start": at, "end": at + len(word), "kind": "exact"}
        for at in range(len(text))
        if text.startswith(word, at)
    ]


def _view(text: str, word: str = "dose", *, is_first: bool = False) -> HitView:
    return hit_view(_hit(text=text, highlights=_marks(text, word)), HOST, is_first=is_first)


def _plain(sections: list[Section]) -> str:
    """The sections as the text they came from."""
    return "\n".join(
        ("• " if section.is_list else "") + "".join(piece.text for piece in line)
        for section in sections
        for line in section.lines
    )


def _marked(sections: list[Section]) -> list[str]:
    return [p.text for each in sections for line in each.lines for p in line if p.mark == "exact"]


def test_lists_stand_apart_from_paragraphs() -> None:
    view = _view("The dose:\n• one dose\n• two\nAnd then.\n• three")
    shape = [(each.is_list, len(each.lines)) for each in view.whole]
    assert shape == [(False, 1), (True, 2), (False, 1), (True, 1)]
    assert _marked(view.whole) == ["dose", "dose"]
    assert view.excerpt == []


@pytest.mark.parametrize(
    ("title", "headings", "trail", "heading"),
    [
        ("Page", ["Page", "Part"], ["Page"], "Part"),
        ("Page", ["Part", "Piece"], ["Page", "Part"], "Piece"),
        ("Page", [], [], "Page"),
        ("Page", ["Page"], [], "Page"),
        ("Page - a guide", ["Page", "Part"], ["Page"], "Part"),
        ("Page - a guide", ["page"], [], "page"),
        ("", ["Part"], [], "Part"),
        ("", ["Part", " ", "Piece"], ["Part"], "Piece"),
        ("", [], [], "/a/"),
    ],
)
def test_the_heading_and_its_trail(
    title: str, headings: list[str], trail: list[str], heading: str
) -> None:
    view = hit_view(_hit(title=title, headings=headings), HOST)
    assert (view.trail, view.heading) == (trail, heading)


LONG = ". ".join(f"Sentence number {i} goes on for a while" for i in range(60)) + "."


@pytest.mark.parametrize(
    ("text", "is_first", "is_cut"),
    [
        ("x" * 420, False, False),
        ("word " * 85, False, True),
        ("word " * 85, True, False),
        (LONG, True, True),
    ],
)
def test_a_long_passage_is_shown_as_an_excerpt(text: str, *, is_first: bool, is_cut: bool) -> None:
    view = _view(text, is_first=is_first)
    assert bool(view.excerpt) == is_cut
    assert _plain(view.whole) == text, "the whole comes as well"


def test_an_excerpt_is_where_the_words_are() -> None:
    at = LONG.index("Sentence number 30")
    text = f"A dose. {LONG[:at]}The dose and scan meet. {LONG[at:]}"
    marks = sorted(_marks(text, "dose") + _marks(text, "scan"), key=lambda mark: mark["start"])
    view = hit_view(_hit(text=text, highlights=marks), HOST)
    shown = _plain(view.excerpt)
    assert shown.startswith("… The dose and scan meet. ")
    assert shown.endswith(" …")
    assert shown.removeprefix("… ").removesuffix(" …") in text
    assert _marked(view.excerpt) == ["dose", "scan"]
    assert len(shown) <= 310


def test_an_excerpt_from_the_beginning_or_the_end_says_so() -> None:
    begins = _plain(_view(f"The dose. {LONG}").excerpt)
    assert begins.startswith("The dose. ")
    assert begins.endswith(" …")
    ends = _plain(_view(f"{LONG} The dose.").excerpt)
    assert ends.startswith("… ")
    assert ends.endswith("The dose.")


_lines = st.lists(
    st.sampled_from(
        ["dose", "a dose.", "• dose", "• two", "word", "end. Next", "x" * 350, "y" * 90, "½"]
    ),
    min_size=1,
    max_size=40,
)


@given(_lines, st.sampled_from([" ", "\n", ". "]), st.booleans())
def test_no_text_is_lost_or_invented(lines: list[str], joint: str, is_first: bool) -> None:
    text = joint.join(lines)
    view = _view(text, is_first=is_first)

    def letters(shown: str) -> str:
        return "".join(char for char in shown if char.isalnum())

    assert letters(_plain(view.whole)) == letters(text)
    assert _marked(view.whole) == ["dose"] * text.count("dose")
    assert letters(_plain(view.excerpt)) in letters(text)
    assert all(line for each in view.whole + view.excerpt for line in each.lines)
