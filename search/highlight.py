"""Which words of a passage the question asked for, as offsets into its text."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from indexer.reader import terms
from search.schema import Highlight


class _Read(NamedTuple):
    """The words of a text: what is kept of them takes a tenth of the memory of the terms."""

    stems: tuple[str, ...]
    starts: array[int]
    ends: array[int]


def highlights(
    text: str, stems: Collection[str], others: Sequence[tuple[str, ...]]
) -> list[Highlight]:
    """The words of a text that are the question's, and other names as they stand, in order."""
    read = _read(text)
    kinds: dict[int, Literal["exact", "synonym"]] = {
        place: "exact" for place, stem in enumerate(read.stems) if stem in stems
    }
    for name in others:
        for at in places(text, name):
            for place in range(at, at + len(name)):
                kinds.setdefault(place, "synonym")
    marks: list[Highlight] = []
    for place in sorted(kinds):
        # One character may stand for two words: ½ is 1 and 2.
        if not marks or marks[-1]["end"] <= read.starts[place]:
            start, end = read.starts[place], read.ends[place]
            marks.append(Highlight(start=start, end=end, kind=kinds[place]))
    return marks


def places(text: str, name: tuple[str, ...]) -> list[int]:
    """Where in a text the stems of a name stand one after another, counted in words."""
    stems = _read(text).stems
    if name[0] not in stems:
        return []
    first = [at for at, stem in enumerate(stems) if stem == name[0]]
    return [at for at in first if stems[at : at + len(name)] == name]


@lru_cache(maxsize=4096)
def _read(text: str) -> _Read:
    # The passages that are shown are a few of many, and often the same.
    found = terms(text)
    return _Read(
        tuple(term.stem for term in found),
        array("i", [term.start for term in found]),
        array("i", [term.end for term in found]),
    )
