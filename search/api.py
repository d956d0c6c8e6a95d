"""The HTTP API: search, suggestions, one passage with its neighbours, health and readiness."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, jsonify, request

from search.engine import Engine
from search.errors import RequestError
from search.gap_terms import words_of
from search.gaps import GapLog
from search.live import LiveEngine
from search.metrics import count_search
from search.openapi import Operation, describe, documented
from search.request import SearchRequest, SuggestRequest, parse, parse_suggest
from search.schema import (
    Health,
    Hit,
    InContext,
    PassageShown,
    Place,
    Readiness,
    Results,
    Suggestions,
)

blueprint = Blueprint("api", __name__)

_NO_INDEX_YET = 5  # seconds after which there may be one


def engine() -> Engine:
    """The engine that answers. Raises RequestError with 503 when there is no index yet."""
    found: Engine | None = g.engine
    if found is None:
        live: LiveEngine = current_app.extensions["live"]
        raise RequestError("no_index", live.why_not, status=503, retry_after=_NO_INDEX_YET)
    return found


def answer(asked: SearchRequest) -> Results:
    """The results of a search, counted."""
    results = engine().search(asked.model_copy(update={"url": as_indexed(asked.url)}))
    g.results = results
    if asked.typed and not results["answerable"]:
        return results  # half a word, as a rule
    count_search(results)
    gaps: GapLog | None = current_app.extensions["gaps"]
    if gaps and asked.page == 1 and not asked.narrowed:
        words = words_of(asked.q, engine().index.content_terms(asked.q))
        gaps.note(words, found=results["answerable"])
    return results


@blueprint.get("/api/v1/search")
@documented(
    Operation(
        Results,
        query=SearchRequest,
        conditional=True,
        leads_to=("api_passage", "passage_id", "$response.body#/hits/0/id"),
    )
)
def search() -> Response:
    """Ranked passages for a question."""
    results = answer(parse(request.args))
    for hit in results["hits"]:
        for each in (hit, *hit["also_on"]):
            absolute(each)
    return jsonify(results)


@blueprint.get("/api/v1/suggest")
@documented(Operation(Suggestions, query=SuggestRequest, conditional=True))
def suggest() -> Response:
    """Titles, headings and terms of the index that complete what was typed.

    Typing errors are forgiven. Never what others have asked.
    """
    asked = parse_suggest(request.args)
    found = engine().suggest(asked)
    return jsonify(
        Suggestions(q=asked.q.rstrip(), index_version=engine().index.version, suggestions=found)
    )


@blueprint.get("/api/v1/passages/<passage_id>")
@documented(Operation(InContext, errors=(404,), conditional=True))
def passage(passage_id: str) -> Response:
    """One passage with the ones before and after it on its page."""
    found = passage_in_context(passage_id)
    for each in (found["passage"], *found["before"], *found["after"]):
        absolute(each)
    return jsonify(found)


def passage_in_context(passage_id: str) -> InContext:
    """A passage and its neighbours. Raises RequestError with 404 when there is none."""
    found = engine().passage(passage_id)
    if found is None:
        raise RequestError(
            "passage_not_found",
            f"no passage {passage_id[:40]!r} in this index; ids change with the text",
            "id",
            404,
        )
    return found


@blueprint.get("/healthz")
@documented(Operation(Health))
def healthz() -> Response:
    """The process answers."""
    return jsonify(Health(status="ok"))


@blueprint.get("/readyz")
@documented(Operation(Readiness))
def readyz() -> Response:
    """The index is loaded; which one."""
    index = engine().index
    return jsonify(
        Readiness(
            status="ready",
            index_version=index.version,
            created_at=index.manifest.created_at,
            encoder=index.manifest.encoder.id,
            pages=index.manifest.pages,
            passages=len(index),
        )
    )


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The API, described for programs."""
    return jsonify(describe(current_app))


def as_indexed(address: str) -> str:
    """A page's address as the index has it: without this service's host, where it serves it."""
    return address.removeprefix(_host())


def _host() -> str:
    return request.url_root.rstrip("/")


def absolute(shown: Hit | Place | PassageShown) -> None:
    """Give addresses of a folder that this service itself serves their host."""
    host = _host()
    if shown["url"].startswith("/"):
        shown["url"] = host + shown["url"]
    if shown["link"].startswith("/"):
        shown["link"] = host + shown["link"]
