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
    headings = table.select(", ".join([*HEADINGS, "[role=heading]"]))
    among_values = any(each.find_parent("th") is None for each in headings)
    if among_values or table.select_one("button, table, ul ul, details"):
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
    begun = False  # whether a row of values was there
    for at, row in enumerate(rows):
        cells = row.find_all(["th", "td"], recursive=False)
        columns = _columns(cells, below)
        if begun and _is_new_header(cells, rows[at + 1 :]):
            header = [cell.text for cell in columns]
            continue
        if not begun and _is_header(row, cells, is_further=bool(header) and not spans):
            header = _under(header, [cell.text for cell in columns])
            spans = any(_span(cell, "colspan") > 1 for cell in cells)
            continue
        begun = begun or sum(bool(cell.text and cell.begins) for cell in columns) > 1
        named = tuple(
            (_name(header, columns, column), cell.text)
            for column, cell in enumerate(columns)
            if cell.text and cell.begins
        )
        first = next((run for cell in cells for run in runs(cell)), "")
        text = "; ".join(f"{name}: {text}" if name else text for name, text in named)
        parts.append(Part(text, first, cells=named))
    if header and not parts:
        parts = [Part("; ".join(header), header[0])]
    return parts


def _name(header: list[str], columns: list[_Cell], at: int) -> str:
    """The name of the column that a cell begins in, or of all that it goes over.

    A cell over all columns is none's: it names the rows below it.
    """
    end = next((i for i in range(at + 1, len(columns)) if columns[i].begins), len(columns))
    over = list(dict.fromkeys(filter(None, header[at:end])))
    return "" if end - at > 1 and end - at >= len(header) else " / ".join(over)


def _is_new_header(cells: list[Tag], below: list[Tag]) -> bool:
    """Whether a row among those of values names the columns anew."""
    names = [cell for cell in cells if plain(cell)]
    values = bool(below) and below[0].find("td", recursive=False) is not None
    return len(names) > 1 and all(cell.name == "th" for cell in cells) and values


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
