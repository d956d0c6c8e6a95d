"""Query understanding: what a question asks for, in the words of the index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from indexer.reader import STOPWORDS, IndexReader, terms
from search.aspects import Aspects, read_aspects
from search.expand import Expander, Expansion, Name, name_of
from search.letter import Letter, read_letter
from search.rare import Words, quoted, rare_terms
from search.schema import Correction, OtherName
from search.settings import SearchSettings
from search.spelling import Speller
from search.wording import Change, as_the_index_writes, changed, compounds, without_hyphens

_MOST_COMMON = 0.3  # share of the passages that hold another name, above which it says nothing
_FURTHER = 0.8  # what each further step away from the name in the question leaves of its weight


@dataclass(frozen=True, slots=True)
class Other:
    """Another name of something in the question."""

    stems: Name
    weight: float
    instead_of: Name
    expansion: Expansion

    @property
    def content(self) -> Name:
        """Its stems that carry meaning; all if none does."""
        return tuple(stem for stem in self.stems if stem not in STOPWORDS) or self.stems


@dataclass(frozen=True, slots=True)
class Question:
    """One question as retrieval uses it."""

    text: str  # corrected, spelt as the index spells
    readings: tuple[str, ...] = ()  # the texts whose mean vector is the question's
    words: dict[str, float] = field(default_factory=dict)  # each stem with what it counts
    others: tuple[Other, ...] = ()
    rare: tuple[Words, ...] = ()  # words and quoted phrases that few passages hold
    corrections: tuple[Correction, ...] = ()
    expansions: tuple[OtherName, ...] = ()

    @property
    def stems(self) -> frozenset[str]:
        return frozenset(self.words)


class Understanding:
    """Reads questions against one index: its words, its abbreviations, and the glossary in it."""

    def __init__(
        self, index: IndexReader, count_tokens: Callable[[str], int], settings: SearchSettings
    ) -> None:
        self._index = index
        self._count_tokens = count_tokens
        self._settings = settings
        self._speller = Speller(index.lexicon)
        self._expander = Expander(index.lexicon.equivalents)
        self.aspects = Aspects(read_aspects(), index.outline)
        self._common: dict[Name, int] = {}  # passages that hold a name, once asked for

    def read(self, asked: str, *, expand: bool = True, correct: bool = True) -> Question:
        """What a question asks for. Words in quotation marks are taken as they are."""
        text, corrections = self._corrected(asked, correct=correct)
        letter = read_letter(text)
        found = self._expander.expansions(letter.text) if expand else []
        kept = [each for each in found if self._is_worth_looking_for(each)]
        others = tuple(
            Other(
                name_of(each.means),
                self._settings.expansion_weight * _FURTHER ** (each.steps - 1),
                name_of(letter.text[each.start : each.end]),
                each,
            )
            for each in kept
        )
        return Question(
            text=text,
            readings=_readings(letter, kept),
            words=self._words(letter),
            others=others,
            rare=rare_terms(
                letter.questions or letter.text,
                self._index,
                self._settings.rare_passages,
                self._count_tokens,
            ),
            corrections=tuple(corrections),
            expansions=tuple(
                {
                    "from": letter.text[each.start : each.end],
                    "to": each.means,
                    "source": each.source,
                }
                for each in kept
            ),
        )

    def _corrected(self, asked: str, *, correct: bool) -> tuple[str, list[Correction]]:
        """A question in the index's spelling, and what was wrong in it."""
        marked = quoted(asked)

        def loose(changes: Sequence[Change]) -> list[Change]:
            return [c for c in changes if not any(a <= c.start < b for a, b in marked)]

        text = changed(asked, loose(compounds(asked, self._index)))
        marked = quoted(text)
        wrong = loose(self._speller.corrections(text)) if correct else []
        shown: list[Correction] = [
            {"from": text[each.start : each.end], "to": each.to} for each in wrong
        ]
        return as_the_index_writes(changed(text, wrong), self._index), shown

    def _is_worth_looking_for(self, expansion: Expansion) -> bool:
        name = name_of(expansion.means)
        if name not in self._common:
            self._common[name] = self._index.keyword.passages_with(name)
        return 0 < self._common[name] <= max(_MOST_COMMON * len(self._index), 1)

    def _words(self, letter: Letter) -> dict[str, float]:
        known = self._index.lexicon.words
        words: dict[str, float] = {}
        content = {term.exact for term in self._index.content_terms(letter.text)}
        for term in (each for each in terms(letter.text) if each.exact in content):
            stem = known[term.exact].stem if term.exact in known else term.stem
            words[stem] = max(words.get(stem, 0.0), letter.weight(term.start))
        return words


def _readings(letter: Letter, expansions: Sequence[Expansion]) -> tuple[str, ...]:
    """A question as it is, and with the nearest other name behind each of its names."""
    nearest: dict[int, Expansion] = {}
    for each in expansions:
        if each.steps == 1:
            nearest.setdefault(each.end, each)
    inserts = [Change(end, end, f" ({nearest[end].means})") for end in sorted(nearest)]
    texts = [letter.questions, letter.text, "" if letter.asking else changed(letter.text, inserts)]
    return tuple(dict.fromkeys(without_hyphens(each) for each in texts if each))


def mean_direction(vectors: np.ndarray) -> np.ndarray:
    """The unit vector between some, shape (1, dimension)."""
    mean = vectors.mean(axis=0, keepdims=True)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
