"""Serving: gunicorn around the application, every worker ready before it takes a request."""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.workers.gthread import ThreadWorker

from indexer.encoder import SentenceTransformerEncoder
from indexer.layout import DataFolder
from indexer.reader import IndexReader
from search.app import create_app
from search.errors import error_body
from search.rerank import reranker_of
from search.settings import SearchSettings

_LONGEST_LINE = 8190  # bytes of a request line, the most that gunicorn allows
_TIMEOUT = 30  # seconds after which a worker that does not answer is replaced


class Worker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker that refuses broken requests in the API's own error shape."""

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


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(self, make: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make()


def check_index(settings: SearchSettings) -> None:
    """Refuse to start on an index that cannot be served, or with a model that is not there.

    Raises IndexNotFoundError, IndexInvalidError, StoreError or EncoderError.
    """
    IndexReader.open(DataFolder(settings.data).live(), SentenceTransformerEncoder(settings.encoder))
    reranker_of(settings)


def serve(settings: SearchSettings) -> None:
    """Answer until stopped. Raises as ``check_index`` does; does not return otherwise."""
    check_index(settings)
    # Two thread pools of a size with the machine, in every worker, fight over its cores.
    cores = len(os.sched_getaffinity(0))
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // settings.workers)))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    options = {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "search.serve.Worker",
        "timeout": _TIMEOUT,
        "graceful_timeout": _TIMEOUT,
        "limit_request_line": _LONGEST_LINE,
        "accesslog": None,  # an access log would hold every question
        "loglevel": "warning",
        "when_ready": _announce,
        # A forked copy of a process that has used torch's threads hangs: each worker loads its own.
        "preload_app": False,
    }
    sys.argv = sys.argv[:1]  # gunicorn reads the command line of whoever starts it
    _Server(lambda: create_app(settings), options).run()


def _announce(server: Any) -> None:
    for listener in server.LISTENERS:
        logging.getLogger("search").warning("Search page: %s/ (Ctrl-C stops it)", listener)
