"""The engine: one index and its encoder, from a request to results. It holds no other state."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoder, SentenceTransformerEncoder, Vectors
from indexer.layout import DataFolder, Generation
from indexer.reader import IndexReader
from search.fuse import fuse
from search.question import Question, understand
from search.rank import Ranked, once, rare_tiers
from search.request import SearchRequest
from search.results import Results, facets, group, hit, web_address
from search.retrieve import retrieve
from search.settings import SearchSettings


class Engine:
    """Answers requests from one index."""

    def __init__(self, index: IndexReader, encoder: Encoder, settings: SearchSettings) -> None:
        self.index = index
        self.encoder = encoder
        self._settings = settings
        self._withdrawn: frozenset[str] = frozenset()
        self._shown: NDArray[np.bool_] | None = None  # rows that are not withdrawn; None: all

    @classmethod
    def load(
        cls,
        settings: SearchSettings,
        before: Engine | None = None,
        generation: Generation | None = None,
    ) -> Engine:
        """An index, its encoder loaded and warm: the live one of the data folder, or a given one.

        The encoder of the engine ``before`` is used again: it holds most of the memory.
        Raises IndexNotFoundError, IndexInvalidError, StoreError or EncoderError.
        """
        live = generation or DataFolder(settings.data).live()
        encoder = before.encoder if before else SentenceTransformerEncoder(settings.encoder)
        engine = cls(IndexReader.open(live, encoder), encoder, settings)
        engine.search(SearchRequest(q="warm up"))
        return engine

    @property
    def withdrawn(self) -> frozenset[str]:
        """The pages that no answer may hold, though the index may still."""
        return self._withdrawn

    def withdraw(self, urls: frozenset[str]) -> None:
        """Leave these pages out of every answer from now on, and no others."""
        shown = np.array([each.url not in urls for each in self.index.passages], dtype=np.bool_)
        self._shown = None if shown.all() else shown
        self._withdrawn = urls

    def search(self, request: SearchRequest) -> Results:
        """The results of one request."""
        began = time.perf_counter()
        index = self.index
        question = understand(
            request.q, index, self._settings.rare_passages, self.encoder.count_tokens
        )
        needs_vector = request.mode != "keyword" or index.manifest.answerability is not None
        vector = self.encoder.encode([request.q])[0] if needs_vector else None
        ranked, complete = self._rank(request, question, vector)
        groups = group(ranked, index, by_page=request.group_by == "page")
        start = (request.page - 1) * request.per_page
        shown = groups[start : start + request.per_page]
        results = Results(
            q=request.q,
            page=request.page,
            per_page=request.per_page,
            found=len(groups),
            found_relation="eq" if complete else "gte",
            search_time_ms=0.0,
            index_version=index.version,
            answerable=bool(groups) and self._answerable(request.q, vector),
            corrections=[],
            expansions=[],
            facets=facets(groups, index),
            hits=[hit(each, question, index) for each in shown],
        )
        results["search_time_ms"] = round((time.perf_counter() - began) * 1000, 2)
        return results

    def passage(self, passage_id: str) -> dict[str, Any] | None:
        """A passage and its neighbours on the page, in reading order; None when there is none."""
        row = self._rows.get(passage_id)
        passages = self.index.passages
        if row is None or passages[row].url in self._withdrawn:
            return None
        url = passages[row].url
        around = [each for each in (row - 1, row + 1) if 0 <= each < len(passages)]
        around = [each for each in around if passages[each].url == url]
        return {
            "index_version": self.index.version,
            "passage": self._described(row),
            "before": [self._described(each) for each in around if each < row],
            "after": [self._described(each) for each in around if each > row],
        }

    def _rank(
        self, request: SearchRequest, question: Question, vector: Vectors | None
    ) -> tuple[list[Ranked], bool]:
        index, settings = self.index, self._settings
        if request.mode == "semantic":
            question_of_mode = Question(question.text, (), question.stems, ())
        else:
            question_of_mode = question
        found = retrieve(
            index,
            question_of_mode,
            None if request.mode == "keyword" else vector,
            self._allowed(request),
            settings,
        )
        weight = {"semantic": 1.0, "keyword": 0.0}.get(request.mode, settings.semantic_weight)
        scores = fuse(found.semantic, found.keyword, weight)
        tiers = rare_tiers(found.rows, question_of_mode, index)
        # Ties go to the earlier passage, so that an order never depends on chance.
        order = np.lexsort((found.rows, -scores, -tiers))
        ranked = [
            Ranked(
                int(found.rows[i]),
                float(scores[i]),
                float(found.semantic[i]),
                float(found.keyword[i]),
                bool(tiers[i]),
            )
            for i in order
        ]
        return once(ranked, index), found.complete

    def _allowed(self, request: SearchRequest) -> NDArray[np.bool_] | None:
        """Which passages the request's filters leave; None when it has none."""
        masks = [] if self._shown is None else [self._shown]
        masks += [
            self._values[name] == value
            for name in ("audience", "source", "section")
            if (value := getattr(request, name))
        ]
        if request.reviewed_after:
            masks.append(self._values["reviewed"] >= request.reviewed_after.isoformat())
        return np.logical_and.reduce(masks) if masks else None

    def _answerable(self, text: str, vector: Vectors | None) -> bool:
        model = self.index.manifest.answerability
        if model is None or vector is None:
            return True
        cosine, coverage = self.index.evidence(text, vector, self._shown)
        return model.says(cosine, coverage)

    def _described(self, row: int) -> dict[str, Any]:
        passage = self.index.passages[row]
        names = (
            "id title headings text url path link position source audience section reviewed"
            " fetched_at content_hash"
        )
        shown = {name: getattr(passage, name) for name in names.split()}
        return {**shown, "url": web_address(passage.url), "link": web_address(passage.link)}

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {passage.id: row for row, passage in enumerate(self.index.passages)}

    @cached_property
    def _values(self) -> dict[str, NDArray[np.str_]]:
        """Each filter's value for every passage; an unknown review date sorts before all."""
        names = ("audience", "source", "section", "reviewed")
        return {
            name: np.array([getattr(each, name) or "" for each in self.index.passages], dtype=str)
            for name in names
        }
