"""The dates a page gives of itself: last reviewed, last updated, next review due. Never guessed.

A date counts where words beside it, or metadata of the page, say what it is. One with two readings,
two dates for one thing, and those of other pages, events, editions or copyright are unknown.
A date is ISO 8601 and as precise as the page: 2024-03-05, or 2024-03 where it names no day.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from indexer.date_lines import Lines
from indexer.date_metadata import declared
from indexer.date_statements import is_date_line, normal, stated
from indexer.date_text import is_day_first
from indexer.date_words import Kind
from indexer.records import PageDates

__all__ = ["is_date_line", "page_dates", "said"]


def page_dates(soup: BeautifulSoup, url: str, language: str) -> PageDates:
    """What a page says of its own dates.

    ``soup`` is the whole page, its scripts too: JSON-LD is one. ``language`` is what it declares.
    """
    body = soup.body or soup
    host = urlsplit(url).hostname or ""
    day_first = is_day_first(language, host, normal(body.get_text(" ")))
    lines = Lines(soup, day_first=day_first)
    meta = declared(soup, lines.elsewhere, day_first=day_first)
    shown: dict[Kind, str | None] = {}
    main = soup.select_one("main, [role=main]")
    for part in (main, body):
        if part is not None:
            shown = stated(lines.under(part), day_first=day_first) | shown
            lines.elsewhere.add(id(part))  # it has been read
    for part in lines.asides:  # what was updated there may be another page
        beside = stated(lines.under(part), day_first=day_first)
        shown = {k: beside[k] for k in (Kind.REVIEWED, Kind.DUE) if k in beside} | shown
    return _together(shown, meta)


def said(text: str, *, day_first: bool) -> PageDates:
    """The dates that plain text, such as a booklet's, says of itself."""
    return _together(stated(text.splitlines(), day_first=day_first), {})


def _together(said: Mapping[Kind, str | None], meta: Mapping[Kind, str]) -> PageDates:
    """What readers see goes before metadata, and a review before an update."""
    updated, due = (_of(kind, said, meta) for kind in (Kind.UPDATED, Kind.DUE))
    reviewed = _of(Kind.REVIEWED, said, meta) or updated
    last_or_next = said.get(Kind.REVIEW)
    if due is None and last_or_next and (reviewed or said.get(Kind.OTHER)):
        due = last_or_next if (reviewed or said[Kind.OTHER] or "") < last_or_next else None
    if due and reviewed and due <= reviewed:
        due = None  # one of the two is wrong, and reviews are what people ask for
    return PageDates(reviewed, updated, due)


def _of(kind: Kind, said: Mapping[Kind, str | None], meta: Mapping[Kind, str]) -> str | None:
    """One date; metadata may add the day to a month that readers see."""
    shown, hidden = said.get(kind), meta.get(kind)
    return hidden if shown is None or (hidden or "").startswith(shown) else shown
