"""The engine: one index and its encoder, from a request to results. It holds no other state."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import count
from typing import cast

import numpy as np
from numpy.typing import NDArray

from indexer.converted_encoder import fastest
from indexer.encoder import Encoder, SentenceTransformerEncoder, Vectors
from indexer.layout import Generation
from indexer.reader import BEST, Allowed, Evidence, Filter, IndexReader
from search.directions import Directions
from search.fuse import learned, ranks, weighted
from search.question import Question, Understanding
from search.rank import Ranking, rank
from search.request import SearchRequest, SuggestRequest
from search.rerank import Reranker, rerank, reranker_of
from search.results import Group, facets, group, hit, reviewed, web_address
from search.retrieve import Candidates, Found, Scores, Weigher, retrieve
from search.schema import Hit, InContext, PassageShown, Results, Suggestion
from search.settings import SearchSettings
from search.suggest import Suggester
from search.timing import stage

_EQUAL = ("audience", "source", "section", "language")  # filters by a column's value


class Engine:
    """Answers requests from one index."""

    def __init__(
        self,
        index: IndexReader,
        encoder: Encoder,
        settings: SearchSettings,
        reranker: Reranker | None = None,
    ) -> None:
        self.index = index
        self.encoder = encoder
        self.reranker = reranker
        self._settings = settings
        self._directions = Directions(encoder, settings.question_cache)
        self._understanding = Understanding(index, encoder.count_tokens, settings)
        self._suggester = Suggester(index)
        self._weigher = Weigher(index, self._understanding.aspects)
        self._withdrawn: frozenset[str] = frozenset()
        self._shown: NDArray[np.bool_] | None = None  # rows that are not withdrawn; None: all
        self._hidden: frozenset[str] = frozenset()  # pages of the index that are withdrawn

    @classmethod
    def load(
        cls,
        settings: SearchSettings,
        before: Engine | None = None,
        generation: Generation | None = None,
    ) -> Engine:
        """An index, its models loaded and warm: the live one of the data folder, or a given one.

        The models of the engine ``before`` are used again: they hold most of the memory.
        Raises IndexNotFoundError, IndexInvalidError, StoreError or EncoderError.
        """
        live = generation or settings.folder.live()
        encoder = before.encoder if before else _encoder_of(settings)
        reranker = reranker_of(settings, before.reranker if before else None)
        engine = cls(IndexReader.open(live, encoder), encoder, settings, reranker)
        engine.warm_up()
        return engine

    def warm_up(self) -> None:
        """Do all that a first question would have to wait for."""
        if self.reranker is not None:
            self.reranker.scores("warm up", ["warm up"])  # the search may find nothing to rerank
        self.search(SearchRequest(q="warm up"))

    @property
    def withdrawn(self) -> frozenset[str]:
        """The pages that no answer may hold, though the index may still."""
        return self._withdrawn

    def withdraw(self, urls: frozenset[str]) -> None:
        """Leave these pages out of every answer from now on, and no others."""
        outline = self.index.outline
        shown = outline.pages_but(urls)
        self._shown = None if shown.all() else shown[outline.page]
        self._hidden = frozenset(outline.urls[page] for page in np.flatnonzero(~shown).tolist())
        self._withdrawn = urls

    def search(self, request: SearchRequest) -> Results:
        """The results of one request."""
        began = time.perf_counter()
        question, candidates, vector = self._candidates(request)
        with stage("rank"):
            ranking = self._ranking(request, question, candidates)
        with stage("present"):
            results = self._results(request, question, vector, (candidates, ranking))
        results["search_time_ms"] = round((time.perf_counter() - began) * 1000, 2)
        return results

    def _results(
        self,
        request: SearchRequest,
        question: Question,
        vector: Vectors | None,
        ranked: tuple[Candidates, Ranking],
    ) -> Results:
        groups = group(*ranked, self.index, by_page=request.group_by == "page")
        start = (request.page - 1) * request.per_page
        shown = groups[start : start + request.per_page]
        return Results(
            q=request.q,
            page=request.page,
            per_page=request.per_page,
            found=len(groups),
            found_relation="eq" if ranked[0].found.is_all else "gte",
            search_time_ms=0.0,
            index_version=self.index.version,
            answerable=bool(groups) and self._answerable(question, ranked[0]),
            corrections=list(question.corrections),
            expansions=list(question.expansions),
            facets=facets(groups, self.index.columns),
            reviewed=reviewed(groups, self.index.columns["reviewed"]),
            hits=self._hits(shown, question, vector, ranked),
        )

    def suggest(self, request: SuggestRequest) -> list[Suggestion]:
        """What completes the words typed so far."""
        return self._suggester.suggest(request.q, request.limit, self._withdrawn)

    def passage(self, passage_id: str) -> InContext | None:
        """A passage and its neighbours on the page, in reading order; None when there is none."""
        row = self.index.keyword.row_of(passage_id)
        passages = self.index.passages
        if row is None or passages[row].url in self._withdrawn:
            return None
        url = passages[row].url
        around = [each for each in (row - 1, row + 1) if 0 <= each < len(passages)]
        around = [each for each in around if passages[each].url == url]
        return InContext(
            index_version=self.index.version,
            passage=self._described(row),
            before=[self._described(each) for each in around if each < row],
            after=[self._described(each) for each in around if each > row],
        )

    def candidates(self, request: SearchRequest) -> tuple[Question, Candidates]:
        """How a request is understood, and the passages worth ranking for it."""
        question, candidates, _ = self._candidates(request)
        return question, candidates

    def _candidates(self, request: SearchRequest) -> tuple[Question, Candidates, Vectors | None]:
        settings = self._settings
        with stage("understand"):
            question = self._understanding.read(
                request.q,
                expand=request.expand and settings.expansions,
                correct=request.correct and settings.spelling,
            )
        with stage("encode"):
            vector = self._vector(request, question)
        with stage("retrieve"):
            found = self._found(request, question, vector)
        with stage("rank"):
            return question, self._weigher.weigh(question, vector, found), vector

    def _vector(self, request: SearchRequest, question: Question) -> Vectors | None:
        if request.mode == "keyword" and self.index.manifest.answerability is None:
            return None
        return self._directions.of(question.readings)

    def _found(self, request: SearchRequest, question: Question, vector: Vectors | None) -> Found:
        by_words = (
            question
            if request.mode != "semantic"
            else replace(question, words={}, others=(), rare=())
        )
        by_meaning = vector if request.mode != "keyword" else None
        return retrieve(self.index, by_words, by_meaning, self._allowed(request), self._settings)

    def _ranking(
        self, request: SearchRequest, question: Question, candidates: Candidates
    ) -> Ranking:
        rare = question.rare if request.mode != "semantic" else ()
        ranking = rank(candidates, self._scores(request, candidates), rare, self.index)
        if self.reranker is None or request.mode != "hybrid":
            return ranking
        first = candidates.rows[ranking.order[: self._settings.rerank_passages]]
        texts = [self.index.passages[row].embedded_text for row in first]
        return rerank(ranking, self.reranker.scores(question.text, texts))

    def _hits(
        self,
        shown: Sequence[Group],
        question: Question,
        vector: Vectors | None,
        ranked: tuple[Candidates, Ranking],
    ) -> list[Hit]:
        """The results as clients see them; those that were not ranked are weighed now."""
        candidates, ranking = ranked
        rest = candidates.found.among_the_rest([g.place for g in shown if not g.ranked])
        unranked = (
            self._weigher.weigh(question, vector, rest),
            ranking.of_the_rest(len(rest.rows)),
        )
        number = count()
        return [
            hit(each, question, ranked, self.index)
            if each.ranked
            else hit(replace(each, place=next(number)), question, unranked, self.index)
            for each in shown
        ]

    def _scores(self, request: SearchRequest, candidates: Candidates) -> Scores:
        settings = self._settings
        if request.mode != "hybrid":
            return weighted(candidates, 1.0 if request.mode == "semantic" else 0.0)
        if settings.fusion == "weighted":
            return weighted(candidates, settings.semantic_weight)
        if settings.fusion == "ranks":
            return ranks(candidates)
        return learned(candidates, self.index.outline, settings.weights)

    def _allowed(self, request: SearchRequest) -> Allowed | None:
        """What the request's filters leave; None when it has none."""
        named = ((name, getattr(request, name)) for name in _EQUAL)
        after = request.reviewed_after.isoformat() if request.reviewed_after else ""
        equal = tuple((name, value) for name, value in named if value)
        # A month without a day counts as its first: none passes as newer than it may be.
        asked = Filter(equal, after.removesuffix("-01"), request.url, self._hidden)
        columns = self.index.columns
        masks = [] if self._shown is None else [self._shown]
        masks += [columns[name].equals(value) for name, value in asked.equal]
        if asked.reviewed_after:
            masks.append(columns["reviewed"].at_least(asked.reviewed_after))
        if asked.url:
            masks.append(self.index.outline.page == self._pages.get(asked.url, -1))
        return Allowed.of(masks, asked) if masks else None

    def _answerable(self, question: Question, candidates: Candidates) -> bool:
        """What the fitted model says of the best passages of either half."""
        model = self.index.manifest.answerability
        if model is None:
            return True
        best = [np.argsort(-each)[:BEST] for each in (candidates.semantic, candidates.keyword)]
        coverage = float(candidates.coverage[np.concatenate(best)].max(initial=0.0))
        evidence = Evidence(
            float(candidates.semantic.max(initial=0.0)),
            coverage,
            coverage * self._weigher.information(question),
        )
        return model.says(evidence)

    def _described(self, row: int) -> PassageShown:
        passage = self.index.passages[row]
        shown = {name: getattr(passage, name) for name in PassageShown.__annotations__}
        shown |= {"url": web_address(passage.url), "link": web_address(passage.link)}
        return cast("PassageShown", shown)

    @cached_property
    def _pages(self) -> dict[str, int]:
        """The number of each page by its address."""
        return {url: number for number, url in enumerate(self.index.outline.urls)}


def _encoder_of(settings: SearchSettings) -> Encoder:
    """The encoder that the settings name, one thread to a question: many are asked at once."""
    plain = SentenceTransformerEncoder(settings.encoder)
    return fastest(plain, settings.folder.encoders, threads=1)
