"""The gunicorn worker: threads, errors in the API's own shape, and no patience for slow clients."""

from __future__ import annotations

import json
import secrets
import selectors
import socket
import struct
import time
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

from search.errors import error_body

_PATIENCE = 10  # seconds that a client may take to send its request, or let a write wait
_LINGER = 2  # seconds that a client has to close a connection after its last answer


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that refuses broken requests in the API's own error shape."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # Connections, and when their time is up: to send a request, and to close.
        self._reading: dict[Any, float] = {}
        self._closing: dict[Any, float] = {}

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread, which it must not hold for ever."""
        # Set in the kernel: gunicorn sets the socket's own time-out to none.
        wait = struct.pack("ll", _PATIENCE, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Answer a request in a thread. A client has so long for all of it, not for each byte."""
        self._reading[conn] = time.monotonic() + _PATIENCE
        try:
            return super().handle(conn)
        finally:
            self._reading.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> bool:
        """Answer a request that was read."""
        self._reading.pop(conn, None)
        try:
            return bool(super().handle_request(req, conn))
        except BlockingIOError:
            return False  # the client does not read its answer

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Keep a connection or close it, in the thread that accepts all others."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
        # gunicorn would wait here for the client to close, and nobody be accepted meanwhile.
        # Closed at once the client could lose the end of its answer.
        self._closing[conn] = time.monotonic() + _LINGER
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError):
            self._close(conn)  # it is gone

    def _drain(self, conn: Any, sock: socket.socket) -> None:
        try:
            if sock.recv(65536):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.poller.unregister(sock)
        self._close(conn)

    def _close(self, conn: Any) -> None:
        del self._closing[conn]
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """End what has taken too long; gunicorn asks at least every second."""
        super().murder_pending()
        now = time.monotonic()
        for conn, until in self._reading.copy().items():
            if until < now:
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)  # its thread reads an end
        for conn, until in self._closing.copy().items():
            if until < now:
                self.poller.unregister(conn.sock)
                self._close(conn)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001 - gunicorn's
        """Take new connections or not; at a stop take those that wait and refuse all others."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.setblocking(False)
                for _ in range(self.cfg.backlog):
                    before = self.nr_conns
                    self.accept(listener)
                    if self.nr_conns == before:
                        break
                listener.close()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer a request that could not be read. Nothing of it is logged."""
        if isinstance(exc, LimitRequestLine):
            status, code, message = "414 URI Too Long", "uri_too_long", "the address is too long"
        elif isinstance(exc, LimitRequestHeaders):
            status, code = "431 Request Header Fields Too Large", "headers_too_large"
            message = "the headers are too long"
        else:
            status, code, message = "400 Bad Request", "bad_request", "this is not valid HTTP"
        request_id = secrets.token_hex(8)
        body = json.dumps(error_body(code, message, None, request_id)).encode()
        head = (
            f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"X-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            client.sendall(head.encode() + body)
        except OSError:
            self.log.debug("the client did not wait for its error")


class Log(Logger):  # type: ignore[misc]
    """gunicorn's own messages, written by the service's handlers in its format."""

    def setup(self, cfg: Any) -> None:
        """Keep no handlers of its own."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers[:] = []
            log.propagate = True
