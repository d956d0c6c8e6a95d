"""Which stretch of a page became which block, and which was left out, in the page's own order.

Extraction gives texts, not places. Here each is found again among the page's words: what was left
out first, in the order it was taken out; the blocks then begin one after the other in the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from indexer.records import Block, Dropped, PageContent
from indexer.selectors import INVISIBLE
from indexer.text import collapse, is_block, is_text

_UNSEEN = INVISIBLE


@dataclass(slots=True)
class Word:
    """A word of a page: the line it stands on, where it leads, and what became of it."""

    text: str
    line: int
    link: str = ""
    fate: Block | Dropped | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring words of one fate; None where nothing says what became of them."""

    fate: Block | Dropped | None
    lines: list[list[Word]] = field(default_factory=list)


def stretches(soup: BeautifulSoup, content: PageContent) -> list[Stretch]:
    """A page's words by what became of them, in page order."""
    words = _words(soup.body or soup)
    rest = list(words)
    for dropped in content.dropped:
        rest = _claim(rest, dropped)
    _claim_blocks(rest, content.blocks)
    found: list[Stretch] = []
    for word in words:
        if not found or found[-1].fate is not word.fate:
            found.append(Stretch(word.fate))
        lines = found[-1].lines
        if not lines or lines[-1][-1].line != word.line:
            lines.append([])
        lines[-1].append(word)
    return found


def _words(root: Tag) -> list[Word]:
    words: list[Word] = []
    line, is_open = 0, False  # whether the next text may go on with the last word

    def visit(node: Tag, link: str) -> None:
        nonlocal line, is_open
        for child in node.children:
            if isinstance(child, Tag) and child.name not in _UNSEEN:
                line += is_block(child)
                visit(child, str(child.get("href") or "") or link)
                line += is_block(child)
            elif is_text(child):
                raw = str(child)
                found = [Word(text, line, link) for text in collapse(raw).split()]
                if found and is_open and words[-1].line == line and not raw[0].isspace():
                    words[-1].text += found.pop(0).text
                words.extend(found)
                is_open = bool(words) and not raw[-1:].isspace()

    visit(root, "")
    return words


def _claim(rest: list[Word], dropped: Dropped) -> list[Word]:
    """Give a left-out text its words, whole lines if there are such; returns the other words."""
    wanted = dropped.text.split()
    size = len(wanted)
    starts = [at for at in range(len(rest) - size + 1) if _stands(rest, at, wanted)]
    if not starts or not size:
        return rest

    def is_whole(at: int) -> bool:
        first = at == 0 or rest[at - 1].line != rest[at].line
        end = at + size
        return first and (end == len(rest) or rest[end].line != rest[end - 1].line)

    at = next(filter(is_whole, starts), starts[0])
    for word in rest[at : at + size]:
        word.fate = dropped
    return rest[:at] + rest[at + size :]


def _stands(words: Sequence[Word], at: int, wanted: Sequence[str]) -> bool:
    return words[at].text == wanted[0] and all(
        word.text == text for word, text in zip(words[at:], wanted, strict=False)
    )


def _claim_blocks(rest: list[Word], blocks: Sequence[Block]) -> None:
    at = 0
    begins: list[tuple[int, Block]] = []
    for block in blocks:
        wanted = block.parts[0].run.split()[:8] if block.parts else []
        found = next((i for i in range(at, len(rest)) if wanted and _stands(rest, i, wanted)), None)
        if found is not None:
            begins.append((found, block))
            at = found + 1
    end = len(rest)
    for start, block in reversed(begins):
        for word in rest[start:end]:
            word.fate = block
        end = start
