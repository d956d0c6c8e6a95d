"""The lexicon of an index: the words it holds, and which names mean the same there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from indexer.abbreviations import learn
from indexer.analyse import Analysed
from indexer.glossary import Entry
from indexer.terms import STOPWORDS, terms

_PIECE = re.compile(r"[^\W\d_]+|\d+")  # of a word with a hyphen or space in it: 5-HIAA, Lu 177
_TOGETHER = re.compile(r".*['’].*|[^\W_]+")  # don't and tumour's have no parts, nor has 177Lu


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the index, written variants unified."""

    passages: int  # that hold it, headings and title counted
    written: str  # its most usual spelling, in lower case
    stem: str  # as the keyword index has it: pcb for PCBs, however a question writes it


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A name, and another one that finds what it asks for. The reverse is one more of these."""

    written: str
    means: str
    source: Literal["glossary", "page"]
    near: tuple[str, ...] = ()  # words beside which it counts though it is an everyday word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words by their unified spelling, and names that mean the same."""

    words: dict[str, Word]
    equivalents: tuple[Equivalent, ...]
    parts: dict[str, str]  # hiaa, lutetium: the most usual word that is written with it as a part

    @classmethod
    def of(cls, analysed: Analysed, glossary: Iterable[Entry]) -> Lexicon:
        """What the passages hold and explain, and what the glossary adds."""
        texts = {
            line for p in analysed.passages for line in (p.title, *p.headings, *p.text.split("\n"))
        }  # the same heading stands in many passages and counts once
        pairs = learn(sorted(texts))
        words, parts = _words(analysed)
        return cls(words, tuple(_equivalents(glossary, pairs)), parts)

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        words = {
            exact: [word.passages, word.written, word.stem] for exact, word in self.words.items()
        }
        equivalents = [asdict(each) for each in self.equivalents]
        given = {"words": words, "equivalents": equivalents, "parts": self.parts}
        file.write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Lexicon:
        """Raises OSError, ValueError, KeyError or TypeError when it is not one."""
        given = json.loads(file.read_text(encoding="utf-8"))
        words = {exact: Word(*each) for exact, each in given["words"].items()}
        equivalents = (
            Equivalent(**{**each, "near": tuple(each["near"])}) for each in given["equivalents"]
        )
        return cls(words, tuple(equivalents), given["parts"])


def _words(analysed: Analysed) -> tuple[dict[str, Word], dict[str, str]]:
    names = analysed.words
    holding = np.bincount(analysed.held(analysed.exact)[1], minlength=len(names)).tolist()
    spellings = _named(analysed.together(analysed.exact, analysed.written), names)
    stems = _named(analysed.together(analysed.exact, analysed.stem), names)
    number = {name: each for each, name in enumerate(names)}
    words = {
        exact: Word(holding[number[exact]], _most_usual(spelt), _most_usual(stems[exact]))
        for exact, spelt in sorted(spellings.items())
    }
    parts: dict[str, str] = {}
    for exact in sorted(words, key=lambda each: -words[each].passages):
        for spelling in spellings[exact]:
            pieces = _PIECE.findall(spelling)
            if len(pieces) > 1 and not _TOGETHER.fullmatch(spelling):
                for piece in pieces:
                    parts.setdefault(piece, exact)
    # "I" is no iodine-131, and the B of hepatitis B no vitamin B-12.
    return words, {
        piece: exact
        for piece, exact in parts.items()
        if piece not in words and piece not in STOPWORDS and len(piece) > 1
    }


def _named(counted: dict[int, dict[int, int]], names: list[str]) -> dict[str, dict[str, int]]:
    return {
        names[one]: {names[other]: count for other, count in others.items()}
        for one, others in counted.items()
    }


def _most_usual(counted: dict[str, int]) -> str:
    return min(counted.items(), key=lambda each: (-each[1], each[0]))[0]


def _equivalents(
    glossary: Iterable[Entry], pairs: Iterable[tuple[str, str]]
) -> Iterable[Equivalent]:
    """Each pair of names once in each direction it has; the glossary's word goes first."""
    seen = set()
    for each in [*_of_glossary(glossary), *_of_pages(pairs)]:
        key = (_key(each.written), _key(each.means))
        if key not in seen and key[0] != key[1]:
            seen.add(key)
            yield each


def _of_glossary(glossary: Iterable[Entry]) -> Iterable[Equivalent]:
    for entry in glossary:
        for means in entry.to:
            yield Equivalent(entry.written, means, "glossary", entry.near)
            if entry.direction == "both":
                yield Equivalent(means, entry.written, "glossary")


def _of_pages(pairs: Iterable[tuple[str, str]]) -> Iterable[Equivalent]:
    for short, long in pairs:
        yield Equivalent(short, long, "page")
        yield Equivalent(long, short, "page")


def _key(name: str) -> tuple[str, ...]:
    return tuple(term.stem for term in terms(name))
