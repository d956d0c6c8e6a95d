"""Validators: an answer is the same as long as index, program, settings and parameters are.

Answers to questions may be kept by the visitor's own browser only, which asks each time whether
they still hold: a page that was withdrawn must be gone at once. They are compared before anything
is searched, so asking again costs next to nothing.
"""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, current_app, g, request

from search.engine import Engine
from search.spelling import RIGHT_WORDS

PRIVATE = "private, no-cache"
# Packages whose files make an answer of an index.
_MAKE_ANSWERS = (Path(__file__).parent, Path(__file__).parent.parent / "indexer")
_ANSWERS = {
    "api.search",
    "api.suggest",
    "api.passage",
    "pages.search",
    "pages.passage",
}  # endpoints


def register(app: Flask) -> None:
    """Work out once what of a validator is the same for every answer of an application."""
    made_by = f"{_program()} {app.extensions['settings']!r}"  # secrets are not shown
    app.extensions["made_by"] = blake2b(made_by.encode(), digest_size=12).hexdigest()


def not_modified() -> Response | None:
    """The answer 304 where a conditional request holds the tag of what would be answered."""
    g.tag = _tag() if request.endpoint in _ANSWERS and request.method in {"GET", "HEAD"} else None
    asked = request.if_none_match
    # Not for a star: whether there is an answer at all is not known yet.
    if g.tag and not asked.star_tag and asked.contains_weak(g.tag):
        return mark(Response(status=HTTPStatus.NOT_MODIFIED))
    return None


def mark(response: Response) -> Response:
    """Give an answer its validator, and say who may keep it."""
    if g.get("tag") and response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
        response.set_etag(g.tag, weak=True)  # the time it took differs, and how it is compressed
        response.headers["Cache-Control"] = PRIVATE
    return response


def _tag() -> str | None:
    engine: Engine | None = g.engine
    if engine is None:
        return None
    digest = blake2b(digest_size=12)
    # With the day reviews become overdue, which pages show.
    today = date.today().isoformat() if request.blueprint == "pages" else ""  # noqa: DTZ011
    for part in (
        today,
        current_app.extensions["made_by"],
        engine.index.version,
        *sorted(engine.withdrawn),
        request.host_url,  # links hold it
        request.full_path,
    ):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _program() -> str:
    """A digest of the code, templates, scripts and styles that make an answer of an index."""
    digest = blake2b(digest_size=12)
    for folder in _MAKE_ANSWERS:
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".py", ".html", ".js", ".css"}:
                digest.update(file.read_bytes())
    digest.update(RIGHT_WORDS.read_bytes())
    return digest.hexdigest()
