"""Fragments that lead to headings: an id that is unique on the page."""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag

from indexer.selectors import HEADINGS
from indexer.text import is_text

_IN_FRAGMENT = "!$&'()*+,;=:@/?"  # what a URL's fragment holds as it is, beside letters and digits


def heading_anchors(soup: BeautifulSoup) -> dict[int, str]:
    """``id(tag)`` of every heading and summary to its anchor, where it has a unique one.

    Its own id counts, that of an element inside it, and that of a section or other element
    that the heading begins. An id used twice leads to the first of its places, so none counts.
    """
    names = Counter(str(tag["id"]) for tag in soup.find_all(id=True))
    # An element may carry the same name as its id: older pages do, for older browsers.
    named = soup.find_all("a", attrs={"name": True})
    names.update(str(tag["name"]) for tag in named if tag["name"] != tag.get("id"))
    first = _nothing_before(soup)
    anchors = {}
    for heading in soup.find_all([*HEADINGS, "summary", *_roles(soup)]):
        candidates = [heading, *heading.find_all(["a", "span"]), *_begun_by(heading, first)]
        for tag in candidates:
            name = str(tag.get("id") or (tag.get("name") if tag.name == "a" else "") or "")
            if name and names[name] == 1:
                anchors[id(heading)] = quote(name, safe=_IN_FRAGMENT)
                break
    return anchors


def _roles(soup: BeautifulSoup) -> set[str]:
    return {tag.name for tag in soup.select("[role=heading]")}


def _begun_by(heading: Tag, first: set[int]) -> list[Tag]:
    """The elements around a heading in which nothing comes before it."""
    found = []
    node = heading
    for parent in heading.parents:
        if parent.name in {"body", "html", "main", "[document]"} or id(node) not in first:
            break
        found.append(parent)
        node = parent
    return found


def _nothing_before(soup: BeautifulSoup) -> set[int]:
    """``id(tag)`` of each element before which nothing is said in the element around it."""
    first: set[int] = set()
    for parent in [soup, *soup.find_all(True)]:
        for each in parent.children:
            if isinstance(each, Tag):
                first.add(id(each))
                if each.get_text(strip=True):
                    break
            elif is_text(each) and str(each).strip():
                break
    return first
