"""A site's own files for robots: robots.txt and sitemaps, fetched before its pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.outcomes import OK, Kind, Refusal, Visit, status_refusal
from indexer.records import Drop
from indexer.robots import MOST_BYTES as MOST_ROBOTS_BYTES
from indexer.robots import RobotsRules
from indexer.sitemaps import MOST_BYTES as MOST_SITEMAP_BYTES
from indexer.sitemaps import MOST_ENTRIES, Sitemap, parse_sitemap
from indexer.unpack import TooLargeError
from indexer.urls import normalise_url, origin_of, resolve_url, site_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from indexer.spider import SiteSpider

MOST_SITEMAPS = 1000  # of one crawl; an index of indexes must not go on for ever


class RobotsFiles:
    """The robots.txt of every host of a crawl, each fetched once, before anything else of it."""

    def __init__(self, spider: SiteSpider) -> None:
        self._spider = spider
        self._known: dict[str, RobotsRules | Refusal] = {}

    async def rules(self, url: str) -> RobotsRules:
        """The rules for a URL; raises a Refusal when its host cannot be reached at all."""
        origin = origin_of(url)
        if origin not in self._known:
            self._known[origin] = await self._ask(f"{origin}/robots.txt")
        known = self._known[origin]
        if isinstance(known, Refusal):
            raise known.copy()
        return known

    def delay(self, url: str) -> float:
        """Seconds between requests to a URL's host; none before its robots.txt is known."""
        known = self._known.get(origin_of(url))
        if known is None:
            return 0.0
        if isinstance(known, RobotsRules) and known.crawl_delay is not None:
            return known.crawl_delay
        return float(self._spider.source.limits.delay)

    async def _ask(self, url: str) -> RobotsRules | Refusal:
        try:
            # Four times what is read: one that is a little too long is still obeyed.
            response = await self._spider.fetch(Visit(url, Kind.ROBOTS), 4 * MOST_ROBOTS_BYTES)
        except Refusal as refusal:
            if refusal.host_down or refusal.drop is Drop.TIME_LIMIT:
                return refusal
            return RobotsRules.unavailable(f"robots.txt: {refusal.detail}")
        return RobotsRules.answered(response.status, response.body)


class SitemapFiles:
    """The sitemaps of a source: those it names, those robots.txt names, and ``/sitemap.xml``."""

    def __init__(self, spider: SiteSpider) -> None:
        self._spider = spider

    async def read(self, starts: Iterable[str]) -> AsyncIterator[Sitemap]:
        """Each sitemap that can be read, down through the indexes, each file once."""
        named = [normalise_url(url) for url in self._spider.source.sitemaps]
        guessed = []
        for start in starts:
            named += await self._named_by_robots(start)
            guessed.append(f"{origin_of(start)}/sitemap.xml")
        waiting = dict.fromkeys([*named, *guessed])
        done: set[str] = set()
        more = 0
        while waiting and len(done) < MOST_SITEMAPS and self._spider.seconds_left() > 0:
            url = next(iter(waiting))
            del waiting[url]
            done.add(url)
            sitemap = await self._fetch(url, guess=url in guessed and url not in named)
            for child in sitemap.sitemaps:
                if child not in done and site_of(child) in self._spider.sites | {site_of(url)}:
                    if len(waiting) < MOST_SITEMAPS:
                        waiting[child] = None
                    else:
                        more += child not in waiting
            yield sitemap
        if more := more + len(waiting):
            detail = f"{MOST_SITEMAPS:,} are read, as long as there is time"
            example = next(iter(waiting))
            self._spider.left_out.add(Drop.LINK_LIMIT, "sitemaps", example, more, detail)

    async def _named_by_robots(self, start: str) -> list[str]:
        try:
            rules = await self._spider.robots.rules(start)
        except Refusal:
            return []  # the start URL itself will say so
        urls = (resolve_url(start, url) for url in rules.sitemaps)
        return [url for url in urls if url and site_of(url) in self._spider.sites]

    async def _fetch(self, url: str, *, guess: bool) -> Sitemap:
        try:
            response = await self._spider.fetch(Visit(url, Kind.SITEMAP), MOST_SITEMAP_BYTES)
            if response.status != OK:
                raise status_refusal(response.status)
            sitemap = parse_sitemap(url, response.body)
        except (Refusal, ValueError) as error:
            refusal = _refusal(error)
            # A guess may well be no sitemap; but what is hostile is said.
            if not guess or refusal.drop in {Drop.TOO_LARGE, Drop.PRIVATE_ADDRESS}:
                self._spider.logger.warning("sitemap %s is left out: %s", url, refusal.detail)
                detail = f"{refusal.detail}; pages that only it lists are not found"
                self._spider.left_out.add(refusal.drop, "sitemaps", url, 1, detail)
            return Sitemap()
        if sitemap.more:
            detail = f"the first {MOST_ENTRIES:,} entries of each are read: more are not allowed"
            self._spider.left_out.add(Drop.LINK_LIMIT, "sitemaps in part", url, 1, detail)
        return sitemap


def _refusal(error: Refusal | ValueError) -> Refusal:
    if isinstance(error, Refusal):
        return error
    too_large = isinstance(error, TooLargeError)
    return Refusal(Drop.TOO_LARGE if too_large else Drop.UNREADABLE, str(error))
