"""What a run did: for the operator to read, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field

from indexer.linkcheck import BrokenLink

_NAMED = 12  # lines of each kind that the readable report shows


@dataclass(frozen=True, slots=True)
class DroppedPage:
    """A page that is not in the index, and why."""

    url: str
    reason: str
    detail: str


@dataclass(slots=True)
class RunReport:
    """Counts, names and times of one run."""

    run_id: str
    sources: list[str]
    answers: dict[str, int] = field(default_factory=dict)  # HTTP status or drop to count
    pages: int = 0
    states: dict[str, int] = field(default_factory=dict)
    dropped: list[DroppedPage] = field(default_factory=list)
    broken_links: list[BrokenLink] = field(default_factory=list)
    external_links: dict[str, list[str]] = field(default_factory=dict)  # URL to pages
    passages: int = 0
    embedded: int = 0
    encoder: str = ""
    build_id: str = ""
    refused: str = ""  # what gates said against publishing
    forced: list[str] = field(default_factory=list)  # what they said and --force overruled
    published: bool = False  # false when nothing changed and the live index stays
    seconds: dict[str, float] = field(default_factory=dict)  # by stage

    @property
    def drops(self) -> dict[str, int]:
        """Number of dropped pages by reason."""
        return dict(Counter(page.reason for page in self.dropped).most_common())

    def json(self) -> str:
        """One JSON object."""
        return json.dumps({**asdict(self), "drops": self.drops}, ensure_ascii=False)

    def text(self) -> str:
        """The report as an operator reads it."""
        lines = [
            ("Published " if self.published else "Nothing changed, live stays ")
            + f"{self.build_id}: {self.pages} pages, {self.passages} passages"
            f" ({self.embedded} embedded, {self.passages - self.embedded} reused).",
            "Answers: " + (_counted(self.answers) or "none"),
        ]
        kept = {state: count for state, count in self.states.items() if state != "active"}
        if kept:
            lines.append(f"Kept from an earlier run: {_counted(kept)}")
        lines.append(f"Left out: {_counted(self.drops) or 'nothing'}")
        # A broken link is reported below with the pages that hold it.
        named = [page for page in self.dropped if page.reason != "not_found"]
        lines += _some([f"  {page.reason}: {page.url} ({page.detail})" for page in named])
        if self.broken_links:
            lines.append(f"Broken links: {len(self.broken_links)}")
            lines += _some(
                [f"  {link.url} ({link.detail}) on {_pages(link.on)}" for link in self.broken_links]
            )
        if self.external_links:
            lines.append(f"Links to other sites, not followed: {len(self.external_links)}")
            lines += _some(
                [f"  {url} on {_pages(tuple(on))}" for url, on in self.external_links.items()]
            )
        times = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in self.seconds.items())
        return "\n".join([*lines, f"Time: {times}"])


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _pages(on: tuple[str, ...]) -> str:
    return on[0] if len(on) == 1 else f"{on[0]} and {len(on) - 1} more"


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - _NAMED
    return lines if more <= 1 else [*lines[:_NAMED], f"  ... and {more} more"]
