"""Withdrawn pages that a site has moved: they stay out at their new address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from indexer.clock import utc_now
from indexer.records import Drop, Fetched
from indexer.site import Site
from indexer.work import Work

# What an address that led elsewhere is recorded as: read there, known there, another source's.
_MOVED = {None, Drop.CANONICAL, Drop.EXCLUDED}


def follow_withdrawn(site: Site, work: Work, outcomes: Mapping[str, Fetched]) -> None:
    """Withdraw what withdrawn pages of a site lead to now, where that is their new address.

    It is where no run has read it before and nothing else leads there. Else it may be a page of
    its own, such as the home page that a site leads all to that is gone: the report names it.
    """
    moves: defaultdict[str, set[str]] = defaultdict(set)
    for each in outcomes.values():
        if each.final_url != each.url and each.drop in _MOVED:
            moves[site.published(each.final_url)].add(site.published(each.url))
    withdrawn = work.store.withdrawn()
    starts = {site.published(url) for url in site.source.start_urls}
    known_site = site.source.name in work.known
    for to, led in moves.items():
        pages = sorted(led & withdrawn)
        if not pages or to in withdrawn:
            continue
        is_new = to in work.new or work.store.page(to) is None
        if is_new and known_site and len(led) == 1 and to not in starts:
            work.store.withdraw(to, utc_now())
            note = f"{pages[0]}, which is withdrawn, moved to {to}: withdrawn there too"
        else:
            note = (
                f"{', '.join(pages)}: withdrawn, and leads to {to} now;"
                " withdraw that too if it says the same"
            )
        work.report.notes.append(note)
