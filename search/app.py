"""The Flask application: built from settings by a factory, nothing loads at import."""

from __future__ import annotations

import re
import time
from http import HTTPMethod, HTTPStatus

from flask import Flask, Response, current_app, g, request
from flask_compress import Compress
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

from search import api, assets, caching, entrance, folders, jobs, metrics, pages, refusals, widget
from search.engine import Engine
from search.gaps import GapLog
from search.live import LiveEngine
from search.logs import log_answer
from search.operator_page import blueprint as operator_page
from search.settings import SearchSettings

# Nothing inline and nothing from elsewhere: a page that shows other sites' text needs neither.
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # A question is in the address: it must not travel to the site that a result links to.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
_KEPT = {"static", "folders.file", "widget.script"}  # endpoints whose answers browsers may keep
_OPEN_TO_ORIGINS = r"/api/v1/(search|suggest|passages/.*)$"
_SEEN_BY_ORIGINS = ["X-Request-Id", "X-Index-Version", "Retry-After", "ETag"]


def create_app(
    settings: SearchSettings, engine: Engine | None = None, *, watch: bool = True
) -> Flask:
    """The application. Without an ``engine`` the live index is loaded now, and each new one later.

    With no index yet the application answers, with 503 and what to do. Without ``watch`` whoever
    forks this process calls ``extensions["live"].watch()`` in each copy. Raises IndexInvalidError,
    StoreError or EncoderError when there is an index that cannot be loaded.
    """
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    live = LiveEngine(settings)
    if engine is None:
        live.load()
        if watch:
            live.watch()
    else:
        live.engine = engine
    app.extensions["live"] = live
    app.extensions["settings"] = settings
    app.extensions["gaps"] = GapLog(settings.folder) if settings.gaps else None
    for module in (api, jobs, pages, folders, metrics, widget):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(operator_page)
    assets.register(app)
    entrance.register(app)
    refusals.register(app)
    _finish_answers(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies)  # type: ignore[method-assign]
    return app


def _finish_answers(app: Flask) -> None:
    """What every answer gets. Flask calls these last to first."""
    settings: SearchSettings = app.extensions["settings"]
    app.after_request(_account)
    app.config["COMPRESS_ALGORITHM"] = app.config["COMPRESS_ALGORITHM_STREAMING"] = ["br", "gzip"]
    app.config["COMPRESS_REGISTER"] = False
    compress = Compress(app)

    def compressed(response: Response) -> Response:
        response.vary.add("Accept-Encoding")
        # A part of a file is named by its bytes as they are.
        is_part = response.status_code == HTTPStatus.PARTIAL_CONTENT
        # The library takes q=0, "not this one", for a wish like others.
        refuses = any(not quality for _, quality in request.accept_encodings)
        if is_part or refuses:
            return response
        is_text = response.mimetype in app.config["COMPRESS_MIMETYPES"]
        if is_text and response.is_streamed:  # a file, which would be dropped without being closed
            response.direct_passthrough = False
            response.make_sequence()
        return compress.after_request(response)

    app.after_request(compressed)
    app.after_request(_add_headers)
    app.after_request(caching.mark)
    if settings.origins:
        # The library alone would ignore case, and read [::1] as a pattern that others match too.
        origins = [re.compile(re.escape(each) + r"\Z") for each in settings.origins]
        CORS(
            app,
            resources={_OPEN_TO_ORIGINS: {"origins": origins}},
            methods=["GET", "HEAD", "OPTIONS"],
            expose_headers=_SEEN_BY_ORIGINS,
            max_age=3600,
            vary_header=False,
        )


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.extensions["settings"].origins:
        response.vary.add("Origin")  # also where it got nothing: another origin may get more
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if engine := g.get("engine"):
        response.headers["X-Index-Version"] = engine.index.version
    if g.get("stages"):
        spent = (f"{name};dur={seconds * 1000:.1f}" for name, seconds in g.stages.items())
        response.headers["Server-Timing"] = ", ".join(spent)
    if response.status_code >= HTTPStatus.BAD_REQUEST or request.endpoint not in _KEPT:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _account(response: Response) -> Response:
    """Count an answer and write its line."""
    seconds = time.perf_counter() - g.began
    # The rule, not the path: that one may hold anything.
    route = request.url_rule.rule if request.url_rule else "none"
    metrics.count_answer(route, response.status_code, seconds, g.stages)
    # A method may be any word as well.
    method = request.method if request.method in HTTPMethod.__members__ else "none"
    more: dict[str, object] = {"method": method, "request_id": g.request_id}
    if engine := g.get("engine"):
        more["index_version"] = engine.index.version
    if results := g.get("results"):
        more |= {"found": results["found"], "answerable": results["answerable"]}
    if g.stages:
        more["stages_ms"] = {name: round(part * 1000, 2) for name, part in g.stages.items()}
    log_answer(route, response.status_code, seconds, more)
    return response
