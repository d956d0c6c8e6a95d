"""Times as the project writes them: UTC, ISO 8601, whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> str:
    """The present moment."""
    return as_utc(datetime.now(UTC))


def as_utc(moment: datetime) -> str:
    """A moment that is in UTC already."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
