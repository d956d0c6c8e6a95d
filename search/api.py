"""The HTTP API: search, one passage with its neighbours, health and readiness."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request

from search.engine import Engine
from search.errors import RequestError
from search.live import LiveEngine
from search.request import parse

blueprint = Blueprint("api", __name__)


def engine() -> Engine:
    """The engine that answers. Raises RequestError with 503 when there is no index yet."""
    found: Engine | None = g.engine
    if found is None:
        live: LiveEngine = current_app.extensions["live"]
        raise RequestError("no_index", live.why_not, status=503)
    return found


@blueprint.get("/api/v1/search")
def search() -> Response:
    """Ranked passages for a question."""
    results = engine().search(parse(request.args))
    for hit in results["hits"]:
        for each in (hit, *hit["also_on"]):
            _absolute(each)  # type: ignore[arg-type]
    return jsonify(results)


@blueprint.get("/api/v1/passages/<passage_id>")
def passage(passage_id: str) -> Response:
    """One passage with the ones before and after it on its page."""
    found = engine().passage(passage_id)
    if found is None:
        raise RequestError(
            "passage_not_found",
            f"no passage {passage_id[:40]!r} in this index; ids change with the text",
            "id",
            404,
        )
    for each in (found["passage"], *found["before"], *found["after"]):
        _absolute(each)
    return jsonify(found)


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """The index is loaded; which one."""
    index = engine().index
    return jsonify(
        {
            "status": "ready",
            "index_version": index.version,
            "created_at": index.manifest.created_at,
            "encoder": index.manifest.encoder.id,
            "pages": index.manifest.pages,
            "passages": len(index),
        }
    )


def _absolute(shown: MutableMapping[str, Any]) -> None:
    """Give addresses of a folder that this service itself serves their host."""
    for name in ("url", "link"):
        if shown[name].startswith("/"):
            shown[name] = request.url_root.rstrip("/") + shown[name]
