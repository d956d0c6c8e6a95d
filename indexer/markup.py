"""Markup that no page needs and that parsers choke on, found before one sees it."""

from __future__ import annotations

import re

MOST_TAGS = 50_000  # of one page; each costs an extraction about 0.2 ms
MOST_ATTRIBUTES = 5_000  # of one tag; libxml2 compares each with all before it
_MOST_READ = 20  # times the page's length, where every attribute looks like a further tag

_START = re.compile("<[a-zA-Z]")
# As HTML's tokenizer reads a tag. Possessive throughout: nothing is read a second way.
_TAG = re.compile(
    r"<[a-zA-Z][^\s/>]*+(?:[\s/]*+(?=[^\s/>])=?+[^\s/>=]*+"
    r"""(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|["'][\s\S]*+|[^\s>"'][^\s>]*+)?+)?+)"""
    rf"{{0,{MOST_ATTRIBUTES}}}+([\s/]*+[^\s/>])?"
)


def overfull(html: str) -> str:
    """What there is too much of in a page, in words; "" where parsers can be let at it."""
    tags = html.count("<")
    if tags > MOST_TAGS:
        return f"{tags:,} tags; {MOST_TAGS:,} are read at most"
    left = _MOST_READ * len(html)
    # From every place that looks like a tag: a comment, a script or another tag's attribute that
    # hides one from this pattern need not hide it from the parser.
    for start in _START.finditer(html):
        tag = _TAG.match(html, start.start())
        if tag and tag[1]:
            return f"a tag with more than {MOST_ATTRIBUTES:,} attributes"
        left -= len(tag[0]) if tag else 0
        if left < 0:
            return "tags inside tags without end"
    return ""
