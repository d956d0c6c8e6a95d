"""The date a page says it was last reviewed or changed. Never guessed: unknown is an answer."""

from __future__ import annotations

import re
from datetime import date

from bs4 import BeautifulSoup

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_META = (
    'meta[name="last-reviewed"]',
    'meta[name="dcterms.modified" i]',
    'meta[property="article:modified_time"]',
    'meta[itemprop="dateModified"]',
    'meta[name="last-modified"]',
)
_SAID = re.compile(
    r"\b(?:last\s+)?(?:reviewed|updated)(?:\s+on)?\s*:?\s*"
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month>[A-Za-z]{3,9})\.?,?\s+(?P<year>\d{4}))",
    re.IGNORECASE,
)


def reviewed(soup: BeautifulSoup, text: str) -> str | None:
    """ISO date from a "last reviewed" line, else from the page's metadata, else None."""
    if found := said(text):
        return found
    for selector in _META:
        if (tag := soup.select_one(selector)) and (value := _checked(str(tag.get("content"))[:10])):
            return value
    return None


def said(text: str) -> str | None:
    """ISO date from a "last reviewed" line of plain text, else None."""
    return next((found for match in _SAID.finditer(text) if (found := _iso(match))), None)


def _iso(match: re.Match[str]) -> str | None:
    if match["iso"]:
        return _checked(match["iso"])
    month = match["month"].lower()
    for number, name in enumerate(_MONTHS, 1):
        if month == name or (month in {name[:3], name[:4]}):
            return _checked(f"{match['year']}-{number:02}-{int(match['day']):02}")
    return None


def _checked(value: str) -> str | None:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None
