from __future__ import annotations

import json
from typing import Any

import pytest
from bs4 import BeautifulSoup

from indexer.date_metadata import declared
from indexer.date_words import Kind


def _declared(html: str) -> dict[Kind, str]:
    return declared(BeautifulSoup(html, "lxml"), set(), day_first=True)


def _meta(name: str, content: str, attribute: str = "name") -> str:
    return f'<meta {attribute}="{name}" content="{content}">'


@pytest.mark.parametrize(
    ("html", "kind", "date"),
    [
        (_meta("last-reviewed", "2024-01-02"), Kind.REVIEWED, "2024-01-02"),
        (_meta("AGLSTERMS.dateLastReviewed", "20240102"), Kind.REVIEWED, "2024-01-02"),
        (_meta("DCTERMS.modified", "2024-01-02"), Kind.UPDATED, "2024-01-02"),
        (_meta("DC.Date.Modified", "02/01/2024"), Kind.UPDATED, "2024-01-02"),
        (_meta("article:modified_time", "2024-01-02T03:04:05+00:00", "property"), Kind.UPDATED, "2024-01-02"),
        (_meta("og:updated_time", "2024-01-02", "property"), Kind.UPDATED, "2024-01-02"),
        (_meta("last-modified", "Tue, 02 Jan 2024 12:45:26 GMT", "http-equiv"), Kind.UPDATED, "2024-01-02"),
        (_meta("next-review-date", "2 January 2027"), Kind.DUE, "2027-01-02"),
        ('<time class="updated" datetime="2024-01-02">x</time>', Kind.UPDATED, "2024-01-02"),
    ],
)  # fmt: skip
def test_one_date(html: str, kind: Kind, date: str) -> None:
    assert _declared(html) == {kind: date}


@pytest.mark.parametrize(
    "html",
    [
        _meta("article:published_time", "2024-01-02", "property"),
        _meta("DCTERMS.issued", "2024-01-02"),
        _meta("DCTERMS.created", "2024-01-02"),
        _meta("review-date", "2024-01-02"),
        _meta("last-modified", "yesterday"),
        _meta("last-modified", "1970-01-01"),
        _meta("date", "2024-01-02"),
        '<meta name="last-reviewed">',
        _meta("modified", "2024-01-02") + _meta("last-modified", "2024-02-03"),
        '<time class="published updated" datetime="2024-01-02">x</time>',
    ],
)
def test_none(html: str) -> None:
    assert _declared(html) == {}


def _linked(data: Any) -> dict[Kind, str]:
    text = data if isinstance(data, str) else json.dumps(data)
    return _declared(f'<script type="application/ld+json">{text}</script>')


DATES = {"lastReviewed": "2024-01-02", "dateModified": "2024-03-04"}
BOTH = {Kind.REVIEWED: "2024-01-02", Kind.UPDATED: "2024-03-04"}


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "MedicalWebPage", **DATES},
        [{"@type": ["Thing", "https://schema.org/Article"], **DATES}],
        {"@graph": [{"@type": "Organization"}, {"@type": "schema:WebPage", **DATES}]},
        {"@type": "Product", "mainEntityOfPage": {"@type": "WebPage", **DATES}},
        {"@type": "WebPage", "lastReviewed": {"@value": "2024-01-02"}, "dateModified": ["2024-03-04"]},
    ],
)  # fmt: skip
def test_linked_data_of_the_page(data: Any) -> None:
    assert _linked(data) == BOTH


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "WebSite", **DATES},
        {"@type": "Event", **DATES},
        {"@type": "WebPage", "hasPart": {"@type": "Article", **DATES}},
        {"@type": "ItemList", "itemListElement": [{"@type": "Article", **DATES}]},
        [{"@type": "Article", **DATES}, {"@type": "Article", "lastReviewed": "2023-01-01", "dateModified": "2023-01-01"}],
        DATES,
        7,
        "{not json",
        "[" * 100_000,
    ],
)  # fmt: skip
def test_linked_data_of_something_else(data: Any) -> None:
    assert _linked(data) == {}


def test_marked_properties_of_the_page_and_of_a_thing_on_it() -> None:
    page = '<div itemscope itemtype="https://schema.org/WebPage">{}</div>'
    own = '<meta itemprop="lastReviewed" content="2024-01-02">'
    comment = '<div itemprop="comment" itemscope itemtype="https://schema.org/{}">{}</div>'
    assert _declared(own) == {Kind.REVIEWED: "2024-01-02"}
    assert _declared(page.format(own)) == {Kind.REVIEWED: "2024-01-02"}
    assert _declared(page.format(comment.format("Comment", own))) == {}
    assert _declared(page.format(comment.format("Article", own))) == {}
    assert _declared(f"<div itemscope>{own}</div>") == {}
    rdfa = '<div typeof="{}"><i property="schema:dateModified">4 March 2024</i></div>'
    assert _declared(rdfa.format("MedicalWebPage")) == {Kind.UPDATED: "2024-03-04"}
    assert _declared(rdfa.format("Event")) == {}
