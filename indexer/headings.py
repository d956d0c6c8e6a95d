"""Which elements head what follows: by their own name, by a role, or by how they look."""

from __future__ import annotations

import re

from bs4 import Tag

from indexer.names import names, says, words_of
from indexer.selectors import GENERIC, HEADING_NAMES, HEADINGS
from indexer.text import collapse, has_block

LEVEL_OF_BUTTON = 10  # below the headings of HTML and ARIA
LEVEL_OF_LOOK = 11
DEEPEST_LEVEL = 12
_MOST_WORDS = 14
_MOST_LETTERS = 100
_BOLD = re.compile(r"font-weight\s*:\s*(bold|[6-9]00)", re.IGNORECASE)
_LARGE = re.compile(
    r"font-size\s*:\s*((1[89]|[2-9][0-9])(\.[0-9]+)?px|(1\.[2-9]|[2-9])[0-9.]*r?em"
    r"|1[2-9][0-9]%|[2-9][0-9][0-9]%|x+-large|(1[4-9]|[2-9][0-9])pt)",
    re.IGNORECASE,
)
_BOLD_CLASSES = frozenset(
    "bold font-bold fw-bold font-weight-bold text-bold font-semibold fw-semibold strong".split()
)


def heading_level(tag: Tag) -> int:
    """1 to 9 for a heading, 0 for anything else."""
    if tag.name in HEADINGS:
        return int(tag.name[1])
    if tag.get("role") == "heading":
        level = str(tag.get("aria-level", "2"))
        return int(level) if re.fullmatch("[1-9]", level) else 2
    return 0


def level_by_name(tag: Tag) -> int:
    """The level that class names give an element without one: 1 to 6, LEVEL_OF_LOOK, or 0."""
    if tag.name not in {"p", "div", "span", "dt", "legend"} or not tag.attrs:
        return 0
    if has_block(tag) or not reads_as_heading(collapse(tag.get_text())):
        return 0
    words = {word for name in names(tag) for word in words_of(name)}
    numbered = [int(word[1]) for word in words if re.fullmatch("h[1-6]", word)]
    if numbered:
        return min(numbered)
    telling = words - GENERIC
    if telling & {"heading", "headline", "title", "subtitle", "subheading", "question", "subhead"}:
        return LEVEL_OF_LOOK if says(tag, HEADING_NAMES) else 0
    return 0


def reads_as_heading(text: str) -> bool:
    """Whether a line may head others: short, and no sentence that ends."""
    if len(text) > _MOST_LETTERS or len(text.split()) > _MOST_WORDS:
        return False
    return any(map(str.isalpha, text)) and not re.search(r"[.!:;,\u2026\u3002\uff01]\W*$", text)


def looks_bold(tag: Tag) -> bool:
    """Whether an element sets what is in it in bold or large letters."""
    if tag.name in {"b", "strong", "big", "u"}:
        return True
    if not tag.attrs:
        return False
    style = str(tag.get("style", ""))
    if _BOLD.search(style) or _LARGE.search(style):
        return True
    if tag.name == "font" and re.fullmatch(r"\+[1-9]|[4-7]", str(tag.get("size", ""))):
        return True
    return any(each in _BOLD_CLASSES for each in names(tag))
