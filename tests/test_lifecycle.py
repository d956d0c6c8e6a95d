from __future__ import annotations

import pytest

from indexer.lifecycle import ACTIVE, DROPPED, MISSING, STALE, after
from indexer.records import Drop, Fetched
from indexer.store import StoredPage

URL = "/site/a/"


def _known(state: str, body: bytes | None = b"old", reason: str | None = None) -> StoredPage:
    return StoredPage(
        *(URL, "site", state, reason),
        body=body,
        etag='"1"',
        fetched_at="then",
        content_hash="hash",
        content_type="text/html",
    )


def _fetched(drop: Drop | None = None, status: int | None = None, body: bytes = b"") -> Fetched:
    return Fetched(
        *("http://folder.invalid/a/",) * 2,
        status=status,
        content_type="text/html; charset=utf-8",
        body=body,
        etag='"2"',
        fetched_at="now",
        drop=drop,
        detail="what happened" if drop else "",
    )


NEW = _fetched(status=200, body=b"new")
SAME = _fetched(status=304)
NOT_FOUND = _fetched(Drop.NOT_FOUND, 404)
ERROR = _fetched(Drop.HTTP_ERROR, 503)

GOOD = [
    _known(ACTIVE),
    _known(STALE, reason="http_error"),
    _known(MISSING, reason="not_found"),
]
NOT_GOOD = [None, _known(DROPPED, None, "robots"), _known(DROPPED, b"old", "noindex")]


@pytest.mark.parametrize(
    ("known", "fetched", "state", "reason", "body"),
    [
        *((known, NEW, ACTIVE, None, b"new") for known in [*GOOD, *NOT_GOOD]),
        *((known, SAME, ACTIVE, None, b"old") for known in GOOD),
        # What passes leaves the last good copy; without one there is nothing to keep.
        *((known, ERROR, STALE, "http_error", b"old") for known in GOOD),
        *((known, ERROR, DROPPED, "http_error", None) for known in NOT_GOOD),
        *(
            (GOOD[0], _fetched(drop), STALE, drop, b"old")
            for drop in (
                *(Drop.UNREACHABLE, Drop.ROBOTS_UNAVAILABLE, Drop.REDIRECT_LOOP, Drop.TOO_LARGE),
                *(Drop.WRONG_TYPE, Drop.PAGE_LIMIT, Drop.DEPTH_LIMIT, Drop.TIME_LIMIT),
            )
        ),
        # Gone once is missing, gone twice is removed; a fault in between starts anew.
        (GOOD[0], NOT_FOUND, MISSING, "not_found", b"old"),
        (GOOD[1], NOT_FOUND, MISSING, "not_found", b"old"),
        (GOOD[2], NOT_FOUND, DROPPED, "not_found", None),
        *((known, NOT_FOUND, DROPPED, "not_found", None) for known in NOT_GOOD),
        # What the site or the operator forbids is out at once.
        *(
            (GOOD[0], _fetched(drop), DROPPED, drop, None)
            for drop in (
                *(Drop.ROBOTS, Drop.EXCLUDED, Drop.REDIRECTED, Drop.REDIRECT_OFF_SITE),
                Drop.PRIVATE_ADDRESS,
            )
        ),
    ],
)
def test_after(
    known: StoredPage | None,
    fetched: Fetched,
    state: str,
    reason: str | None,
    body: bytes | None,
) -> None:
    page = after(known, fetched, URL, "site")
    assert (page.url, page.source) == (URL, "site")
    assert (page.state, page.reason, page.body) == (state, reason, body)
    assert (page.status, page.detail) == (fetched.status, fetched.detail)


def test_a_new_body_brings_its_validators() -> None:
    page = after(GOOD[0], NEW, URL, "site")
    assert (page.etag, page.fetched_at) == ('"2"', "now")
    assert page.content_type == "text/html; charset=utf-8"


def test_not_modified_keeps_everything() -> None:
    page = after(GOOD[0], SAME, URL, "site")
    assert (page.etag, page.content_type, page.content_hash) == ('"1"', "text/html", "hash")


def test_the_time_of_a_page_is_that_of_its_words() -> None:
    for fetched in (SAME, ERROR, _fetched(status=200, body=b"old")):
        assert after(GOOD[0], fetched, URL, "site").fetched_at == "then"


def test_the_same_words_bring_their_validators_too() -> None:
    assert after(GOOD[0], _fetched(status=200, body=b"old"), URL, "site").etag == '"2"'


def test_a_dropped_page_has_no_digest() -> None:
    assert after(GOOD[0], _fetched(Drop.ROBOTS), URL, "site").content_hash is None


def test_every_drop_is_named() -> None:
    for drop in Drop:
        page = after(GOOD[0], _fetched(drop), URL, "site")
        assert page.state in {STALE, MISSING, DROPPED}
        assert page.reason == drop
