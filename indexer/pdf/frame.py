"""What every page of a booklet repeats around its text: running heads and feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.pdf.shapes import Line
from indexer.records import Dropped

_EDGE = 0.13  # of the page's height, at the top and at the bottom
_ROWS = 3  # from the edge
_LONGEST = 90  # letters
_SAME_PLACE = 5.0  # points
_LARGE = 1.35  # of the body's size: a heading that several pages begin with
_SHORT_DOCUMENT = 6  # pages, of which two that say the same are enough
_SMALLER = 0.93  # than the body's type, as running heads often are
_CLEAR = 1.7  # of the type's size between a running head and the text, baseline to baseline
_MOST_OF = 0.6  # of the pages have a row in one and the same place
_NUMBER_ALONE = re.compile(
    r"\W*(?:page|p\.|seite)?\W*(\d{1,4}|[ivxl]{1,6})\W*(?:(?:of|/)\W*\d{1,4})?\W*", re.IGNORECASE
)
_FIRST = re.compile(r"\W*(\d{1,4})(?=\W*$|\s*[|•·–—])")
_PAGE_OF = re.compile(
    r"(?:.*\W)?(?:page\s+\d{1,4}|\d{1,4}\s+of\s+\d{1,4})\W*|\W*page\s+\d{1,4}\b[^.]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Row:
    """Lines beside each other near an edge of a page."""

    page: int
    top: bool
    y: float
    clear: float  # to the next row towards the middle, in type sizes
    place: int  # from the edge, 0 for the outermost
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        return " ".join(line.marked for line in self.lines)

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)

    @property
    def pattern(self) -> str:
        return re.sub(r"\d+", "#", self.text.casefold())


def without_frame(
    pages: Sequence[Sequence[Line]], heights: Sequence[float], body: float
) -> tuple[list[list[Line]], list[Dropped]]:
    """The lines of each page without its frame, and what was left out; each text once."""
    rows = [row for at, lines in enumerate(pages) for row in _edges(at, lines, heights[at])]
    numbers = _numbered(rows, len(pages), body)
    repeated = _repeated(rows, len(pages), body)
    gone: set[int] = set()
    dropped: dict[Dropped, None] = {}
    for at, row in enumerate(rows):
        artifact = all(line.artifact for line in row.lines)
        if at in numbers and _NUMBER_ALONE.fullmatch(row.text):
            reason = "page number"
        elif at in numbers or at in repeated or artifact:
            reason = "running head" if row.top else "running foot"
        else:
            continue
        gone.update(id(line) for line in row.lines)
        dropped[Dropped(reason, row.text)] = None
    kept = [[line for line in lines if id(line) not in gone] for lines in pages]
    return kept, list(dropped)


def _edges(page: int, lines: Sequence[Line], height: float) -> Iterator[_Row]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.y):
        if rows and abs(rows[-1][0].y - line.y) <= 0.35 * line.size:
            rows[-1].append(line)
        else:
            rows.append([line])
    for top in (True, False):
        ordered = rows if top else rows[::-1]
        ys = [row[0].y for row in ordered]
        near = [y < _EDGE * height if top else y > (1 - _EDGE) * height for y in ys[:_ROWS]]
        for place, row in enumerate(ordered[: near.index(False) if False in near else len(near)]):
            size = max(line.size for line in row)
            gaps = [
                abs(b - a) / size
                for a, b in pairwise([*ys[place : len(near)], *ys[len(near) : len(near) + 1]])
            ]
            # A running head may have several lines: what counts is the white behind the last.
            clear = next((gap for gap in gaps if gap >= _CLEAR), gaps[0] if gaps else _CLEAR)
            across = tuple(sorted(row, key=lambda line: line.x0))
            yield _Row(page, top, ys[place], clear, place, across)


def _numbered(rows: Sequence[_Row], pages: int, body: float) -> set[int]:
    """Rows that hold the number of their page, which grows with it."""
    found: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        for number in _numbers(row, body):
            found[row.top, number - row.page].append(at)
    numbered: set[int] = set()
    for (_, offset), places in found.items():
        several = len({rows[at].page for at in places})
        alone = [at for at in places if _NUMBER_ALONE.fullmatch(rows[at].text)]
        if several >= max(2, 0.4 * pages):
            numbered.update(places)
        elif (several > 1 or pages == 1) and offset in {0, 1}:
            numbered.update(alone)
    said = [
        at
        for at, row in enumerate(rows)
        if row.clear >= _CLEAR and len(row.text) < _LONGEST and _PAGE_OF.fullmatch(row.text)
    ]
    return numbered | set(said)


def _numbers(row: _Row, body: float) -> set[int]:
    """The numbers at either end of a row, or of a line of it: those may be its page's.

    A larger line with a number in front is a heading, and so may be one at the top of a page.
    """
    found: set[int] = set()
    if row.clear < _CLEAR or row.size > _LARGE * body:
        return found
    for text in (row.text, *(line.marked for line in row.lines)):
        alone = _NUMBER_ALONE.fullmatch(text)
        first, last = (
            re.match(_FIRST if row.top and row.size >= body else r"\W*(\d{1,4})\b", text),
            re.search(r"\b(\d{1,4})\W*$", text),
        )
        found |= {int(each[1]) for each in (alone, first, last) if each and each[1].isdigit()}
        if alone and not alone[1].isdigit():
            found.add(_roman(alone[1].lower()))
    return found


def _roman(text: str) -> int:
    values = [{"i": 1, "v": 5, "x": 10, "l": 50}[letter] for letter in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < following else value for value, following in pairs)


def _repeated(rows: Sequence[_Row], pages: int, body: float) -> set[int]:
    """Rows that say the same in one place of several pages, or stand where most pages have one."""
    found: set[int] = set()
    least = 2 if pages <= _SHORT_DOCUMENT else 3
    patterns: dict[tuple[bool, str], list[int]] = defaultdict(list)
    slots: dict[tuple[bool, int, float], list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        patterns[row.top, row.pattern].append(at)
        if row.place == 0 and row.clear >= _CLEAR and row.size <= body and len(row.text) < _LONGEST:
            slots[row.top, round(row.y / 2), round(row.size, 1)].append(at)
    for places in patterns.values():
        ys = Counter(round(rows[at].y / _SAME_PLACE) for at in places)
        usual = max(ys, key=ys.__getitem__)
        same = [
            at
            for at in places
            if abs(rows[at].y / _SAME_PLACE - usual) <= 1 and rows[at].clear >= _CLEAR
        ]
        if not same:
            continue
        several = len({rows[at].page for at in same})
        large = max(rows[at].size for at in same) > _LARGE * body
        if several >= least and (not large or several > pages / 2):
            found.update(same)
    first = min((row.page for row in rows), default=0)
    for (top, _, size), places in slots.items():
        outermost = [row for row in rows if row.top == top and row.place == 0 and row.page > first]
        fewest = 2 if size < _SMALLER * body else 3
        if len(places) >= max(fewest, _MOST_OF * len(outermost)) and _differ_from_text(
            rows, places
        ):
            found.update(places)
    return found


def _differ_from_text(rows: Sequence[_Row], places: Sequence[int]) -> bool:
    """Whether rows in one place are no first or last lines of text: those are full, or end it."""
    texts = [rows[at].text for at in places]
    return sum(text.rstrip().endswith((".", ",", ";", ":", "?")) for text in texts) * 4 < len(texts)
