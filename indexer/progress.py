"""Progress of long stages: a bar where a terminal watches, plain lines where none does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

_EVERY = 10.0  # seconds between two plain lines

Listener = Callable[[str, int, int | None], None]


class Progress:
    """Tells standard error how far a stage is."""

    def __init__(self, *, quiet: bool = False) -> None:
        # Also told of every step: the stage, what is done of it, and the total if it is known.
        self.listener: Listener = lambda _stage, _done, _total: None
        self._quiet = quiet
        self._bars = not quiet and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """One line."""
        if not self._quiet:
            tqdm.write(text, file=sys.stderr)

    @contextmanager
    def stage(self, name: str, unit: str, total: int | None = None) -> Iterator[_Stage]:
        """A stage whose steps are counted."""
        bar = tqdm(total=total, desc=name, unit=unit, file=sys.stderr, disable=not self._bars)
        stage = _Stage(bar, name, unit, plain=not (self._quiet or self._bars))
        stage.listener = self.listener
        self.listener(name, 0, total)
        with bar:
            yield stage
        stage.close()


class _Stage:
    def __init__(self, bar: tqdm[object], name: str, unit: str, *, plain: bool) -> None:
        self._bar, self._name, self._unit, self._plain = bar, name, unit, plain
        self._done = self._told = 0
        self._said = self._began = time.monotonic()
        self.listener: Listener = lambda _stage, _done, _total: None

    def step(self, count: int = 1) -> None:
        """Count what was done."""
        self._done += count
        self._bar.update(count)
        self.listener(self._name, self._done, self._bar.total)
        if self._plain and time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            self._line()

    def to(self, done: int, total: int) -> None:
        """Say what was done in all, of how much."""
        self._bar.total = total
        self.step(done - self._done)

    def close(self) -> None:
        """Say the whole."""
        if self._plain and self._done != self._told:
            self._line()

    def _line(self) -> None:
        self._told = self._done
        total = f" of {self._bar.total}" if self._bar.total else ""
        seconds = time.monotonic() - self._began
        sys.stderr.write(f"{self._name}: {self._done}{total} {self._unit}, {seconds:.0f} s\n")
