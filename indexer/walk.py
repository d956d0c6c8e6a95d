"""What is gathered while a page is walked: blocks, the headings above, and text not yet a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.headings import LEVEL_OF_LOOK, reads_as_heading
from indexer.panels import Panels
from indexer.records import Block, Part
from indexer.text import collapse

BREAK = "\x1e"  # stands for a line break in gathered text


@dataclass(slots=True)
class Heading:
    """A heading of the trail."""

    level: int
    text: str
    section: int
    anchor: str | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one string of the page."""

    text: str
    bold: bool
    linked: bool


@dataclass(slots=True)
class Walk:
    """State of one pass over a page."""

    anchors: dict[int, str]  # heading element's identity to its anchor
    panels: Panels
    host: str  # of the page; links to others are references, not menus
    holding: set[int]  # elements that hold blocks
    blocks: list[Block] = field(default_factory=list)
    trail: list[Heading] = field(default_factory=list)
    floor: int = 0  # headings of the trail that no heading inside a panel ends
    inline: list[Piece] = field(default_factory=list)
    pending: tuple[int, Part, float] | None = None  # a line that heads others if any follow
    sections: int = 0
    bold: int = 0  # elements around that are set in bold
    linked: int = 0  # links around that lead to other pages of the site
    boxes: list[int] = field(default_factory=lambda: [0])  # elements around that hold blocks
    last_box: int = 0
    bidding: set[int] = field(default_factory=set)  # those in which a button or form stood

    def emit(self, kind: str, parts: list[Part], linked: float = 0.0) -> None:
        parts = [part for part in parts if part.text]
        if not parts:
            return
        self.settle(follows=kind != "heading")
        self.put(kind, parts, linked)

    def put(self, kind: str, parts: list[Part], linked: float) -> None:
        above = self.trail[:-1] if kind == "heading" else self.trail
        here = self.trail[-1] if self.trail else Heading(0, "", 0, None)
        trail = tuple(heading.text for heading in above)
        around = next((each.anchor for each in reversed(self.trail) if each.anchor), None)
        linked = 1.0 if self.linked else round(linked, 3)
        self.blocks.append(
            Block(
                *(kind, tuple(parts), trail, here.section, here.anchor, around),
                box=self.boxes[-1],
                linked=linked,
            )
        )

    def settle(self, *, follows: bool) -> None:
        """Make the line that waits a heading where text follows it, else a paragraph."""
        if self.pending is None:
            return
        level, part, linked = self.pending
        self.pending = None
        if follows:
            self.heading(level, part.text, None, linked)
        else:
            self.put("paragraph", [part], linked)

    def flush(self) -> None:
        """Turn the text gathered since the last block into paragraphs."""
        lines: list[list[Piece]] = [[]]
        for piece in self.inline:
            if piece.text == BREAK:
                lines.append([])
            else:
                lines[-1].append(piece)
        self.inline.clear()
        # Two line breaks in a row are how editors without a paragraph button part paragraphs.
        paragraph: list[tuple[str, float]] = []
        for line in lines:
            text = collapse("".join(piece.text for piece in line))
            if text and not (_all(line, "bold") and reads_as_heading(text)):
                paragraph.append((text, _share(line)))
                continue
            self._paragraph(paragraph)
            paragraph = []
            if text:
                self.settle(follows=False)
                self.pending = (LEVEL_OF_LOOK, Part(text, text), _share(line))
        self._paragraph(paragraph)

    def _paragraph(self, lines: list[tuple[str, float]]) -> None:
        if lines:
            text = " ".join(line for line, _ in lines)
            linked = sum(share * len(line) for line, share in lines) / len(text)
            self.emit("paragraph", [Part(text, lines[0][0])], linked)

    def heading(self, level: int, text: str, anchor: str | None, linked: float = 0.0) -> None:
        self.settle(follows=False)
        while len(self.trail) > self.floor and self.trail[-1].level >= level:
            self.trail.pop()
        self.sections += 1
        self.trail.append(Heading(level, text, self.sections, anchor))
        self.put("heading", [Part(text, text)], linked)


def _all(line: Sequence[Piece], what: str) -> bool:
    return all(getattr(piece, what) for piece in line if piece.text.strip())


def _share(line: Sequence[Piece]) -> float:
    total = sum(len(collapse(piece.text)) for piece in line)
    return sum(len(collapse(piece.text)) for piece in line if piece.linked) / max(total, 1)
