"""Where a page's main content is, and what in it is not content."""

from __future__ import annotations

from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from indexer.records import Dropped
from indexer.selectors import (
    ARTICLE,
    DISCLOSURE,
    DROPPED,
    DROPPED_IF_LINKS,
    HEADINGS,
    SEMANTIC_MAIN,
)
from indexer.text import link_share, plain

_MOSTLY_LINKS = 0.5
# An element that holds this much of the page is the page, whatever its class name says:
# builders put "cookie" or "menu" on <body>, and one old framework wraps all in one <form>.
_MOST_OF_PAGE = 0.5
# A semantic main element with less of the text than this is a mistake of the template.
_LEAST_OF_PAGE = 0.25
# Descend from <body> while one child holds this share of the text that is not links.
_DESCEND = 0.85


def prune(soup: BeautifulSoup, extra: tuple[str, ...] = ()) -> list[Dropped]:
    """Take everything out of the tree that is known not to be content.

    ``extra`` are further CSS selectors, of the page's source. Returns what was taken out.
    """
    dropped = []
    whole = len(soup.get_text())
    opened = {name for tag in soup.select("[aria-controls]") for name in _controls(tag)}
    buttons = {id(tag) for tag in soup.select(DISCLOSURE)}
    rules = [("source", selector, 0.0) for selector in extra]
    rules += [(reason, selector, 0.0) for reason, selector in DROPPED]
    rules += [(reason, selector, _MOSTLY_LINKS) for reason, selector in DROPPED_IF_LINKS]
    for reason, selector, least_links in rules:
        for tag in soup.select(selector):
            if tag.decomposed or _is_content(tag, whole) or link_share(tag) < least_links:
                continue
            # What a reader can open is content, and so is what it says on the button.
            if id(tag) in buttons or (reason == "hidden" and tag.get("id") in opened):
                continue
            if text := plain(tag):
                dropped.append(Dropped(reason, text))
            tag.decompose()
    return dropped


def _is_content(tag: Tag, whole: int) -> bool:
    if tag.name in {"html", "body", "main", *HEADINGS} or tag.get("role") == "main":
        return True
    if tag.select_one("main, [role=main]") or (tag.name == "form" and tag.find(["article", "h1"])):
        return True
    if tag.name == "button" and tag.find_parent([*HEADINGS, "summary"]):
        return True  # the accessible accordion: a heading that is a button
    return len(tag.get_text()) > _MOST_OF_PAGE * whole


def _controls(tag: Tag) -> list[str]:
    return str(tag.get("aria-controls", "")).split()


def find_main(soup: BeautifulSoup, selector: str | None) -> tuple[Tag, bool]:
    """The element that holds the main content, and whether the page or its source says so."""
    body = soup.body or soup
    if selector and (found := soup.select(selector)):
        return _enclosing(found, body), True
    least = _LEAST_OF_PAGE * len(plain(body))
    for semantic in (SEMANTIC_MAIN, ARTICLE):
        marked = [tag for tag in soup.select(semantic) if plain(tag)]
        main = _enclosing(marked, body) if marked else None
        if main is not None and main is not body and len(plain(main)) >= least:
            return main, True
    return _densest(body), False


def _enclosing(tags: list[Tag], body: Tag) -> Tag:
    """The smallest element that holds all the given ones."""
    common = [tags[0], *tags[0].parents]
    for tag in tags[1:]:
        line = {id(each) for each in (tag, *tag.parents)}
        common = [each for each in common if id(each) in line]
    first = common[0] if common else body
    return first if isinstance(first, Tag) else body


def _densest(body: Tag) -> Tag:
    """The innermost element that still holds nearly all text that is not links."""
    node = body
    while True:
        sizes = [(_own_text(child), child) for child in node.children if isinstance(child, Tag)]
        largest, child = max(sizes, key=lambda pair: pair[0], default=(0, node))
        if not largest or largest < _DESCEND * _own_text(node) or child.name in {"p", "ul", "ol"}:
            return node
        node = child


def _own_text(tag: Tag) -> int:
    return round(len(plain(tag)) * (1 - link_share(tag)))


def outside(soup: BeautifulSoup, main: Tag) -> Iterator[Dropped]:
    """The text of the page that is not in its main element."""
    inside = {id(main), *(id(parent) for parent in main.parents)}

    def visit(node: Tag) -> Iterator[Dropped]:
        for child in node.children:
            if isinstance(child, Tag) and child is not main:
                if id(child) in inside:
                    yield from visit(child)
                elif text := plain(child):
                    yield Dropped("outside the main content", text)

    if soup.body and main is not soup.body:
        yield from visit(soup.body)
