"""Lists, lists of definitions and quotations as parts: one an item, a definition or a line."""

from __future__ import annotations

import re

from bs4 import Tag

from indexer.records import Part
from indexer.selectors import HEADINGS
from indexer.text import collapse, is_text, plain, runs


def is_layout(tag: Tag) -> bool:
    """Whether a list or quotation only arranges whole sections."""
    if tag.get("role") in {"presentation", "none"}:
        return True
    inner = {"ul": "table, details", "ol": "table, details", "dl": "table, details"}
    selector = ", ".join(
        [*HEADINGS, "[role=heading], button", inner.get(tag.name, "ul, ol, table")]
    )
    return tag.select_one(selector) is not None


def lines_of(tag: Tag) -> list[Part]:
    """One part a line."""
    return [Part(run, run) for run in runs(tag)]


def items_of(tag: Tag, depth: int = 0) -> list[Part]:
    """The items of a list with their marks, those of lists inside it set in."""
    parts: list[Part] = []
    start = str(tag.get("start", "1"))
    number = int(start) if re.fullmatch(r"-?[0-9]{1,9}", start) else 1
    for child in list(tag.children):
        if not isinstance(child, Tag):
            if is_text(child) and (text := collapse(str(child))):
                parts.append(Part("  " * depth + text, text))
        elif child.name == "li":
            parts += _item(child, depth, f"{number}. " if tag.name == "ol" else "• ")
            number += 1
        elif child.name in {"ul", "ol"}:  # beside the item it belongs to, as old editors put it
            parts += items_of(child, depth + 1)
        else:
            parts += [Part("  " * depth + run, run) for run in runs(child)]
    return parts


def _item(item: Tag, depth: int, mark: str) -> list[Part]:
    """An item, then those of the lists inside it."""
    nested = item.find_all(["ul", "ol"])
    inner = [each for each in nested if each.find_parent("li") is item]
    deeper = [part for each in inner for part in items_of(each, depth + 1)]
    for each in inner:
        each.replace_with(Tag(name="br"))  # parts the words before it from those after it
    own = list(runs(item))
    return [*([Part("  " * depth + mark + " ".join(own), own[0])] if own else []), *deeper]


def definitions_of(tag: Tag) -> list[Part]:
    """One part a definition, each behind its terms."""
    parts: list[Part] = []
    terms: list[str] = []
    defined = False  # whether the terms have had a definition; a second one is of the same terms
    for child in tag.find_all(["dt", "dd"]):
        if child.find_parent("dl") is not tag:
            continue  # of a list inside, whose words are its definition's
        text = plain(child)
        if child.name == "dt":
            terms = [text] if defined else [*terms, text]
            defined = False
        elif terms:
            run = next(runs(child), text) if defined else terms[0]
            name = ", ".join(terms)
            parts.append(Part(f"{name}: {text}", run, cells=((name, text),)))
            defined = True
        else:
            parts.append(Part(text, next(runs(child), text)))
    return parts if defined else parts + [Part(term, term) for term in terms]
