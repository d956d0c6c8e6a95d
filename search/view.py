"""A hit as the page shows it: paragraphs and lists with their marked words, and an excerpt."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from search.schema import Highlight, Hit

_LONGEST_WHOLE = 420  # characters; a longer passage is shown as an excerpt, and whole on demand
_LONGEST_FIRST = 1000  # of the first hit, which most people came for
_EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and how it is marked: "", "exact" or "synonym"."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A paragraph (one line) or a list (a line an item)."""

    is_list: bool
    lines: list[list[Piece]]


@dataclass(frozen=True, slots=True)
class HitView:
    """What the template needs of one hit."""

    hit: Hit
    heading: str
    trail: list[str]
    whole: list[Section]
    excerpt: list[Section] = field(default_factory=list)  # empty: the whole is shown at once


def hit_view(hit: Hit, *, is_first: bool = False) -> HitView:
    """The view of one hit."""
    names = [name for name in (hit["title"], *hit["headings"]) if name.strip()]
    names = list(dict.fromkeys(names)) or [hit["path"]]
    if len(names) > 1 and names[1].casefold() in names[0].casefold():
        names.pop(0)  # "Chemotherapy - a guide" above "Chemotherapy" says nothing more
    heading = names[-1]
    text, marks = hit["text"], hit["highlights"]
    excerpt = []
    if len(text) > (_LONGEST_FIRST if is_first else _LONGEST_WHOLE):
        start, end = _window(text, marks)
        excerpt = _sections(text, start, end, marks)
        if start:
            excerpt[0].lines[0].insert(0, Piece("… "))
        if end < len(text):
            excerpt[-1].lines[-1].append(Piece(" …"))
    return HitView(hit, heading, names[:-1], _sections(text, 0, len(text), marks), excerpt)


def _sections(text: str, start: int, end: int, marks: list[Highlight]) -> list[Section]:
    """The lines between two offsets, lists apart from paragraphs."""
    lines = []
    for line in text[start:end].split("\n"):
        bullet = line.lstrip().startswith("• ")
        begin = start + line.index("• ") + 2 if bullet else start
        if line.strip():
            lines.append((bullet, _pieces(text, begin, start + len(line), marks)))
        start += len(line) + 1
    sections = []
    for is_list, group in groupby(lines, key=lambda line: line[0]):
        pieces = [line for _, line in group]
        sections += [Section(True, pieces)] if is_list else [Section(False, [p]) for p in pieces]
    return sections


def _pieces(text: str, start: int, end: int, marks: list[Highlight]) -> list[Piece]:
    pieces = []
    at = start
    for mark in marks:
        if start <= mark["start"] and mark["end"] <= end:
            pieces += [
                Piece(text[at : mark["start"]]),
                Piece(text[mark["start"] : mark["end"]], mark["kind"]),
            ]
            at = mark["end"]
    return [piece for piece in [*pieces, Piece(text[at:end])] if piece.text]


def _window(text: str, marks: list[Highlight]) -> tuple[int, int]:
    """The stretch of about ``_EXCERPT`` characters that holds the most marked words."""
    starts = [0, *(mark["start"] for mark in marks)]

    def held(start: int) -> int:
        return len({
            text[m["start"] : m["end"]].casefold()
            for m in marks
            if start <= m["start"] < start + _EXCERPT
        })  # fmt: skip

    best = max(starts, key=lambda start: (held(start), -start))
    # Back to where the sentence or line begins, if that is near.
    begin = max(text.rfind(". ", 0, best) + 2, text.rfind("\n", 0, best) + 1, 0)
    if best - begin > _EXCERPT // 2 or begin == 1:
        begin = text.rfind(" ", 0, best) + 1
    end = begin + _EXCERPT
    if end >= len(text):
        return begin, len(text)
    cut = text.rfind(" ", begin, end)
    return begin, cut if cut > begin else end
