"""Runs again and again, in the foreground: ``python -m indexer run --every 6h``."""

from __future__ import annotations

import logging
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from indexer.errors import ConfigurationError
from indexer.processes import environment, module

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_logger = logging.getLogger(__name__)


def seconds(text: str) -> int:
    """A time such as 30m, 6h or 1d in seconds. Raises ConfigurationError for any other."""
    found = re.fullmatch(r"(\d{1,5})\s*([smhd])", text.strip().lower())
    if not found or not int(found[1]):
        raise ConfigurationError(f"--every {text!r} is no time such as 90s, 30m, 6h or 1d")
    return int(found[1]) * _UNITS[found[2]]


def run_every(
    interval: int,
    arguments: Sequence[str],
    wait: Callable[[float], object] = time.sleep,
    times: int | None = None,
) -> None:
    """Run ``python -m indexer`` with some arguments every ``interval`` seconds, until stopped.

    Each run is a process of its own: what it used is given back, and one that fails ends nothing.
    One that takes longer than the interval is followed at once by the next. ``times`` bounds the
    number of runs.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that the run is ended as well
    done = 0
    while True:
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - what the operator gave this very program
            module("indexer", *arguments), env=environment()
        )
        try:
            status = process.wait()
        finally:
            process.terminate()  # nothing, when it has ended
        done += 1
        left = max(0.0, interval - (time.monotonic() - began))
        _logger.warning("The run ended with status %d; the next begins in %.0f s", status, left)
        if done == times:
            return
        wait(left)
