from __future__ import annotations

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectionLost, NoRouteError

from indexer.outcomes import (
    TOO_MANY_HEADERS,
    HostRefusal,
    Refusal,
    Visit,
    is_transient,
    refusal_of,
    status_refusal,
)
from indexer.records import Drop

EXPIRED = "[<Failure OpenSSL.SSL.Error: [('SSL routines', '', 'certificate verify failed')]>]"


@pytest.mark.parametrize(
    ("error", "drop", "detail", "host_down", "transient"),
    [
        (CannotResolveHostError("x"), Drop.UNREACHABLE, "no such host", True, True),
        (DownloadConnectionRefusedError(), Drop.UNREACHABLE, "connection refused", True, True),
        (DownloadTimeoutError("/certificate/"), Drop.UNREACHABLE, "within 2.5 s", False, True),
        (ResponseDataLossError(), Drop.UNREACHABLE, "broke off", False, True),
        (DownloadFailedError("reset"), Drop.UNREACHABLE, "broke off", False, True),
        (ConnectionLost(), Drop.UNREACHABLE, "broke off", False, True),
        (NoRouteError(), Drop.UNREACHABLE, "no connection", True, True),
        (DownloadFailedError(EXPIRED), Drop.UNREACHABLE, "certificate verify", True, False),
        (DownloadFailedError(f"[{TOO_MANY_HEADERS}]"), Drop.TOO_LARGE, "headers", False, False),
        (DownloadCancelledError(), Drop.TOO_LARGE, "bytes", False, False),
        (ValueError("odd"), Drop.UNREACHABLE, "ValueError: odd", False, False),
        (Refusal(Drop.ROBOTS, "no"), Drop.ROBOTS, "no", False, False),
    ],
)
def test_every_failure_has_a_name(
    error: Exception, drop: Drop, detail: str, *, host_down: bool, transient: bool
) -> None:
    refusal = refusal_of(error, 2.5)
    assert refusal.drop is drop
    assert detail in refusal.detail
    assert refusal.host_down is host_down
    assert is_transient(error) is transient


def test_statuses() -> None:
    drops = {status: status_refusal(status).drop for status in (404, 410, 403, 500, 204, 301)}
    assert {status for status, drop in drops.items() if drop is Drop.NOT_FOUND} == {404, 410}
    assert set(drops.values()) == {Drop.NOT_FOUND, Drop.HTTP_ERROR}


def test_a_copy_says_the_same() -> None:
    refusal = HostRefusal(Drop.PRIVATE_ADDRESS, "10.0.0.1", status=None)
    refusal.final_url = "http://a/"
    copy = refusal.copy()
    assert copy is not refusal
    assert (type(copy), vars(copy)) == (HostRefusal, vars(refusal))


def test_the_last_url_of_a_visit() -> None:
    visit = Visit("http://a/")
    assert visit.last == "http://a/"
    visit.hops.append("http://a/b")
    assert visit.last == "http://a/b"
