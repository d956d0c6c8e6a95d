"""Sentence boundaries in plain prose."""

from __future__ import annotations

import re

# A full stop after one of these, or after a single letter, does not end a sentence.
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof st vs e.g i.e eg ie etc approx no fig ref al dept inc cf mg ml".split()
)
_END = re.compile(r"(?<=[.!?])[\"'\u2019\u201d)\]]*\s+(?=[\"'\u2018\u201c(\[]*[A-Z0-9])")


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, in order; together they are its words, nothing more."""
    found = []
    start = 0
    for match in _END.finditer(text):
        before = text[start : match.start()].rstrip(".!?")
        last = before.rsplit(maxsplit=1)[-1].lower().lstrip("(['\"") if before.split() else ""
        stop = text[match.start() - 1] == "."
        if stop and (last in _ABBREVIATIONS or re.fullmatch(r"[a-z]", last)):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    return [*found, text[start:].strip()] if text[start:].strip() else found
