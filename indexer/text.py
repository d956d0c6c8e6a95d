"""Plain text of parsed HTML: white space as a browser shows it, and runs of text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from indexer.selectors import BLOCKS, HEADINGS

# Soft hyphens and zero-width characters are shown as nothing, but split a word for a search.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))

_MOSTLY_LINKS = 0.5
_FEWEST_WORDS = 6  # of a sentence
_SURELY_SENTENCE = 20
_ENDS_SENTENCE = re.compile(
    r"[.!?:;\u2026\u3002\uff01\uff1f\u061f\u0964][\"')\]\u201d\u2019\u00bb]*"
    r"(\s*(\[[0-9,\s]+\]|[\u2190-\u21ff\ufe0e\ufe0f]+|[\u00b9\u00b2\u00b3\u2070-\u2079]+))*$"
)
_UNSPACED = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]")
_OWNED = re.compile(
    "\u00a9|\\bcopyright\\b|all rights reserved|\\bcharity (no|number|reg)|\\bregistered charity",
    re.IGNORECASE,
)


def collapse(text: str) -> str:
    """The text with every run of white space as one space, and no invisible characters."""
    return " ".join(text.translate(_UNSEEN).split())


def is_text(node: PageElement) -> bool:
    """Whether a node is text, and not a comment, declaration or the like."""
    return isinstance(node, NavigableString) and not isinstance(node, PreformattedString)


def is_block(node: PageElement) -> bool:
    """Whether a node is an element that stands on lines of its own."""
    return isinstance(node, Tag) and node.name in BLOCKS


def has_block(tag: Tag) -> bool:
    """Whether an element holds elements that stand on lines of their own."""
    return any(child.name in BLOCKS for child in tag.find_all(True))


def runs(tag: Tag) -> Iterator[str]:
    """The text under an element in page order, cut wherever a block or a line break is.

    A text fragment can only match inside one such run.
    """
    for pieces in _pieces(tag):
        if text := collapse("".join(pieces)):
            yield text


def _pieces(tag: Tag) -> Iterator[list[NavigableString]]:
    """The strings of each run."""
    pieces: list[NavigableString] = []
    around: list[tuple[Iterator[PageElement], bool]] = [(iter(tag.children), False)]
    while around:
        children, cuts = around[-1]
        child = next(children, None)
        if child is None:
            around.pop()
        elif isinstance(child, Tag):
            cuts = is_block(child)
            around.append((iter(child.children), cuts))
        else:
            if isinstance(child, NavigableString) and is_text(child):
                pieces.append(child)
            continue
        if cuts:
            yield pieces
            pieces = []
    yield pieces


def plain(tag: Tag) -> str:
    """All text under an element on one line, its blocks parted by spaces."""
    return " ".join(runs(tag))


def link_share(tag: Tag) -> float:
    """Share of an element's characters, headings apart, that are the text of links: 0 to 1."""
    total = linked = 0
    around: list[tuple[Tag, bool]] = [(tag, False)]
    while around:
        node, in_link = around.pop()
        for child in node.children:
            if isinstance(child, Tag):
                if child.name not in HEADINGS:
                    around.append((child, in_link or is_link(child)))
            elif is_text(child):
                size = len(collapse(str(child)))
                total += size
                linked += size if in_link else 0
    return linked / total if total else 0.0


def is_link(tag: Tag) -> bool:
    """Whether an element is a link that leads somewhere."""
    return tag.name == "a" and tag.has_attr("href")


def stands_alone(tag: Tag) -> bool:
    """Whether nothing else is in the line of text that an element stands in."""
    node = tag
    while True:
        if any(_in_line(node, forward=forward) for forward in (True, False)):
            return False
        parent = node.parent
        if parent is None or is_block(parent):
            return True
        node = parent


def _in_line(tag: Tag, *, forward: bool) -> bool:
    """Whether letters stand on one side of an element before the line ends."""
    for each in tag.next_siblings if forward else tag.previous_siblings:
        if isinstance(each, Tag):
            if is_block(each) or has_block(each):
                return False
            text = each.get_text()
        else:
            text = str(each) if is_text(each) else ""
        if any(map(str.isalnum, text)):
            return True
    return False


def says_something(tag: Tag) -> bool:
    """Whether a sentence stands under an element that is not mostly links."""
    return any(is_statement(run) and share < _MOSTLY_LINKS for run, share in _linked_runs(tag))


def is_statement(text: str) -> bool:
    """Whether a text is a sentence, or so long that it must be one; who owns a page is none."""
    written = len(_UNSPACED.findall(text))
    words = len(text.split()) + written // 2
    if words < _FEWEST_WORDS or _OWNED.search(text):
        return False
    return words >= _SURELY_SENTENCE or bool(_ENDS_SENTENCE.search(text))


def _linked_runs(tag: Tag) -> Iterator[tuple[str, float]]:
    """Runs, each with the share of it that is links."""
    inside = {
        id(each) for link in tag.find_all("a", href=True) for each in link.find_all(string=True)
    }
    if tag.find_parent("a", href=True) or is_link(tag):
        inside |= {id(each) for each in tag.find_all(string=True)}
    for pieces in _pieces(tag):
        if text := collapse("".join(pieces)):
            linked = sum(len(collapse(each)) for each in pieces if id(each) in inside)
            yield text, linked / len(text)
