"""Aspects: what of a disease or a treatment a question asks for, and the headings it is under."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from indexer.reader import Outline, terms

ASPECTS = Path(__file__).resolve().parent.parent / "corpus" / "aspects.toml"
_ABOVE = 0.6  # what the heading above the nearest one counts
_LONGEST_PHRASE = 6  # words


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

    def __init__(self, aspects: Sequence[Aspect], outline: Outline) -> None:
        self._asked = [_phrases(aspect.asked) for aspect in aspects]
        named = [_phrases(aspect.headings) for aspect in aspects]

        @cache
        def of(heading: str) -> NDArray[np.float64]:
            held = _runs(heading)
            return np.array([bool(names & held) for names in named], dtype=float)

        sections, rows, count = np.unique(outline.section, return_index=True, return_counts=True)
        stands = [
            np.maximum(
                of(outline.headings[section]),
                _ABOVE * of(outline.headings[above]) if above != section else 0.0,
            )
            for section, above in zip(sections.tolist(), outline.parent[rows].tolist(), strict=True)
        ]
        distinct, kinds = np.unique(
            np.array(stands).reshape(len(sections), len(aspects)), axis=0, return_inverse=True
        )
        self._stands = distinct
        of_heading = np.zeros(len(outline.headings), dtype=np.int32)
        of_heading[sections] = kinds
        self._kind = of_heading[outline.section]
        # A heading that many passages stand under says less.
        under = count @ distinct[kinds]
        self._rarity = np.log((len(outline) + 1) / (under + 1))

    def match(self, question: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How well each row's headings name what is asked, 0 to 1; shape (rows,)."""
        held = _runs(question)
        asked = np.array([bool(phrases & held) for phrases in self._asked], dtype=bool)
        weights = np.where(asked, np.maximum(self._rarity, 0), 0.0)
        most = weights.max(initial=0.0)
        if not most:
            return np.zeros(len(rows))
        stands = self._stands[self._kind[rows]]
        found: NDArray[np.float64] = (stands * (weights / most)).max(axis=1)
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
