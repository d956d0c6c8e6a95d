"""Retrieval: candidate passages with the scores of both halves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Vectors
from indexer.reader import IndexReader, KeywordQuery, WeightedTerm
from search.question import Question
from search.settings import SearchSettings

_MOST_KEYWORD_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages worth ranking: rows of the index and, in the same order, their scores."""

    rows: NDArray[np.int64]
    semantic: NDArray[np.float64]  # cosine with the question
    keyword: NDArray[np.float64]  # BM25; 0 where no word matches
    complete: bool  # whether every passage that matches is among them


def retrieve(
    index: IndexReader,
    question: Question,
    vector: Vectors | None,
    allowed: NDArray[np.bool_] | None,
    settings: SearchSettings,
) -> Candidates:
    """The candidates of one question. Without a ``vector`` only words count.

    Keyword matches are left out when ``question.terms`` is empty.
    """
    boosts = {
        "title": settings.title_boost,
        "headings": settings.headings_boost,
        "text": settings.text_boost,
    }
    query = KeywordQuery(tuple(map(WeightedTerm, question.terms)), boosts)
    limit = len(index) if allowed is not None else min(len(index), _MOST_KEYWORD_ROWS)
    hits, count = index.keyword.search(query, max(limit, 1))
    words = {row: score for row, score in hits if allowed is None or allowed[row]}
    near = index.nearest(vector, settings.candidates, allowed) if vector is not None else []
    choice = len(index) if allowed is None else int(allowed.sum())
    cut = settings.candidates < choice
    least = settings.semantic_reach * max(near[0][1], 0.0) if near else 0.0
    near = [(row, cosine) for row, cosine in near if cosine >= least]
    rows = list(dict.fromkeys([*(row for row, _ in near), *words]))
    cosines = index.cosines(vector, rows) if vector is not None else np.zeros(len(rows))
    return Candidates(
        rows=np.array(rows, dtype=np.int64),
        semantic=np.asarray(cosines, dtype=np.float64),
        keyword=np.array([words.get(row, 0.0) for row in rows], dtype=np.float64),
        complete=count <= limit and not (cut and len(near) == settings.candidates),
    )
