"""A web site on 127.0.0.1 for tests: a dict of answers, served in threads, with faults on demand."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable
    from typing import Self

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. ``headers`` replace the ones made from the body."""

    body: bytes | str = b""
    status: int = 200
    type: str | None = HTML
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0  # bytes that Content-Length promises and that never come
    hang: bool = False  # nothing is sent before the client or the site goes away
    drip: bool = False  # the body comes byte by byte, one each tenth of a second
    raw: Callable[[], Iterable[bytes]] | None = None  # sent as it is, and nothing else


@dataclass(frozen=True)
class Asked:
    """One request that arrived. ``count`` is how often its path was asked for, from 1."""

    path: str
    headers: dict[str, str]  # names in lower case
    count: int
    at: float  # monotonic seconds


def page(text: str, *links: str, head: str = "") -> Answer:
    """An HTML page with a paragraph and links."""
    anchors = "".join(f'<a href="{link}">{link}</a> ' for link in links)
    return Answer(
        f"<!doctype html><html><head><title>{text}</title>{head}</head>"
        f"<body><p>{text}</p>{anchors}</body></html>"
    )


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(status=status, headers={"Location": target})


class Site:
    """Serves ``routes`` (path with query → answer, or a function that gives one) while entered.

    ``*`` is the route of all other paths. ``address`` is what it listens at.
    """

    def __init__(
        self,
        routes: dict[str, Answer | Callable[[Asked], Answer]] | None = None,
        context: ssl.SSLContext | None = None,
        address: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.routes = routes or {}
        self.asked: list[Asked] = []
        self.disconnected = threading.Event()  # a client went away from a hanging answer
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(address, _Handler)
        self._server.site = self
        self._scheme = "https" if context else "http"
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        with self._lock:
            asked = Asked(path, headers, self.count(path) + 1, time.monotonic())
            self.asked.append(asked)
        missing = self.routes.get("*", Answer("not here", 404, "text/plain"))
        found = self.routes.get(path, missing)
        return found if isinstance(found, Answer) else found(asked)

    def go_away(self) -> Answer:
        """Stop listening; the answer to the request that does it closes its connection."""
        self._server.shutdown()
        self._server.server_close()
        return Answer("bye", headers={"Connection": "close"})

    def wait(self, seconds: float) -> bool:
        """Wait for the site to close; True when it did."""
        return self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    site: Site
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients of this server break connections on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms

    def do_GET(self) -> None:
        site = self.server.site
        answer = site.answer(self.path, {k.lower(): v for k, v in self.headers.items()})
        if answer.raw:
            self.close_connection = True
            for piece in answer.raw():
                self.wfile.write(piece)
        if answer.hang:
            self._hang(site)
        if answer.raw or answer.hang:
            return
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        self.send_response(answer.status)
        headers = {"Content-Length": str(len(body) + answer.missing), **answer.headers}
        if answer.type is not None:
            headers = {"Content-Type": answer.type, **headers}
        for name, value in headers.items():
            for line in value.split("\n"):
                self.send_header(name, line)
        self.end_headers()
        if answer.missing:
            self.close_connection = True
        if not answer.drip:
            self.wfile.write(body)
            return
        for byte in body:
            self.wfile.write(bytes([byte]))
            if site.wait(0.1):
                return

    def _hang(self, site: Site) -> None:
        self.close_connection = True
        self.connection.settimeout(0.05)
        while not site.wait(0):
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    site.disconnected.set()
                    return

    def log_message(self, *_: object) -> None:
        """Keep the test output clean."""
