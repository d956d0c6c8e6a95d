"""Which lines are headings, and of which level: by outline, tags, size, weight and number."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median_low

from indexer.pdf.shapes import Entry, Line

_LARGER = 1.12  # than the body's type
_LONGEST = 200  # letters of a heading
_LONGEST_AT_BODY_SIZE = 110
_MOST_LINES = 4
_NUMBERED = re.compile(r"((?:\d{1,2}|[A-Z])(?:\.\d{1,2})*)[.):]?\s+\S")
_KNOWN_ENOUGH = 2  # headings that the outline names, before it says how deep a style is
_CAPTION = re.compile(
    r"(?:figure|fig\.?|table|picture|image|photo|box|diagram)\s*\d", re.IGNORECASE
)

Look = tuple[float, bool, bool, str]  # size, bold, capitals, colour


@dataclass(slots=True)
class Heading:
    """One heading, which may stand on several lines."""

    lines: list[Line]
    text: str
    level: float = 0.0  # the smaller, the further out


@dataclass(slots=True)
class Typography:
    """What the body of a document looks like, and what others say of its headings."""

    body: float
    bold: bool  # whether its body is
    colour: str
    named: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, lines: Sequence[Line], body: float, named: Iterable[Entry]) -> Typography:
        """The look that most letters have, and what is named by folded text."""
        looks: Counter[tuple[bool, str]] = Counter()
        for line in lines:
            if abs(line.size - body) < 0.6:  # noqa: PLR2004
                looks[line.bold, line.style.colour] += len(line.text)
        bold, colour = max(looks, key=looks.__getitem__, default=(False, ""))
        found = cls(body, bold, colour)
        for entry in named:
            found.named[folded(entry.text)].append(entry)
        return found

    def entry(self, text: str, page: int) -> Entry | None:
        """What names these words as a heading of this page, or of one it does not tell."""
        found = [e for e in self.named.get(folded(text), ()) if e.page in {None, page}]
        return max(found, key=lambda entry: (entry.page is not None, -entry.level), default=None)

    def begins_entry(self, text: str, page: int) -> bool:
        """Whether words may be the first line of a longer named heading."""
        start = folded(text)
        return any(
            key.startswith(start) and any(e.page in {None, page} for e in entries)
            for key, entries in self.named.items()
        )

    def look(self, line: Line) -> Look:
        """What tells one level of headings from another."""
        letters = [char for char in line.text if char.isalpha()]
        capitals = len(letters) > 2 and all(map(str.isupper, letters))  # noqa: PLR2004
        return round(line.size * 2) / 2, line.bold, capitals, line.style.colour

    def stands_out(self, line: Line) -> bool:
        """Whether a line looks like a heading by itself."""
        text = line.text
        letters = sum(map(str.isalpha, text))
        if letters < 2 or len(text) > _LONGEST or _CAPTION.match(text):  # noqa: PLR2004
            return False
        if line.level:
            return True
        if line.size > _LARGER * self.body:
            return True
        if line.size < 0.94 * self.body or len(text) > _LONGEST_AT_BODY_SIZE:
            return False
        if text.rstrip().endswith((".", ",", ";")) or text[:1].islower():
            return False
        return line.bold and not self.bold

    def may_stand_out(self, line: Line) -> bool:
        """Whether a line in the body's size and weight looks like a heading if it stands alone."""
        text = line.text
        size, _, capitals, colour = self.look(line)
        return (
            not line.mark
            and size >= self.body - 0.5
            and len(text) <= 70  # noqa: PLR2004
            and not text.rstrip().endswith((".", ",", ";", ":"))
            and not text[:1].islower()
            and sum(map(str.isalpha, text)) > 3  # noqa: PLR2004
            and not _CAPTION.match(text)
            and (capitals or colour != self.colour)
        )


def folded(text: str) -> str:
    """Words without what an outline and a page write differently."""
    return "".join(char for char in text.casefold() if char.isalnum())


def number_of(text: str) -> tuple[str, ...]:
    """The parts of the number that a heading begins with; none when it has none."""
    found = _NUMBERED.match(text)
    return tuple(found[1].split(".")) if found else ()


def join_next(typography: Typography, lines: Sequence[Line], line: Line) -> bool:
    """Whether a line goes on the heading of the lines before it."""
    last = lines[-1]
    text = " ".join(each.marked for each in lines)
    whole = f"{text} {line.marked}"
    if line.page != last.page or len(lines) >= _MOST_LINES or len(whole) > _LONGEST:
        return False
    if typography.entry(whole, line.page):
        return True
    if typography.entry(text, last.page) or typography.entry(line.marked, line.page):
        return False
    if line.mark or number_of(line.text) or (line.level != last.level):
        return False
    same = abs(line.size - last.size) < 0.3 and line.bold == last.bold  # noqa: PLR2004
    if not typography.stands_out(last):  # only its capitals make it a heading
        same = same and typography.look(line) == typography.look(last)
    return (
        same
        and line.style.colour == last.style.colour
        and 0 < line.y - last.y < 1.5 * line.size
        and not text.rstrip().endswith(("?", "!", ".", ":"))
    )


def set_levels(headings: Sequence[Heading], typography: Typography) -> None:
    """Give each heading its level.

    A style is as deep as the outline or the tags say of its headings; where they are silent, the
    larger type is further out. Numbers part what looks the same: 2.1 is under 2.
    """
    told: dict[Look, list[int]] = defaultdict(list)
    for each in headings:
        first = each.lines[0]
        entry = typography.entry(each.text, first.page)
        if own := first.level or (entry.level if entry else 0):
            told[typography.look(first)].append(own)
    looks = sorted({typography.look(each.lines[0]) for each in headings}, key=_outermost)
    enough = sum(map(len, told.values())) >= _KNOWN_ENOUGH
    level_of = _levels(looks, told) if enough else {look: float(i) for i, look in enumerate(looks)}
    for each in headings:
        first = each.lines[0]
        entry = typography.entry(each.text, first.page)
        own = first.level or (entry.level if entry and enough else 0)
        each.level = float(own) if own else level_of[typography.look(first)]
        if len(number := number_of(each.text)) > 1 and not own:
            each.level += 0.1 * (len(number) - 1)


def _outermost(look: Look) -> tuple[float, bool, bool, str]:
    size, bold, capitals, colour = look
    return -size, not capitals, not bold, colour


def _levels(looks: Sequence[Look], told: dict[Look, list[int]]) -> dict[Look, float]:
    """Levels of styles from the outermost on: as told, or between their neighbours."""
    found: dict[Look, float] = {}
    before = 0.0
    for look in looks:
        if look in told:
            before = float(median_low(told[look]))
            found[look] = before
        else:
            before += 0.5
            found[look] = before
    return found
