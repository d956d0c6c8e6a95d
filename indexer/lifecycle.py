"""What becomes of a page, given what is known of it and how its address answered now. Pure."""

from __future__ import annotations

from dataclasses import replace

from indexer.records import Drop, Fetched
from indexer.store import StoredPage

ACTIVE, STALE, MISSING, DROPPED = "active", "stale", "missing", "dropped"
FEWEST_LETTERS = 20  # of main text without headings, below which a page says nothing

# Nothing was learnt of the page.
NO_ANSWER = frozenset({Drop.HTTP_ERROR, Drop.UNREACHABLE, Drop.ROBOTS_UNAVAILABLE})
# The site is in trouble, or out of our reach: what it last said still holds.
PASSING = frozenset(
    {
        *NO_ANSWER,
        Drop.LITTLE_TEXT,
        Drop.REDIRECT_LOOP,
        Drop.TOO_LARGE,
        Drop.WRONG_TYPE,
        Drop.PAGE_LIMIT,
        Drop.DEPTH_LIMIT,
        Drop.TIME_LIMIT,
    }
)


def after(known: StoredPage | None, fetched: Fetched, url: str, source: str) -> StoredPage:
    """The page's next record. ``url`` is the address that answered, as it is published."""
    old = known or StoredPage(url=url, source=source, state=DROPPED)
    seen = replace(old, source=source, status=fetched.status, detail=fetched.detail)
    if fetched.drop is None:
        return _answered(seen, fetched)
    kept = old.body is not None and old.state != DROPPED
    if fetched.drop in PASSING and kept:
        return replace(seen, state=STALE, reason=fetched.drop)
    if fetched.drop == Drop.NOT_FOUND and kept and old.state != MISSING:
        return replace(seen, state=MISSING, reason=fetched.drop)
    return replace(seen, state=DROPPED, reason=fetched.drop, body=None, content_hash=None)


def too_little(before: int, now: int, share: float) -> bool:
    """Whether a page of ``before`` letters of main text says suspiciously little with ``now``.

    It is empty, an error page served as a good one, or its content did not load.
    """
    return before >= FEWEST_LETTERS and now < max(FEWEST_LETTERS, share * before)


def read(page: StoredPage, digest: str) -> StoredPage:
    """The record of a page that is indexed, with the SHA-256 of its text.

    A page whose text is the same as before, under another menu or banner, keeps its time.
    """
    changed = page.content_hash != digest or not page.changed_at
    page = replace(
        page, content_hash=digest, changed_at=page.fetched_at if changed else page.changed_at
    )
    if page.state == DROPPED:  # its reason is gone, as when its original is
        return replace(page, state=ACTIVE, reason=None, detail="")
    return page


def left_out(page: StoredPage, reason: str, detail: str) -> StoredPage:
    """The record of a page that answered and is not indexed."""
    return replace(page, state=DROPPED, reason=reason, detail=detail, content_hash=None)


def _answered(page: StoredPage, fetched: Fetched) -> StoredPage:
    # The time of a page is that of its words: a look that found them the same does not change it.
    same = fetched.status == 304 or (page.body is not None and page.body == fetched.body)  # noqa: PLR2004
    page = replace(page, state=ACTIVE, reason=None)
    if not same:
        page = replace(page, body=fetched.body, fetched_at=fetched.fetched_at)
    if fetched.status == 304:  # noqa: PLR2004 - not modified: what it sent before holds
        return replace(page, robots_tag=fetched.robots_tag or page.robots_tag)
    return replace(
        page,
        content_type=fetched.content_type,
        robots_tag=fetched.robots_tag,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
    )
