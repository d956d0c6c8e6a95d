"""The search box that other sites embed: one script, open to every origin."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

blueprint = Blueprint("widget", __name__)


@blueprint.get("/widget.js")
def script() -> Response:
    """The script. It says nothing of anybody, so any site may load it, also with ``integrity``."""
    response = current_app.send_static_file("widget.js")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
