"""What one run works with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from indexer.derived import Derived
from indexer.encoder import Encoder
from indexer.gates import Refusal
from indexer.progress import Progress
from indexer.report import RunReport
from indexer.settings import IndexerSettings
from indexer.store import Store


@dataclass(slots=True)
class Work:
    """The tools of one run and what its stages add to: the report and the gates' refusals."""

    settings: IndexerSettings
    encoder: Encoder
    progress: Progress
    store: Store
    report: RunReport
    derived: Derived
    accepted: frozenset[str] = frozenset()  # addresses whose text may be as little as it is
    asked: str = ""  # UTC, ISO 8601: when somebody asked for it; what was read before may be old
    read_by: dict[str, str] = field(default_factory=dict)  # each address read, and as whose
    known: set[str] = field(default_factory=set)  # sources that an earlier run has read
    new: set[str] = field(default_factory=set)  # addresses that no earlier run has read
    refusals: list[Refusal] = field(default_factory=list)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add a stage's time to the report."""
        began = time.monotonic()
        yield
        spent = time.monotonic() - began
        self.report.seconds[stage] = self.report.seconds.get(stage, 0.0) + round(spent, 3)
