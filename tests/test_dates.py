"""Which dates a page gives of itself: pages with traps, each of which says what is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from indexer.dates import page_dates, said
from indexer.records import PageDates

FIXTURES = Path(__file__).parent / "fixtures"
# The second half was not looked at while the rules were made for the first: 19 of 20 were right.
PAGES = sorted([*FIXTURES.glob("dates/*.html"), *FIXTURES.glob("dates_left_out/*.html")])
NAMES = ("reviewed", "updated", "review_due")


def _dates(html: str, url: str = "https://example.org.au/", language: str = "en-AU") -> PageDates:
    return page_dates(BeautifulSoup(html, "lxml"), url, language)


@pytest.mark.parametrize("file", PAGES, ids=[f"{file.parent.name}/{file.stem}" for file in PAGES])
def test_a_page_with_a_trap(file: Path) -> None:
    head, _, html = file.read_text(encoding="utf-8").partition("-->")
    right = dict(re.findall(r"^(\w+): *(.*)$", head, re.MULTILINE))
    declared = BeautifulSoup(html, "lxml").select_one("html")
    found = _dates(html, right["url"], str(declared.get("lang", "")) if declared else "")
    assert {name: getattr(found, name) or "" for name in NAMES} == {
        name: right[name] for name in NAMES
    }, right["trap"]


def test_there_are_as_many_layouts_as_promised() -> None:
    assert len(list(FIXTURES.glob("dates/*.html"))) == 25
    assert len(list(FIXTURES.glob("dates_left_out/*.html"))) == 20


def test_what_readers_see_goes_before_metadata_which_may_add_the_day() -> None:
    meta = '<meta name="last-reviewed" content="{}"><p>Last reviewed {}</p>'
    assert _dates(meta.format("2020-01-01", "5 May 2024")).reviewed == "2024-05-05"
    assert _dates(meta.format("2024-05-05", "May 2024")).reviewed == "2024-05-05"
    assert _dates(meta.format("2024-06-05", "May 2024")).reviewed == "2024-05"


def test_a_review_goes_before_an_update_wherever_they_stand() -> None:
    html = '<p>Last updated 5 May 2024</p><meta name="last-reviewed" content="2023-01-02">'
    assert _dates(html) == PageDates("2023-01-02", "2024-05-05", None)
    assert _dates("<p>Last updated 5 May 2024</p>") == PageDates("2024-05-05", "2024-05-05", None)


def test_the_main_content_goes_before_what_is_around_it() -> None:
    html = "<header>Updated 1 May 2020</header><main><h1>A</h1><p>Updated: 2 May 2021</p></main>"
    assert _dates(html).updated == "2021-05-02"


def test_a_box_beside_the_page_says_when_it_was_reviewed_not_when_another_was_updated() -> None:
    html = "<main><h1>A</h1></main><aside><p>Last reviewed: 2 May 2021</p><p>Updated: 3 June 2022</aside>"
    assert _dates(html) == PageDates("2021-05-02", None, None)


def test_a_next_review_before_the_last_is_none() -> None:
    html = "<p>Last reviewed 5 May 2024. Next review: 5 May 2021</p>"
    assert _dates(html) == PageDates("2024-05-05", None, None)


@pytest.mark.parametrize("html", ["", "<p></p>", "<body>", "Reviewed", "<table></table>"])
def test_a_page_without_dates(html: str) -> None:
    assert _dates(html) == PageDates()


@pytest.mark.parametrize(
    ("text", "reviewed"),
    [("Octreotide\nLast reviewed: 03/04/2021", "2021-04-03"), ("Printed 3 May 2023", None)],
)
def test_what_a_booklets_text_says(text: str, reviewed: str | None) -> None:
    assert said(text, day_first=True).reviewed == reviewed
