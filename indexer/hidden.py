"""What a page holds and no reader sees: what is hidden and nothing opens, icons, spoken words."""

from __future__ import annotations

import re
from collections import Counter

from bs4 import Tag

from indexer.names import mentions, names
from indexer.panels import Panels, may_be_opened
from indexer.selectors import HIDDEN_CLASSES, SCREEN_READER, SHOWN_SOMEWHERE
from indexer.text import collapse, plain, says_something

_NOT_SHOWN = re.compile(r"(display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\{\{|\$\{|<%|\[\[")
_SHOWN_SOMEWHERE = re.compile(SHOWN_SOMEWHERE)
_BY_WIDTH = re.compile(
    r"(mobile|phone|desktop|tablet|print)[-_]?only|only[-_]?(mobile|phone|desktop|print)"
    r"|(hidden|visible|show|hide)[-_](for[-_])?(xs|sm|md|lg|mobile|desktop|small|large|medium|print)"
    r"|(^|\s)d(-(sm|md|lg|xl|print))?-none(\s|$)|(sm|md|lg|xl):hidden|(^|\s)hidden(\s|$)",
    re.IGNORECASE,
)
_MOVED_AWAY = frozenset("drawer offcanvas canvas nav menu navigation sidebar modal popup".split())
_ICONS = frozenset("icon icons icomoon fa fas far glyphicon material symbols ligature".split())
_LONGEST_ICON = 30
_SHORTEST_COPY = 40  # letters; shorter words stand twice on many pages by right


def hidden(tag: Tag, panels: Panels) -> str | None:
    """The reason why an element is not for readers; None where it is shown or can be opened."""
    if not tag.attrs:
        return None
    if _is_icon(tag):
        return "icon"
    if _for_screen_readers(tag):
        return "for screen readers"
    if _is_hidden(tag) and (not may_be_opened(tag, panels) or _PLACEHOLDER.search(plain(tag))):
        return "hidden"
    if tag.get("aria-hidden") == "true" and _is_away(tag, panels):
        return "hidden"
    return None


def _is_hidden(tag: Tag) -> bool:
    if tag.has_attr("hidden"):
        return str(tag["hidden"]).lower() != "until-found"
    if _NOT_SHOWN.search(str(tag.get("style", ""))):
        return True
    classes = names(tag)
    return any(each in HIDDEN_CLASSES for each in classes) and not any(
        _SHOWN_SOMEWHERE.search(each) for each in classes
    )


def _is_away(tag: Tag, panels: Panels) -> bool:
    """Whether an element that is hidden from screen readers is not on the screen either."""
    if mentions(tag, _MOVED_AWAY):
        return True
    return not (may_be_opened(tag, panels) or says_something(tag)) and tag.name not in {
        *("span", "b", "strong", "em", "sup", "sub", "p", "li", "td", "th", "main", "body")
    }


def _is_icon(tag: Tag) -> bool:
    """Whether an element draws a picture with letters: a ligature, a sign, a link marked #."""
    if tag.name not in {"i", "span", "a", "em", "b", "div", "small"}:
        return False
    text = collapse(tag.get_text())
    if len(text) > _LONGEST_ICON or " " in text:
        return False
    if tag.name == "a":
        away = str(tag.get("href", "")).startswith("#")
        return away and not any(map(str.isalnum, text)) and bool(text)
    unseen = tag.get("aria-hidden") == "true"
    if mentions(tag, _ICONS):
        return unseen or not any(map(str.isalnum, text)) or _ligature(tag)
    return unseen and not any(map(str.isalnum, text))


def _ligature(tag: Tag) -> bool:
    return any(each.startswith(("material-icons", "material-symbols")) for each in names(tag))


def _for_screen_readers(tag: Tag) -> bool:
    """Whether an element is clipped from sight; long text that is so stays."""
    if not any(each in SCREEN_READER or each.endswith("visually-hidden") for each in names(tag)):
        return False
    return not (tag.name in {"div", "section", "main"} and says_something(tag))


def is_copy_for_other_screens(tag: Tag, page: str, copies: Counter[str]) -> bool:
    """Whether an element is for some widths only and all its words stand elsewhere as well.

    ``page`` is all that it said; of ``copies`` so many have been taken out since.
    """
    if not any(map(_BY_WIDTH.search, [" ".join(names(tag))])) and tag.get("aria-hidden") != "true":
        return False
    text = plain(tag)
    return len(text) >= _SHORTEST_COPY and page.count(text) - copies[text] > 1
