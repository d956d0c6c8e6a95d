"""Letters to words to lines: what stands beside each other on one baseline, close together."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from indexer.pdf.marks import drawn_bullets, with_marks
from indexer.pdf.shapes import Glyph, Line, Rule, Sheet, Style, Word, most_letters
from indexer.pdf.symbols import SYMBOLS

# Parts of a line's type size.
_APART = 0.9  # a gap that parts two lines on one baseline: columns, cells
_SPACE = 0.22  # a gap that parts two words where no space is written
_ON_BASELINE = 0.12
_RAISED, _LOWERED = 0.75, 0.35  # how far from the baseline a superscript or subscript stands
_SMALL = 0.82  # of the type beside it: what is raised or lowered
_INITIAL = 1.8  # a letter that is so much larger begins a chapter over several lines

_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_SUPERSCRIPTS = str.maketrans("0123456789+-\u2212\u2013", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")


@dataclass(slots=True)
class _Run:
    """Letters of one style on one baseline, in the order they are drawn."""

    glyphs: list[Glyph]
    order: int
    spaces: set[int] = field(default_factory=set)  # letters in front of which a space is written
    raised: bool = False

    @property
    def x0(self) -> float:
        return self.glyphs[0].x0

    @property
    def x1(self) -> float:
        return self.glyphs[-1].x1

    @property
    def y(self) -> float:
        return self.glyphs[0].y

    @property
    def size(self) -> float:
        return self.glyphs[0].size


def lines_of(sheet: Sheet) -> list[Line]:
    """The lines of a page from top to bottom; those of two columns or cells are apart."""
    runs = list(_runs(_printed_once(sheet.glyphs)))
    _lower_initials(runs)
    rows = _rows(runs)
    found = [line for row in rows for line in _lines(row, sheet.number)]
    found += drawn_bullets(sheet, found)
    return with_marks(found)


def _printed_once(glyphs: Sequence[Glyph]) -> list[tuple[int, Glyph]]:
    """Letters with their places in the order; one that is drawn twice for weight is one, bold."""
    at: dict[tuple[str, int, int], Glyph] = {}
    found: list[tuple[int, Glyph]] = []
    for order, glyph in enumerate(glyphs):
        column, row = round(glyph.x0 / 2), round(glyph.y / 2)
        near = [(glyph.text, column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        twin = next((at[key] for key in near if key in at), None)
        most = 0.12 * glyph.size
        if (
            twin is not None
            and glyph.text.strip()
            and abs(twin.x0 - glyph.x0) < most
            and abs(twin.y - glyph.y) < most
        ):
            twin.style = replace(twin.style, bold=True)
            continue
        at[glyph.text, column, row] = glyph
        found.append((order, glyph))
    return found


def _runs(glyphs: Iterable[tuple[int, Glyph]]) -> Iterator[_Run]:
    run: _Run | None = None
    spaces = 0
    for order, glyph in glyphs:
        text = glyph.text.translate(_LIGATURES).replace("\u00a0", " ")
        if "symbol" in glyph.style.font.lower():  # fonts of icons have other private characters
            text = text.translate(SYMBOLS)
        # Soft hyphens count as unprintable, and end a line where they are drawn.
        if text != "\u00ad" and (not text.strip() or not text.isprintable()):
            spaces += 1
            continue
        glyph.text = text
        gap = glyph.x0 - run.x1 if run else 0.0
        last = run.glyphs[-1] if run else None
        if (
            run is None
            or last is None
            or last.style != glyph.style
            or abs(last.size - glyph.size) > 0.02 * glyph.size + 0.05
            or abs(last.y - glyph.y) > 0.03 * glyph.size
            or last.level != glyph.level
            or last.artifact != glyph.artifact
            or not -0.4 * glyph.size < gap < _APART * glyph.size
            or spaces > 3  # noqa: PLR2004 - a column made with spaces
        ):
            if run is not None:
                yield run
            run = _Run([], order)
            if spaces and last is not None and abs(last.y - glyph.y) < _ON_BASELINE * glyph.size:
                run.spaces.add(0)
        elif spaces:
            run.spaces.add(len(run.glyphs))
        run.glyphs.append(glyph)
        spaces = 0
    if run is not None:
        yield run


def _lower_initials(runs: Sequence[_Run]) -> None:
    """Put a large first letter on the line that it begins."""
    for run in runs:
        text = run.glyphs[0].text
        if len(run.glyphs) > 1 or not (text.isalpha() and text.isupper()):
            continue
        beside = [
            each
            for each in runs
            if each.size * _INITIAL < run.size
            and 0 <= each.x0 - run.x1 + 1 < 2 * each.size
            and run.y - run.size < each.y < run.y + 1
            and each.glyphs[0].text.islower()
        ]
        if len(beside) > 1:
            first = min(beside, key=lambda each: each.y)
            run.glyphs[0].y, run.glyphs[0].size = first.y, first.size
            run.glyphs[0].x0 = run.glyphs[0].x1 = first.x0 - 0.01
            first.spaces.discard(0)


def _rows(runs: Sequence[_Run]) -> list[list[_Run]]:
    """Runs on one baseline across the page, with what is raised or lowered beside them."""
    rows: list[list[_Run]] = []
    for run in sorted(runs, key=lambda run: (run.y, run.x0)):
        near = next(
            (r for r in rows[:-4:-1] if abs(r[0].y - run.y) <= _ON_BASELINE * run.size), None
        )
        if near is None:
            rows.append([run])
        else:
            near.append(run)
    kept = []
    for at, row in enumerate(rows):
        rest = []
        for run in row:
            home = next((r for r in _around(rows, at) if _belongs(run, r)), None)
            if home is None:
                rest.append(run)
            else:
                run.raised = run.y < home[0].y
                home.append(run)
        row[:] = rest
        kept.append(row)
    return [sorted(row, key=lambda run: run.x0) for row in kept if row]


def _around(rows: Sequence[list[_Run]], at: int) -> Iterator[list[_Run]]:
    for distance in (1, 2, 3):
        yield from (
            rows[i] for i in (at + distance, at - distance) if 0 <= i < len(rows) and rows[i]
        )


def _belongs(run: _Run, row: Sequence[_Run]) -> bool:
    """Whether a small run stands raised or lowered right beside a larger one."""
    for other in row:
        most = 0.35 * other.size
        if (
            run.size < _SMALL * other.size
            and -_RAISED * other.size < run.y - other.y < _LOWERED * other.size
            and (abs(run.x0 - other.x1) < most or abs(other.x0 - run.x1) < most)
        ):
            return True
    return False


def _lines(row: Sequence[_Run], page: int) -> Iterator[Line]:
    group: list[_Run] = []
    for run in row:
        size = max(run.size, group[-1].size) if group else 0.0
        if group and run.x0 - max(each.x1 for each in group) >= _APART * size:
            yield _line(group, page)
            group = []
        group.append(run)
    if group:
        yield _line(group, page)


def _line(runs: Sequence[_Run], page: int) -> Line:
    main = [run for run in runs if not run.raised] or list(runs)
    size = most_letters((round(run.size, 1), len(run.glyphs)) for run in main)
    style = most_letters((run.glyphs[0].style, len(run.glyphs)) for run in main)
    level = most_letters((run.glyphs[0].level, len(run.glyphs)) for run in main)
    assert isinstance(size, float)
    assert isinstance(style, Style)
    assert isinstance(level, int)
    return Line(
        _words(runs),
        next(run.y for run in main),
        size,
        style,
        page,
        min(run.order for run in runs),
        level,
        all(run.glyphs[0].artifact for run in runs),
    )


def _words(runs: Sequence[_Run]) -> list[Word]:
    words: list[Word] = []
    for number, run in enumerate(runs):
        following = runs[number + 1] if number + 1 < len(runs) else None
        space = _space(run)
        for index, glyph in enumerate(run.glyphs):
            end = words[-1].x1 if words else 0.0
            new = (
                not words
                or glyph.x0 - end > space
                or (index in run.spaces and glyph.x0 - end > 0.02 * glyph.size)
            )
            text = glyph.text
            if run.raised and not _isotope(run, following):
                text = text.translate(_SUPERSCRIPTS)
            if new:
                words.append(Word(text, glyph.x0, glyph.x1, glyph.style.bold))
            else:
                last = words[-1]
                last.text += text
                last.x1 = max(last.x1, glyph.x1)
                last.letters += 1
                last.bold = last.bold and (glyph.style.bold or not text.isalnum())
    return words


def _space(run: _Run) -> float:
    """The gap in points that parts two words: wider where letters are set apart for looks."""
    size = run.glyphs[0].size
    gaps = [
        b.x0 - a.x1
        for i, (a, b) in enumerate(zip(run.glyphs, run.glyphs[1:], strict=False), 1)
        if i not in run.spaces
    ]
    usual = median(gaps) if len(gaps) > 3 else 0.0  # noqa: PLR2004
    return size * _SPACE + max(usual, 0.0) if usual > 0.1 * size else size * _SPACE


def _isotope(run: _Run, following: _Run | None) -> bool:
    """Whether a raised number stands right before a letter: the mass of an isotope, as in 177Lu."""
    return (
        following is not None
        and not following.raised
        and following.glyphs[0].text.isalpha()
        and following.x0 - run.x1 < _SPACE * following.size
        and 0 not in following.spaces
    )


def pitch(lines: Sequence[Line]) -> float:
    """The usual distance of two baselines, in parts of the type's size."""
    counts: Counter[float] = Counter()
    for a, b in pairwise(lines):
        if a.page == b.page and abs(a.size - b.size) < 0.3 and 0.9 < (b.y - a.y) / a.size < 2.2:  # noqa: PLR2004
            counts[round((b.y - a.y) / a.size, 2)] += len(b.text)
    # The closest of the usual ones: paragraphs of one line each are further apart than lines.
    often = [each for each, letters in counts.items() if letters * 8 >= counts.total()]
    return min(often, default=1.2)


def is_boxed(line: Line, rule: Rule) -> bool:
    """Whether a line stands inside a box."""
    return (
        rule.x0 - 2 <= line.x0
        and line.x1 <= rule.x1 + 2
        and rule.top - 2 <= line.y <= rule.bottom + 2
    )
