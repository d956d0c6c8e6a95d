"""A tree of elements as blocks in reading order, each under its trail of headings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from bs4 import Tag

from indexer.records import Block, Part
from indexer.selectors import HEADINGS
from indexer.text import collapse, has_block, is_block, is_text, plain, runs

_LEVEL_OF_TEXT = 7  # below every heading
_LEVEL_OF_BUTTON = 6


@dataclass(slots=True)
class _Heading:
    level: int
    text: str
    section: int
    anchor: str | None


@dataclass(slots=True)
class _Walk:
    """State of one pass over a page."""

    anchors: dict[int, str]  # heading element's identity to its anchor
    blocks: list[Block] = field(default_factory=list)
    trail: list[_Heading] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    sections: int = 0

    def emit(self, kind: str, parts: list[Part]) -> None:
        parts = [part for part in parts if part.text]
        if not parts:
            return
        above = self.trail[:-1] if kind == "heading" else self.trail
        here = self.trail[-1] if self.trail else _Heading(0, "", 0, None)
        trail = tuple(heading.text for heading in above)
        around = next((each.anchor for each in reversed(self.trail) if each.anchor), None)
        block = Block(kind, tuple(parts), trail, here.section, here.anchor, around)
        self.blocks.append(block)

    def flush(self) -> None:
        """Turn the text gathered since the last block into paragraphs."""
        text = "".join(self.inline)
        self.inline.clear()
        # Two line breaks in a row are how editors without a paragraph button part paragraphs.
        for paragraph in re.split(r"\x1e\s*\x1e", text):
            lines = [collapse(line) for line in paragraph.split("\x1e")]
            lines = [line for line in lines if line]
            if lines:
                self.emit("paragraph", [Part(" ".join(lines), lines[0])])

    def heading(self, level: int, text: str, anchor: str | None) -> None:
        while self.trail and self.trail[-1].level >= level:
            self.trail.pop()
        self.sections += 1
        self.trail.append(_Heading(level, text, self.sections, anchor))
        self.emit("heading", [Part(text, text)])


def blocks(main: Tag, anchors: dict[int, str]) -> list[Block]:
    """The blocks under ``main``.

    ``anchors`` maps ``id(tag)`` of a heading to the fragment that leads to it.
    """
    walk = _Walk(anchors)
    _visit(main, walk)
    walk.flush()
    return walk.blocks


def _visit(node: Tag, walk: _Walk) -> None:
    for child in node.children:
        if isinstance(child, Tag):
            _visit_tag(child, walk)
        elif is_text(child):
            walk.inline.append(str(child))


def _visit_tag(tag: Tag, walk: _Walk) -> None:
    if tag.name == "br":
        walk.inline.append("\x1e")
    elif tag.name == "button" and not has_block(tag):
        walk.flush()  # those that are left in the tree head a panel
        if text := plain(tag):
            walk.heading(_LEVEL_OF_BUTTON, text, None)
    elif not is_block(tag):
        if has_block(tag):
            _visit(tag, walk)
        else:
            walk.inline.append(tag.get_text())
    else:
        walk.flush()
        _visit_block(tag, walk)
        walk.flush()


def _visit_block(tag: Tag, walk: _Walk) -> None:
    level = heading_level(tag)
    if level:
        if text := plain(tag):
            walk.heading(level, text, walk.anchors.get(id(tag)))
    elif tag.name in {"ul", "ol"} and not _is_layout(tag):
        walk.emit("list", _items(tag, 0))
    elif tag.name == "table" and not _is_layout(tag):
        caption = tag.find("caption")
        if isinstance(caption, Tag):
            walk.emit("caption", _lines(caption))
        walk.emit("table", _rows(tag))
    elif tag.name == "dl":
        walk.emit("definitions", _definitions(tag))
    elif tag.name == "details":
        _visit_details(tag, walk)
    elif tag.name == "blockquote" and not _is_layout(tag):
        walk.emit("quote", _lines(tag))
    elif tag.name == "pre":
        walk.emit("code", _lines(tag))
    elif tag.name in {"figcaption", "caption"}:
        walk.emit("caption", _lines(tag))
    else:
        _visit(tag, walk)


def heading_level(tag: Tag) -> int:
    """1 to 6 for a heading, 0 for anything else."""
    if tag.name in HEADINGS:
        return int(tag.name[1])
    if tag.get("role") == "heading":
        level = str(tag.get("aria-level", "2"))
        return int(level) if level in set("123456") else 2
    return 0


def _is_layout(tag: Tag) -> bool:
    """Whether a list, table or quote only arranges whole sections."""
    if tag.get("role") in {"presentation", "none"}:
        return True
    inner = {"ul": "table, details", "ol": "table, details", "table": "table, ul ul, details"}
    selector = ", ".join(
        [*HEADINGS, "[role=heading], button", inner.get(tag.name, "ul, ol, table")]
    )
    return tag.select_one(selector) is not None


def _lines(tag: Tag) -> list[Part]:
    return [Part(run, run) for run in runs(tag)]


def _items(tag: Tag, depth: int) -> list[Part]:
    parts: list[Part] = []
    start = str(tag.get("start", "1"))
    number = int(start) if re.fullmatch(r"-?[0-9]{1,9}", start) else 1
    for child in list(tag.children):
        if not isinstance(child, Tag):
            if is_text(child) and (text := collapse(str(child))):
                parts.append(Part("  " * depth + text, text))
        elif child.name == "li":
            parts += _item(child, depth, f"{number}. " if tag.name == "ol" else "• ")
            number += 1
        elif child.name in {"ul", "ol"}:  # beside the item it belongs to, as old editors put it
            parts += _items(child, depth + 1)
        else:
            parts += [Part("  " * depth + run, run) for run in runs(child)]
    return parts


def _item(item: Tag, depth: int, mark: str) -> list[Part]:
    """An item, then those of the lists inside it."""
    nested = item.find_all(["ul", "ol"])
    inner = [each for each in nested if each.find_parent("li") is item]
    deeper = [part for each in inner for part in _items(each, depth + 1)]
    for each in inner:
        each.replace_with(Tag(name="br"))  # parts the words before it from those after it
    own = list(runs(item))
    return [*([Part("  " * depth + mark + " ".join(own), own[0])] if own else []), *deeper]


def _rows(table: Tag) -> list[Part]:
    """One part a row, each cell behind its column's header: a row makes sense by itself."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    header: list[str] = []
    parts: list[Part] = []
    below: dict[int, _Cell] = {}
    for row in rows:
        cells = row.find_all(["th", "td"], recursive=False)
        columns = _columns(cells, below)
        if not parts and _is_header(row, cells, has_header=bool(header)):
            header = _under(header, [cell.text for cell in columns])
            continue
        named = [
            f"{header[column]}: {cell.text}"
            if column < len(header) and header[column]
            else cell.text
            for column, cell in enumerate(columns)
            if cell.text and cell.begins
        ]
        first = next((run for cell in cells for run in runs(cell)), "")
        parts.append(Part("; ".join(named), first))
    if header and not parts:
        parts = [Part("; ".join(header), header[0])]
    return parts


def _is_header(row: Tag, cells: list[Tag], *, has_header: bool) -> bool:
    """Whether a row names columns: in the table's head, or first and of header cells only."""
    if row.find_parent("thead"):
        return True
    named = [cell for cell in cells if plain(cell)]  # the corner above row names may be empty
    all_headers = bool(named) and all(cell.name == "th" for cell in named)
    return not has_header and len(cells) > 1 and all_headers


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


def _definitions(tag: Tag) -> list[Part]:
    parts: list[Part] = []
    terms: list[str] = []
    defined = False  # whether the terms have had a definition; a second one is of the same terms
    for child in tag.find_all(["dt", "dd"]):
        text = plain(child)
        if child.name == "dt":
            terms = [text] if defined else [*terms, text]
            defined = False
        elif terms:
            run = next(runs(child), text) if defined else terms[0]
            parts.append(Part(f"{', '.join(terms)}: {text}", run))
            defined = True
        else:
            parts.append(Part(text, next(runs(child), text)))
    return parts if defined else parts + [Part(term, term) for term in terms]


def _visit_details(tag: Tag, walk: _Walk) -> None:
    """An accordion's summary heads its panel, and nothing after it."""
    before = list(walk.trail)
    summary = tag.find("summary", recursive=False)
    if isinstance(summary, Tag):
        inner = summary.find(list(HEADINGS))
        above = before[-1].level if before else 0
        level = heading_level(inner) if isinstance(inner, Tag) else min(above + 1, _LEVEL_OF_TEXT)
        if text := plain(summary):
            key = inner if isinstance(inner, Tag) else summary
            walk.heading(level, text, walk.anchors.get(id(key)))
        summary.extract()
    _visit(tag, walk)
    walk.flush()
    walk.trail = before
