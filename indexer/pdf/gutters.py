"""White that runs down between lines and parts columns or cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from indexer.pdf.shapes import Line

_GUTTER = 0.7  # of the body's type: white that may part columns


class Placed(Protocol):
    """Anything with a place on a page."""

    @property
    def x0(self) -> float: ...
    @property
    def x1(self) -> float: ...
    @property
    def top(self) -> float: ...
    @property
    def bottom(self) -> float: ...


def gutter(items: Sequence[Placed], body: float) -> float | None:
    """The place where white runs down between the most lines; None where none does."""
    best: tuple[float, float, float] | None = None
    ordered = sorted(items, key=lambda item: item.top)
    for edge in sorted({round(item.x0) for item in items}):
        at = edge - 0.6
        for band in _uncrossed(ordered, at):
            beside, other = _pairs(band, at)
            rows = min(len(beside), len(other))
            boxes = any(not isinstance(item, Line) for item in (*beside, *other))
            if rows < (1 if boxes else 2):
                continue
            gap = min(item.x0 for item in beside) - max(item.x1 for item in other)
            score = (float(len(beside) + len(other)), gap)
            if gap >= _GUTTER * body and (best is None or score > best[:2]):
                best = (*score, at - min(gap, 1000.0) / 2 + 0.6)
    return best[2] if best else None


def _uncrossed(ordered: Sequence[Placed], place: float) -> list[list[Placed]]:
    """Items from top to bottom, cut where one stands across a place."""
    bands: list[list[Placed]] = [[]]
    for item in ordered:
        if item.x0 < place < item.x1:
            bands.append([])
        else:
            bands[-1].append(item)
    return bands


def _pairs(band: Sequence[Placed], place: float) -> tuple[list[Placed], list[Placed]]:
    """The items right and left of a place that have one on the other side beside them."""
    right = [item for item in band if item.x0 >= place]
    left = [item for item in band if item.x1 <= place]
    if not right or not left:
        return [], []
    return (
        [item for item in right if _has_beside(item, left)],
        [item for item in left if _has_beside(item, right)],
    )


def side_by_side(band: Sequence[Placed], place: float) -> int:
    """How many items have one beside them on the other side of a place."""
    return sum(map(len, _pairs(band, place)))


def _has_beside(item: Placed, others: Sequence[Placed]) -> bool:
    height = item.bottom - item.top
    for other in others:
        if other.top >= item.bottom:
            break  # they come from top to bottom
        shared = min(item.bottom, other.bottom) - max(item.top, other.top)
        if shared > 0.4 * min(height, other.bottom - other.top):
            return True
    return False
