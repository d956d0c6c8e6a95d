"""What a crawl leaves out in such numbers that it is counted by kind and not named one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from indexer.records import LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexer.records import Drop


class Tally:
    """Counts by kind; the first example of each stands for all."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Drop, str], LeftOut] = {}

    def add(self, drop: Drop, kind: str, example: str, count: int = 1, detail: str = "") -> None:
        """Count what was left out; ``detail`` says why and what to do."""
        new = LeftOut(drop, f"{kind}, such as {example[:200]}" if example else kind, 0, detail)
        before = self._counts.get((drop, kind), new)
        self._counts[drop, kind] = replace(before, count=before.count + count)

    def __iter__(self) -> Iterator[LeftOut]:
        return (each for each in self._counts.values() if each.count)
