"""Other extractors over pages, for ``benchmarks.extraction``; runs in an environment of its own.

    .venv-extract/bin/python benchmarks/extractors.py < pages.jsonl > blocks.jsonl

A line in is ``{"name", "html"}`` (text, decoded), a line out
``{"name", "extractor", "blocks": [{"kind", "text", "headings"}]}``. Each is asked as its
documentation advises, for recall where it can be chosen; a list or table of theirs is one block.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import justext
import lxml.html
import trafilatura
from lxml import etree
from readability import Document

Blocks = list[dict[str, Any]]
_KINDS = {"list": "list", "ul": "list", "ol": "list", "table": "table", "dl": "definitions"}
_KINDS |= {"quote": "quote", "blockquote": "quote"}
_LEAVES = {"p", "pre", "figcaption", "caption", "address", *_KINDS}


class Trail:
    """Headings above, by level."""

    def __init__(self) -> None:
        self.blocks: Blocks = []
        self._above: list[tuple[int, str]] = []

    def add(self, kind: str, text: str, level: int = 0) -> None:
        """Add a block under the headings above."""
        text = " ".join(text.split())
        if not text:
            return
        if kind == "heading":
            self._above = [each for each in self._above if each[0] < level]
        self.blocks.append(
            {"kind": kind, "text": text, "headings": [each[1] for each in self._above]}
        )
        if kind == "heading":
            self._above.append((level, text))


def _text(element: Any) -> str:
    return " ".join(element.itertext())


def by_trafilatura(html: str) -> Blocks:
    """What trafilatura keeps of a page."""
    xml = trafilatura.extract(
        html, output_format="xml", include_tables=True, include_comments=False, favor_recall=True
    )
    trail = Trail()
    main = etree.fromstring(xml.encode()).find("main") if xml else None
    for element in () if main is None else main:
        if element.tag == "head":
            level = re.search("[1-6]", element.get("rend", ""))
            trail.add("heading", _text(element), int(level[0]) if level else 2)
        else:
            trail.add(_KINDS.get(element.tag, "paragraph"), "".join(element.itertext()))
    return trail.blocks


def by_readability(html: str) -> Blocks:
    """What readability-lxml keeps of a page."""
    document = Document(html)
    tree = lxml.html.fromstring(document.summary(html_partial=True) or "<p></p>")
    trail = Trail()
    trail.add("heading", document.short_title(), 1)
    _walk(tree, trail)
    return trail.blocks


def _walk(element: Any, trail: Trail) -> None:
    loose = element.text or ""
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        leaf = re.fullmatch("h[1-6]", tag) or tag in _LEAVES
        if leaf or child.xpath("descendant::*[self::p or self::div or self::ul or self::table]"):
            trail.add("paragraph", loose)
            loose = child.tail or ""
            if leaf:
                kind = "heading" if tag[0] == "h" else _KINDS.get(tag, "paragraph")
                trail.add(kind, child.text_content(), int(tag[1]) if kind == "heading" else 0)
            else:
                _walk(child, trail)
        elif tag == "div":
            trail.add("paragraph", loose)
            trail.add("paragraph", child.text_content())
            loose = child.tail or ""
        else:
            loose += (child.text_content() if tag else "") + (child.tail or "")
    trail.add("paragraph", loose)


def by_justext(html: str) -> Blocks:
    """What jusText keeps of a page."""
    language = re.search(r"<html[^>]*\slang=\W?(\w\w)", html)
    names = {"de": "German", "es": "Spanish", "fr": "French", "ar": "Arabic"}
    name = names.get(language[1] if language else "", "English")
    trail = Trail()
    # As bytes without a declaration in the way: the others are given decoded text as well.
    # Its lengths are for news of long paragraphs: with them it keeps nothing of these short pages.
    lengths = {"length_low": 40, "length_high": 100}
    given = html.encode()
    for paragraph in justext.justext(
        given, justext.get_stoplist(name), encoding="utf-8", **lengths
    ):
        if not paragraph.is_boilerplate:
            level = re.search(r"\bh([1-6])\b", paragraph.dom_path)
            kind = "heading" if level else "paragraph"
            trail.add(kind, paragraph.text, int(level[1]) if level else 0)
    return trail.blocks


EXTRACTORS: dict[str, Callable[[str], Blocks]] = {
    "trafilatura": by_trafilatura,
    "readability-lxml": by_readability,
    "jusText": by_justext,
}


def main() -> None:
    """Read pages, write what each extractor keeps."""
    logging.disable()
    for line in sys.stdin:
        page = json.loads(line)
        for name, extractor in EXTRACTORS.items():
            try:
                blocks = extractor(page["html"])
            except Exception:  # noqa: BLE001 - a page that ends an extractor gives nothing
                blocks = []
            found = {"name": page["name"], "extractor": name, "blocks": blocks}
            sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
