"""From a site to the store: crawl it or read its folder, and keep what every address answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from indexer import lifecycle
from indexer.crawl import Crawl, crawl
from indexer.errors import CrawlError
from indexer.folder import read_folder
from indexer.progress import Progress
from indexer.records import Drop, Fetched
from indexer.report import DroppedPage, RunReport
from indexer.site import Site
from indexer.sources import Source
from indexer.store import Store


def gather(site: Site, store: Store, progress: Progress, report: RunReport) -> dict[str, Fetched]:
    """Bring the store up to date with a site; every outcome of this run by its address.

    Raises CrawlError when not one page of it answered.
    """
    source = site.source
    known = {site.read_at(url): each for url, each in store.validators(source.name).items()}
    outcomes: dict[str, Fetched] = {}
    answers: Counter[str] = Counter()
    crawled = None if source.folder else crawl(source, known)
    with progress.stage(f"crawl {source.name}", "pages") as stage:
        for fetched in read_folder(source, known) if crawled is None else crawled:
            outcomes[fetched.url] = fetched
            answers[fetched.drop or str(fetched.status)] += 1
            _record(store, site, fetched, report)
            stage.step()
    if crawled is not None:
        _keep_hints(store, site, crawled)
    report.answers = dict(Counter(report.answers) + answers)
    if not any(fetched.drop is None for fetched in outcomes.values()):
        raise CrawlError(_nothing(source, list(outcomes.values())))
    return outcomes


def _keep_hints(store: Store, site: Site, crawled: Crawl) -> None:
    """Keep what the next crawl of a web site goes by: the pages' links and the sitemap's dates."""
    with store.transaction():
        for address in {*crawled.lastmod, *crawled.links}:
            if page := store.page(site.published(address)):
                store.put(
                    replace(
                        page,
                        lastmod=crawled.lastmod.get(address, page.lastmod),
                        links=crawled.links.get(address, page.links),
                    )
                )


def _record(store: Store, site: Site, fetched: Fetched, report: RunReport) -> None:
    name = site.source.name
    if fetched.final_url != fetched.url and fetched.drop is None:
        asked = store.page(site.published(fetched.url))
        if asked is not None:
            moved = replace(fetched, drop=Drop.REDIRECTED, detail=f"leads to {fetched.final_url}")
            store.put(lifecycle.after(asked, moved, asked.url, name))
            if asked.body is not None:
                report.dropped.append(DroppedPage(asked.url, Drop.REDIRECTED, moved.detail))
    address = fetched.url if fetched.drop else fetched.final_url
    url = site.published(address)
    store.put(lifecycle.after(store.page(url), fetched, url, name))


def _nothing(source: Source, outcomes: list[Fetched]) -> str:
    where = source.folder or ", ".join(source.start_urls)
    if not outcomes:
        return f"{where} has no pages (.html, .htm or .pdf files); nothing was published"
    first = outcomes[0]
    reason = first.detail or str(first.drop)
    return f"no page of {where} could be read: {first.url}: {reason}; nothing was published"
