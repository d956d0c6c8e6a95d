"""A booklet's table of contents: left out, as a menu is, and kept as evidence of its headings."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from indexer.pdf.headings import folded
from indexer.pdf.shapes import Entry, Line

_LEADERS = re.compile(
    r"(.*?\S)\s*(?:[.\u2026\u00b7_](?:\s?[.\u2026\u00b7_]){2,})\s*(\d{1,3}|[ivx]{1,5})?$"
)
_NUMBERED_END = re.compile(r"(.*\D)\s+(\d{1,3})$")
_NAMED = re.compile(
    r"(?:table of )?contents:?|inside"
    r"|what(?:['’]?s| is) in(?:side)? this (?:booklet|guide|leaflet)\??"
    r"|in this (?:booklet|guide|leaflet):?",
    re.IGNORECASE,
)
_FEWEST = 3  # entries
_LONGEST = 140  # letters of an entry


def contents_lists(
    lines: Sequence[Line], known: Collection[str]
) -> list[tuple[list[Line], list[Entry]]]:
    """The lists of headings with page numbers on one page, each with its own heading.

    ``known`` are the folded lines of the document. A list without dots and without a name is only
    one when its entries stand as lines elsewhere: a table may end in numbers as well.
    """
    rows = _rows(lines)
    found = []
    at = 0
    while at < len(rows):
        named = at > 0 and _NAMED.fullmatch(rows[at - 1].text.strip()) is not None
        end, entries, dotted = _list_from(rows, at, named=named)
        elsewhere = sum(folded(entry.text) in known for entry in entries)
        sure = dotted or named or elsewhere * 2 >= len(entries)
        if sure and len(entries) >= (2 if named else _FEWEST):
            begin = at - 1 if named else at
            heights = [row.y for row in rows[begin:end]]
            inside = [
                line for line in lines if any(abs(line.y - y) <= 0.35 * line.size for y in heights)
            ]
            found.append((inside, entries))
            at = end
        else:
            at += 1
    return found


def _rows(lines: Sequence[Line]) -> list[Line]:
    """Lines across the page: an entry and its number may stand far apart."""
    rows: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.y, line.x0)):
        if rows and abs(rows[-1].y - line.y) <= 0.35 * line.size:  # the same baseline
            words = sorted([*rows[-1].words, *line.words], key=lambda word: word.x0)
            rows[-1] = replace(rows[-1], words=words, mark=rows[-1].mark or line.mark)
        else:
            rows.append(line)
    return rows


def _list_from(lines: Sequence[Line], start: int, *, named: bool) -> tuple[int, list[Entry], bool]:
    """Where a list that begins here ends, its entries, and whether dots lead to the numbers."""
    entries: list[Entry] = []
    end, last, dots = start, 0, 0
    held: list[str] = []
    edge: float | None = None
    for at in range(start, len(lines)):
        line = lines[at]
        entry = _entry(line)
        if entry is None:
            # The first line of an entry that goes on below it.
            begun = entries or named
            if held or not begun or len(line.text) > _LONGEST or line.text.endswith("."):
                break
            held.append(line.marked)
            continue
        text, number, dotted = entry
        if number is not None and number < last:
            break
        if not dotted and edge is not None and abs(line.x1 - edge) > 6:  # noqa: PLR2004 - points
            break
        edge = line.x1 if edge is None else edge
        last, dots = number or last, dots + dotted
        entries.append(Entry(" ".join([*held, text]), 0))
        held = []
        end = at + 1
    return end, entries, dots * 2 > len(entries)


def _entry(line: Line) -> tuple[str, int | None, bool] | None:
    """An entry's words, its page number, and whether dots lead to it."""
    text = line.marked
    if len(text) > _LONGEST + _LONGEST:
        return None
    if (found := _LEADERS.match(text)) and found[1].strip(" ."):
        number = found[2]
        return found[1].rstrip(" ."), int(number) if number and number.isdigit() else None, True
    gap = line.words[-1].x0 - line.words[-2].x1 if len(line.words) > 1 else 0.0
    if (found := _NUMBERED_END.match(text)) and gap > line.size:
        return found[1].rstrip(), int(found[2]), False
    return None
