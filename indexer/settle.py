"""What becomes of each page of a site once it was read: indexed, or left out and named."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping

from indexer import lifecycle
from indexer.errors import CrawlError
from indexer.linkcheck import check_links
from indexer.pages import Kept, Left, choose
from indexer.records import Drop, Fetched
from indexer.repeated import REASON
from indexer.report import PageNote
from indexer.site import Site
from indexer.work import Work


def settle(site: Site, work: Work, fetched: Mapping[str, Fetched]) -> list[Kept]:
    """The pages of a site that are indexed; the store and the report say what became of all.

    ``fetched`` are this run's outcomes by address; none when the site is taken from the store.
    Raises CrawlError when no page has text to index.
    """
    chosen, left = _read(site, work)
    withdrawn = work.store.withdrawn()
    # After the choice of originals: a copy of a withdrawn page must not take its place.
    kept = [each for each in chosen if each.page.url not in withdrawn]
    left += [_withdrawn(each) for each in chosen if each.page.url in withdrawn]
    kept = _record(work, kept, left)
    _report(site, work, fetched, kept, left)
    if fetched and not kept:
        reasons = Counter(str(each.reason) for each in left)
        raise CrawlError(
            f"{site.source.name}: no page has text to index ({dict(reasons)});"
            " nothing was published"
        )
    return kept


def _read(site: Site, work: Work) -> tuple[list[Kept], list[Left]]:
    contents = {}
    left: list[Left] = []
    pages = [page for page in work.store.pages([site.source.name]) if page.body is not None]
    with work.progress.stage(f"extract {site.source.name}", "pages", len(pages)) as stage:
        for page in pages:
            found = work.derived.content(page, site)
            if isinstance(found, Left):
                left.append(found)
            else:
                contents[site.read_at(page.url)] = (page, found)
            stage.step()
    repeated = work.derived.repeated(site, [content for _, content in contents.values()])
    withdrawn = [site.read_at(url) for url in work.store.withdrawn()]
    chosen, more = choose(contents, site, repeated, withdrawn)
    return chosen, left + more


def _withdrawn(kept: Kept) -> Left:
    return Left(kept.page, Drop.WITHDRAWN, "by the operator", kept.content.links)


def _record(work: Work, kept: list[Kept], left: list[Left]) -> list[Kept]:
    """Write to the store what became of each page that has a body; the kept ones as recorded."""
    recorded = []
    with work.store.transaction():
        for each in kept:
            text = "\n".join(block.text for block in each.content.blocks)
            page = lifecycle.read(each.page, hashlib.sha256(text.encode()).hexdigest())
            if page != each.page:
                work.store.put(page)
            recorded.append(Kept(page, each.content))
        for other in left:
            page = lifecycle.left_out(other.page, str(other.reason), other.detail)
            if page != other.page:
                work.store.put(page)
    return recorded


def _report(
    site: Site,
    work: Work,
    fetched: Mapping[str, Fetched],
    kept: list[Kept],
    left: list[Left],
) -> None:
    report = work.report
    report.pages += len(kept)
    report.states = dict(Counter(report.states) + Counter(each.page.state for each in kept))
    report.kept += [
        PageNote(each.page.url, f"{each.page.state}: {each.page.reason}", each.page.detail)
        for each in kept
        if each.page.state != lifecycle.ACTIVE
    ]
    report.repeated = dict(Counter(report.repeated) + _repeated(kept))
    known = {each.page.url for each in kept} | {each.page.url for each in left}
    for url, each in fetched.items():
        # A page that is kept as it was is not left out, however its address answered now.
        if each.drop and site.published(url) not in known:
            report.dropped.append(PageNote(site.published(url), str(each.drop), each.detail))
    for other in left:
        report.dropped.append(PageNote(other.page.url, str(other.reason), other.detail))
    _report_links(site, work, fetched, [*kept, *left])


def _repeated(kept: list[Kept]) -> Counter[str]:
    """What was left out of pages because the site repeats it, and of how many."""
    return Counter(
        text
        for each in kept
        for text in {dropped.text for dropped in each.content.dropped if dropped.reason == REASON}
    )


def _report_links(
    site: Site, work: Work, fetched: Mapping[str, Fetched], pages: list[Kept | Left]
) -> None:
    not_found = {
        url: each.detail or str(each.status)
        for url, each in fetched.items()
        if each.drop == Drop.NOT_FOUND
    }
    answered = frozenset({*fetched, *(each.final_url for each in fetched.values())})
    links = [
        (each.page.url, each.content.links if isinstance(each, Kept) else each.links)
        for each in pages
    ]
    checked = check_links(site, sorted(links), not_found, answered)
    work.report.broken_links += checked.broken
    external = {url: sorted(on) for url, on in sorted(checked.external.items())}
    work.report.external_links.update(external)
