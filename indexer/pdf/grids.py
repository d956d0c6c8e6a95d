"""Rules that meet and so make the cells of a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from indexer.pdf.shapes import Rule

THIN = 3.0  # points; what is thinner is a rule and not a box
MOST_PIECES = 4000  # rules of one page that are looked at
_TOUCH = 2.5  # points between rules that meet
_SHORTEST = 12.0  # points of a rule that may be part of a table


def grids(rules: Sequence[Rule]) -> Iterator[tuple[list[float], list[float]]]:
    """The columns' and the rows' edges of each group of rules that meet."""
    across: list[tuple[float, float, float]] = []  # y, from x, to x
    down: list[tuple[float, float, float]] = []  # x, from y, to y
    for rule in rules[:MOST_PIECES]:
        if rule.height <= THIN and rule.width >= _SHORTEST:
            across.append(((rule.top + rule.bottom) / 2, rule.x0, rule.x1))
        elif rule.width <= THIN and rule.height >= _SHORTEST / 2:
            down.append(((rule.x0 + rule.x1) / 2, rule.top, rule.bottom))
        elif rule.width >= _SHORTEST and rule.height >= _SHORTEST / 2:
            across += [(y, rule.x0, rule.x1) for y in (rule.top, rule.bottom)]
            down += [(x, rule.top, rule.bottom) for x in (rule.x0, rule.x1)]
    for group in _groups(across, down):
        ys = _distinct(across[i][0] for i in group[0])
        xs = _distinct(down[i][0] for i in group[1])
        if len(xs) > 2 and len(ys) > 2:  # noqa: PLR2004 - one inner edge each way, at the least
            yield xs, ys


def _groups(
    across: Sequence[tuple[float, float, float]], down: Sequence[tuple[float, float, float]]
) -> Iterator[tuple[list[int], list[int]]]:
    """The indexes of rules that meet, directly or through others."""
    waiting = set(range(len(down)))
    free = set(range(len(across)))
    while waiting:
        group: tuple[list[int], list[int]] = ([], [waiting.pop()])
        news = [(1, group[1][0])]
        while news:
            kind, at = news.pop()
            if kind:
                x, top, bottom = down[at]
                met = [
                    i
                    for i in free
                    if across[i][1] - _TOUCH <= x <= across[i][2] + _TOUCH
                    and top - _TOUCH <= across[i][0] <= bottom + _TOUCH
                ]
                free.difference_update(met)
                group[0].extend(met)
                news += [(0, i) for i in met]
            else:
                y, x0, x1 = across[at]
                met = [
                    i
                    for i in waiting
                    if x0 - _TOUCH <= down[i][0] <= x1 + _TOUCH
                    and down[i][1] - _TOUCH <= y <= down[i][2] + _TOUCH
                ]
                waiting.difference_update(met)
                group[1].extend(met)
                news += [(1, i) for i in met]
        yield group


def _distinct(values: Iterator[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > _TOUCH:
            found.append(value)
    return found
