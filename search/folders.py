"""Indexed folders that have no address of their own, served read-only under ``/site/``."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from indexer.reader import folder_file
from search.api import engine

blueprint = Blueprint("folders", __name__)

# The pages are somebody's, on our origin: they may look as they like and run nothing.
_POLICY = (
    "sandbox allow-same-origin allow-popups; default-src 'none'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self'; media-src 'self'; frame-ancestors 'self'"
)
# A browser's own viewer shows a PDF, some of them not in a sandbox; it runs nothing on our origin.
_PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
)


def _withdrawn(address: str) -> bool:
    """Whether a page was withdrawn, whichever of its names it is asked for by."""
    names = (address, re.sub(r"index\.html?$", "", address), f"{address}/")
    return any(name in engine().withdrawn or quote(name) in engine().withdrawn for name in names)


@blueprint.get("/site/", defaults={"path": ""})
@blueprint.get("/site/<path:path>")
def file(path: str) -> AnyResponse:
    """A file of the folder, or the index page of one of its folders."""
    address = f"/site/{path}"
    if _withdrawn(address):
        abort(410, "this page was withdrawn")
    folders = engine().index.manifest.folders
    mount = max((each for each in folders if address.startswith(each)), key=len, default=None)
    if mount is None:
        abort(404, "no folder is served here")
    inside = address[len(mount) :]
    root = Path(folders[mount]).resolve()
    found = folder_file(root, inside)
    # Hidden files are not the site's, whichever way their names are written or linked to.
    names = (*Path(inside).parts, *(found.relative_to(root).parts if found else ()))
    if found is None or any(name.startswith(".") for name in names):
        abort(404, "no such file in the folder")
    if (
        found.name in {"index.html", "index.htm"}
        and inside
        and not inside.endswith(("/", found.name))
    ):
        return redirect(f"{request.path}/", 308)
    response: Response = send_file(found, conditional=True, max_age=300)
    response.headers["Content-Security-Policy"] = _POLICY
    if response.mimetype == "application/pdf":
        response.headers["Content-Security-Policy"] = _PDF_POLICY
        response.headers["Content-Disposition"] = "inline"
    if "script" in (response.mimetype or ""):
        # On our origin our own pages could run it: nothing that is somebody's is a script here.
        response.mimetype = "text/plain"
    if response.mimetype == "text/html":
        response.headers["Content-Type"] = "text/html"  # which characters it uses, the page says
    return response
