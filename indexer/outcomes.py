"""What became of a request: every failure as a named reason with words for the report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectError, ConnectionClosed

from indexer.records import Drop

OK = 200
TRANSIENT = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    ConnectError,
    ConnectionClosed,
)
MOST_HEADER_BYTES = 256 * 1024  # of one answer, with those of answers that announce it (1xx)
TOO_MANY_HEADERS = f"more than {MOST_HEADER_BYTES:,} bytes of headers"
_LONGEST_DETAIL = 500  # characters; a redirect may name an address of any length
_CERTIFICATE = re.compile(r"certificate[a-z ]*|wrong version number|VerificationError")


class Kind(Enum):
    """What a request is for."""

    PAGE = auto()
    ROBOTS = auto()
    SITEMAP = auto()


@dataclass(slots=True)
class Visit:
    """One URL on its way through redirects and further tries; carried in the request's meta."""

    url: str  # normalised, as it was asked for
    kind: Kind = Kind.PAGE
    start: bool = False
    hops: list[str] = field(default_factory=list)  # every URL asked on the way, as it was sent
    tries: int = 0  # further tries so far
    sent: bool = False  # whether anything was sent at all
    conditional: bool = False  # whether the last request carried validators

    @property
    def last(self) -> str:
        """The URL that was asked last."""
        return self.hops[-1] if self.hops else self.url


class Refusal(IgnoreRequest):  # type: ignore[misc]
    """A request that ends without a body to keep.

    ``host_down`` marks what is true of the whole host and not only of this URL. ``final_url`` is
    the page on the site that a redirect led to, normalised, where it is known but was not fetched.
    """

    host_down = False
    final_url: str | None = None

    def __init__(self, drop: Drop, detail: str, *, status: int | None = None) -> None:
        super().__init__(f"{drop}: {detail}")
        self.drop = drop
        self.detail = detail[:_LONGEST_DETAIL]
        self.status = status

    def copy(self) -> Refusal:
        """The same to raise once more: an exception keeps the trace of every time it was raised."""
        copy = type(self)(self.drop, self.detail, status=self.status)
        copy.final_url = self.final_url
        return copy


class HostRefusal(Refusal):
    """A host that cannot or must not be connected to: true of all its URLs."""

    host_down = True


_FAILURES: tuple[tuple[Any, type[Refusal], Drop, str], ...] = (
    (CannotResolveHostError, HostRefusal, Drop.UNREACHABLE, "no such host"),
    (DownloadConnectionRefusedError, HostRefusal, Drop.UNREACHABLE, "connection refused"),
    (DownloadTimeoutError, Refusal, Drop.UNREACHABLE, "no whole answer within {timeout:g} s"),
    (ResponseDataLossError, Refusal, Drop.UNREACHABLE, "the answer broke off before its end"),
    (DownloadCancelledError, Refusal, Drop.TOO_LARGE, "more bytes than allowed"),
    (DownloadFailedError, Refusal, Drop.UNREACHABLE, "the connection broke off"),
    (ConnectionClosed, Refusal, Drop.UNREACHABLE, "the connection broke off"),
    (ConnectError, HostRefusal, Drop.UNREACHABLE, "no connection: {error}"),
)


def is_transient(error: Exception) -> bool:
    """Whether another try may help. Neither certificate nor headers get better within a crawl."""
    passing = isinstance(error, TRANSIENT) and not _has_too_many_headers(error)
    return passing and _certificate_fault(error) is None


def refusal_of(error: Exception, timeout: float) -> Refusal:
    """The named outcome of a failed download; ``timeout`` in seconds is for its words."""
    if isinstance(error, Refusal):
        return error
    if fault := _certificate_fault(error):
        return HostRefusal(Drop.UNREACHABLE, f"no secure connection: {fault}")
    if _has_too_many_headers(error):
        return Refusal(Drop.TOO_LARGE, TOO_MANY_HEADERS)
    for types, refusal, drop, detail in _FAILURES:
        if isinstance(error, types):
            return refusal(drop, detail.format(timeout=timeout, error=error))
    return Refusal(Drop.UNREACHABLE, f"{type(error).__name__}: {error}"[:300])


def _certificate_fault(error: Exception) -> str | None:
    # OpenSSL's words come inside the message; other failures' messages may hold a URL.
    found = _CERTIFICATE.search(str(error)) if isinstance(error, DownloadFailedError) else None
    return found[0].strip() if found else None


def _has_too_many_headers(error: Exception) -> bool:
    return isinstance(error, DownloadFailedError) and TOO_MANY_HEADERS in str(error)


def status_refusal(status: int) -> Refusal:
    """The named outcome of an HTTP status that brings no page."""
    gone = status in {404, 410}
    return Refusal(Drop.NOT_FOUND if gone else Drop.HTTP_ERROR, f"HTTP {status}", status=status)
