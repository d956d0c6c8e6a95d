"""The entrance: what every request passes before it is answered.

In order: the size of its body, its client's rate, whether it asks for what it has already, and,
for searches, a turn.
"""

from __future__ import annotations

import secrets
import time
from contextlib import ExitStack
from math import ceil

from flask import Flask, Response, current_app, g, request

from search import caching, timing
from search.admission import RETRY_AFTER, Admission, TooBusyError
from search.errors import RequestError
from search.limits import Rate, RateLimiter, is_local
from search.live import LiveEngine
from search.metrics import refused
from search.settings import SearchSettings

_LARGEST_BODY = 65_536  # bytes; only the operator's forms have one
_LIMITED = {
    "api.search": "search",
    "api.passage": "search",
    "pages.search": "search",
    "pages.passage": "search",
    "api.suggest": "suggest",
    "jobs.reindex": "operator",
    "jobs.job": "operator",
    "operator.overview": "operator",
    "operator.run": "operator",
    "operator.plan": "operator",
    "operator.back": "operator",
    "operator.confirm": "operator",
    "operator.act": "operator",
}
_PER_SEARCH = {"search": 1, "suggest": 5, "operator": 1}  # requests for each search allowed
_BURST = 3  # a third of a minute's requests may come at once
_SEARCHES = {"api.search", "pages.search"}


def register(app: Flask) -> None:
    """Let all requests of an application through this entrance."""
    settings: SearchSettings = app.extensions["settings"]
    app.extensions["limiter"] = RateLimiter()
    app.extensions["admission"] = Admission(settings.threads, settings.queue)
    caching.register(app)
    for check in (_name, _refuse_large, _refuse_too_many, caching.not_modified, _take_turn):
        app.before_request(check)
    app.teardown_request(_give_turn_back)


def _name() -> None:
    g.began = time.perf_counter()
    g.request_id = secrets.token_hex(8)
    g.stages = timing.begin()
    live: LiveEngine = current_app.extensions["live"]
    # Taken once: whatever is published meanwhile, a request's answer is of one index.
    g.engine = live.engine


def _refuse_large() -> None:
    if (request.content_length or 0) > _LARGEST_BODY or "Transfer-Encoding" in request.headers:
        raise RequestError(
            "body_too_large", "send no body, or one of a known small size", None, 413
        )


def _refuse_too_many() -> None:
    settings: SearchSettings = current_app.extensions["settings"]
    kind = _LIMITED.get(request.endpoint or "")
    client = request.remote_addr or ""
    if not kind or not settings.rate_limit or is_local(client):
        return
    per_minute = settings.rate_limit * _PER_SEARCH[kind]
    limiter: RateLimiter = current_app.extensions["limiter"]
    wait = limiter.wait(client, kind, Rate(per_minute, max(1, per_minute // _BURST)))
    if wait:
        refused.labels("rate").inc()
        raise RequestError(
            "too_many_requests",
            "too many requests at once from this address; wait a moment",
            status=429,
            retry_after=ceil(wait),
        )


def _take_turn() -> Response | None:
    asks = request.method != "OPTIONS" and request.args.get("q", "").strip()
    if request.endpoint not in _SEARCHES or not asks:
        return None
    admission: Admission = current_app.extensions["admission"]
    g.turn = ExitStack()
    try:
        with timing.stage("wait"):
            g.turn.enter_context(admission.turn())
    except TooBusyError as error:
        refused.labels("queue").inc()
        raise RequestError(
            "too_busy",
            "too many people are searching at this moment; try again in a second",
            status=503,
            retry_after=RETRY_AFTER,
        ) from error
    return None


def _give_turn_back(_: BaseException | None) -> None:
    if turn := g.pop("turn", None):
        turn.close()
