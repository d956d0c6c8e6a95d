"""The spider: one site, breadth first, one request at a time."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy import signals
from scrapy.exceptions import StopDownload
from scrapy.http import HtmlResponse, Request

from indexer.answers import HTML_TYPES, NOT_MODIFIED, dropped, may_be_page, media_type, page_of
from indexer.frontier import MOST_KNOWN, Entry, Frontier
from indexer.links import MOST_LINKS, PageLinks, page_links
from indexer.markup import overfull
from indexer.outcomes import Kind, Refusal, Visit, refusal_of
from indexer.records import Drop
from indexer.robots import user_agent
from indexer.site_files import RobotsFiles, SitemapFiles
from indexer.tally import Tally
from indexer.traps import Traps
from indexer.urls import LONGEST_URL, normalise_url, site_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy.http import Response

    from indexer.frames import Known, Outlet
    from indexer.records import Fetched
    from indexer.sources import Source

MOST_UNREACHABLE = 5  # in a row; each costs all its tries, and the next would be no better
ACCEPT = "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.1"


class SiteSpider(scrapy.Spider):  # type: ignore[misc]
    """Crawls one source and hands every outcome to an outlet.

    The middlewares read its ``source``, ``sites``, ``frontier``, ``robots`` and time left.
    """

    name = "site"

    def __init__(self, source: Source, known: Known, outlet: Outlet) -> None:
        super().__init__()
        self.source = source
        self.sites = frozenset(map(site_of, source.start_urls))
        self.frontier = Frontier(source.limits.depth)
        self.robots = RobotsFiles(self)
        self.traps = Traps(known.validators)
        self.left_out = Tally()
        self.failure: Exception | None = None
        self._validators = known.validators
        self._done = known.done
        self._outlet = outlet
        self._deadline = monotonic() + source.limits.seconds
        self._pages = len(known.done)
        self._unreachable = 0  # pages in a row whose host could not be connected to
        self._known_asked = False
        self._empty: list[tuple[str, str]] = []  # pages that turned out to be in a trap, why

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **kwargs: Any) -> SiteSpider:
        """Scrapy's way of making a spider."""
        spider: SiteSpider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.headers_received, signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Run the crawl. It schedules nothing with Scrapy: the order of pages is the frontier's."""
        try:
            await self._crawl()
        except Exception as error:  # noqa: BLE001 - Scrapy would only log it; the worker raises it
            self.failure = error
        requests: tuple[Request, ...] = ()
        for request in requests:
            yield request

    def seconds_left(self) -> float:
        """Seconds until the crawl's time is over."""
        return self._deadline - monotonic()

    def headers_received(self, headers: Any, request: Request) -> None:
        """Stop the download of what cannot be a page, before its body comes."""
        if request.meta["visit"].kind is Kind.PAGE and not may_be_page(headers):
            raise StopDownload(fail=False)

    def with_validators(self, request: Request) -> Request:
        """The request with the validators of the very URL it asks for."""
        for name in ("If-None-Match", "If-Modified-Since"):
            request.headers.pop(name, None)
        visit: Visit = request.meta["visit"]
        known = self._validators.get(normalise_url(request.url))
        visit.conditional = bool(known and (known.etag or known.last_modified))
        if known and known.etag:
            request.headers["If-None-Match"] = known.etag
        if known and known.last_modified:
            request.headers["If-Modified-Since"] = known.last_modified
        return request

    async def fetch(self, visit: Visit, most_bytes: int) -> Response:
        """The answer to one request after redirects and further tries; raises a Refusal."""
        request = Request(
            visit.url,
            headers={"User-Agent": user_agent(), "Accept": ACCEPT},
            meta={"visit": visit, "download_maxsize": most_bytes},
        )
        if visit.kind is Kind.PAGE:
            request = self.with_validators(request)
        try:
            return await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - every failure of one URL becomes its outcome
            refusal = refusal_of(error, self.source.limits.timeout)
        if refusal.drop is Drop.UNREACHABLE and self.seconds_left() <= 0:
            refusal = Refusal(Drop.TIME_LIMIT, "the crawl's time was over")
        raise refusal

    async def _crawl(self) -> None:
        starts = dict.fromkeys(map(normalise_url, self.source.start_urls))
        for url in starts:
            self.frontier.offer(Entry(url, 0, start=True))
        async for sitemap in SitemapFiles(self).read(starts):
            pages = {url: date for url, date in sitemap.pages.items() if site_of(url) in self.sites}
            # A date is a hint: pages it says have changed come first, and all are asked.
            for url in sorted(pages, key=lambda url: self._dated_as_before(url, pages[url])):
                self._offer(url, 0)
            dates = {url: date for url, date in pages.items() if date and self.frontier.knows(url)}
            if dates:
                self._outlet.lastmod(dates)
        while (stop := self._reason_to_stop()) is None:
            entry = self.frontier.next() or self._known_before()
            if entry is None:
                break
            await self._visit(entry)
        self._report_rest(stop)

    def _dated_as_before(self, url: str, lastmod: str) -> bool:
        known = self._validators.get(url)
        return known is not None and known.lastmod == lastmod

    def _reason_to_stop(self) -> Refusal | None:
        if self._pages >= self.source.limits.pages:
            return Refusal(Drop.PAGE_LIMIT, "known but not fetched")
        if self.seconds_left() <= 0:
            return Refusal(Drop.TIME_LIMIT, "known but not fetched")
        if self._unreachable >= MOST_UNREACHABLE:
            return Refusal(Drop.UNREACHABLE, "not tried: the site went away during the crawl")
        return None

    def _known_before(self) -> Entry | None:
        # Pages of earlier crawls are asked for by themselves, when links no longer lead to them: an
        # unchanged page has no body to read links from, and one that is gone has to be seen so.
        if not self._known_asked:
            self._known_asked = True
            for url in self._validators:
                self._offer(url, 1)
        return self.frontier.next()

    async def _visit(self, entry: Entry) -> None:
        if entry.url in self._done:
            self._follow(self._done[entry.url], entry.depth)
            return
        # Since it was queued, it may have turned out to be a trap.
        if not entry.start and (url := self._out_of_trap(entry.url)) != entry.url:
            if url:
                self._offer(url, entry.depth)
            return
        visit = Visit(entry.url, start=entry.start)
        links: tuple[str, ...] = ()
        try:
            response = await self.fetch(visit, self.source.limits.bytes)
            page = page_of(visit, response)
            links = self._links(page, response)
        except Refusal as refusal:
            page = dropped(visit.url, normalise_url(visit.last), refusal)
            self._unreachable = self._unreachable + 1 if refusal.host_down else 0
        else:
            self._unreachable = 0
        self._pages += visit.sent
        if page.drop is None:
            self.frontier.claim(page.final_url)
            if not self.source.wants_url(page.final_url):
                excluded = Refusal(Drop.EXCLUDED, "fetched for its links only", status=page.status)
                page = dropped(page.url, page.final_url, excluded)
        self._outlet.fetched(page)
        for link in links:
            self._offer(link, entry.depth + 1)
        for url, reason in self._empty:
            self._drop(url, Drop.TRAP, reason)
        self._empty.clear()

    def _out_of_trap(self, url: str) -> str | None:
        """The URL to ask instead of one, usually the same; None for one more of a trap."""
        if url in self._validators or not self.source.may_trap(url):
            return url
        url = self.traps.plain(url)
        return None if self.traps.hold(url) else url

    def _follow(self, final_url: str, depth: int) -> None:
        """Go on from a page that this crawl had read before it was cut off."""
        self.frontier.claim(final_url)
        for link in self._known_links(final_url):
            self._offer(link, depth + 1)

    def _known_links(self, url: str) -> tuple[str, ...]:
        known = self._validators.get(url)
        links = known.links if known else None
        return tuple(link for link in links or () if site_of(link) in self.sites)

    def _links(self, page: Fetched, response: Response) -> tuple[str, ...]:
        """The URLs on the site that a page leads to; none when its HTML cannot be read."""
        if page.status == NOT_MODIFIED:
            return self._known_links(page.final_url)
        if media_type(page.content_type) not in HTML_TYPES:
            return ()
        html = HtmlResponse(response.url, headers=response.headers, body=response.body)
        if reason := overfull(html.text):
            raise Refusal(Drop.TOO_LARGE, f"{reason}; its links are not followed", status=200)
        try:
            links = page_links(html, page.robots_tag)
        except Exception:  # noqa: BLE001 - one page that breaks the parser must not end the crawl
            self.logger.warning("the links of %s cannot be read", page.final_url)
            return ()
        if self.source.may_trap(page.final_url):
            self._empty += self.traps.learn(page.final_url, html.text)
        self._count(page.final_url, links)
        urls = tuple(url for url in links.urls if site_of(url) in self.sites)
        if self.frontier.refused:  # what cannot be remembered here is not to be there either
            urls = tuple(url for url in urls if self.frontier.remembers(url))
        self._outlet.links(page.final_url, urls)
        return urls

    def _count(self, page: str, links: PageLinks) -> None:
        add = self.left_out.add
        detail = f"{MOST_LINKS:,} are followed from a page: a sitemap can name the others"
        add(Drop.LINK_LIMIT, "links further down a page", page, links.more, detail)
        detail = f"they are longer than {LONGEST_URL:,} characters, as only wrong ones are"
        add(Drop.TRAP, "links on a page", page, links.too_long, detail)

    def _offer(self, url: str, depth: int) -> None:
        if site_of(url) not in self.sites or self.frontier.knows(url):
            return
        if not self.source.wants_url(url):
            if self.frontier.claim(url):
                self._drop(url, Drop.EXCLUDED, "left out by the source's patterns")
        elif plain := self._out_of_trap(url):
            self.frontier.offer(Entry(plain, depth))

    def _report_rest(self, stop: Refusal | None) -> None:
        add, frontier = self.left_out.add, self.frontier
        if stop is not None:
            for url in frontier.left():
                self._outlet.fetched(dropped(url, url, stop))
            add(stop.drop, "further addresses", "", frontier.left_unnamed, stop.detail)
        for url in frontier.too_deep():
            self._drop(url, Drop.DEPTH_LIMIT, "known but not fetched")
        add(Drop.DEPTH_LIMIT, "further links", "", frontier.refused_deep, "too deep")
        detail = f"{MOST_KNOWN:,} addresses of a site are known at most: exclude what is no page"
        add(Drop.LINK_LIMIT, "links to further addresses", "", frontier.refused, detail)
        for left in (*self.traps.found(), *self.left_out):
            self._outlet.left_out(left)

    def _drop(self, url: str, drop: Drop, detail: str) -> None:
        self._outlet.fetched(dropped(url, url, Refusal(drop, detail)))
