"""Lines in reading order to blocks: headings, paragraphs, lists, captions and tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from indexer.pdf.drafts import Draft, Text, bold_beginning
from indexer.pdf.headings import Heading, Typography, join_next
from indexer.pdf.hyphens import Hyphens
from indexer.pdf.order import Aside, Flow
from indexer.pdf.order import Part as Piece
from indexer.pdf.shapes import Line
from indexer.pdf.tables import Table

_CAPTION = re.compile(
    r"(?:figure|fig\.?|table|picture|image|photo|diagram)\s*\d+\s*(\S?)", re.IGNORECASE
)
_LOOSE = 1.3  # of the usual distance of baselines: more than that parts two paragraphs
_SAME_SIZE = 0.6  # points
_LEVEL = -0.5  # points that a line may stand higher than the one before it
_INDENT = 0.8  # of the type's size
_MOST_SENTENCE_WORDS = 12  # of a heading that ends as a sentence does


class Composer:
    """Goes over the pages of a document and gathers its drafts."""

    def __init__(self, typography: Typography, hyphens: Hyphens, pitch: float) -> None:
        self.drafts: list[Draft] = []
        self._type = typography
        self._hyphens = hyphens
        self._pitch = pitch
        self._aside: tuple[int, ...] = ()
        self._asides = 0
        self._main: Draft | None = None  # running text that a border or a box may have cut
        self._small: Draft | None = None  # a caption or footnote, while it goes on

    def page(self, pieces: Sequence[Piece]) -> None:
        """One page, or what is in one box."""
        for piece in pieces:
            self._small = None
            if isinstance(piece, Flow):
                self._flow(piece)
            elif isinstance(piece, Table):
                self._table(piece)
            else:
                self._box(piece)

    def _box(self, box: Aside) -> None:
        outer, main = self._aside, self._main
        self._asides += 1
        self._aside = (*outer, self._asides)
        self._main = None
        self.page(box.parts)
        self._aside, self._main = outer, main

    def _flow(self, flow: Flow) -> None:
        at = 0
        before: Line | None = None
        while at < len(flow.lines):
            group = self._heading(flow.lines, at)
            if group:
                text = self._whole(group)
                draft = Draft("heading", [text], Heading(group, text.text), self._aside)
                self.drafts.append(draft)
                self._main = self._small = None
                at += len(group)
                before = None
                continue
            line = flow.lines[at]
            self._text(line, before, flow)
            before = line
            at += 1

    def _whole(self, lines: Sequence[Line]) -> Text:
        text = Text()
        for line in lines:
            text.add(line, self._hyphens)
        return text

    def _heading(self, lines: Sequence[Line], at: int) -> list[Line]:
        """The lines of the heading that begins here; none when none does."""
        line = lines[at]
        before = lines[at - 1] if at else None
        bullet = line.mark == "•"
        named = self._type.entry(line.marked, line.page) or self._type.entry(line.text, line.page)
        if bullet or (before is not None and self._goes_on(before, line)):
            return []
        first = self._type.stands_out(line) or named
        if not first and not (self._type.may_stand_out(line) and self._alone(lines, at)):
            return self._named_over_lines(lines, at)
        group = [line]
        for following in lines[at + 1 :]:
            if not join_next(self._type, group, following):
                break
            group.append(following)
        text = " ".join(each.marked for each in group)
        if named or self._type.entry(text, line.page) or line.level:
            return group
        if text.endswith((".", ";", ",")) and len(text.split()) > _MOST_SENTENCE_WORDS:
            return []
        return [] if self._is_list(lines, at, group) or self._too_much(lines, at, group) else group

    def _goes_on(self, before: Line, line: Line) -> bool:
        """Whether a line goes on the sentence of the one before, in the same type."""
        close = 0 < line.y - before.y < _LOOSE * self._pitch * line.size
        return (
            close
            and abs(before.size - line.size) < _SAME_SIZE
            and not before.bold
            and not before.text.rstrip().endswith((".", "!", "?", ":"))
            and (line.text[:1].islower() or not line.bold)
            and not self._type.entry(line.marked, line.page)
            and line.style.colour == before.style.colour
            and not line.level
        )

    def _named_over_lines(self, lines: Sequence[Line], at: int) -> list[Line]:
        """Lines that together are a heading which the outline names, in whatever type."""
        line = lines[at]
        if len(line.marked) < 6 or not self._type.begins_entry(line.marked, line.page):  # noqa: PLR2004
            return []
        for end in (at + 2, at + 3):
            group = list(lines[at:end])
            text = " ".join(each.marked for each in group)
            if len(group) == end - at and self._type.entry(text, line.page):
                return group
        return []

    def _alone(self, lines: Sequence[Line], at: int) -> bool:
        line = lines[at]
        before = lines[at - 1] if at else None
        after = lines[at + 1] if at + 1 < len(lines) else None
        loose = _LOOSE * self._pitch * line.size
        above = before is None or not 0 < line.y - before.y < loose or before.text.endswith(".")
        unlike = after is not None and self._type.look(after) != self._type.look(line)
        return above and unlike

    def _is_list(self, lines: Sequence[Line], at: int, group: Sequence[Line]) -> bool:
        """Whether a numbered line is one of several items, all as bold, and no heading."""
        end = at + len(group)
        after = lines[end] if end < len(lines) else None
        line = lines[at]
        return bool(
            line.mark
            and after is not None
            and after.mark
            and after.bold == line.bold
            and abs(after.size - line.size) < _SAME_SIZE
            and line.size <= self._type.body + _SAME_SIZE
        )

    def _too_much(self, lines: Sequence[Line], at: int, group: Sequence[Line]) -> bool:
        """Whether what looks like a heading goes on in the same type: a paragraph set large."""
        end = at + len(group)
        after = lines[end] if end < len(lines) else None
        last = group[-1]
        return bool(
            after is not None
            and not after.mark
            and after.page == last.page
            and self._type.look(after) == self._type.look(last)
            and 0 < after.y - last.y < _LOOSE * self._pitch * last.size
            and (len(group) > 2 or last.text.endswith(".") or after.text[:1].islower())  # noqa: PLR2004
        )

    def _text(self, line: Line, before: Line | None, flow: Flow) -> None:
        caption = self._caption(line)
        small = self._main is not None and self._main.size > line.size + _SAME_SIZE
        small = small and line.size < self._type.body - _SAME_SIZE
        if self._small and before is not None and not caption and self._same(before, line, flow):
            self._small.texts[-1].add(line, self._hyphens)
        elif caption or small:  # beside the running text, which may go on behind it
            self._small = self._begin("caption" if caption else "paragraph", line)
        elif line.mark:
            self._item(line)
        elif self._main is not None and self._continues(self._main, line, before, flow):
            self._small = None
            self._main.texts[-1].add(line, self._hyphens)
        else:
            self._small = None
            self._main = self._begin("paragraph", line)

    def _begin(self, kind: str, line: Line) -> Draft:
        text = self._whole([line])
        text.left = line.x0
        text.run_in = bold_beginning(line) if kind == "paragraph" else 0
        draft = Draft(kind, [text], None, self._aside)
        self.drafts.append(draft)
        return draft

    def _item(self, line: Line) -> None:
        text = Text(left=line.x0)
        self._small = None
        draft = self._main
        # A list goes on over a page border; after a paragraph it is a new one.
        if draft is None or draft.kind != "list" or self.drafts[-1].kind == "paragraph":
            draft = self._main = Draft("list", [], None, self._aside)
            self.drafts.append(draft)
        text.before = f"{'  ' * self._depth(draft, line)}{line.mark} "
        draft.texts.append(text)
        text.add(line, self._hyphens)

    def _depth(self, draft: Draft, line: Line) -> int:
        """How deep an item stands, by where the words of those before it begin."""
        depth = 0
        for text in reversed(draft.texts):
            if text.last is None or text.last.page != line.page:
                break
            level = (len(text.before) - len(text.before.lstrip())) // 2
            if abs(text.left - line.x0) <= _INDENT * line.size:
                return level
            if text.left < line.x0 - _INDENT * line.size and line.x0 - text.left < 80:  # noqa: PLR2004
                return level + 1
        return depth

    def _same(self, before: Line, line: Line, flow: Flow) -> bool:
        """Whether two lines of one flow belong to one paragraph."""
        if line.mark or abs(before.size - line.size) > _SAME_SIZE:
            return False
        distance = line.y - before.y
        if not _LEVEL < distance <= _LOOSE * self._pitch * max(line.size, before.size):
            return False
        ended = before.text.rstrip().endswith((".", "?", "!", ":", ".”", ".’", '."', ".)"))
        if before.bold != line.bold and (ended or not line.text[:1].islower()):
            return False
        starts = not line.text[:1].islower()
        if ended and starts and line.x0 > before.x0 + _INDENT * line.size:
            return False
        first = line.words[0]
        room = flow.right - before.x1 - 0.3 * line.size
        hard = first.x1 - first.x0 < room - 0.05 * (flow.right - before.x0)
        return not (hard and ended and starts)

    def _continues(self, draft: Draft, line: Line, before: Line | None, flow: Flow) -> bool:
        text = draft.texts[-1]
        last = text.last
        if last is None or draft.aside != self._aside:
            return False
        if before is last:
            if draft.kind == "list":
                return self._continues_item(text, last, line)
            return self._same(last, line, flow)
        # Over the border of a column or a page, or behind a box that came between.
        if line.mark or abs(last.size - line.size) > _SAME_SIZE or last.bold != line.bold:
            return False
        if draft.kind == "list" and line.page == last.page and line.y > last.y:
            return False
        return not text.ended and (line.text[:1].islower() or not text.text.endswith((",", ";")))

    def _continues_item(self, text: Text, last: Line, line: Line) -> bool:
        if abs(last.size - line.size) > _SAME_SIZE:
            return False
        distance = line.y - last.y
        close = _LEVEL < distance <= _LOOSE * self._pitch * line.size
        inside = line.x0 >= text.left - 0.5 * line.size
        if inside and line.x0 < text.left + 2 * line.size:
            return close or distance < 2.2 * self._pitch * line.size
        return close and not text.ended and line.text[:1].islower()

    def _caption(self, line: Line) -> bool:
        found = _CAPTION.match(line.text)
        if found is None or line.mark:
            return False
        small = line.size < self._type.body - 0.4 or line.style.italic
        return small or found[1] in {".", ":", "|", "–", "—", "-"}

    def _table(self, table: Table) -> None:
        rows = [[self._cell(cell) for cell in row] for row in table.rows]
        columns = tuple(rows[0]) if table.header else ()
        draft = self._before(table, columns)
        if draft is None:
            draft = Draft("table", [], None, self._aside, columns)
            self.drafts.append(draft)
        for cells, row in list(zip(rows, table.rows, strict=True))[table.header :]:
            names = [*draft.columns, *[""] * len(cells)]
            named = [f"{n}: {c}" if n else c for n, c in zip(names, cells, strict=False) if c]
            lines = [line for cell in row for line in cell]
            if named:
                draft.texts.append(Text("; ".join(named), [(0, lines[0].page)], lines[-1]))
        if not draft.texts:
            self.drafts.remove(draft)

    def _before(self, table: Table, columns: tuple[str, ...]) -> Draft | None:
        """The table that this one goes on with on a further page; None where there is none."""
        last = self.drafts[-1] if self.drafts else None
        if last is None or last.kind != "table" or last.aside != self._aside:
            return None
        is_further = last.texts[-1].pages[0][1] < table.lines[0].page
        alike = columns == last.columns or (not columns and len(table.rows[0]) == len(last.columns))
        return last if is_further and alike else None

    def _cell(self, lines: Sequence[Line]) -> str:
        text = ""
        for line in lines:
            text = self._hyphens.join(text, line.marked)
        return text
