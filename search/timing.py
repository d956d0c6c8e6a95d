"""How long the stages of a request take, for its log line and the metrics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

STAGES = ("wait", "understand", "encode", "retrieve", "rank", "present")

_stages: ContextVar[dict[str, float] | None] = ContextVar("stages", default=None)


def begin() -> dict[str, float]:
    """Seconds of each stage from now on, filled in as this request goes through them."""
    seconds: dict[str, float] = {}
    _stages.set(seconds)
    return seconds


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time inside to a stage of the request at work; where there is none, to nothing."""
    seconds = _stages.get()
    began = time.perf_counter()
    try:
        yield
    finally:
        if seconds is not None:
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - began
