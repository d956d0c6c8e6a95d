"""Bullets and numbers in front of items, put to the lines that they stand in front of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from indexer.pdf.shapes import Line, Sheet, Word

_MARK_GAP = 4.0  # of the type's size, between a bullet or number and its item
BULLETS = frozenset("•◦▪▫■□●○‣⁃∙·►▶➢➤❖✓✔✗✘★☐☑❑\ufffd")
_DASHES = frozenset("-–—*")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?")
_BETWEEN_DASHES = re.compile(r"\S \d+(?: \S)?")  # as some page numbers stand


def drawn_bullets(sheet: Sheet, lines: Sequence[Line]) -> Iterator[Line]:
    """Bullets that are drawn as small shapes in front of a line, and not as letters."""
    small = [
        rule
        for rule in sheet.rules
        if 1.5 < rule.width < 8 and 1.5 < rule.height < 8 and abs(rule.width - rule.height) < 1  # noqa: PLR2004
    ]
    for rule in small[:500]:
        for line in lines:
            middle = (rule.top + rule.bottom) / 2
            gap = line.x0 - rule.x1
            if 0 < gap < _MARK_GAP * line.size and line.top < middle < line.y:
                if not any(rule.x1 <= o.x0 < line.x0 and abs(o.y - line.y) < 1 for o in lines):
                    word = Word("•", rule.x0, rule.x1)
                    yield replace(line, words=[word], order=line.order - 1)
                break


def with_marks(lines: Sequence[Line]) -> list[Line]:
    """The lines with bullets and numbers put to what they stand in front of."""
    ordered = sorted(lines, key=lambda line: (line.y, line.x0))
    gone: set[int] = set()
    for at, line in enumerate(ordered):
        if not _is_mark(line.text) or len(line.words) > 1:
            continue
        beside = [
            other
            for other in ordered[max(at - 8, 0) : at + 9]
            if other is not line
            and abs(other.y - line.y) <= 0.35 * other.size
            and 0 < other.x0 - line.x1 < _MARK_GAP * other.size
        ]
        if beside:
            item = min(beside, key=lambda other: other.x0)
            _mark(item, line.text)
            item.order = min(item.order, line.order)
            gone.add(id(line))
    kept = [line for line in ordered if id(line) not in gone]
    for line in kept:
        first = line.words[0].text
        if first in _DASHES and _BETWEEN_DASHES.fullmatch(line.text):
            continue
        if not line.mark and len(line.words) > 1 and _is_mark(first):
            _mark(line, first)
            del line.words[0]
        elif not line.mark and len(first) > 1 and first[0] in BULLETS and not _is_sign(first):
            line.mark = "•"
            line.words[0].text = first[1:]
    return [line for line in kept if _known_letters(line)]


def _known_letters(line: Line) -> bool:
    """Take out signs that the font does not tell; False when nothing is left.

    One inside a word or beside a number stays: 100 \ufffdg must not become 100 g.
    """
    for at, word in enumerate(line.words):
        beside = line.words[max(at - 1, 0)].text + "".join(
            w.text for w in line.words[at + 1 : at + 2]
        )
        if not any(map(str.isalnum, word.text)) and not any(map(str.isdigit, beside)):
            word.text = word.text.replace("\ufffd", "")
    line.words = [word for word in line.words if word.text]
    return bool(line.words)


def _is_sign(word: str) -> bool:
    """Whether a word begins with a sign that the font does not tell, before a number: ≥65."""
    return word[0] == "\ufffd" and word[1].isdigit()


def _is_mark(text: str) -> bool:
    return text in BULLETS or text in _DASHES or _NUMBER.fullmatch(text) is not None


def _mark(line: Line, text: str) -> None:
    line.mark = "•" if text in BULLETS or text in _DASHES else text
