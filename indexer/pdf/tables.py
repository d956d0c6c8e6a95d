"""Tables: ruled ones by their lines, others by cells that are drawn row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.pdf.grids import MOST_PIECES, THIN, grids
from indexer.pdf.lines import is_boxed
from indexer.pdf.shapes import Line, Rule, most_letters

_WORDY = 4  # words in a line of running text, at the least
_FULL = 0.7  # of its column that a line of running text fills
_LONG_VISIT = 4  # lines of one cell before it is rather a column of text


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by row and column; a cell is its lines from top to bottom."""

    rows: tuple[tuple[tuple[Line, ...], ...], ...]
    header: bool  # whether the first row names the columns

    @property
    def lines(self) -> list[Line]:
        return [line for row in self.rows for cell in row for line in cell]

    @property
    def x0(self) -> float:
        return min(line.x0 for line in self.lines)

    @property
    def x1(self) -> float:
        return max(line.x1 for line in self.lines)

    @property
    def top(self) -> float:
        return min(line.top for line in self.lines)

    @property
    def bottom(self) -> float:
        return max(line.bottom for line in self.lines)


def ruled_tables(lines: Sequence[Line], rules: Sequence[Rule]) -> tuple[list[Table], list[Line]]:
    """The tables whose cells lie between rules, and the lines that are in none of them."""
    left = list(lines)
    tables = []
    for xs, ys in grids(rules):
        x0, x1, top, bottom = xs[0] - 2, xs[-1] + 2, ys[0] - 2, ys[-1] + 2
        inside = [
            line
            for line in left
            if top <= line.y <= bottom and line.x0 < x1 and line.x1 > x0 and line.x0 >= x0 - 4
        ]
        cells: dict[tuple[int, int], list[Line]] = {}
        for line in inside:
            for column, piece in _by_columns(line, xs):
                row = max(sum(y <= piece.y - 0.3 * piece.size for y in ys) - 1, 0)
                cells.setdefault((row, column), []).append(piece)
        rows = sorted({row for row, _ in cells})
        columns = sorted({column for _, column in cells})
        if len(rows) < 2 or len(columns) < 2:  # noqa: PLR2004
            continue
        grid = tuple(
            tuple(
                tuple(sorted(cells.get((row, column), ()), key=lambda line: (line.y, line.x0)))
                for column in columns
            )
            for row in rows
        )
        ids = {id(line) for line in inside}
        left = [line for line in left if id(line) not in ids]
        tables.append(Table(grid, _has_header(grid, ruled=True) or _is_shaded(grid, rules)))
    return tables, left


def _by_columns(line: Line, xs: Sequence[float]) -> Iterator[tuple[int, Line]]:
    rest: Line | None = line
    for column, edge in enumerate(xs[1:]):
        if rest is None:
            return
        if edge == xs[-1]:
            yield column, rest
            return
        here, rest = rest.cut(edge)
        if here is not None:
            yield column, here


def columns_of(items: Sequence[Line]) -> list[tuple[float, float]]:
    """The strips that lines stand in, with white between them from top to bottom."""
    strips: list[tuple[float, float]] = []
    for line in sorted(items, key=lambda line: line.x0):
        if strips and line.x0 - strips[-1][1] < 0.5 * line.size:
            strips[-1] = (strips[-1][0], max(strips[-1][1], line.x1))
        else:
            strips.append((line.x0, line.x1))
    return strips


def as_table(items: Sequence[Line], rules: Sequence[Rule]) -> Table | None:
    """Lines side by side as a table, or None where they are rather columns of running text."""
    strips = columns_of(items)
    if len(strips) < 2:  # noqa: PLR2004
        return None
    column = {id(line): _strip(line, strips) for line in items}
    visits = _visits(sorted(items, key=lambda line: (line.order, line.y)), column)
    returns = sum(column[id(b[0])] < column[id(a[0])] for a, b in pairwise(visits))
    lying = [
        rule
        for rule in rules
        if rule.height <= THIN
        and rule.width > 0.6 * (strips[-1][1] - strips[0][0])
        and min(line.top for line in items) - 20
        < rule.top
        < max(line.bottom for line in items) + 20
    ]
    if not returns and len(lying) < 2:  # noqa: PLR2004
        return None
    wordy = [_is_text([line for line in items if column[id(line)] == i], strip)
             for i, strip in enumerate(strips)]  # fmt: skip
    if all(wordy) and max(map(len, visits)) <= 1:
        return None  # text that is drawn line by line across its columns
    if all(wordy) and returns and len(items) / len(visits) > _LONG_VISIT:
        return None
    rows = _rows(items, column, visits if returns else None, len(strips))
    if len(rows) < 2:  # noqa: PLR2004
        return None
    ruled_head = any(
        max(line.y for cell in rows[0] for line in cell)
        < rule.top
        < min(line.y for cell in rows[1] for line in cell)
        for rule in lying
    )
    header = _has_header(rows, ruled=False) or (ruled_head and len(rows) > 2)  # noqa: PLR2004
    return Table(rows, header)


def _strip(line: Line, strips: Sequence[tuple[float, float]]) -> int:
    return max(i for i, (x0, _) in enumerate(strips) if x0 <= line.x0 + 0.01)


def _visits(drawn: Sequence[Line], column: dict[int, int]) -> list[list[Line]]:
    """Lines in the order they are drawn, cut where the next is in another column."""
    visits: list[list[Line]] = []
    for line in drawn:
        if visits and column[id(visits[-1][0])] == column[id(line)]:
            visits[-1].append(line)
        else:
            visits.append([line])
    return visits


def _is_text(lines: Sequence[Line], strip: tuple[float, float]) -> bool:
    """Whether a column is running text: most of its lines are long, and fill it."""
    if not lines:
        return False
    width = strip[1] - strip[0]
    words = median(len(line.words) for line in lines)
    return words >= _WORDY and median(line.x1 - line.x0 for line in lines) >= _FULL * width


def _rows(
    items: Sequence[Line],
    column: dict[int, int],
    visits: Sequence[Sequence[Line]] | None,
    width: int,
) -> tuple[tuple[tuple[Line, ...], ...], ...]:
    groups = _rows_as_drawn(visits, column) if visits else []
    if not groups:
        groups = _rows_by_place(items, column)
    merged: list[list[Line]] = []
    for group in groups:
        if merged and all(line.text[:1].islower() or line.text[:1] == "(" for line in group):
            merged[-1] += group  # cells that go on, drawn line by line
        else:
            merged.append(list(group))
    return tuple(
        tuple(
            tuple(sorted((line for line in group if column[id(line)] == i), key=lambda x: x.y))
            for i in range(width)
        )
        for group in merged
    )


def _rows_as_drawn(visits: Sequence[Sequence[Line]], column: dict[int, int]) -> list[list[Line]]:
    """A row ends where the next cell drawn is further left; none if rows would overlap."""
    groups: list[list[Line]] = []
    last = -1
    for visit in visits:
        at = column[id(visit[0])]
        parts = [list(visit)]
        if at == 0 and len(visit) > 1:  # a row of its first cell only, then the next row
            parts = _apart(visit)
        for number, part in enumerate(parts):
            if not groups or at <= last or number:
                groups.append([])
            groups[-1] += part
        last = at
    ends = [max(line.y for line in group) for group in groups]
    starts = [min(line.y for line in group) for group in groups]
    ordered = all(end < start for end, start in zip(ends, starts[1:], strict=False))
    return groups if ordered else []


def _apart(visit: Sequence[Line]) -> list[list[Line]]:
    parts = [[visit[0]]]
    for before, line in pairwise(visit):
        if line.y - before.y > 1.6 * line.size:
            parts.append([])
        parts[-1].append(line)
    return parts


def _rows_by_place(items: Sequence[Line], column: dict[int, int]) -> list[list[Line]]:
    """A row begins where the first column has a line, or after a gap."""
    groups: list[list[Line]] = []
    before = None
    for line in sorted(items, key=lambda line: (round(line.y), column[id(line)])):
        same = before is not None and abs(line.y - before.y) <= 0.35 * line.size
        gap = before is not None and line.y - before.y > 1.6 * line.size
        if before is None or gap or (not same and column[id(line)] == 0):
            groups.append([])
        groups[-1].append(line)
        before = line
    return groups


def _has_header(rows: Sequence[Sequence[Sequence[Line]]], *, ruled: bool) -> bool:
    """Whether the first row names the columns: it looks unlike the rest, or is short names."""
    first = [cell for cell in rows[0] if cell]
    rest = [line for row in rows[1:] for cell in row for line in cell]
    head = [line for cell in first for line in cell]
    if len(first) < 2 or not rest:  # noqa: PLR2004
        return False
    usual = most_letters((_look(line), len(line.text)) for line in rest)
    if all(_look(line) != usual for line in head):
        return True
    names = [" ".join(line.text for line in cell) for cell in first]
    short = all(
        len(name.split()) <= 4 and not name.endswith(".") and any(map(str.isalpha, name))  # noqa: PLR2004
        for name in names
    )
    longer = any(
        len(line.words) > _WORDY or line.text.endswith(".") or line.text[:1].isdigit()
        for line in rest
    )
    return ruled and len(rows) > 2 and short and longer and len(first) == len(rows[0])  # noqa: PLR2004


def _is_shaded(rows: Sequence[Sequence[Sequence[Line]]], rules: Sequence[Rule]) -> bool:
    """Whether the first row has a ground of its own, and no other row has one."""
    grounds = [rule for rule in rules[:MOST_PIECES] if rule.filled and rule.height > THIN]
    shaded = [
        bool(lines) and all(any(is_boxed(line, g) for g in grounds) for line in lines)
        for lines in ([line for cell in row for line in cell] for row in rows)
    ]
    return shaded[0] and not any(shaded[1:])


def _look(line: Line) -> tuple[bool, str, float]:
    return line.bold, line.style.colour, round(line.size, 1)
