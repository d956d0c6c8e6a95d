"""Retrieval: candidate passages with all that ranking weighs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.reader import NO_ROWS, Allowed, IndexReader, KeywordQuery, Rows, WeightedName
from search.aspects import Aspects
from search.matches import Asked, matches, scores_by_words
from search.question import Question
from search.rare import Words
from search.settings import SearchSettings

# What holding another name of a word counts, where holding the word itself counts 1.
_OTHER_NAME = 0.9
# Of each half, the passages whose neighbours under the same headings are candidates as well: what
# is said of a drug is often in the list below the paragraph that names it.
_BEST = 5
Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """Every row that matches a question: those worth ranking, and the rest in their order."""

    rows: Rows
    keyword: Scores  # BM25 of each; 0 where no word matches
    rest: Rows = field(default_factory=lambda: NO_ROWS)
    rest_keyword: Scores = field(default_factory=lambda: np.zeros(0))
    is_all: bool = True  # whether nothing else matches

    def among_the_rest(self, places: Sequence[int]) -> Found:
        """Some of the rest, by themselves."""
        at = np.array(places, dtype=np.int64)
        return Found(self.rest[at], self.rest_keyword[at], is_all=self.is_all)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages worth ranking: rows of the index and, in the same order, what speaks for each."""

    found: Found
    semantic: Scores  # cosine of the passage with the question
    coverage: Scores  # share of the question's words, by rarity, that the passage holds
    aspect: Scores  # how well its headings name what is asked, 0 to 1
    usual_cosine: float  # mean over the whole index, of passages

    @property
    def rows(self) -> Rows:
        """Those worth ranking."""
        return self.found.rows

    @property
    def keyword(self) -> Scores:
        """BM25; 0 where no word matches."""
        return self.found.keyword


def retrieve(
    index: IndexReader,
    question: Question,
    vector: Vectors | None,
    allowed: Allowed | None,
    settings: SearchSettings,
) -> Found:
    """Every row that holds a word of the question, or is near enough to it in meaning.

    Without a ``vector`` only words count; without ``question.words`` only the vector does. What is
    near enough does not depend on the filters, so that a filter leaves as many as facets promise.
    An index too large to be looked through gives the best of either half, and no others.
    """
    asked = Asked(
        _keyword_query(question, settings),
        vector,
        allowed,
        settings.semantic_reach,
        settings.keyword_candidates,
        settings.candidates,
    )
    words, near, is_all = matches(index, asked)
    first_words = list(words)[: settings.keyword_candidates]
    first_near = near[: settings.candidates].tolist()
    rare = [row for term in question.rare for row in rare_rows(term, index)]
    weighs_sections = len(near) and question.words and settings.fusion == "learned"
    best = [*first_near[:_BEST], *first_words[:_BEST], *rare]
    beside = index.outline.beside(best) if weighs_sections else []
    first = dict.fromkeys([*first_near, *first_words, *rare, *beside])
    rows = [row for row in first if allowed is None or allowed.rows[row]]
    if not index.dense.is_exact:  # they came by meaning, or are beside others
        words |= scores_by_words(index, asked, [row for row in rows if row not in words])
    rest = [row for row in dict.fromkeys([*words, *near.tolist()]) if row not in first]
    return Found(
        np.array(rows, dtype=np.int64),
        np.array([words.get(row, 0.0) for row in rows], dtype=np.float64),
        np.array(rest, dtype=np.int64),
        np.array([words.get(row, 0.0) for row in rest], dtype=np.float64),
        is_all,
    )


def _keyword_query(question: Question, settings: SearchSettings) -> KeywordQuery:
    boosts = {
        "title": settings.title_boost,
        "headings": settings.headings_boost,
        "text": settings.text_boost,
    }
    names = tuple(WeightedName((stem,), weight) for stem, weight in question.words.items())
    others: dict[tuple[int, int], list[WeightedName]] = defaultdict(list)
    for each in question.others:
        span = (each.expansion.start, each.expansion.end)
        others[span].append(WeightedName(each.stems, each.weight))
    return KeywordQuery(names, boosts, tuple(map(tuple, others.values())))


def rare_rows(words: Words, index: IndexReader) -> list[int]:
    """The rows that hold a rare term, in text or headings."""
    return [*index.keyword.holding(words), *index.keyword.holding(words, "headings")]


class Weigher:
    """Works out what speaks for each of some rows."""

    def __init__(self, index: IndexReader, aspects: Aspects) -> None:
        self._index = index
        self._aspects = aspects

    def weigh(self, question: Question, vector: Vectors | None, found: Found) -> Candidates:
        """The candidates of one question with everything that ranking weighs."""
        rows = found.rows
        nothing = np.zeros(len(rows))
        if not len(rows):
            return Candidates(found, nothing, nothing, nothing, 0.0)
        outline = self._index.outline
        semantic, usual = nothing, 0.0
        if vector is not None:
            direction = vector.reshape(-1)
            semantic = np.asarray(self._index.cosines(vector, rows), dtype=np.float64)
            usual = float(outline.mean_vector @ direction)
        return Candidates(
            found=found,
            semantic=semantic,
            coverage=self.coverage(rows, question),
            aspect=self._aspects.match(question.text, rows) if question.words else nothing,
            usual_cosine=usual,
        )

    def information(self, question: Question) -> float:
        """The sum of the rarities of the question's words, in nats."""
        return sum(self._index.rarity(word) * weight for word, weight in question.words.items())

    def coverage(self, rows: NDArray[np.int64], question: Question) -> Scores:
        """The share of the question's words, by rarity, that each row holds anywhere."""
        words = list(question.words)
        weights = np.array([self._index.rarity(w) * question.words[w] for w in words])
        if not len(rows) or not weights.sum():
            return np.zeros(len(rows))
        stems = list(dict.fromkeys([*words, *(s for o in question.others for s in o.content)]))
        number = {stem: i for i, stem in enumerate(stems)}
        holds = self._index.outline.holds(rows, stems)
        held = holds[:, : len(words)].astype(np.float64)
        for other in question.others:
            there = holds[:, [number[stem] for stem in other.content]].all(axis=1) * _OTHER_NAME
            for stem in other.instead_of:
                if stem in question.words:
                    held[:, number[stem]] = np.maximum(held[:, number[stem]], there)
        share: Scores = held @ weights / weights.sum()
        return share
