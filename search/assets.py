"""Static files at addresses that change with them, so that browsers may keep them for good."""

from __future__ import annotations

from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from flask import Flask, Response, request, url_for


def register(app: Flask) -> None:
    """Give templates ``asset(name)``, the address of a static file as it is now."""
    files = Path(app.static_folder or "").iterdir()
    digests = {each.name: blake2b(each.read_bytes(), digest_size=6).hexdigest() for each in files}

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=digests[name])

    def keep(response: Response) -> Response:
        name = (request.view_args or {}).get("filename", "")
        named = request.endpoint == "static" and request.args.get("v") == digests.get(name, "")
        if named and response.status_code in {HTTPStatus.OK, HTTPStatus.NOT_MODIFIED}:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    app.jinja_env.globals["asset"] = asset
    app.after_request(keep)
