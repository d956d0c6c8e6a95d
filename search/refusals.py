"""Errors over HTTP: every failure in the one shape, as JSON or as a page for people."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from indexer.errors import VectorsUnreachableError
from search import pages
from search.errors import RequestError, error_body

_logger = logging.getLogger(__name__)

# What the same request may not meet with in a moment.
_MAY_PASS = {429, 500, 503}
_SERVER_BACK = 5  # seconds after which a server of vectors may answer again

Answer = tuple[Response | str, int, list[tuple[str, str]]]


def register(app: Flask) -> None:
    """Answer all errors of an application."""
    app.register_error_handler(RequestError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(VectorsUnreachableError, _unreachable)
    app.register_error_handler(Exception, _fail)


def _refuse(error: RequestError) -> Answer:
    headers = [("Retry-After", str(error.retry_after))] if error.retry_after else []
    return *_answer(error.code, error.message, error.field, error.status), headers


def _refuse_http(error: HTTPException) -> Answer:
    status = error.code or 500
    code = HTTPStatus(status).name.lower()
    message = error.description or HTTPStatus(status).phrase
    # What belongs to the status: Allow of 405, Content-Range of 416.
    headers = [each for each in error.get_headers() if each[0] != "Content-Type"]
    return *_answer(code, message, None, status), headers


def _unreachable(error: VectorsUnreachableError) -> Answer:
    _logger.error("request %s failed: %s", g.request_id, error)
    message = "the search index cannot be reached at this moment; try again in a few seconds"
    headers = [("Retry-After", str(_SERVER_BACK))]
    return *_answer("index_unreachable", message, None, 503), headers


def _fail(error: Exception) -> Answer:
    # The traceback's last value may be the question, so only where it failed is logged.
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    _logger.error("request %s failed: %s at %s", g.request_id, type(error).__name__, where)
    return *_answer("internal_error", "the service failed on this request", None, 500), []


def _answer(code: str, message: str, field: str | None, status: int) -> tuple[Response | str, int]:
    if request.endpoint in {"pages.search", "pages.passage"}:
        q = " ".join(request.args.get("q", "").split())
        shown = {"q": q, "message": message, "may_pass": status in _MAY_PASS}
        return render_template("error.html", **shown, **pages.common()), status
    return jsonify(error_body(code, message, field, g.request_id)), status
