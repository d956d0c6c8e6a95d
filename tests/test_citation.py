"""A passage as one cites it."""

from __future__ import annotations

import pytest

from search.citation import citation, in_words
from tests.test_terminal import _hit

HOST = "https://search.example.org/"


def test_it_names_words_page_address_and_dates() -> None:
    hit = _hit(text="The dose:\n• one", reviewed="2024-06-01", link="https://example.org/a/#part")
    assert citation(hit, HOST) == (
        "“The dose: • one” Page: Part. https://example.org/a/#part"
        " (reviewed or updated 1 June 2024, retrieved 25 November 2026)."
    )


@pytest.mark.parametrize(
    ("changes", "holds"),
    [
        ({"reviewed": "2024-06"}, " (reviewed or updated June 2024, retrieved"),
        ({}, " https://search.example.org/a/#part (retrieved"),
        ({"link": ""}, " https://search.example.org/a/ (retrieved"),
        ({"headings": []}, "” Page. "),
        ({"headings": ["Page"]}, "” Page. "),
        ({"headings": ["Page", "Part", "Piece"]}, "” Page: Piece. "),
        ({"title": " "}, "” Page: Part. "),
        ({"title": "", "headings": []}, "” /a/. "),
    ],
)
def test_with_what_is_there(changes: dict[str, object], holds: str) -> None:
    assert holds in citation(_hit(**changes), HOST)


@pytest.mark.parametrize("iso", ["2026-06-03", "2026-06-03T23:59:59Z"])
def test_a_date_in_words(iso: str) -> None:
    assert in_words(iso) == "3 June 2026"
