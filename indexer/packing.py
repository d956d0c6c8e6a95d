"""Packing: the parts of a section put to passages, each with what leads it where that is short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# A sentence or lead-in up to this length is repeated where its paragraph or list goes on.
REPEAT_TOKENS = 40
# A piece of a section below this joins its neighbour when both fit into one passage.
_TINY_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Unit:
    """A part that stays whole: paragraph, sentence of a long one, item or row."""

    text: str
    run: str
    tokens: int
    index: int | None  # of its run on the page
    joint: str = "\n"  # what stands between it and the unit before
    lead_ins: tuple[Unit, ...] = ()  # what it cannot be read without: its list's, its item's
    follows: bool = False  # goes on a paragraph that was begun before it
    leads: bool = False  # is a lead-in itself
    again: bool = False  # was said in the passage before
    page: int | None = None  # of a PDF, on which it begins
    cells: tuple[tuple[str, str], ...] = ()  # header and text, of a table's row or a definition


def pack(units: list[Unit], room: int, most: int) -> list[list[Unit]]:
    """Units into passages of at most ``room`` tokens; a tiny last one may fill up to ``most``."""
    passages: list[list[Unit]] = []
    current: list[Unit] = []
    for unit in units:
        if current and size(current) + unit.tokens > room:
            carried = _leading(current, unit, room)
            if not all(each.again for each in current):
                passages.append(current)
            current = carried or _repeat(current, unit, room)
        current.append(unit)
    if current:
        passages.append(current)
    if len(passages) > 1:
        tail = [unit for unit in passages[-1] if not unit.again]
        if size(tail) < _TINY_TOKENS and size(passages[-2]) + size(tail) <= most:
            passages[-2:] = [[*passages[-2], *tail]]
    return passages


def _leading(current: list[Unit], unit: Unit, room: int) -> list[Unit]:
    """A lead-in taken from the end of a passage to what it leads, behind what leads it."""
    if not current[-1].leads or current[-1].tokens + unit.tokens > room:
        return []
    again = _repeat([], current[-1], room - unit.tokens)
    if len(again) < len(current[-1].lead_ins):
        return []  # it would be without what leads it itself
    return [*again, current.pop()]


def _repeat(before: list[Unit], unit: Unit, room: int) -> list[Unit]:
    """What a passage says again so that it can be read by itself: lead-ins and last sentence."""
    said = [*unit.lead_ins, *(before[-1:] if unit.follows else [])]
    again: list[Unit] = []
    for each in said:
        fits = size(again) + each.tokens + unit.tokens <= room
        if fits and each.tokens <= REPEAT_TOKENS:
            again.append(replace(each, again=True, joint="\n"))
    return again


def size(units: Iterable[Unit]) -> int:
    """Tokens of some units."""
    return sum(unit.tokens for unit in units)


def join(units: Sequence[Unit]) -> str:
    """The text of a passage."""
    text = units[0].text
    for unit in units[1:]:
        text += unit.joint + unit.text
    return text
