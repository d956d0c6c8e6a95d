"""What the operator's page calls things: states, reasons, gates and times in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from indexer.records import Drop


@dataclass(frozen=True, slots=True)
class Label:
    """A state in words. ``tone``: good, busy, plain or bad, which ``sign`` says without colour."""

    words: str
    tone: str
    sign: str


RUNS = {
    "queued": Label("Waiting to start", "busy", "…"),
    "running": Label("At work", "busy", "…"),
    "published": Label("Published a new index", "good", "✓"),
    "unchanged": Label("Nothing had changed", "good", "="),
    "refused": Label("Refused by a gate", "bad", "!"),
    "failed": Label("Failed", "bad", "✕"),
    "interrupted": Label("Cut off", "bad", "✕"),
}
UNKNOWN = Label("Not known", "plain", "?")
STATES = {
    "active": Label("Read without trouble", "good", "✓"),
    "stale": Label("Kept as last read; its address fails now", "bad", "!"),
    "missing": Label("Not found once; goes if the next run finds the same", "bad", "?"),
    "dropped": Label("Left out", "plain", "–"),
    "withdrawn": Label("Withdrawn by you", "plain", "–"),
}
REASONS: dict[str, str] = {
    Drop.ROBOTS: "the site's robots.txt forbids it",
    Drop.ROBOTS_UNAVAILABLE: "the site's robots.txt could not be read",
    Drop.NOINDEX: "the page asks not to be indexed",
    Drop.CANONICAL: "a copy: it names another page as the original",
    Drop.WITHDRAWN: "withdrawn by you",
    Drop.EXCLUDED: "left out by the list of sites",
    Drop.LINK_LIST: "nothing but links to other pages",
    Drop.NO_CONTENT: "no text was found on it",
    Drop.LITTLE_TEXT: "suspiciously little text, compared with before",
    Drop.NOT_FOUND: "page not found",
    Drop.HTTP_ERROR: "the site answered with an error",
    Drop.UNREACHABLE: "no answer from the site",
    Drop.REDIRECTED: "its address leads to another page now",
    Drop.REDIRECT_OFF_SITE: "its address leads to another site",
    Drop.REDIRECT_LOOP: "its address leads in a circle",
    Drop.PRIVATE_ADDRESS: "an address that is not on the public web",
    Drop.TOO_LARGE: "too large",
    Drop.UNREADABLE: "its code could not be read",
    Drop.ENCRYPTED: "a PDF with a password, or whose text may not be copied",
    Drop.NO_TEXT: "a PDF of pictures, as a scan is: no text to read",
    Drop.BROKEN: "a damaged PDF",
    Drop.TOO_MANY_PAGES: "a PDF of too many pages",
    Drop.TOO_SLOW: "a PDF that takes too long to read",
    Drop.WRONG_TYPE: "not a page of text",
    Drop.PAGE_LIMIT: "the limit of pages was reached",
    Drop.DEPTH_LIMIT: "too many links away from the start",
    Drop.TIME_LIMIT: "the time for the site was over",
    Drop.LINK_LIMIT: "more links than are followed",
    Drop.TRAP: "one of endless addresses that say nothing new",
}
STAGES = {
    "crawl": "Reading the site",
    "extract": "Finding the text of each page",
    "chunk": "Cutting it into passages",
    "embed": "Learning what new passages mean",
    "publish": "Making and checking the index",
}
ADVICE = {
    "lost pages": "Open some of these addresses. If the pages are gone on purpose, publish all"
    " the same. If they are there, the site's menu, sitemap or robots.txt has changed: have that"
    " mended, then publish again.",
    "failed fetches": "The site did not answer for these addresses. Wait until it does, then"
    " publish again.",
    "judged questions": "The questions that the index is tested with would be answered worse than"
    " now. Make a plan: it shows which ones. If what answered them is gone on purpose, publish all"
    " the same.",
    "new index": "The new index is not whole, so it is never published. Publish again; if that says"
    " the same, show this to whoever installed the search.",
}
_AGES = ((86400, "day"), (3600, "hour"), (60, "minute"))
_DAYS_IN_WORDS = 60


def reason(name: str) -> str:
    """A drop in words; a name that is not known stays as it is."""
    return REASONS.get(name, name.replace("_", " "))


def stage(name: str) -> str:
    """What a stage does; its source, if it names one, is left out."""
    return STAGES.get(name.partition(" ")[0], name)


def many(count: int, one: str, more: str = "") -> str:
    """A number with its unit."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def duration(seconds: float) -> str:
    """A length of time in its two largest units."""
    if seconds < 1:
        return "under a second"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    parts = [(hours, "hour"), (minutes, "minute"), (0 if hours else rest, "second")]
    return " ".join(many(count, name) for count, name in parts if count)


def ago(then: datetime, now: datetime) -> str:
    """How long since a time, or its date when that is long."""
    seconds = (now - then).total_seconds()
    if seconds > _DAYS_IN_WORDS * 86400:
        return f"on {then.day} {then:%B %Y}"
    for unit, name in _AGES:
        if seconds >= unit:
            return f"{many(int(seconds // unit), name)} ago"
    return "just now"


def moment(text: str) -> datetime | None:
    """A time as records hold it; None for none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def clock(then: datetime) -> str:
    """A time as a reader takes it."""
    return f"{then.day} {then:%B %Y, %H:%M} UTC"
