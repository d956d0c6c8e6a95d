"""A hit as the page shows it: paragraphs and lists with their marked words, and an excerpt."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

from search.citation import citation
from search.reasons import reasons
from search.review import NEVER, ReviewRule
from search.schema import Highlight, Hit, PassageShown

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
class PassageView:
    """What a template needs of a passage."""

    passage: Hit | PassageShown
    heading: str
    trail: list[str]
    whole: list[Section]
    is_overdue: bool = False  # its page should have been reviewed again by now


@dataclass(frozen=True, slots=True)
class HitView(PassageView):
    """What a template needs of a hit besides."""

    excerpt: list[Section] = field(default_factory=list)  # empty: the whole is shown at once
    reasons: list[str] = field(default_factory=list)
    citation: str = ""


def passage_view(passage: Hit | PassageShown, rule: ReviewRule = NEVER) -> PassageView:
    """The view of a passage; ``rule`` says whether its page is overdue for review."""
    heading, trail = _names(passage)
    whole = _sections(passage["text"], 0, len(passage["text"]), [])
    return PassageView(passage, heading, trail, whole, _is_overdue(passage, rule))


def hit_view(hit: Hit, host: str, rule: ReviewRule = NEVER, *, is_first: bool = False) -> HitView:
    """The view of a hit on a service at ``host``."""
    heading, trail = _names(hit)
    text, marks = hit["text"], hit["highlights"]
    excerpt = []
    if len(text) > (_LONGEST_FIRST if is_first else _LONGEST_WHOLE):
        start, end = _window(text, marks)
        excerpt = _sections(text, start, end, marks)
        if start:
            excerpt[0].lines[0].insert(0, Piece("… "))
        if end < len(text):
            excerpt[-1].lines[-1].append(Piece(" …"))
    return HitView(
        hit,
        heading,
        trail,
        _sections(text, 0, len(text), marks),
        _is_overdue(hit, rule),
        excerpt,
        reasons(hit),
        citation(hit, host),
    )


def _names(passage: Hit | PassageShown) -> tuple[str, list[str]]:
    """The last heading of a passage, and those above it."""
    names = [name for name in (passage["title"], *passage["headings"]) if name.strip()]
    names = list(dict.fromkeys(names)) or [passage["path"]]
    if len(names) > 1 and names[1].casefold() in names[0].casefold():
        names.pop(0)  # "Chemotherapy - a guide" above "Chemotherapy" says nothing more
    return names[-1], names[:-1]


def _is_overdue(passage: Hit | PassageShown, rule: ReviewRule) -> bool:
    return rule.is_overdue(passage["reviewed"], passage["review_due"])


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
