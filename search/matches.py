"""The two halves of retrieval: what holds a question's words, and what is near it in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from indexer.encoder import Vectors
from indexer.reader import NO_ROWS, Allowed, IndexReader, KeywordQuery, Rows

_LISTED = 10_000  # allowed passages up to which the keyword index is told which these are
_FURTHER = 8  # times as many are looked at when too few of the best are allowed


@dataclass(frozen=True, slots=True)
class Asked:
    """What both halves are asked."""

    words: KeywordQuery
    vector: Vectors | None  # None: meaning does not count
    allowed: Allowed | None  # what filters leave; None: everything
    reach: float  # share of the best passage's cosine that is near enough
    most_words: int  # of an index too large to be looked through
    most_near: int


class Matches(NamedTuple):
    """What either half found."""

    words: dict[int, float]  # rows with their BM25 scores, best first
    near: Rows  # best first
    is_all: bool  # whether nothing else matches


def matches(index: IndexReader, asked: Asked) -> Matches:
    """All that matches; of an index too large to be looked through the best of either half."""
    return _all(index, asked) if index.dense.is_exact else _best(index, asked)


def scores_by_words(index: IndexReader, asked: Asked, rows: Sequence[int]) -> dict[int, float]:
    """The BM25 scores of those rows that hold a word, which need not be among the best."""
    return dict(index.keyword.search(asked.words, len(rows), rows)[0]) if rows else {}


def _all(index: IndexReader, asked: Asked) -> Matches:
    hits, _ = index.keyword.search(asked.words, max(len(index), 1))
    allowed = asked.allowed
    words = {row: score for row, score in hits if allowed is None or allowed.rows[row]}
    near = index.within(asked.vector, asked.reach) if asked.vector is not None else NO_ROWS
    return Matches(words, near if allowed is None else near[allowed.rows[near]], is_all=True)


def _best(index: IndexReader, asked: Asked) -> Matches:
    words, all_words = _best_by_words(index, asked)
    if asked.vector is None:
        return Matches(words, NO_ROWS, all_words)
    rows, cosines = index.nearest(asked.vector, asked.most_near, asked.allowed)
    # What is near enough does not depend on the filters.
    best = cosines if asked.allowed is None else index.nearest(asked.vector, 1)[1]
    near = rows[cosines >= asked.reach * max(float(best.max(initial=0.0)), 0.0)]
    there_are = len(index) if asked.allowed is None else int(asked.allowed.rows.sum())
    all_near = len(near) < len(rows) or len(rows) == there_are
    return Matches(words, near, all_words and all_near)


def _best_by_words(index: IndexReader, asked: Asked) -> tuple[dict[int, float], bool]:
    """The best rows by their words, and whether these are all."""
    allowed, limit = asked.allowed, asked.most_words
    if allowed is not None and int(allowed.rows.sum()) <= _LISTED:
        hits, matching = index.keyword.search(
            asked.words, limit, np.flatnonzero(allowed.rows).tolist()
        )
        return dict(hits), matching <= len(hits)
    while True:
        hits, matching = index.keyword.search(asked.words, limit)
        left = [(row, score) for row, score in hits if allowed is None or allowed.rows[row]]
        if len(left) >= asked.most_words or len(hits) >= matching:
            cut = len(hits) < matching or len(left) > asked.most_words
            return dict(left[: asked.most_words]), not cut
        limit *= _FURTHER
