"""Charts: numbers to the geometry of bars, which templates draw as SVG. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH = 100.0  # of a whole chart, in units of its own view box
_LEAST = 0.8  # that a number above nothing gets, so that it is seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One number of a chart, in its place."""

    name: str
    value: float
    x: float
    width: float


def bars(values: Mapping[str, float]) -> list[Bar]:
    """A bar for each number, the largest as wide as the chart."""
    most = max(values.values(), default=0)
    return [Bar(name, value, 0.0, _width(value, most)) for name, value in values.items()]


def stacked(values: Mapping[str, float], gap: float = 0.4) -> list[Bar]:
    """The numbers side by side as parts of one bar; those of nothing are left out."""
    there = {name: value for name, value in values.items() if value > 0}
    widths = _shares(list(there.values()), WIDTH - gap * max(len(there) - 1, 0))
    found, x = [], 0.0
    for (name, value), width in zip(there.items(), widths, strict=True):
        found.append(Bar(name, value, round(x, 2), round(width, 2)))
        x += width + gap
    return found


def _width(value: float, most: float) -> float:
    if value <= 0 or most <= 0:
        return 0.0
    return round(max(_LEAST, WIDTH * value / most), 2)


def _shares(values: Sequence[float], room: float) -> list[float]:
    """Widths in proportion, none too small to be seen."""
    total = sum(values)
    if not total:
        return []
    widths = [max(_LEAST, room * value / total) for value in values]
    over = sum(widths)
    return [width * room / over for width in widths]
