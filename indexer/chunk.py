"""Chunk stage: a page's blocks in, its passages out.

Pure. A passage never crosses a heading, is never longer than the encoder reads, keeps a list with
its lead-in, and knows a link that lands on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from indexer.fragments import Fragments
from indexer.records import Block, Chunk, PageContent, Part
from indexer.sentences import sentences

CHUNKER_VERSION = 4  # raised when the same blocks would give other passages

# The title and headings in front of each passage, as they are embedded, take at most this much.
_CONTEXT_TOKENS = 64
# A piece of a section below this joins its neighbour when both fit into one passage.
_TINY_TOKENS = 32
# A sentence or lead-in up to this length is repeated where its paragraph or list goes on.
_REPEAT_TOKENS = 40


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """How the encoder counts, and how much it reads at once.

    ``count`` gives a text's tokens without the marks around it; ``limit`` is for a passage with
    its context, those marks already taken off.
    """

    count: Callable[[str], int]
    limit: int
    target: int  # tokens of text at which a passage is full, context apart


@dataclass(frozen=True, slots=True)
class _Unit:
    """A part that stays whole: paragraph, sentence of a long one, item or row."""

    text: str
    run: str
    tokens: int
    index: int | None  # of its run on the page
    joint: str = "\n"  # what stands between it and the unit before
    lead_in: _Unit | None = None  # what its list or table cannot be read without
    follows: bool = False  # goes on a paragraph that was begun before it
    leads: bool = False  # is a lead-in itself
    again: bool = False  # was said in the passage before
    page: int | None = None  # of a PDF, on which it begins
    cells: tuple[tuple[str, str], ...] = ()  # header and text, of a table's row or a definition


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
        passages = _pack(units, room, most)
        for number, passage in enumerate(passages):
            # Only the first passage stands right under its heading; the others are further down.
            anchor = blocks[0].anchor if section not in begun and not number else None
            fragment = _page(passage) or anchor or places.fragment(passage, heading)
            fragment = fragment or blocks[0].around
            text = _join(passage)
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

    def fragment(self, units: Sequence[_Unit], heading: int | None) -> str | None:
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


def _units(blocks: Sequence[Block], room: int, budget: TokenBudget, places: _Places) -> list[_Unit]:
    """The parts of one section."""
    units: list[_Unit] = []
    for block in blocks:
        lead_in = None
        if block.kind in {"list", "table", "definitions"} and units and _leads(units[-1]):
            if units[-1].tokens > _REPEAT_TOKENS:
                units[-1:] = _split(units[-1], _REPEAT_TOKENS, budget)
            units[-1] = lead_in = replace(units[-1], leads=True)
        # Room for the lead-in stays in front of what it leads.
        space = room - lead_in.tokens if lead_in and 2 * lead_in.tokens <= room else room
        for part in block.parts:
            index = places.find(part.run)
            unit = _Unit(part.text, part.run, budget.count(part.text), index, lead_in=lead_in)
            unit = replace(unit, cells=part.cells)
            pieces = [unit] if unit.tokens <= space else _split(unit, space, budget)
            units += _paged(pieces, part)
    return units


def _paged(pieces: Iterable[_Unit], part: Part) -> Iterable[_Unit]:
    """The pieces of a part, each with the page of a PDF that it begins on."""
    at = 0
    for piece in pieces:
        at = max(part.text.find(piece.text, at), at)
        began = [page for place, page in part.pages if place <= at]
        yield replace(piece, page=began[-1]) if began else piece
        at += len(piece.text)


def _page(units: Sequence[_Unit]) -> str | None:
    """The fragment that opens a PDF on the page where a passage begins; None for HTML."""
    own = [unit for unit in units if not unit.again] or units
    return f"page={own[0].page}" if own[0].page is not None else None


def _leads(unit: _Unit) -> bool:
    return unit.text.endswith(":") and unit.lead_in is None


def _split(unit: _Unit, room: int, budget: TokenBudget) -> Iterable[_Unit]:
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


def _pack(units: list[_Unit], room: int, most: int) -> list[list[_Unit]]:
    """Units into passages of at most ``room`` tokens; a tiny last one may fill up to ``most``."""
    passages: list[list[_Unit]] = []
    current: list[_Unit] = []
    for unit in units:
        if current and _size(current) + unit.tokens > room:
            carried = []
            if current[-1].leads and current[-1].tokens + unit.tokens <= room:
                carried = [current.pop()]
            if current:
                passages.append(current)
            current = carried or _repeat(current, unit, room)
        current.append(unit)
    if current:
        passages.append(current)
    if len(passages) > 1:
        tail = [unit for unit in passages[-1] if not unit.again]
        if _size(tail) < _TINY_TOKENS and _size(passages[-2]) + _size(tail) <= most:
            passages[-2:] = [[*passages[-2], *tail]]
    return passages


def _repeat(before: list[_Unit], unit: _Unit, room: int) -> list[_Unit]:
    """What a passage says again so that it can be read by itself: lead-in and last sentence."""
    said = [unit.lead_in, before[-1] if unit.follows and before else None]
    again: list[_Unit] = []
    for each in said:
        fits = each is not None and _size(again) + each.tokens + unit.tokens <= room
        if each is not None and fits and each.tokens <= _REPEAT_TOKENS:
            again.append(replace(each, again=True, joint="\n"))
    return again


def _size(units: Iterable[_Unit]) -> int:
    return sum(unit.tokens for unit in units)


def _join(units: Sequence[_Unit]) -> str:
    text = units[0].text
    for unit in units[1:]:
        text += unit.joint + unit.text
    return text
