"""Plain text of parsed HTML: white space as a browser shows it, and runs of text."""

from __future__ import annotations

from collections.abc import Iterator

from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from indexer.selectors import BLOCKS

# Soft hyphens and zero-width characters are shown as nothing, but split a word for a search.
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


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
    pieces: list[str] = []

    def cut() -> Iterator[str]:
        if text := collapse("".join(pieces)):
            yield text
        pieces.clear()

    def visit(node: Tag) -> Iterator[str]:
        for child in node.children:
            if isinstance(child, Tag):
                if is_block(child):
                    yield from cut()
                    yield from visit(child)
                    yield from cut()
                else:
                    yield from visit(child)
            elif is_text(child):
                pieces.append(str(child))

    yield from visit(tag)
    yield from cut()


def plain(tag: Tag) -> str:
    """All text under an element on one line, its blocks parted by spaces."""
    return " ".join(runs(tag))


def link_share(tag: Tag) -> float:
    """Share of an element's characters, headings apart, that are the text of links: 0 to 1."""
    total = linked = 0
    for node in tag.find_all(string=True):
        if not is_text(node) or node.find_parent(["h1", "h2", "h3", "h4", "h5", "h6"]):
            continue
        size = len(collapse(str(node)))
        total += size
        if node.find_parent("a", href=True):
            linked += size
    return linked / total if total else 0.0
