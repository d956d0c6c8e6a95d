"""Tables as rows that make sense by themselves: each cell behind the header of its column."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bs4 import Tag

from indexer.records import Part
from indexer.selectors import HEADINGS
from indexer.text import collapse, is_statement, plain, runs

_LONG_CELL = 400  # letters; a cell that holds more is a column of a page
_MOST_ROWS_OF_LAYOUT = 4


def is_layout(table: Tag) -> bool:
    """Whether a table only arranges what stands in it."""
    if table.get("role") in {"presentation", "none"}:
        return True
    if table.select_one(", ".join([*HEADINGS, "[role=heading], button, table, ul ul, details"])):
        return True
    rows = own_rows(table)
    cells = [row.find_all(["th", "td"], recursive=False) for row in rows]
    if max(map(len, cells), default=0) <= 1:
        return not table.find(["th", "caption"])
    if table.find(["th", "thead", "caption"]):
        return False
    if len(rows) == 1 and all(is_statement(plain(cell)) for cell in cells[0]):
        return True
    return len(rows) <= _MOST_ROWS_OF_LAYOUT and any(
        len(plain(cell)) > _LONG_CELL or len(cell.find_all("p", limit=3)) > 2  # noqa: PLR2004
        for row in cells
        for cell in row
    )


def own_rows(table: Tag) -> list[Tag]:
    """The rows of a table, without those of tables inside it."""
    return [row for row in table.find_all("tr") if row.find_parent("table") is table]


def rows_of(table: Tag) -> list[Part]:
    """One part a row, each cell behind its column's header: a row makes sense by itself."""
    rows = own_rows(table)
    header: list[str] = []
    spans = False  # whether the last row of the header has a name over several columns
    parts: list[Part] = []
    below: dict[int, _Cell] = {}
    for row in rows:
        cells = row.find_all(["th", "td"], recursive=False)
        columns = _columns(cells, below)
        if not parts and _is_header(row, cells, is_further=bool(header) and not spans):
            header = _under(header, [cell.text for cell in columns])
            spans = any(_span(cell, "colspan") > 1 for cell in cells)
            continue
        named = tuple(
            (header[column] if column < len(header) else "", cell.text)
            for column, cell in enumerate(columns)
            if cell.text and cell.begins
        )
        first = next((run for cell in cells for run in runs(cell)), "")
        text = "; ".join(f"{name}: {text}" if name else text for name, text in named)
        parts.append(Part(text, first, cells=named))
    if header and not parts:
        parts = [Part("; ".join(header), header[0])]
    return parts


def _is_header(row: Tag, cells: list[Tag], *, is_further: bool) -> bool:
    """Whether a row names columns: in the table's head, or of header cells only.

    A further one, that no name of the row above spans, does so in the table's head only.
    """
    if row.find_parent("thead"):
        return True
    named = [cell for cell in cells if plain(cell)]  # the corner above row names may be empty
    all_headers = bool(named) and all(cell.name == "th" or _is_bold(cell) for cell in named)
    return not is_further and len(cells) > 1 and all_headers


def _under(above: list[str], names: list[str]) -> list[str]:
    """Column names of one header row put behind those of the row above it."""
    width = max(len(above), len(names))
    pairs = zip(*(each + [""] * (width - len(each)) for each in (above, names)), strict=True)
    return [" ".join(dict.fromkeys(filter(None, pair))) for pair in pairs]


@dataclass(frozen=True, slots=True)
class _Cell:
    """What one row shows in one column."""

    text: str
    begins: bool = True  # False in the further columns of a wide cell
    rows: int = 0  # below this one that the cell goes on in


def _columns(cells: list[Tag], below: dict[int, _Cell]) -> list[_Cell]:
    """A row by columns. ``below`` holds the cells that go on from rows above, and is updated.

    Without this a cell over two rows would put the next row's values under wrong headers.
    """
    carried = dict(below)
    below.clear()
    below.update({at: replace(cell, rows=cell.rows - 1) for at, cell in carried.items()})
    columns: list[_Cell] = []
    for tag in cells:
        while len(columns) in carried:
            columns.append(carried[len(columns)])
        text, rows = plain(tag), _span(tag, "rowspan") - 1
        for number in range(_span(tag, "colspan")):
            below[len(columns)] = cell = _Cell(text, not number, rows)
            columns.append(cell)
    while len(columns) in carried:
        columns.append(carried[len(columns)])
    for at in [at for at, cell in below.items() if cell.rows <= 0]:
        del below[at]
    return columns


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(max(int(value), 1), 100) if re.fullmatch(r"[0-9]{1,9}", value) else 1


def _is_bold(cell: Tag) -> bool:
    bold = "".join(each.get_text() for each in cell.find_all(["b", "strong"]))
    return collapse(bold) == plain(cell)
