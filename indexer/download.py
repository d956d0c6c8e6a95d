"""Scrapy's HTTP/1.1 download handler with a limit on the headers of an answer.

Twisted takes headers for as long as they come: a server that sends nothing else fills the memory
until the time-out. A private part of Scrapy is the only place for it; its version is pinned.
"""

from __future__ import annotations

from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)

from indexer.outcomes import MOST_HEADER_BYTES, TOO_MANY_HEADERS


class TooManyHeadersError(Exception):
    """Ends the answer; Scrapy reports it as a failed download, with these words in it."""


class BoundedDownloadHandler(HTTP11DownloadHandler):  # type: ignore[misc]
    """The handler for http and https."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._pool._factory = _Factory  # noqa: SLF001 - see above


class _Parser(_LenientHTTPClientParser):  # type: ignore[misc]
    """Counts what it reads before the body."""

    read = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's interface
        self.read += len(line) + 2
        if self.read > MOST_HEADER_BYTES:
            raise TooManyHeadersError(TOO_MANY_HEADERS)
        super().lineReceived(line)


class _Protocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        self._parser.__class__ = _Parser  # as its superclass does, and why is said there
        return answer


class _Factory(_LenientHTTP11ClientFactory):  # type: ignore[misc]
    def buildProtocol(self, _: Any) -> _Protocol:  # noqa: N802 - Twisted's interface
        return _Protocol(self._quiescentCallback)
