"""The Flask application: built from settings by a factory, nothing loads at import."""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from search import api, folders, jobs, pages
from search.engine import Engine
from search.errors import RequestError, error_body
from search.live import LiveEngine
from search.settings import SearchSettings

_logger = logging.getLogger(__name__)

# No script, nothing from elsewhere: a page that shows other sites' text needs neither.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # A question is in the address: it must not travel to the site that a result links to.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
_KEPT = {"static", "folders.file"}  # endpoints whose answers browsers may keep


def create_app(settings: SearchSettings, engine: Engine | None = None) -> Flask:
    """The application. Without an ``engine`` the live index is loaded now, and each new one later.

    With no index yet the application answers, with 503 and what to do. Raises IndexInvalidError,
    StoreError or EncoderError when there is one that cannot be loaded.
    """
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    live = LiveEngine(settings)
    if engine is None:
        live.start()
    else:
        live.engine = engine
    app.extensions["live"] = live
    app.extensions["settings"] = settings
    app.register_blueprint(api.blueprint)
    app.register_blueprint(jobs.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(folders.blueprint)
    app.before_request(_name_request)
    app.after_request(_add_headers)
    app.register_error_handler(RequestError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)
    return app


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)
    live: LiveEngine = current_app.extensions["live"]
    # Taken once: whatever is published meanwhile, a request's answer is of one index.
    g.engine = live.engine


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if engine := g.get("engine"):
        response.headers["X-Index-Version"] = engine.index.version
    # Until answers carry validators of the index's version, none may be kept.
    if response.status_code >= HTTPStatus.BAD_REQUEST or request.endpoint not in _KEPT:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _refuse(error: RequestError) -> tuple[Response | str, int]:
    return _answer(error.code, error.message, error.field, error.status)


def _refuse_http(
    error: HTTPException,
) -> tuple[Response | str, int, list[tuple[str, str]]]:
    status = error.code or 500
    code = HTTPStatus(status).name.lower()
    message = error.description or HTTPStatus(status).phrase
    # What belongs to the status: Allow of 405, Content-Range of 416.
    headers = [each for each in error.get_headers() if each[0] != "Content-Type"]
    return *_answer(code, message, None, status), headers


def _fail(error: Exception) -> tuple[Response | str, int]:
    # The traceback's last value may be the question, so only where it failed is logged.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    _logger.error("request %s failed: %s at %s", g.request_id, type(error).__name__, where)
    return _answer("internal_error", "the service failed on this request", None, 500)


def _answer(code: str, message: str, field: str | None, status: int) -> tuple[Response | str, int]:
    """The error as JSON, or as a page where a person asked for one."""
    if request.endpoint == "pages.search":
        return render_template("error.html", message=message, **pages.common()), status
    return jsonify(error_body(code, message, field, g.request_id)), status
