"""Chunk stage: a page's blocks in, its passages out.

Pure. A passage never crosses a heading, is never longer than the encoder reads, keeps a list with
its lead-in, and knows a link that lands on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from indexer.fragments import Fragments
from indexer.packing import REPEAT_TOKENS, Unit, join, pack, size
from indexer.records import Block, Chunk, PageContent, Part
from indexer.sentences import sentences

CHUNKER_VERSION = 5  # raised when the same blocks would give other passages

# The title and headings in front of each passage, as they are embedded, take at most this much.
_CONTEXT_TOKENS = 64


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """How the encoder counts, and how much it reads at once.

    ``count`` gives a text's tokens without the marks around it; ``limit`` is for a passage with
    its context, those marks already taken off.
    """

    count: Callable[[str], int]
    limit: int
    target: int  # tokens of text at which a passage is full, context apart


def chunk(page: PageContent, budget: TokenBudget) -> list[Chunk]:
    """The passages of one page in reading order."""
    places = _Places(page)
    found: list[Chunk] = []
    begun: set[int] = set()
    sections = [list(group) for _, group in groupby(page.blocks, key=lambda block: block.section)]
    for blocks, following in zip(sections, [*sections[1:], []], strict=False):
        section, trail = blocks[0].section, _trail(blocks)
        context = _context(page.title, trail, budget)
        most = budget.limit - budget.count(context) - 1
        room = min(most, budget.target)
        heading, body = None, blocks
        if blocks[0].kind == "heading" and (blocks[1:] or _trail(following)[: len(trail)] == trail):
            # It travels with what is under it; a heading of headings with theirs.
            heading, body = places.find(blocks[0].parts[0].run), blocks[1:]
        units = _units(body, room, budget, places)
        passages = pack(units, room, most)
        for number, passage in enumerate(passages):
            # Only the first passage stands right under its heading; the others are further down.
            anchor = blocks[0].anchor if section not in begun and not number else None
            fragment = _page(passage) or anchor or places.fragment(passage, heading)
            fragment = fragment or blocks[0].around
            text = join(passage)
            tokens = budget.count(f"{context}\n{text}")
            link = f"{page.url}#{fragment}" if fragment else page.url
            found.append(Chunk(text, trail, context, tokens, link))
        begun.add(section)
    return found


class _Places:
    """Where on the page a part stands: runs are looked for in reading order."""

    def __init__(self, page: PageContent) -> None:
        self._fragments = Fragments(page.runs)
        self._runs = page.runs
        self._from = 0

    def find(self, run: str) -> int | None:
        """The index of the next run that is or holds these words."""
        index = self._fragments.locate(run, self._from)
        if index is not None:
            self._from = index + 1
        return index

    def fragment(self, units: Sequence[Unit], heading: int | None) -> str | None:
        """A text fragment for a passage: its first words that stand once, else its heading's.

        Where a whole section stands twice on a page, the words of its first place.
        """
        own = [unit for unit in units if not unit.again] or units
        for unit in own:
            if unit.index is not None and (found := self._fragments.at(unit.run, unit.index)):
                return found
        if heading is not None and (found := self._fragments.at(self._runs[heading], heading)):
            return found
        places = [unit.index for unit in own if unit.index is not None]
        return self._fragments.of_same_words(places)


def _trail(blocks: Sequence[Block]) -> tuple[str, ...]:
    if not blocks:
        return ()
    first = blocks[0]
    return (*first.headings, first.text) if first.kind == "heading" else first.headings


def _context(title: str, trail: Sequence[str], budget: TokenBudget) -> str:
    """Title and trail as one line within its share of tokens: the outer headings give way."""
    names = [*trail] if _says_title(trail, title) else [title, *trail]
    most = min(_CONTEXT_TOKENS, budget.limit // 2)
    while len(names) > 1 and budget.count(" > ".join(names)) > most:
        names.pop(1 if len(names) > 2 else 0)  # noqa: PLR2004 - the page's own name goes last but one
    words = " > ".join(names).split()
    while words and budget.count(" ".join(words)) > most:
        words.pop()
    return " ".join(words)


def _says_title(trail: Sequence[str], title: str) -> bool:
    """Whether the headings already hold the title, or the first is how it begins.

    "Anal Cancer" says what "Anal Cancer - a guide" is about; "Side effects" does not say what
    "Lanreotide: side effects" is.
    """
    return any(title.casefold() in heading.casefold() for heading in trail) or (
        bool(trail) and title.casefold().startswith(trail[0].casefold())
    )


def _units(blocks: Sequence[Block], room: int, budget: TokenBudget, places: _Places) -> list[Unit]:
    """The parts of one section."""
    units: list[Unit] = []
    for block in blocks:
        lead_in = None
        if block.kind in {"list", "table", "definitions"} and units and _leads(units[-1]):
            if units[-1].tokens > REPEAT_TOKENS:
                units[-1:] = _split(units[-1], REPEAT_TOKENS, budget)
            units[-1] = lead_in = replace(units[-1], leads=True)
        above: list[Unit] = []  # the items that a part is inside of
        for part in block.parts:
            above = above[: _depth(part)] if block.kind == "list" else []
            if above and units[-1] is above[-1]:
                units[-1] = above[-1] = replace(above[-1], leads=True)
            index, leads = places.find(part.run), _fitting(lead_in, above, room)
            unit = Unit(part.text, part.run, budget.count(part.text), index, lead_ins=leads)
            unit = replace(unit, cells=part.cells)
            # Room for the lead-ins stays in front of what they lead.
            space = room - size(leads) if 2 * size(leads) <= room else room
            pieces = [unit] if unit.tokens <= space else _split(unit, space, budget)
            units += _paged(pieces, part)
            above.append(units[-1])
    return units


def _fitting(lead_in: Unit | None, above: list[Unit], room: int) -> tuple[Unit, ...]:
    """What leads an item: what leads its list, and of the items around it the nearest that fit."""
    first = [lead_in] if lead_in else []
    nearest: list[Unit] = []
    for each in reversed(above):
        if 2 * size([*first, *nearest, each]) > room:
            break
        nearest.insert(0, each)
    return (*first, *nearest)


def _depth(item: Part) -> int:
    """How many items a list's item is inside of: it is set in by two spaces for each."""
    return (len(item.text) - len(item.text.lstrip(" "))) // 2


def _paged(pieces: Iterable[Unit], part: Part) -> Iterable[Unit]:
    """The pieces of a part, each with the page of a PDF that it begins on."""
    at = 0
    for piece in pieces:
        at = max(part.text.find(piece.text, at), at)
        began = [page for place, page in part.pages if place <= at]
        yield replace(piece, page=began[-1]) if began else piece
        at += len(piece.text)


def _page(units: Sequence[Unit]) -> str | None:
    """The fragment that opens a PDF on the page where a passage begins; None for HTML."""
    own = [unit for unit in units if not unit.again] or units
    return f"page={own[0].page}" if own[0].page is not None else None


def _leads(unit: Unit) -> bool:
    return unit.text.endswith(":") and not unit.lead_ins


def _split(unit: Unit, room: int, budget: TokenBudget) -> Iterable[Unit]:
    """A part that is too long by itself, as its sentences, or words where one sentence is."""
    if unit.cells and (rows := _split_cells(unit.cells, room, budget)):
        return [replace(unit, text=row, tokens=budget.count(row)) for row in rows]
    return [
        replace(
            unit,
            text=text,
            run=text if text in unit.run else unit.run,
            tokens=budget.count(text),
            joint=" " if number else unit.joint,
            follows=bool(number),
        )
        for number, text in enumerate(_pieces(unit.text, room, budget))
    ]


def _split_cells(
    cells: tuple[tuple[str, str], ...], room: int, budget: TokenBudget
) -> list[str] | None:
    """A long row as several, each with its first cell and with headers of its own.

    None where these names alone leave too little room.
    """
    name = _named(*cells[0]) + "; " if len(cells) > 1 else ""
    space = room - budget.count(name)
    if 2 * max(budget.count(header) for header, _ in cells) > space or 2 * space < room:
        return None
    pieces = [
        _named(header, piece)
        for header, text in cells
        for piece in _pieces(text, space - budget.count(_named(header, "")), budget)
    ]
    rows = [pieces[0]]
    for piece in pieces[1:]:
        longer = f"{rows[-1]}; {piece}"
        rows[-1:] = [longer] if budget.count(longer) <= room else [rows[-1], name + piece]
    return rows


def _named(header: str, text: str) -> str:
    return f"{header}: {text}" if header else text


def _pieces(text: str, room: int, budget: TokenBudget) -> list[str]:
    """A text as its sentences, or as words where one sentence is too long."""
    pieces: list[str] = []
    for sentence in sentences(text):
        if budget.count(sentence) <= room:
            pieces.append(sentence)
            continue
        words: list[str] = []
        for word in (part for each in sentence.split() for part in _cut(each, room, budget)):
            if words and budget.count(" ".join([*words, word])) > room:
                pieces.append(" ".join(words))
                words = []
            words.append(word)
        pieces.append(" ".join(words))
    return pieces


def _cut(word: str, room: int, budget: TokenBudget) -> list[str]:
    """A word in pieces, where it is longer than a passage: some scripts write without spaces."""
    size = len(word)
    pieces = [word]
    while size > 1 and any(budget.count(piece) > room for piece in pieces):
        size //= 2
        pieces = [word[start : start + size] for start in range(0, len(word), size)]
    return pieces
