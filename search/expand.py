"""Other names of what a question asks for, from the glossary and from the pages themselves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from indexer.reader import STOPWORDS, Equivalent, Term, terms
from search.english import is_everyday

_MOST_STEPS = 3  # from a brand to its substance, to the class, to the class's abbreviation
_MOST_NAMES = 6  # of one name; more would say less
_PAUSE = re.compile(r"[,;:.!?]\s")  # "vitamins A, E and K" is not about A&E
Name = tuple[str, ...]  # the stems of its words


@dataclass(frozen=True, slots=True)
class Expansion:
    """A name in a question, and another one that is looked for as well."""

    start: int  # of the name in the question, in characters
    end: int
    means: str
    source: Literal["glossary", "page"]
    steps: int  # 1: means the same; more: by way of other names


class Expander:
    """Finds the names that a lexicon has others for."""

    def __init__(self, equivalents: Iterable[Equivalent]) -> None:
        self._of: dict[Name, list[Equivalent]] = defaultdict(list)
        for each in equivalents:
            self._of[name_of(each.written)].append(each)
        self._longest = max(map(len, self._of), default=0)

    def expansions(self, text: str) -> list[Expansion]:
        """The other names of the names in a question, for each the nearest in meaning first."""
        found = terms(text)
        shouted = len(found) > 1 and not any(map(str.islower, text))
        expansions: list[Expansion] = []
        at = 0
        while at < len(found):
            length = 1
            for length in range(min(self._longest, len(found) - at), 0, -1):
                meant = self._meant(text, found, at, length, shouted=shouted)
                if meant:
                    span = (found[at].start, found[at + length - 1].end)
                    expansions += self._closure(*span, meant)
                    break
            at += length
        return expansions

    def _meant(
        self, text: str, found: Sequence[Term], at: int, length: int, *, shouted: bool
    ) -> list[Equivalent]:
        """The other names of the words from ``at`` on, where they are meant as that name."""
        others = self._of.get(tuple(term.stem for term in found[at : at + length]))
        if not others:
            return []
        span = text[found[at].start : found[at + length - 1].end]
        known = [each for each in others if not _PAUSE.search(span) or _PAUSE.search(each.written)]
        if not known:
            return []
        beside = {
            term.exact
            for term in (*found[max(at - 1, 0) : at], *found[at + length : at + length + 1])
        }
        as_written = [each for each in known if each.written in {span, span.removesuffix("s")}]
        if as_written and not (shouted and _is_ordinary(span)):
            return as_written
        return [
            each
            for each in known
            if not beside.isdisjoint(term.exact for word in each.near for term in terms(word))
            or not (each.near or _is_ordinary(span))
            or (not shouted and _capitals(span) >= max(_capitals(each.written), 1))
            or not _capitals(each.written)
        ]

    def _closure(self, start: int, end: int, meant: Sequence[Equivalent]) -> list[Expansion]:
        """What the names mean, what that means in turn, and so on; each name once."""
        seen = {name_of(each.written) for each in meant}
        reached: list[Expansion] = []
        step = list(meant)
        for steps in range(1, _MOST_STEPS + 1):
            fresh: list[str] = []
            for each in step:
                name = name_of(each.means)
                if name not in seen:
                    seen.add(name)
                    fresh.append(each.means)
                    reached.append(Expansion(start, end, each.means, each.source, steps))
            step = [
                each
                for means in fresh
                for each in self._of.get(name_of(means), ())
                # PNET is one tumour and pNET another.
                if each.written == means or not _capitals(each.written)
            ]
        return reached[:_MOST_NAMES]


def name_of(written: str) -> Name:
    """A name as it is compared: written variants and inflections unified."""
    return tuple(term.stem for term in terms(written))


def _is_ordinary(span: str) -> bool:
    """Whether a name is written like everyday words: net, pet, I'm."""
    return is_everyday(span.lower()) or {term.exact for term in terms(span)} <= STOPWORDS


def _capitals(written: str) -> int:
    return sum(map(str.isupper, written))
