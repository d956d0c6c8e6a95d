"""How the crawling process and the one that started it talk: JSON with a body, through a pipe.

JSON and not pickle: the crawling process handles hostile pages, and nothing it sends may run code.
"""

from __future__ import annotations

import json
import struct
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from indexer.records import Drop, Fetched, LeftOut

if TYPE_CHECKING:
    from collections.abc import Mapping

_LENGTHS = struct.Struct("!II")  # bytes of JSON, bytes of body


@dataclass(frozen=True, slots=True)
class Validators:
    """What is known of a page from an earlier crawl, so that only a changed one is sent in full.

    ``links`` are the URLs it then led to (``Crawl.links``): an unchanged page comes without a
    body to read them from. None means they are not known. ``lastmod`` is what its sitemap said.
    """

    etag: str | None = None
    last_modified: str | None = None
    links: tuple[str, ...] | None = None
    lastmod: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a crawl need not find out: pages of earlier crawls, and what this one did already."""

    validators: Mapping[str, Validators]
    done: Mapping[str, str]  # URL to the one that answered, of a crawl that was cut off


def write_frame(stream: BinaryIO, head: Mapping[str, Any], body: bytes = b"") -> None:
    """Write one frame. Raises OSError when nobody reads any more."""
    text = json.dumps(head).encode()
    stream.write(_LENGTHS.pack(len(text), len(body)) + text + body)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Read one frame; None at the end. Raises EOFError when the stream ends inside a frame."""
    start = _read(stream, _LENGTHS.size)
    if not start:
        return None
    if len(start) < _LENGTHS.size:
        raise EOFError("the stream ended inside a frame")
    head, body = _LENGTHS.unpack(start)
    data = _read(stream, head + body)
    if len(data) < head + body:
        raise EOFError("the stream ended inside a frame")
    return json.loads(data[:head]), data[head:]


def _read(stream: BinaryIO, size: int) -> bytes:
    data = bytearray()
    while len(data) < size and (piece := stream.read(size - len(data))):
        data += piece
    return bytes(data)


class Outlet:
    """The crawling process's end: what it found, as frames."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()  # log records may come from any thread

    def fetched(self, page: Fetched) -> None:
        """One URL's outcome."""
        head = asdict(page)
        body = head.pop("body")
        self._write({"kind": "fetched", "page": head}, body)

    def lastmod(self, dates: Mapping[str, str]) -> None:
        """Dates of last change that a sitemap gives, by normalised URL."""
        self._write({"kind": "lastmod", "dates": dict(dates)})

    def links(self, url: str, links: tuple[str, ...]) -> None:
        """The URLs on the site that a page leads to."""
        self._write({"kind": "links", "url": url, "links": links})

    def left_out(self, left: LeftOut) -> None:
        """Addresses that were left out together."""
        self._write({"kind": "left_out", "left": asdict(left)})

    def log(self, level: int, message: str) -> None:
        """A line for the log of the process that started the crawl."""
        self._write({"kind": "log", "level": level, "message": message})

    def end(self) -> None:
        """The crawl is complete."""
        self._write({"kind": "end"})

    def _write(self, head: Mapping[str, Any], body: bytes = b"") -> None:
        with self._lock:
            write_frame(self._stream, head, body)


def fetched_of(head: Mapping[str, Any], body: bytes) -> Fetched:
    """The outcome that a frame carries."""
    page = dict(head["page"])
    if page["drop"] is not None:
        page["drop"] = Drop(page["drop"])
    return Fetched(**page, body=body)


def left_out_of(head: Mapping[str, Any]) -> LeftOut:
    """What a frame says was left out."""
    left = dict(head["left"])
    return LeftOut(Drop(left.pop("reason")), **left)
