"""The order in which a page is read: columns, boxes beside the text, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.pdf.gutters import gutter, side_by_side
from indexer.pdf.lines import is_boxed
from indexer.pdf.shapes import Line, Rule, Sheet
from indexer.pdf.tables import Table, as_table, ruled_tables

_FEWEST_ROWS = 3  # side by side, before white between them parts columns
_MOST_OF_PAGE = 0.6  # of a page's lines in one box: its background
_DEEPEST = 40  # columns in columns
_SIDE_HEADS = 0.25  # of the letters of the text beside them, at most


@dataclass(slots=True)
class Flow:
    """Lines that are read one after the other."""

    lines: list[Line]
    right: float = 0.0  # where its column ends


@dataclass(slots=True)
class Aside:
    """A box beside or in the text, read by itself."""

    parts: list[Part]
    x0: float
    x1: float
    top: float
    bottom: float


Part = Flow | Table | Aside
_Item = Line | Table | Aside


def in_order(sheet: Sheet, lines: Sequence[Line], body: float) -> list[Part]:
    """What stands on a page in reading order."""
    tables, left = ruled_tables(lines, sheet.rules)
    asides, left = _asides(sheet, left, body)
    return _Reader(sheet.rules, body).read([*left, *tables, *asides], 0)


def _asides(sheet: Sheet, lines: Sequence[Line], body: float) -> tuple[list[Aside], list[Line]]:
    """The boxes that hold text of their own; not a bar behind a heading, nor a whole page."""
    left = list(lines)
    found: list[Aside] = []
    boxes = [rule for rule in sheet.rules if rule.width > 60 and rule.height > 2.2 * body]  # noqa: PLR2004
    for box in sorted(boxes[:200], key=lambda rule: rule.width * rule.height):
        inside = [line for line in left if is_boxed(line, box)]
        rows = len({round(line.y) for line in inside})
        if rows < 2 or len(inside) > _MOST_OF_PAGE * len(lines):  # noqa: PLR2004
            continue
        if all(line.size > 1.12 * body for line in inside):
            continue
        ids = {id(line) for line in inside}
        left = [line for line in left if id(line) not in ids]
        parts = _Reader(sheet.rules, body).read(list(inside), 0)
        found.append(Aside(parts, box.x0, box.x1, box.top, box.bottom))
    return found, left


class _Reader:
    """Splits a page where white runs down between lines, as often as there is some."""

    def __init__(self, rules: Sequence[Rule], body: float) -> None:
        self._rules = rules
        self._body = body

    def read(self, items: list[_Item], depth: int) -> list[Part]:
        place = gutter(items, self._body) if depth < _DEEPEST else None
        if place is None:
            return _one_after_the_other(items)
        bands = self._bands(items, place)
        at = max(range(len(bands)), key=lambda i: side_by_side(bands[i], place))
        begin = at
        while begin and self._is_large(bands[begin - 1]):
            begin -= 1
        heads = [item for band in bands[begin:at] for item in band]
        above = [item for band in bands[:begin] for item in band]
        below = [item for band in bands[at + 1 :] for item in band]
        parts = self.read(above, depth + 1) if above else []
        parts += _one_after_the_other(heads) + self._band(bands[at], place, depth)
        return _joined(parts + (self.read(below, depth + 1) if below else []))

    def _is_large(self, band: Sequence[_Item]) -> bool:
        """Whether a band is one line of a heading, which goes with what is below it."""
        return len(band) == 1 and isinstance(band[0], Line) and self._large(band[0])

    def _bands(self, items: Sequence[_Item], place: float) -> list[list[_Item]]:
        """Items from top to bottom, cut where one stands over both sides of a place."""
        bands: list[list[_Item]] = [[]]
        right_from = min((item.top for item in items if item.x0 >= place), default=0.0)
        for item in sorted(items, key=lambda item: (item.top, item.x0)):
            over = item.x0 < place < item.x1 or self._heads_all(item, items, place)
            first = isinstance(item, Line) and item.bottom < right_from and self._large(item)
            if over or first:
                bands += [[item], []]
            else:
                bands[-1].append(item)
        return [band for band in bands if band]

    def _band(self, band: list[_Item], place: float, depth: int) -> list[Part]:
        """What stands left and right of a place: cells of a table, or columns."""
        left = [item for item in band if item.x1 <= place]
        right = [item for item in band if item.x0 >= place]
        if not left or not right:
            return _one_after_the_other(band)
        if table := self._table(band, left, right, depth):
            return table
        if len(left) + len(right) < 2 * _FEWEST_ROWS and not _drawn_apart(left, right):
            return _one_after_the_other(band)
        if heads := self._side_heads(left, right, depth):
            return heads
        for boxes, text in ((right, left), (left, right)):
            if all(isinstance(item, Aside) for item in boxes):
                return self._beside(boxes, text, depth)
        return self.read(left, depth + 1) + self.read(right, depth + 1)

    def _table(
        self, band: list[_Item], left: list[_Item], right: list[_Item], depth: int
    ) -> list[Part] | None:
        first = max(min(item.top for item in side) for side in (left, right))
        last = min(max(item.bottom for item in side) for side in (left, right))
        slack = 0.5 * self._body
        above = [item for item in band if item.bottom < first + slack]
        # Cells of one row need not end at one height.
        below = [item for item in band if item.top > last + 1.2 * self._body]
        ids = {id(item) for item in (*above, *below)}
        lines = [item for item in band if isinstance(item, Line) and id(item) not in ids]
        if len(lines) + len(ids) < len(band):
            return None
        table = as_table(lines, self._rules)
        if table is None:
            return None
        return [*self.read(above, depth + 1), table, *self.read(below, depth + 1)]

    def _side_heads(self, left: list[_Item], right: list[_Item], depth: int) -> list[Part] | None:
        """Headings in the margin, each in front of the text that begins beside it."""
        heads = [item for item in left if isinstance(item, Line)]
        texts = [item for item in right if isinstance(item, Line)]
        size = sum(len(line.text) for line in texts)
        if len(heads) < len(left) or sum(len(line.text) for line in heads) > _SIDE_HEADS * size:
            return None
        if not all(line.bold or line.size > 1.12 * self._body for line in heads):
            return None
        parts: list[Part] = []
        rest = sorted(right, key=lambda item: item.top)
        for head in sorted(heads, key=lambda line: line.y):
            before = [item for item in rest if item.bottom <= head.top + 0.3 * head.size]
            rest = rest[len(before) :]
            parts += self.read(before, depth + 1) if before else []
            parts += _one_after_the_other([head])
        return _joined(parts + self.read(rest, depth + 1))

    def _beside(self, boxes: list[_Item], text: list[_Item], depth: int) -> list[Part]:
        """Boxes beside text: each where the section ends that it stands beside."""
        parts: list[Part] = []
        rest = sorted(text, key=lambda item: item.top)
        for box in sorted(boxes, key=lambda item: item.top):
            ends = [
                at
                for at, item in enumerate(rest)
                if at and isinstance(item, Line) and item.top > box.top and self._large(item)
            ]
            end = ends[0] if ends else len(rest)
            parts += self.read(rest[:end], depth + 1) if end else []
            parts += _one_after_the_other([box])
            rest = rest[end:]
        return parts + (self.read(rest, depth + 1) if rest else [])

    def _large(self, line: Line) -> bool:
        return line.size > 1.12 * self._body or (line.bold and len(line.text) < 60)  # noqa: PLR2004

    def _heads_all(self, item: _Item, items: Sequence[_Item], place: float) -> bool:
        """Whether a short heading stands over both columns: white is beside it, text above it."""
        if not isinstance(item, Line) or item.x1 > place or item.size < 1.12 * self._body:
            return False
        right = [other for other in items if other.x0 >= place]
        clear = item.size * 0.5
        return (
            any(other.bottom < item.top for other in right)
            and any(other.top > item.bottom for other in right)
            and not any(
                other.bottom > item.top - clear and other.top < item.bottom + clear
                for other in right
            )
        )


def _drawn_apart(left: Sequence[_Item], right: Sequence[_Item]) -> bool:
    """Whether one side is drawn whole before the other."""
    a = [item.order for item in left if isinstance(item, Line)]
    b = [item.order for item in right if isinstance(item, Line)]
    return not a or not b or max(a) < min(b) or max(b) < min(a)


def _one_after_the_other(items: Sequence[_Item]) -> list[Part]:
    """Items from top to bottom; lines on one baseline become one."""
    parts: list[Part] = []
    rows: list[_Item] = []
    for item in sorted(items, key=lambda item: (item.top, item.x0)):
        before = rows[-1] if rows else None
        if (
            isinstance(item, Line)
            and isinstance(before, Line)
            and abs(item.y - before.y) <= 0.35 * max(item.size, before.size)
        ):
            first, second = sorted((before, item), key=lambda line: line.x0)
            if second.mark:
                second.words[0].text = (
                    second.marked.removesuffix(second.text) + second.words[0].text
                )
            first.words += second.words
            first.order = min(first.order, second.order)
            rows[-1] = first
        else:
            rows.append(item)
    for item in rows:
        if isinstance(item, Line):
            if not parts or not isinstance(parts[-1], Flow):
                parts.append(Flow([]))
            flow = parts[-1]
            assert isinstance(flow, Flow)
            flow.lines.append(item)
        else:
            parts.append(item)
    return _joined(parts)


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Flows that follow each other in one column are one; each knows where its column ends."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, Flow) and isinstance(last, Flow) and _same_column(last, part):
            last.lines += part.lines
        else:
            found.append(part)
    for part in found:
        if isinstance(part, Flow):
            part.right = max(line.x1 for line in part.lines)
    return found


def _same_column(a: Flow, b: Flow) -> bool:
    """Whether lines go on below others, as wide as they are."""
    above, below = a.lines[-1], b.lines[0]
    left = min(line.x0 for line in a.lines)
    rights = [max(line.x1 for line in flow.lines) for flow in (a, b)]
    narrow = a if rights[0] < rights[1] else b
    if len(narrow.lines) >= _FEWEST_ROWS and abs(rights[0] - rights[1]) > 0.15 * (
        max(rights) - left
    ):
        return False
    return below.top > above.top and left - 40 <= below.x0 < rights[0]


def text_lines(parts: Sequence[Part]) -> list[Line]:
    """The lines of running text, in order, boxes included and tables not."""
    found: list[Line] = []
    for part in parts:
        if isinstance(part, Flow):
            found += part.lines
        elif isinstance(part, Aside):
            found += text_lines(part.parts)
    return found
