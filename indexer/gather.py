"""From a site to the store: crawl it or read its folder, and keep what every address answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from indexer import lifecycle
from indexer.clock import as_utc
from indexer.crawl import Crawl, crawl
from indexer.errors import CrawlError
from indexer.folder import read_folder
from indexer.moves import follow_withdrawn
from indexer.pages import Left, on_site
from indexer.records import Drop, Fetched, PageContent
from indexer.report import PageNote
from indexer.site import Site
from indexer.sources import Source
from indexer.store import StoredPage
from indexer.work import Work

_FETCHED = TypeAdapter(Fetched)
# A crawl that was cut off is gone on with for so long; what it read before is not asked again.
_RESUMED_WITHIN = timedelta(hours=6)
_NOT_READ = frozenset({*lifecycle.PASSING, Drop.EXCLUDED})


def gather(site: Site, work: Work) -> dict[str, Fetched]:
    """Bring the store up to date with a site; every outcome of this run by its address.

    Raises CrawlError when not one page of it answered.
    """
    source, report = site.source, work.report
    known = {site.read_at(url): each for url, each in work.store.validators(source.name).items()}
    if known:
        work.known.add(source.name)
    outcomes: dict[str, Fetched] = {}
    crawled = None
    if source.folder is None:
        outcomes = _read_before(site, work)
        crawled = crawl(source, known, {url: each.final_url for url, each in outcomes.items()})
    report.resumed += len(outcomes)
    with work.progress.stage(f"crawl {source.name}", "pages") as stage:
        for fetched in read_folder(source, known) if crawled is None else crawled:
            outcomes[fetched.url] = fetched
            report.bytes += len(fetched.body)
            _record(site, work, fetched, crawled)
            stage.step()
    follow_withdrawn(site, work, outcomes)
    answers = Counter(each.drop or str(each.status) for each in outcomes.values())
    report.answers = dict(Counter(report.answers) + answers)
    report.left_out += crawled.left_out if crawled else []
    statuses = Counter(str(each.status or "none") for each in outcomes.values())
    report.statuses = dict(Counter(report.statuses) + statuses)
    if not any(fetched.drop is None for fetched in outcomes.values()):
        raise CrawlError(_nothing(source, list(outcomes.values())))
    return outcomes


def _read_before(site: Site, work: Work) -> dict[str, Fetched]:
    """What a crawl of the site that was cut off has read already, without the bodies."""
    now = datetime.now(UTC)
    began, since = map(as_utc, (now, now - _RESUMED_WITHIN))
    visits = work.store.begin_crawl(site.source.name, began, max(since, work.asked))
    found = {url: _FETCHED.validate_json(outcome) for url, outcome in visits.items()}
    return {  # a page to accept is asked anew, to be taken as it is
        url: fetched
        for url, fetched in found.items()
        if site.published(fetched.final_url) not in work.accepted
    }


def _record(site: Site, work: Work, fetched: Fetched, crawled: Crawl | None) -> None:
    """Keep what one address answered, with the links that lead on from it."""
    name = site.source.name
    address = fetched.url if fetched.drop else fetched.final_url
    url = site.published(address)
    known = work.store.page(url)
    if known is None:
        work.new.add(url)
    if fetched.final_url != fetched.url and fetched.drop is None:
        _record_move(site, work, fetched)
    if _is_of_another(work, known, fetched, url, name):
        return
    page = lifecycle.after(known, fetched, url, name)
    if known is not None and url not in work.accepted:
        page = _unless_little(site, work, known, page, fetched)
    if crawled is not None:
        page = replace(page, links=crawled.links.get(address, page.links))
        if fetched.drop is None:  # else its date stays the one that was read, and it comes first
            page = replace(page, lastmod=crawled.lastmod.get(address, page.lastmod))
    # Reading a page can take a while, in which others write: a withdrawal must not wait for it.
    with work.store.transaction():
        if crawled is not None and fetched.drop not in _NOT_READ:
            outcome = _FETCHED.dump_json(replace(fetched, body=b"")).decode()
            work.store.put_visit(name, fetched.url, outcome)  # the others are asked again
        work.store.put(page)


def _is_of_another(
    work: Work, known: StoredPage | None, fetched: Fetched, url: str, name: str
) -> bool:
    """Whether another source of this run than the one of this name has a page."""
    if fetched.drop not in _NOT_READ:
        return work.read_by.setdefault(url, name) != name
    theirs = known is not None and known.source in {*work.report.sources} - {name}
    return theirs or work.read_by.get(url, name) != name


def _record_move(site: Site, work: Work, fetched: Fetched) -> None:
    asked = work.store.page(site.published(fetched.url))
    if asked is None:
        return
    moved = replace(fetched, drop=Drop.REDIRECTED, detail=f"leads to {fetched.final_url}")
    work.store.put(lifecycle.after(asked, moved, asked.url, site.source.name))
    if asked.body is not None:
        work.report.dropped.append(PageNote(asked.url, Drop.REDIRECTED, moved.detail))


def _unless_little(
    site: Site, work: Work, known: StoredPage, page: StoredPage, fetched: Fetched
) -> StoredPage:
    """The page's next record; the last good copy's when the new body says suspiciously little."""
    if page.state != lifecycle.ACTIVE or known.state == lifecycle.DROPPED or not known.body:
        return page
    if page.body == known.body:
        return page
    before, now = (
        _letters(work, site, work.derived.content(each, site, keep=each is page))
        for each in (known, page)
    )
    if before is None or now is None:
        return page
    if not lifecycle.too_little(before, now, work.settings.little_text):
        return page
    detail = f"{now} letters of text, where its last good copy has {before}"
    little = replace(fetched, drop=Drop.LITTLE_TEXT, detail=detail, body=b"")
    return lifecycle.after(known, little, page.url, site.source.name)


def _letters(work: Work, site: Site, content: PageContent | Left) -> int | None:
    """Letters of a page's main text that are no link; None where other rules leave it out."""
    if isinstance(content, Left):
        return None if content.reason == Drop.NOINDEX else 0
    if content.canonical and _is_copy(work, site, content.url, content.canonical):
        return None
    text = "".join(block.text for block in content.blocks if block.kind != "heading")
    return round(sum(map(str.isalpha, text)) * (1 - content.link_share))


def _is_copy(work: Work, site: Site, url: str, canonical: str) -> bool:
    """Whether a page names another one, which is there, as its original."""
    original = on_site(canonical, site)
    if original in {url, on_site(url, site)}:
        return False
    page = work.store.page(site.published(original))
    return not site.holds(original) or (page is not None and page.body is not None)


def _nothing(source: Source, outcomes: list[Fetched]) -> str:
    where = source.folder or ", ".join(source.start_urls)
    if not outcomes:
        return f"{where} has no pages (.html, .htm or .pdf files); nothing was published"
    first = outcomes[0]
    reason = first.detail or str(first.drop)
    return f"no page of {where} could be read: {first.url}: {reason}; nothing was published"
