"""What a PDF draws, in points from the top left corner of the page as it is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

_ASCENT, _DESCENT = 0.8, 0.2  # of a line's type, above and below its baseline


@dataclass(frozen=True, slots=True)
class Style:
    """How letters look."""

    font: str
    bold: bool = False
    italic: bool = False
    colour: str = ""


@dataclass(slots=True)
class Glyph:
    """One letter, or a ligature of them."""

    text: str
    x0: float
    x1: float
    y: float  # of the baseline
    size: float  # of its type, in points
    style: Style
    level: int = 0  # of the heading that its tag says it is part of
    artifact: bool = False  # tagged as no content: a running head, a page number, an ornament


@dataclass(frozen=True, slots=True)
class Rule:
    """A line or a box that is drawn; a line is a box without height or width."""

    x0: float
    top: float
    x1: float
    bottom: float
    filled: bool = False

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it is drawn."""

    number: int  # from 1
    width: float
    height: float
    glyphs: tuple[Glyph, ...]  # in the order they are drawn
    rules: tuple[Rule, ...] = ()
    turned: str = ""  # text that stands at right angles to the rest
    pictures: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading that the document's outline or its table of contents names."""

    text: str
    level: int  # from 1; 0 where it is not told
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole PDF as it is drawn, with what it says of itself."""

    sheets: tuple[Sheet, ...]
    title: str = ""
    language: str = ""
    outline: tuple[Entry, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(slots=True)
class Word:
    """Letters without space between them."""

    text: str
    x0: float
    x1: float
    bold: bool = False
    letters: int = 1


@dataclass(slots=True)
class Line:
    """Words beside each other on one baseline."""

    words: list[Word]
    y: float
    size: float
    style: Style
    page: int
    order: int  # of its first letter among all of the page
    level: int = 0
    artifact: bool = False
    mark: str = ""  # bullet or number that stands in front of the words of an item

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def marked(self) -> str:
        """The text with the mark in front of it."""
        return f"{self.mark} {self.text}" if self.mark else self.text

    @property
    def x0(self) -> float:
        return self.words[0].x0

    @property
    def x1(self) -> float:
        return max(word.x1 for word in self.words)

    @property
    def top(self) -> float:
        return self.y - _ASCENT * self.size

    @property
    def bottom(self) -> float:
        return self.y + _DESCENT * self.size

    @property
    def bold(self) -> bool:
        """Whether every letter is: one plain word makes it a line of text with emphasis."""
        return all(word.bold for word in self.words if any(map(str.isalnum, word.text)))

    def cut(self, x: float) -> tuple[Line | None, Line | None]:
        """The words left and right of a place."""
        left = [word for word in self.words if (word.x0 + word.x1) / 2 < x]
        right = self.words[len(left) :]
        return (
            replace(self, words=left) if left else None,
            replace(self, words=right, mark="" if left else self.mark) if right else None,
        )


def most_letters(weighed: Iterable[tuple[object, int]]) -> object | None:
    """The value that stands for the most letters; None when there are none."""
    counts: Counter[object] = Counter()
    for value, letters in weighed:
        counts[value] += letters
    return max(counts, key=counts.__getitem__, default=None)


def body_size(lines: Iterable[Line]) -> float:
    """The size that most letters are set in, in points."""
    found = most_letters((round(line.size * 2) / 2, len(line.text)) for line in lines)
    return float(found) if isinstance(found, float) else 10.0
