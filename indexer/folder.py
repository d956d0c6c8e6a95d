"""Read a folder as a static site: its .html and .pdf files as if a server had sent them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

from indexer.clock import utc_now
from indexer.records import Drop, Fetched
from indexer.robots import MOST_BYTES, RobotsRules
from indexer.sources import Source

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".pdf": "application/pdf",
}
# The host of a folder without a real address, while its pages are read: reserved, never resolved.
ORIGIN = "http://folder.invalid/"


def read_folder(source: Source, known: Iterable[str] = ()) -> Iterator[Fetched]:
    """Every page of a folder in order of its path, with its address at ``ORIGIN``.

    ``known`` are addresses from earlier runs: one whose file is gone is reported as not found.
    """
    root = source.folder
    if root is None:
        raise ValueError(f"source {source.name} has no folder")
    rules = _robots(root)
    seen = set()
    for file in sorted(root.rglob("*")):
        kind = _TYPES.get(file.suffix.lower())
        inside = file.relative_to(root)
        # A hidden file is not a page, and the service would not show it.
        if kind is None or any(part.startswith(".") for part in inside.parts) or file.is_dir():
            continue
        if not _is_utf8(file):
            url = ORIGIN + quote(os.fsencode(inside))
            yield Fetched(url, url, drop=Drop.UNREACHABLE, detail="its name is not UTF-8")
            continue
        url = address_of(inside)
        seen.add(url)
        yield _fetched(source, file, kind, rules)
    for url in known:
        if url not in seen:
            yield Fetched(
                url, url, drop=Drop.NOT_FOUND, detail="no such file", fetched_at=utc_now()
            )


def _is_utf8(file: Path) -> bool:
    try:
        str(file).encode()
    except UnicodeEncodeError:
        return False
    return True


def address_of(file: Path) -> str:
    """The address at ``ORIGIN`` of a file given by its path in the folder."""
    path = quote(file.as_posix())
    directory, _, name = path.rpartition("/")
    if name.lower() in {"index.html", "index.htm"}:
        path = f"{directory}/" if directory else ""
    return urljoin(ORIGIN, path)


def file_of(root: Path, path: str) -> Path | None:
    """The file that a decoded URL path inside a folder stands for; None when there is none."""
    try:
        wanted = (root / path.lstrip("/")).resolve()
        if not wanted.is_relative_to(root.resolve()):
            return None
        if wanted.is_dir():
            wanted = next(wanted / n for n in ("index.html", "index.htm") if (wanted / n).is_file())
        elif path.endswith("/"):  # as a folder's, a page's relative links would lead elsewhere
            return None
    except (StopIteration, OSError, RuntimeError, ValueError):  # RuntimeError: a ring of links
        return None
    return wanted if wanted.is_file() else None


def _fetched(source: Source, file: Path, kind: str, rules: RobotsRules) -> Fetched:
    assert source.folder is not None
    url = address_of(file.relative_to(source.folder))
    path = urlsplit(url).path
    if not rules.allowed(url):
        return Fetched(url, url, drop=Drop.ROBOTS, detail="robots.txt forbids it")
    if not source.wants(path):
        return Fetched(url, url, drop=Drop.EXCLUDED, detail="a pattern of the source leaves it out")
    if not _is_inside(file, source.folder):
        detail = "a link to a file outside the folder, or in a circle"
        return Fetched(url, url, drop=Drop.EXCLUDED, detail=detail)
    try:
        body = _read(file, source.limits.bytes)
    except OSError as error:
        detail = f"cannot be read: {error.strerror or error}"
        return Fetched(url, url, drop=Drop.UNREACHABLE, detail=detail)
    if len(body) > source.limits.bytes:
        detail = f"more than {source.limits.bytes:,} bytes"
        return Fetched(url, url, drop=Drop.TOO_LARGE, detail=detail)
    return Fetched(url, url, 200, kind, body, fetched_at=utc_now())


def _read(file: Path, limit: int) -> bytes:
    """A file's bytes, one more than ``limit`` at most: its size may be a lie, or change.

    Raises OSError for what is no file: a device has no end, and a pipe makes its reader wait.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("it is a device or a pipe, not a file")
        return opened.read(limit + 1)


def _is_inside(file: Path, folder: Path) -> bool:
    try:
        return file.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):  # a ring of links
        return False


def _robots(root: Path) -> RobotsRules:
    try:
        return RobotsRules.parse(_read(root / "robots.txt", MOST_BYTES))
    except FileNotFoundError:
        return RobotsRules()
    except OSError as error:
        return RobotsRules.unavailable(f"robots.txt cannot be read: {error.strerror or error}")
