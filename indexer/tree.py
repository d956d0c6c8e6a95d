"""A page's HTML as a tree, mended where the parser and browsers would not agree on it."""

from __future__ import annotations

import re
from typing import Any

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement

from indexer.selectors import BLOCKS, ELEMENTS, METADATA
from indexer.text import collapse, is_text

# Elements nested deeper than this are taken for their parents': every pass over the tree may then
# recurse. Browsers stop at 512; real pages of builders reach sixty.
_DEEPEST = 120
# An XML declaration makes the parser warn; it says nothing that the bytes did not.
_PROLOG = re.compile(r"\A\s*<\?xml[^>]*\?>")
# In XHTML any element may be closed in its own tag. The parser reads that as an opening tag, as
# browsers do with HTML, and all that follows would be inside.
_SELF_CLOSED = re.compile(r"<(a|div|span|p|script|iframe|textarea|title|td|li|i|em|b)(\s[^<>]*)?/>")
_FRAMES = re.compile(r"<frameset\b", re.IGNORECASE)
_OF_FRAMES = re.compile(r"</?(noframes|frameset|frame)\b[^>]*>", re.IGNORECASE)
_SHOWN_AS_BLOCK = re.compile(r"display\s*:\s*(block|flex|grid|list-item)", re.IGNORECASE)
_ROLES = {"list": "ul", "listitem": "li", "table": "table", "grid": "table", "row": "tr"}
_ROLES |= {"cell": "td", "gridcell": "td", "columnheader": "th", "rowheader": "th"}
_NEUTRAL = frozenset({"div", "span", "section"})


class _Shallow(BeautifulSoup):
    """A tree in which elements that are nested too deeply leave no more than what they hold."""

    def __init__(self, html: str, features: str) -> None:
        self._skipped: list[str] = []
        super().__init__(html, features)

    def handle_starttag(self, name: str, *args: Any, **kwargs: Any) -> Tag | None:
        if len(self.tagStack) <= _DEEPEST:
            return super().handle_starttag(name, *args, **kwargs)
        if name in BLOCKS:  # its words are not those of the line before
            super().handle_starttag("br", None, None, {})
            super().handle_endtag("br")
        self._skipped.append(name)
        return None

    def handle_endtag(self, name: str, nsprefix: str | None = None) -> None:
        if self._skipped:
            self._skipped.pop()
        else:
            super().handle_endtag(name, nsprefix)


def read(html: str) -> BeautifulSoup:
    """The page as it is written, as a tree that no pass can overflow on."""
    # A short line that has no end is taken for an address, and warned of.
    return _Shallow(f"{html}\n", "lxml")


def parse(html: str) -> BeautifulSoup:
    """The page as ``read`` gives it, roles and shadow roots made elements."""
    declared = _PROLOG.match(html)
    html = html[declared.end() :] if declared else html
    if declared or "//DTD XHTML" in html[:500]:
        html = _SELF_CLOSED.sub(r"<\1\2></\1>", html)
    if _FRAMES.search(html):
        # What such a page says to who has no frames is its text; the parser would not read it.
        html = _OF_FRAMES.sub("", html)
    soup = read(html)
    _mend_head(soup)
    for template in soup.find_all("template", shadowrootmode=True):
        template.name = "div"  # its content is shown, and nothing else of its element
    _name_by_role(soup)
    return soup


def _mend_head(soup: BeautifulSoup) -> None:
    """Put what is no metadata into the body.

    Where a page leaves out the tags of head and body, as HTML allows, the parser takes elements
    that are newer than itself (main, article, nav) for a part of the head.
    """
    head = soup.head
    inside = list(head.children) if head else []
    first = next((at for at, each in enumerate(inside) if _ends_head(each)), None)
    if head is not None and first is not None:
        body = soup.body
        if body is None:
            body = soup.new_tag("body")
            head.insert_after(body)
        for each in reversed(inside[first:]):
            body.insert(0, each.extract())


def _ends_head(node: PageElement) -> bool:
    return isinstance(node, Tag) and node.name not in METADATA


def _name_by_role(soup: BeautifulSoup) -> None:
    """Give elements the names of what they are: by role, by display, or as blocks of their own."""
    for tag in soup.find_all(True):
        role = str(tag.get("role", "")) if tag.attrs else ""
        if role in _ROLES and tag.name in _NEUTRAL:
            tag.name = _ROLES[role]
        elif tag.name in {"menu", "dir"}:
            tag.name = "ul"
        elif tag.name in {"span", "a", "label", "b", "strong"} and _SHOWN_AS_BLOCK.search(
            str(tag.get("style", ""))
        ):
            if tag.name in {"span", "label"}:
                tag.name = "div"
            else:
                tag.wrap(soup.new_tag("div"))
        elif tag.name == "span" and _is_line(tag):
            tag.name = "div"
        elif "-" in tag.name and tag.name not in ELEMENTS and not _within_words(tag):
            tag.name = "div"  # a custom element


def _is_line(tag: Tag) -> bool:
    """Whether a styled element right behind another must stand on a line of its own.

    Where nothing is between two of them and the second begins anew, its words are no part of the
    word before: style sheets, which are not read, part them.
    """
    before = tag.previous_sibling
    if not (isinstance(before, Tag) and before.name in {"span", "div"} and tag.has_attr("class")):
        return False
    if not before.has_attr("class"):
        return False
    text, said = collapse(tag.get_text()), collapse(before.get_text())
    return len(text.split()) > 1 and text[:1].isupper() and said[-1:].isalnum()


def _within_words(tag: Tag) -> bool:
    """Whether an element stands in a line of text."""
    return any(
        is_text(each) and str(each).strip()
        for each in (tag.previous_sibling, tag.next_sibling)
        if each
    )
