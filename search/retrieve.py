"""Retrieval: candidate passages with all that ranking weighs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.reader import IndexReader, KeywordQuery, WeightedName
from search.aspects import Aspects
from search.question import Question
from search.rare import Words
from search.settings import SearchSettings

# What holding another name of a word counts, where holding the word itself counts 1.
_OTHER_NAME = 0.9
# Of each half, the passages whose neighbours under the same headings are candidates as well: what
# is said of a drug is often in the list below the paragraph that names it.
_BEST = 5
Scores = NDArray[np.float64]
Found = tuple[NDArray[np.int64], Scores, bool]  # rows, their BM25 scores, whether they are all


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages worth ranking: rows of the index and, in the same order, what speaks for each."""

    rows: NDArray[np.int64]
    semantic: Scores  # cosine of the passage with the question
    keyword: Scores  # BM25; 0 where no word matches
    coverage: Scores  # share of the question's words, by rarity, that the passage holds
    aspect: Scores  # how well its headings name what is asked, 0 to 1
    complete: bool  # whether every passage that matches is among them
    usual_cosine: float  # mean over the whole index, of passages


def retrieve(
    index: IndexReader,
    question: Question,
    vector: Vectors | None,
    allowed: NDArray[np.bool_] | None,
    settings: SearchSettings,
) -> Found:
    """The rows worth ranking for one question, their BM25 scores, and whether they are all.

    Without a ``vector`` only words count; without ``question.words`` only the vector does.
    """
    limit = len(index) if allowed is not None else min(len(index), settings.keyword_candidates)
    hits, count = index.keyword.search(_keyword_query(question, settings), max(limit, 1))
    words = {row: score for row, score in hits if allowed is None or allowed[row]}
    near = index.nearest(vector, settings.candidates, allowed) if vector is not None else []
    choice = len(index) if allowed is None else int(allowed.sum())
    cut = settings.candidates < choice
    least = settings.semantic_reach * max(near[0][1], 0.0) if near else 0.0
    near = [(row, cosine) for row, cosine in near if cosine >= least]
    rare = [row for term in question.rare for row in rare_rows(term, index)]
    best = [*(row for row, _ in near[:_BEST]), *list(words)[:_BEST], *rare]
    weighs_sections = near and question.words and settings.fusion == "learned"
    beside = index.outline.beside(best) if weighs_sections else []
    found = dict.fromkeys([*(row for row, _ in near), *words, *rare, *beside])
    rows = np.array([r for r in found if allowed is None or allowed[r]], dtype=np.int64)
    scores = np.array([words.get(int(row), 0.0) for row in rows], dtype=np.float64)
    return rows, scores, count <= limit and not (cut and len(near) == settings.candidates)


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
        rows, keyword, complete = found
        nothing = np.zeros(len(rows))
        outline = self._index.outline
        semantic, usual = nothing, 0.0
        if vector is not None and len(rows):
            direction = vector.reshape(-1)
            semantic = np.asarray(self._index.cosines(vector, rows), dtype=np.float64)
            usual = float(outline.mean_vector @ direction)
        return Candidates(
            rows=rows,
            semantic=semantic,
            keyword=keyword,
            coverage=self.coverage(rows, question),
            aspect=self._aspects.match(question.text, rows) if question.words else nothing,
            complete=complete,
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
