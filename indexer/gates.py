"""Gates: reasons not to publish, from what is live and what would take its place. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_NAMED = 20  # addresses that a refusal names; the report holds all


@dataclass(frozen=True, slots=True)
class PageMark:
    """What a gate needs to know of a page."""

    source: str
    section: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a publish is refused."""

    gate: str
    message: str
    urls: tuple[str, ...] = ()
    forceable: bool = True  # whether --force overrules it

    def text(self) -> str:
        """The refusal with the addresses it is about."""
        more = len(self.urls) - _NAMED
        shown = [*self.urls[:_NAMED], *([f"... and {more} more"] if more > 0 else [])]
        return "\n".join([f"{self.gate}: {self.message}", *(f"  {url}" for url in shown)])


def lost_sections(
    live: Mapping[str, PageMark],
    new: Mapping[str, PageMark],
    reasons: Mapping[str, str],
    *,
    share: float,
    pages: int,
) -> list[Refusal]:
    """A refusal for each section that loses over ``share`` of its pages and over ``pages`` of them.

    By section, because a whole one can be lost in a small part of all pages. ``reasons`` say why a
    page is no longer there.
    """
    refusals = []
    for mark in sorted(set(live.values()), key=lambda m: (m.source, m.section)):
        had = [url for url, each in live.items() if each == mark]
        lost = sorted(url for url in had if url not in new)
        if len(lost) > pages and len(lost) > share * len(had):
            refusals.append(
                Refusal(
                    "lost pages",
                    f"section {mark.section or '(none)'!r} of {mark.source} would lose {len(lost)}"
                    f" of its {len(had)} pages ({len(lost) / len(had):.0%}; allowed are {share:.0%}"
                    f" or {pages} pages)",
                    tuple(f"{url} ({reasons.get(url, 'no longer found')})" for url in lost),
                )
            )
    return refusals


def failed_fetches(failed: Sequence[str], asked: int, *, share: float, pages: int) -> list[Refusal]:
    """A refusal when over ``share`` of the addresses asked, and over ``pages``, could not be read.

    A page that is gone was read; ``failed`` are those that gave no answer or an error.
    """
    if len(failed) <= pages or len(failed) <= share * asked:
        return []
    return [
        Refusal(
            "failed fetches",
            f"{len(failed)} of {asked} addresses could not be read"
            f" ({len(failed) / asked:.0%}; allowed are {share:.0%} or {pages})",
            tuple(sorted(failed)),
        )
    ]
