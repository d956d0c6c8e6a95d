"""The gunicorn worker: threads, errors in the API's own shape, and no patience for slow clients."""

from __future__ import annotations

import json
import secrets
import socket
import struct
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

from search.errors import error_body

_PATIENCE = 10  # seconds that a client may let a read or write of its connection wait


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that refuses broken requests in the API's own error shape."""

    def enqueue_req(self, conn: Any) -> None:
        """Hand a connection to a thread, which it must not hold for ever."""
        # Set in the kernel: gunicorn sets the socket's own time-out to none.
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", _PATIENCE, 0))
        super().enqueue_req(conn)

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
