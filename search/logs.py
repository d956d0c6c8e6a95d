"""Logs: one line for each answer and event, JSON for machines or short text for a terminal.

Nothing that a visitor sent is in them: no question, no path, no address, no agent.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

answers = logging.getLogger("search.answers")


def log_answer(route: str, status: int, seconds: float, more: Mapping[str, object]) -> None:
    """One line for an answer; ``more`` is its request id, stages, index and number of results."""
    if answers.isEnabledFor(logging.INFO):
        milliseconds = round(seconds * 1000, 2)
        fields = {"route": route, "status": status, "ms": milliseconds, **more}
        answers.info("%s %s %s ms", route, status, milliseconds, extra={"fields": fields})


class JsonFormatter(logging.Formatter):
    """A record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        written = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
        }
        fields = getattr(record, "fields", None)
        written |= fields if fields is not None else {"message": record.getMessage()}
        if record.exc_info:
            written["traceback"] = self.formatException(record.exc_info)
        return json.dumps(written, ensure_ascii=False)


def set_up_logs(written: Literal["auto", "json", "text"]) -> None:
    """Write all logs of this process, and of those it forks, to standard error.

    ``auto`` is text where a person watches, JSON elsewhere.
    """
    as_json = written == "json" or (written == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter("%(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    answers.setLevel(logging.INFO)
