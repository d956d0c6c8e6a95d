"""Dates in a page's metadata: meta tags, JSON-LD, microdata, RDFa and microformats.

Names are those of schema.org, Dublin Core, AGLS and Open Graph, however a site writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Tag

from indexer.date_statements import normal, only
from indexer.date_text import read_date
from indexer.date_words import Kind

# A name without its vocabulary and the words around: DC.Date.Modified, og:updated_time.
_AROUND = re.compile(
    r"^(?:dcterms?|dct|dc|aglsterms?|agls|schema|og|article|page|content|meta|date)+(?=.)"
)
_BEHIND = re.compile(r"(?:date|time|on|gmt|utc)+$")
_NAMES = {
    **dict.fromkeys(
        ("reviewed", "lastreviewed", "lastreview", "medicallyreviewed", "clinicallyreviewed"),
        Kind.REVIEWED,
    ),
    **dict.fromkeys(
        "modified lastmodified updated lastupdated lastupdate revised lastrevised".split(),
        Kind.UPDATED,
    ),
    **dict.fromkeys(
        ("nextreview", "nextreviewed", "reviewdue", "nextreviewdue", "duereview", "reviewby"),
        Kind.DUE,
    ),
}
# Things whose dates are the page's; an event, a product or the website have dates of their own.
_PAGES = frozenset(
    "webpage medicalwebpage aboutpage faqpage itempage qapage article newsarticle blogposting"
    " techarticle scholarlyarticle medicalscholarlyarticle report creativework webcontent"
    " healthtopiccontent howto guide digitaldocument".split()
)
_MAIN = ("mainEntity", "mainEntityOfPage", "mainContentOfPage")
_PROPERTIES = {"lastReviewed": Kind.REVIEWED, "dateModified": Kind.UPDATED}
_Found = Iterator[tuple[Kind, str]]


def declared(soup: BeautifulSoup, elsewhere: set[int], *, day_first: bool) -> dict[Kind, str]:
    """The date of each kind that metadata gives; two different ones of a sort are none.

    ``elsewhere`` has the ``id`` of each element that speaks of other pages.
    """
    found: dict[Kind, str] = {}
    for sort in (_linked(soup), _marked(soup), _meta(soup), _microformat(soup, elsewhere)):
        values: dict[Kind, set[str]] = {}
        for kind, text in sort:
            date = read_date(normal(text), 0, day_first=day_first)
            if date and date.value:
                values.setdefault(kind, set()).add(date.value)
        for kind, dates in values.items():
            if value := only(dates):
                found.setdefault(kind, value)
    return found


def _meta(soup: BeautifulSoup) -> _Found:
    for tag in soup.find_all("meta", content=True):
        name = next((tag[key] for key in ("name", "property", "http-equiv") if tag.get(key)), "")
        plain = re.sub(r"[\W_]+", "", str(name).lower())
        kind = _NAMES.get(_BEHIND.sub("", _AROUND.sub("", plain)))
        if kind:
            yield kind, str(tag["content"])


def _linked(soup: BeautifulSoup) -> _Found:
    for page in linked_pages(soup):
        for name, kind in _PROPERTIES.items():
            yield from ((kind, text) for text in texts(page.get(name)))


def linked_pages(soup: BeautifulSoup) -> Iterator[dict[str, Any]]:
    """The descriptions of the page itself in its JSON-LD."""
    for script in soup.find_all("script"):
        if str(script.get("type", "")).lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.get_text(), strict=False)
        except (ValueError, RecursionError):
            continue  # the page is readable all the same
        waiting = [data]
        while waiting:
            node = waiting.pop()
            if isinstance(node, list):
                waiting += node
            elif isinstance(node, dict):
                waiting += [node[key] for key in ("@graph", *_MAIN) if key in node]
                if any(_is_page(kind) for kind in texts(node.get("@type"))):
                    yield node


def texts(value: Any) -> list[str]:
    """The strings of a JSON-LD value: one, or several, plain or as ``@value``."""
    values = value if isinstance(value, list) else [value]
    values = [each.get("@value") if isinstance(each, dict) else each for each in values]
    return [each for each in values if isinstance(each, str)]


def _is_page(kind: str) -> bool:
    return re.split(r"[/#:]", kind.strip())[-1].casefold() in _PAGES


def _marked(soup: BeautifulSoup) -> _Found:
    """Microdata and RDFa."""
    for attribute, scope in (("itemprop", "itemtype"), ("property", "typeof")):
        for tag in (each for each in soup.find_all(True) if each.has_attr(attribute)):
            names = {re.split(r"[/#:]", name)[-1] for name in str(tag[attribute]).split()}
            of_page = [kind for name, kind in _PROPERTIES.items() if name in names]
            if of_page and _describes_page(tag, attribute, scope):
                text = tag.get("content") or tag.get("datetime") or tag.get_text()
                yield from ((kind, str(text)) for kind in of_page)


def _describes_page(tag: Tag, attribute: str, scope: str) -> bool:
    """Whether the thing that a property belongs to is the page, and no part of another thing."""
    thing = next((each for each in tag.parents if each.get(scope)), None)
    if thing is None:
        return not any(each.has_attr("itemscope") for each in tag.parents)
    if not any(_is_page(kind) for kind in str(thing[scope]).split()):
        return False
    role = str(thing.get(attribute, ""))
    return not role or role in _MAIN


def _microformat(soup: BeautifulSoup, elsewhere: set[int]) -> _Found:
    for tag in soup.find_all("time", datetime=True):
        names = set(tag.get_attribute_list("class"))
        if not names & {"updated", "dt-updated"} or "published" in names:
            continue
        if not any(id(parent) in elsewhere for parent in tag.parents):
            yield Kind.UPDATED, str(tag["datetime"])
