"""A tree of elements as blocks in reading order, each under its trail of headings."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from bs4 import Tag

from indexer.headings import (
    DEEPEST_LEVEL,
    LEVEL_OF_BUTTON,
    heading_level,
    level_by_name,
    looks_bold,
)
from indexer.lists import definitions_of, is_layout, items_of, lines_of
from indexer.names import says
from indexer.panels import Panels
from indexer.records import Block, Part
from indexer.selectors import BID, BLOCKS, CAPTION_NAMES, HEADINGS, SOCIAL_HOSTS
from indexer.tables import is_layout as is_layout_table
from indexer.tables import rows_of
from indexer.text import collapse, is_text, plain
from indexer.walk import BREAK, Heading, Piece, Walk

# Elements that put blocks side by side; the others are blocks themselves.
_BOXES = frozenset(
    "body div section article main aside header footer td th li form center fieldset figure details"
    " nav hgroup".split()
)


def blocks(
    main: Tag, anchors: dict[int, str], panels: Panels | None = None, host: str = ""
) -> list[Block]:
    """The blocks under ``main``.

    ``anchors`` maps ``id(tag)`` of a heading to the fragment that leads to it; ``panels`` are those
    of the page, and ``host`` its own.
    """
    walk = Walk(anchors, panels or Panels(), host, _holding(main))
    _visit(main, walk)
    walk.flush()
    walk.settle(follows=False)
    return [replace(b, bids=True) if b.box in walk.bidding else b for b in walk.blocks]


def _holding(main: Tag) -> set[int]:
    """The elements under ``main`` that hold blocks."""
    found: set[int] = set()
    for tag in main.find_all(True):
        if tag.name in BLOCKS:
            for parent in tag.parents:
                if id(parent) in found:
                    break
                found.add(id(parent))
    return found


def _visit(node: Tag, walk: Walk) -> None:
    for child in node.children:
        if isinstance(child, Tag):
            _visit_tag(child, walk)
        elif is_text(child):
            walk.inline.append(Piece(str(child), walk.bold > 0, walk.linked > 0))


def _visit_tag(tag: Tag, walk: Walk) -> None:
    bold, linked = looks_bold(tag), leads_on(tag, walk.host)
    walk.bold += bold
    walk.linked += linked
    if tag.name == "br":
        walk.inline.append(Piece(BREAK, bold=True, linked=True))
    elif tag.name == BID:
        walk.bidding.add(walk.boxes[-1])
    elif _is_button(tag) and id(tag) not in walk.holding:
        walk.flush()  # those that are left in the tree head a panel
        if text := plain(tag):
            walk.heading(LEVEL_OF_BUTTON, text, None)
    elif tag.name not in BLOCKS:
        if id(tag) in walk.panels.labels:
            walk.flush()
            _visit_panel(tag, walk)
        else:
            _visit(tag, walk)
    else:
        walk.flush()
        boxed = tag.name in _BOXES
        if boxed:
            walk.last_box += 1
            walk.boxes.append(walk.last_box)
        _visit_panel(tag, walk)
        walk.flush()
        if boxed:
            walk.boxes.pop()
    walk.bold -= bold
    walk.linked -= linked


def _is_button(tag: Tag) -> bool:
    return tag.name == "button" or (tag.get("role") == "button" and tag.name in {"div", "span"})


def leads_on(tag: Tag, host: str) -> bool:
    """Whether an element is a link to another page of the site, or to the site's own channels.

    A reference to another site, an address and a telephone number are content.
    """
    if tag.name != "a" or not tag.has_attr("href"):
        return False
    try:
        parts = urlsplit(str(tag["href"]).strip())
    except ValueError:
        return False
    if parts.scheme in {"mailto", "tel", "sms"}:
        return False
    away = bool(parts.netloc) and parts.netloc.removeprefix("www.") != host.removeprefix("www.")
    return not away or any(each in f"{parts.netloc}." for each in SOCIAL_HOSTS)


def _visit_panel(tag: Tag, walk: Walk) -> None:
    """A block; where it is what something opens, under the words of that."""
    label = walk.panels.labels.get(id(tag))
    if label is None or not plain(tag):
        _visit_block(tag, walk)
        return
    walk.settle(follows=False)
    said = walk.blocks[-1] if walk.blocks else None
    here = said if said is not None and _letters(said.text) == _letters(label) else None
    if here is None or here.kind != "heading":
        if here is not None and here.kind == "paragraph":
            walk.blocks.pop()
        inner = tag.find([*HEADINGS])
        if not (isinstance(inner, Tag) and _letters(plain(inner)) == _letters(label)):
            above = walk.trail[-1].level if walk.trail else 0
            walk.heading(min(above + 1, LEVEL_OF_BUTTON), label, None)
        else:
            _within(tag, walk, before=list(walk.trail))
            return
    _within(tag, walk, before=_above(walk))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _above(walk: Walk) -> list[Heading]:
    """The trail without the heading of the panel that begins."""
    return walk.trail[:-1] if walk.trail else []


def _within(tag: Tag, walk: Walk, before: list[Heading]) -> None:
    """What is in a panel: its headings stay inside, and its own heads nothing after it."""
    floor = walk.floor
    walk.floor = len(walk.trail)
    _visit_block(tag, walk) if tag.name != "details" else _visit(tag, walk)
    walk.flush()
    walk.settle(follows=False)
    walk.floor = floor
    walk.trail = before


def _visit_block(tag: Tag, walk: Walk) -> None:
    level = heading_level(tag)
    if level:
        if text := plain(tag):
            walk.heading(level, text, walk.anchors.get(id(tag)), _linked(tag, walk))
    elif tag.name in {"ul", "ol"} and not is_layout(tag):
        walk.emit("list", *_measured(tag, items_of, walk))
    elif tag.name == "table" and not is_layout_table(tag):
        caption = tag.find("caption")
        if isinstance(caption, Tag):
            walk.emit("caption", lines_of(caption))
        walk.emit("table", *_measured(tag, rows_of, walk))
    elif tag.name == "dl" and not is_layout(tag):
        walk.emit("definitions", *_measured(tag, definitions_of, walk))
    elif tag.name == "details":
        _visit_details(tag, walk)
    elif tag.name == "blockquote" and not is_layout(tag):
        walk.emit("quote", lines_of(tag), _linked(tag, walk))
    elif tag.name == "pre":
        walk.emit("code", lines_of(tag))
    elif tag.name in {"figcaption", "caption"} or _is_caption(tag, walk):
        walk.emit("caption", lines_of(tag), _linked(tag, walk))
    elif level := 0 if id(tag) in walk.holding else level_by_name(tag):
        _heading_by_name(tag, level, walk)
    else:
        _visit(tag, walk)


def _is_caption(tag: Tag, walk: Walk) -> bool:
    named = tag.name in {"p", "div", "span"} and says(tag, CAPTION_NAMES)
    return named and id(tag) not in walk.holding and "caption" in str(tag.attrs).lower()


def _heading_by_name(tag: Tag, level: int, walk: Walk) -> None:
    text = plain(tag)
    walk.settle(follows=False)
    walk.pending = (level, Part(text, text), _linked(tag, walk))


def _measured(tag: Tag, read: object, walk: Walk) -> tuple[list[Part], float]:
    linked = _linked(tag, walk)  # before it is read, which takes lists apart
    return read(tag), linked  # type: ignore[operator]


def _linked(tag: Tag, walk: Walk) -> float:
    """Share of an element's letters that are links to other pages of the site."""
    total = len(collapse(tag.get_text()))
    links = [each for each in tag.find_all("a", href=True) if leads_on(each, walk.host)]
    return min(sum(len(collapse(each.get_text())) for each in links) / max(total, 1), 1.0)


def _visit_details(tag: Tag, walk: Walk) -> None:
    """An accordion's summary heads its panel, and nothing after it."""
    before = list(walk.trail)
    walk.settle(follows=False)
    summary = tag.find("summary", recursive=False)
    if isinstance(summary, Tag):
        inner = summary.find(list(HEADINGS))
        above = before[-1].level if before else 0
        level = heading_level(inner) if isinstance(inner, Tag) else min(above + 1, DEEPEST_LEVEL)
        if text := plain(summary):
            key = inner if isinstance(inner, Tag) else summary
            walk.heading(level, text, walk.anchors.get(id(key)))
        summary.extract()
    _within(tag, walk, before)
