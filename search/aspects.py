"""Aspects: what of a disease or a treatment a question asks for, and the headings it is under."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from indexer.reader import terms

ASPECTS = Path(__file__).resolve().parent.parent / "corpus" / "aspects.toml"
_ABOVE = 0.6  # what the heading above the nearest one counts
_LONGEST_PHRASE = 6  # words
_WITH_A_SECTION = 2  # headings under a section of a page; the outermost names the page


class Aspect(BaseModel):
    """One aspect, by the words it is asked for with and the words of its headings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    asked: tuple[str, ...] = Field(min_length=1)
    headings: tuple[str, ...] = Field(min_length=1)


def read_aspects(file: Path = ASPECTS) -> list[Aspect]:
    """The aspects in a TOML file."""
    given = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Aspect.model_validate(each) for each in given["aspect"]]


class Aspects:
    """Which passages stand under a heading for what a question asks."""

    def __init__(self, aspects: Sequence[Aspect], trails: Sequence[Sequence[str]]) -> None:
        """``trails`` are the passages' headings, outermost first, in the order of the rows."""
        self._asked = [_phrases(aspect.asked) for aspect in aspects]
        named = [_phrases(aspect.headings) for aspect in aspects]
        known: dict[str, NDArray[np.float64]] = {}

        def of(heading: str) -> NDArray[np.float64]:
            if heading not in known:
                held = _runs(heading)
                known[heading] = np.array([bool(names & held) for names in named], dtype=float)
            return known[heading]

        nothing = np.zeros(len(aspects))
        self._stands = np.array(
            [
                np.maximum(
                    of(trail[-1]) if trail else nothing,
                    _ABOVE * of(trail[-2]) if len(trail) > _WITH_A_SECTION else nothing,
                )
                for trail in trails
            ]
        ).reshape(len(trails), len(aspects))
        # A heading that many passages stand under says less.
        count = self._stands.sum(axis=0)
        self._rarity = np.log((len(trails) + 1) / (count + 1))

    def match(self, question: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How well each row's headings name what is asked, 0 to 1; shape (rows,)."""
        held = _runs(question)
        asked = np.array([bool(phrases & held) for phrases in self._asked], dtype=bool)
        weights = np.where(asked, np.maximum(self._rarity, 0), 0.0)
        most = weights.max(initial=0.0)
        if not most:
            return np.zeros(len(rows))
        found: NDArray[np.float64] = (self._stands[rows] * (weights / most)).max(axis=1)
        return found


def _phrases(written: Sequence[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(term.stem for term in terms(each)) for each in written)


def _runs(text: str) -> set[tuple[str, ...]]:
    """The words of a text, and every few of them that stand one after another."""
    stems = [term.stem for term in terms(text)]
    return {
        tuple(stems[at : at + length])
        for length in range(1, _LONGEST_PHRASE + 1)
        for at in range(len(stems) - length + 1)
    }
