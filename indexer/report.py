"""What a run did: for the operator to read, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from indexer.linkcheck import BrokenLink
from indexer.records import LeftOut

_NAMED = 12  # lines of each kind that the readable report shows
# States of a run: before, during and after it.
QUEUED, RUNNING = "queued", "running"
PUBLISHED, UNCHANGED, REFUSED, FAILED = "published", "unchanged", "refused", "failed"
INTERRUPTED = "interrupted"  # its process is gone and it had not finished


@dataclass(frozen=True, slots=True)
class PageNote:
    """A page that is not in the index, or there as it was before, and why."""

    url: str
    reason: str
    detail: str


@dataclass(slots=True)
class RunReport:
    """Counts, names and times of one run."""

    run_id: str
    sources: list[str]
    state: str = QUEUED
    error: str = ""  # why it failed or was refused
    started_at: str = ""  # UTC, as all times
    finished_at: str = ""
    heartbeat: str = ""  # when it was last seen at work
    stage: str = ""  # what it is doing, and how much of it is done; a total of None is not known
    done: int = 0
    total: int | None = None
    answers: dict[str, int] = field(default_factory=dict)  # HTTP status or drop to count
    statuses: dict[str, int] = field(default_factory=dict)  # HTTP status to count
    bytes: int = 0  # of the pages that were sent in full
    resumed: int = 0  # addresses that a run before had asked when it was cut off
    pages: int = 0
    states: dict[str, int] = field(default_factory=dict)
    kept: list[PageNote] = field(default_factory=list)  # as they were in an earlier run
    dropped: list[PageNote] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)  # too many to be named in dropped
    repeated: dict[str, int] = field(default_factory=dict)  # what a site repeats, to pages
    broken_links: list[BrokenLink] = field(default_factory=list)
    external_links: dict[str, list[str]] = field(default_factory=dict)  # URL to pages
    passages: int = 0
    embedded: int = 0
    encoder: str = ""
    build_id: str = ""
    forced: list[str] = field(default_factory=list)  # what gates said and --force overruled
    notes: list[str] = field(default_factory=list)  # what an operator should know of it
    published: bool = False  # false when nothing changed and the live index stays
    seconds: dict[str, float] = field(default_factory=dict)  # by stage

    @property
    def drops(self) -> dict[str, int]:
        """Number of addresses that were left out, by reason."""
        counts = Counter(page.reason for page in self.dropped)
        for left in self.left_out:
            counts[str(left.reason)] += left.count
        return dict(counts.most_common())

    def json(self) -> str:
        """One JSON object."""
        return json.dumps(self.as_object(), ensure_ascii=False)

    def as_object(self) -> dict[str, Any]:
        """A copy of everything in it, to write as JSON."""
        return {**asdict(self), "drops": self.drops}

    def text(self) -> str:
        """The report as an operator reads it."""
        lines = [
            self._outcome(),
            *self.notes,
            f"Answers: {_counted(self.answers) or 'none'} ({self.bytes:,} bytes)"
            + (f", {self.resumed} of them to a run that was cut off" if self.resumed else ""),
        ]
        if self.kept:
            lines.append(f"Kept as in an earlier run: {len(self.kept)}")
            lines += some([f"  {page.reason}: {page.url} ({page.detail})" for page in self.kept])
        lines.append(f"Left out: {_counted(self.drops) or 'nothing'}")
        lines += some(
            [
                f"  {left.reason}: {left.count:,} of {left.what}: {left.detail}"
                for left in self.left_out
            ]
        )
        # A broken link is reported below with the pages that hold it.
        named = [page for page in self.dropped if page.reason != "not_found"]
        lines += some([f"  {page.reason}: {page.url} ({page.detail})" for page in named])
        if self.repeated:
            lines.append(f"Left out of pages, for the site repeats it: {len(self.repeated)} blocks")
            lines += some([f"  {text[:80]} (on {n} pages)" for text, n in self.repeated.items()])
        if self.broken_links:
            lines.append(f"Broken links: {len(self.broken_links)}")
            lines += some(
                [f"  {link.url} ({link.detail}) on {_pages(link.on)}" for link in self.broken_links]
            )
        if self.external_links:
            lines.append(f"Links to other sites, not followed: {len(self.external_links)}")
            lines += some(
                [f"  {url} on {_pages(tuple(on))}" for url, on in self.external_links.items()]
            )
        times = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in self.seconds.items())
        return "\n".join([*lines, f"Time: {times}"])

    def _outcome(self) -> str:
        if self.state in {REFUSED, FAILED}:
            return f"{self.state.capitalize()}, the live index is as it was: {self.error}"
        return (
            ("Published " if self.published else "Nothing changed, live stays ")
            + f"{self.build_id}: {self.pages} pages, {self.passages} passages"
            f" ({self.embedded} embedded, {self.passages - self.embedded} reused)."
        )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _pages(on: tuple[str, ...]) -> str:
    return on[0] if len(on) == 1 else f"{on[0]} and {len(on) - 1} more"


def some(lines: list[str]) -> list[str]:
    """The first lines of a list, and how many more there are."""
    more = len(lines) - _NAMED
    return lines if more <= 1 else [*lines[:_NAMED], f"  ... and {more} more"]
