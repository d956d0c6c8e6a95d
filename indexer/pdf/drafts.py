"""Blocks while they are put together: text that grows line by line, and its pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from indexer.pdf.headings import Heading, Typography, set_levels
from indexer.pdf.hyphens import Hyphens
from indexer.pdf.shapes import Line
from indexer.records import Block, Part
from indexer.text import collapse

_RUN_IN_LEVEL = 100.0  # below every heading that stands on a line of its own
_MOST_RUN_IN_WORDS = 8
_ENDS = re.compile(r"[.?!:][\"'”’)\]\u00b9\u00b2\u00b3\u2070-\u2079]*$")
# How a paragraph begins that warns and does not name what it is about.
_CALLS = frozenset({"note", "important", "warning", "remember", "tip", "caution", "please note"})


@dataclass(slots=True)
class Text:
    """One part of a block as it grows."""

    text: str = ""
    pages: list[tuple[int, int]] = field(default_factory=list)  # place in the text, page
    last: Line | None = None
    left: float = 0.0  # where the words of an item begin, its mark apart
    before: str = ""  # its mark and how deep it stands
    run_in: int = 0  # letters of a bold beginning that may be a heading

    def add(self, line: Line, hyphens: Hyphens) -> None:
        """Put one more line to it."""
        words = line.text if self.before and not self.text else line.marked
        joined = hyphens.join(self.text, words)
        if not self.pages or self.pages[-1][1] != line.page:
            self.pages.append((len(joined) - len(words) if self.pages else 0, line.page))
        self.text, self.last = joined, line

    @property
    def ended(self) -> bool:
        """Whether it ends as a sentence does."""
        return _ENDS.search(self.text.rstrip()) is not None

    def part(self) -> Part:
        """The finished part. Invisible characters go, so places in it are found anew."""
        shown = self.before + collapse(self.text)
        pages = tuple(
            (len(self.before + collapse(self.text[:at])) if at else 0, page)
            for at, page in self.pages
        )
        return Part(shown, collapse(self.text), pages)


@dataclass(slots=True)
class Draft:
    """One block as it grows."""

    kind: str
    texts: list[Text]
    heading: Heading | None = None
    aside: tuple[int, ...] = ()  # the boxes that it stands in, the outermost first
    columns: tuple[str, ...] = ()  # of a table: their names

    @property
    def page(self) -> int:
        return self.texts[0].pages[0][1]

    @property
    def size(self) -> float:
        last = self.texts[-1].last
        return last.size if last else 0.0


def bold_beginning(line: Line) -> int:
    """Letters of the bold words that a paragraph's first line begins with, as a run-in heading.

    0 where the line is all bold, or its beginning is rather a call or an emphasis.
    """
    words = []
    for word in line.words:
        if not word.bold:
            break
        words.append(word.text)
    text = " ".join(words)
    rest = line.words[len(words) :]
    if line.mark or not rest or not 0 < len(words) <= _MOST_RUN_IN_WORDS:
        return 0
    if not text[:1].isupper() or not text.endswith((".", ":", "–", "—", "?")):
        return 0
    if text.rstrip(".:–—? ").casefold() in _CALLS or not rest[0].text[:1].isupper():
        return 0
    return len(text)


def split_run_ins(drafts: Sequence[Draft], typography: Typography) -> list[Draft]:
    """Bold beginnings as headings, where a document has several of them."""
    several = sum(draft.kind == "paragraph" and draft.texts[0].run_in > 0 for draft in drafts) > 1
    found = []
    for draft in drafts:
        text = draft.texts[0]
        if not several or draft.kind != "paragraph" or not text.run_in or typography.bold:
            found.append(draft)
            continue
        name = text.text[: text.run_in].rstrip(" .:–—")
        page = draft.page
        assert text.last is not None
        head = Text(name, [(0, page)], text.last)
        heading = Heading([text.last], name, _RUN_IN_LEVEL)
        found.append(Draft("heading", [head], heading, draft.aside))
        skip = text.run_in + 1
        text.text = text.text[skip:]
        text.pages = [(max(at - skip, 0), number) for at, number in text.pages]
        found.append(draft)
    return found


def as_blocks(drafts: Sequence[Draft], typography: Typography) -> list[Block]:
    """Finished blocks, each under its trail; what is in a box does not head what follows it."""
    headings = [d.heading for d in drafts if d.heading and d.heading.level != _RUN_IN_LEVEL]
    set_levels(headings, typography)
    blocks: list[Block] = []
    trail: list[tuple[float, str, int]] = []
    saved: list[tuple[tuple[int, ...], list[tuple[float, str, int]]]] = []
    sections = 0
    aside: tuple[int, ...] = ()
    for draft in drafts:
        while saved and draft.aside[: len(saved[-1][0])] != saved[-1][0]:
            trail = saved.pop()[1]
        if draft.aside != aside and draft.aside and (not saved or saved[-1][0] != draft.aside):
            saved.append((draft.aside, list(trail)))
        aside = draft.aside
        parts = tuple(part for text in draft.texts if (part := text.part()).text.strip())
        if not parts:
            continue
        if draft.heading:
            level = draft.heading.level
            if draft.aside and saved:  # in a box, below the section that the box stands in
                level += 200.0
            while trail and trail[-1][0] >= level:
                trail.pop()
            sections += 1
            trail = [*trail, (level, parts[0].text, sections)]
        above = trail[:-1] if draft.heading else trail
        section = trail[-1][2] if trail else 0
        blocks.append(Block(draft.kind, parts, tuple(text for _, text, _ in above), section))
    return blocks
