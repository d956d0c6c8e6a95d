from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from indexer.dates import reviewed


def _meta(attribute: str, content: str) -> str:
    return f'<meta {attribute} content="{content}">'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Last reviewed: 3 March 2024", "2024-03-03"),
        ("This page was last updated on 21st Sept. 2023.", "2023-09-21"),
        ("Reviewed 2024-06-01 by the team", "2024-06-01"),
        ("UPDATED 1 jan 2020", "2020-01-01"),
        ("Reviewed 31 February 2024. Updated 2 March 2024", "2024-03-02"),
        ("Reviewed 3 Mars 2024", None),
        ("Reviewed 2024-13-01", None),
        ("The trial began on 3 March 2024", None),
        ("Last reviewed: soon", None),
        ("", None),
    ],
)
def test_a_date_that_the_text_says(text: str, found: str | None) -> None:
    assert reviewed(BeautifulSoup("", "lxml"), text) == found


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (_meta('name="last-reviewed"', "2024-01-02"), "2024-01-02"),
        (_meta('name="DCTERMS.modified"', "2024-01-02"), "2024-01-02"),
        (_meta('property="article:modified_time"', "2024-01-02T03:04:05+00:00"), "2024-01-02"),
        (_meta('itemprop="dateModified"', "2024-01-02"), "2024-01-02"),
        (_meta('name="last-modified"', "yesterday"), None),
        (_meta('property="article:published_time"', "2024-01-02"), None),
        ('<meta name="last-reviewed">', None),
        (
            _meta('name="last-modified"', "2020-01-01") + _meta('name="last-reviewed"', "1999-1"),
            "2020-01-01",
        ),
    ],
)
def test_a_date_in_the_metadata(head: str, found: str | None) -> None:
    assert reviewed(BeautifulSoup(head, "lxml"), "") == found


def test_what_readers_see_goes_before_metadata() -> None:
    soup = BeautifulSoup(_meta('name="last-reviewed"', "2020-01-01"), "lxml")
    assert reviewed(soup, "Last reviewed 5 May 2024") == "2024-05-05"
