"""Which words of a passage the question asked for, as offsets into its text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Literal

from indexer.reader import terms
from search.schema import Highlight


def highlights(
    text: str, stems: Collection[str], others: Sequence[tuple[str, ...]]
) -> list[Highlight]:
    """The words of a text that are the question's, and other names as they stand, in order."""
    found = _read(text)
    kinds: list[Literal["exact", "synonym"] | None] = [
        "exact" if term.stem in stems else None for term in found
    ]
    for name in others:
        for at in places(text, name):
            for place in range(at, at + len(name)):
                kinds[place] = kinds[place] or "synonym"
    marks: list[Highlight] = []
    for term, kind in zip(found, kinds, strict=True):
        # One character may stand for two words: ½ is 1 and 2.
        if kind and (not marks or marks[-1]["end"] <= term.start):
            marks.append(Highlight(start=term.start, end=term.end, kind=kind))
    return marks


def places(text: str, name: tuple[str, ...]) -> list[int]:
    """Where in a text the stems of a name stand one after another, counted in words."""
    found = [term.stem for term in _read(text)]
    first = [at for at, stem in enumerate(found) if stem == name[0]]
    return [at for at in first if tuple(found[at : at + len(name)]) == name]


# The passages that are shown are a few of many, and often the same.
_read = lru_cache(maxsize=512)(terms)
