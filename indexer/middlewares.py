"""Scrapy downloader middlewares: what is checked before a request is sent and after its answer.

In the order a request meets them: robots.txt, decompression, back-off, redirects, addresses, pace.
An answer meets them the other way round. Each ends a request by raising a ``Refusal``.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from scrapy.exceptions import CannotResolveHostError

from indexer.addresses import is_public, literal_address
from indexer.outcomes import OK, HostRefusal, Kind, Refusal, Visit, is_transient
from indexer.records import Drop
from indexer.resolver import host_key
from indexer.unpack import ACCEPTED, TooLargeError, unpack
from indexer.urls import DEFAULT_PORTS, LONGEST_URL, normalise_url, site_of

if TYPE_CHECKING:
    from scrapy.http import Request, Response

    from indexer.spider import SiteSpider

RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
LONGEST_WAIT = 120.0  # seconds before a further try, whatever Retry-After asks


class _Middleware:
    """What all of them share: the crawler they belong to."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Any:
        """Scrapy's way of making a middleware."""
        return cls(crawler)

    @property
    def spider(self) -> SiteSpider:
        """The running spider: it knows the source and how much time is left."""
        spider: SiteSpider = self.crawler.spider
        return spider


class RobotsMiddleware(_Middleware):
    """Sends nothing that robots.txt forbids, on any hop of a redirect."""

    async def process_request(self, request: Request) -> None:
        """Let the request pass, or raise a Refusal."""
        visit: Visit = request.meta["visit"]
        if visit.kind is Kind.ROBOTS:
            return
        rules = await self.spider.robots.rules(request.url)
        if not rules.available:
            raise Refusal(Drop.ROBOTS_UNAVAILABLE, rules.detail)
        if not rules.allowed(request.url):
            raise Refusal(Drop.ROBOTS, "robots.txt forbids it")


class DecompressionMiddleware(_Middleware):
    """Unpacks answers, never past the size limit."""

    def process_request(self, request: Request) -> None:
        """Say what can be unpacked."""
        request.headers["Accept-Encoding"] = ACCEPTED

    def process_response(self, request: Request, response: Response) -> Any:
        """The response with its body unpacked, or a Refusal."""
        told = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1").lower()
        codings = [coding for each in told.split(",") if (coding := each.strip())]
        codings = [coding for coding in codings if coding != "identity"]
        if response.status != OK or not codings:
            return response
        try:
            body = unpack(response.body, codings, request.meta["download_maxsize"])
        except TooLargeError as error:
            raise Refusal(Drop.TOO_LARGE, str(error)) from error
        except KeyError as error:
            detail = f"content encoding {told}, which nobody asked for"
            raise Refusal(Drop.WRONG_TYPE, detail, status=response.status) from error
        except ValueError as error:
            raise Refusal(Drop.UNREACHABLE, f"the answer cannot be unpacked: {error}") from error
        return response.replace(body=body)


class BackOffMiddleware(_Middleware):
    """Tries again after what may pass, waiting longer each time and as long as the site asks."""

    async def process_response(self, request: Request, response: Response) -> Any:
        """The response, or the request to try again."""
        if response.status not in RETRYABLE:
            return response
        asked = retry_after(response.headers.get("Retry-After", b"").decode("latin-1"))
        return await self._again(request, asked) or response

    async def process_exception(self, request: Request, exception: Exception) -> Any:
        """The request to try again, or None to let the failure stand."""
        return await self._again(request, 0.0) if is_transient(exception) else None

    async def _again(self, request: Request, asked: float) -> Request | None:
        visit: Visit = request.meta["visit"]
        limits = self.spider.source.limits
        if visit.tries >= limits.retries:
            return None
        # Jitter: many requests that failed together must not come back together.
        wait = limits.backoff * 2**visit.tries * random.uniform(0.5, 1.5)  # noqa: S311
        wait = min(max(wait, asked), LONGEST_WAIT)
        if wait >= self.spider.seconds_left():
            return None
        visit.tries += 1
        await asyncio.sleep(wait)
        return request.copy()


def retry_after(value: str) -> float:
    """Seconds that a Retry-After header asks to wait, 0 to 120; it gives seconds or a date."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return 0.0
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return min(max(0.0, seconds), LONGEST_WAIT)  # in this order NaN becomes 0


class RedirectMiddleware(_Middleware):
    """Follows redirects within the site, a limited number of times, never in a circle."""

    def process_response(self, request: Request, response: Response) -> Any:
        """The response, or the request for the place it redirects to."""
        location = response.headers.get("Location")
        if response.status not in REDIRECTS or not location:
            return response
        try:
            target = urljoin(request.url, location.decode("utf-8", "replace").strip())
            url = normalise_url(target)
        except ValueError as error:
            detail = f"redirects to what is no page: {location[:500]!r}"
            raise Refusal(Drop.REDIRECT_OFF_SITE, detail, status=response.status) from error
        self._check(request.meta["visit"], url, response.status)
        # Asked as it is given: a parameter that is no part of a page's name may still be checked.
        redirected = request.replace(url=_without_user(target))
        if redirected.url in request.meta["visit"].hops:
            detail = f"redirects in a circle, back to {url[:200]}"
            if response.headers.get("Set-Cookie"):
                detail += ", and sets a cookie; no cookies are kept"
            raise Refusal(Drop.REDIRECT_LOOP, detail, status=response.status)
        return self.spider.with_validators(redirected)

    def _check(self, visit: Visit, url: str, status: int) -> None:
        detail = f"redirects to {url}"
        if len(url) > LONGEST_URL:
            raise Refusal(Drop.TRAP, f"the address is too long: {detail}", status=status)
        if site_of(url) not in self.spider.sites | {site_of(visit.url)}:
            raise Refusal(Drop.REDIRECT_OFF_SITE, detail, status=status)
        if len(visit.hops) > self.spider.source.limits.redirects:
            raise Refusal(Drop.REDIRECT_LOOP, f"too many redirects, {detail}", status=status)
        if visit.kind is not Kind.PAGE or url in map(normalise_url, visit.hops):
            return
        refusal = None
        if not visit.start and not self.spider.source.wants_url(url):
            refusal = Refusal(Drop.EXCLUDED, detail, status=status)
        elif self.spider.frontier.knows(url):
            refusal = Refusal(Drop.CANONICAL, f"{detail}, a page of its own", status=status)
        if refusal:
            refusal.final_url = url
            raise refusal


def _without_user(url: str) -> str:
    """The URL without user name, password and fragment: none of them is ever sent."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


class AddressMiddleware(_Middleware):
    """Refuses addresses outside the public internet, and tells refused names from unknown ones."""

    def process_request(self, request: Request) -> None:
        """Refuse a host that is such an address itself."""
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        address = literal_address(host)
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        if address and not is_public(str(address)) and not _resolver().allows(host, port):
            raise _private(host, str(address))

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Refuse a name that the resolver refused: to Twisted it looks like an unknown one."""
        host = urlsplit(request.url).hostname or ""
        address = _resolver().refused.get(host_key(host))
        if isinstance(exception, CannotResolveHostError) and address:
            raise _private(host, address)


def _resolver() -> Any:
    from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would install one

    return reactor.nameResolver


def _private(host: str, address: str) -> Refusal:
    name = address if host == address else f"{host}, which is {address},"
    return HostRefusal(Drop.PRIVATE_ADDRESS, f"{name} is not a public address")


class PaceMiddleware(_Middleware):
    """Leaves time between two requests to a host, and stops when the crawl's time is up."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._free_at: dict[str, float] = {}

    async def process_request(self, request: Request) -> None:
        """Wait for the host's turn; raise a Refusal when the time would be over by then."""
        visit: Visit = request.meta["visit"]
        host = urlsplit(request.url).netloc
        wait = max(self._free_at.get(host, 0.0) - monotonic(), 0.0)
        if wait >= self.spider.seconds_left():
            raise Refusal(Drop.TIME_LIMIT, "the crawl's time was over")
        if wait:
            await asyncio.sleep(wait)
        visit.sent = True
        if not visit.hops or visit.hops[-1] != request.url:
            visit.hops.append(request.url)
        self._free_at[host] = monotonic() + self.spider.robots.delay(request.url)
        left = max(self.spider.seconds_left(), 0.1)
        request.meta["download_timeout"] = min(self.spider.source.limits.timeout, left)
