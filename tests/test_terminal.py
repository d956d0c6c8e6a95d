from __future__ import annotations

from typing import Any

import click
import pytest

from search.schema import Hit, Results
from search.terminal import show


def _hit(**changes: Any) -> Hit:
    values: dict[str, Any] = {
        "id": "1", "score": 0.5, "title": "Page", "headings": ["Page", "Part"], "text": "The dose",
        "url": "/a/", "path": "/a/", "link": "/a/#part", "highlights": [],
        "why": {"semantic": 0.5, "keyword": 1.5, "exact_rare": False, "heading": 0.25,
                "coverage": 1.0, "aspect": 0.0, "expansions": []},
        "source": "site", "audience": "general", "section": "a", "reviewed": None, "review_due": None,
        "fetched_at": "2026-11-25T12:00:00Z", "content_hash": "", "more_from_page": 0, "also_on": [], **changes,
    }  # fmt: skip
    return Hit(**values)  # type: ignore[typeddict-item]


def _results(*hits: Hit, **changes: Any) -> Results:
    values: dict[str, Any] = {
        "q": "dose", "page": 1, "per_page": 10, "found": len(hits), "found_relation": "eq",
        "search_time_ms": 4.2, "index_version": "", "answerable": True, "corrections": [],
        "expansions": [], "facets": {}, "hits": list(hits), **changes,
    }  # fmt: skip
    return Results(**values)  # type: ignore[typeddict-item]


def _shown(*hits: Hit, **changes: Any) -> str:
    return click.unstyle(show(_results(*hits, **changes)))


def test_a_hit_is_shown_with_its_place_and_link() -> None:
    shown = _shown(_hit(reviewed="2024-06-01", more_from_page=2)).splitlines()
    assert shown[0] == "1 result in 4 ms"
    said = "\n".join(shown[1:])
    for part in ("1. Page", "Page > Part", "The dose", "/a/#part", "0.50", "2024-06-01", "2 more"):
        assert part in said


def test_a_terminal_shows_what_it_is_given_and_does_nothing() -> None:
    codes = "\x1b]0;owned\x07\x9b31m\u202e\ue000\ue001"
    text = f"{codes} The dose"
    hit = _hit(
        title=codes, headings=[codes], text=text, link=f"/a/#{codes}",
        highlights=[{"start": len(codes) + 5, "end": len(text), "kind": "exact"}],
    )  # fmt: skip
    shown = show(_results(hit))
    assert "\x1b[1mdose\x1b[0m" in shown
    assert all(each.isprintable() or each == "\n" for each in click.unstyle(shown))


def test_what_is_not_known_is_not_said() -> None:
    shown = _shown(_hit())
    assert "reviewed" not in shown
    assert "more" not in shown
    assert "None" not in shown


def test_numbers_go_on_from_page_to_page() -> None:
    shown = _shown(_hit(), _hit(title="Other"), page=3, per_page=10, found=22)
    assert "21. Page" in shown
    assert "22. Other" in shown


@pytest.mark.parametrize(
    ("changes", "said", "there"),
    [
        ({"answerable": False}, "Nothing here seems to answer this", True),
        ({}, "Nothing here seems to answer this", False),
        ({"found_relation": "gte", "found": 5000}, "at least 5000 results", True),
    ],
)
def test_what_is_said_above(changes: dict[str, Any], said: str, *, there: bool) -> None:
    assert (said in _shown(_hit(), **changes)) == there


def test_marked_words_are_bold_and_nothing_of_the_text_is_lost() -> None:
    text = "A dose is a dose.\n• one dose\n\n• two"
    marks = [
        {"start": at, "end": at + 4, "kind": "exact"}
        for at in range(len(text))
        if text[at:].startswith("dose")
    ]
    shown = show(_results(_hit(text=text, highlights=marks)))
    assert shown.count(click.style("dose", bold=True)) == 3
    assert "A dose is a dose.\n   • one dose\n   • two" in click.unstyle(shown)


def test_long_lines_are_wrapped() -> None:
    words = " ".join(f"word{i}" for i in range(200))
    shown = _shown(_hit(text=words))
    assert max(map(len, shown.splitlines())) <= 100
    assert words in " ".join(shown.split())
