"""Sitemaps (sitemaps.org): what a sitemap or sitemap index file lists."""

from __future__ import annotations

from dataclasses import dataclass, field

from scrapy.utils.sitemap import Sitemap as SitemapXml

from indexer.unpack import TooLargeError, unpack
from indexer.urls import resolve_url

MOST_BYTES = 50_000_000  # of one sitemap after decompression: the protocol's own limit
MOST_ENTRIES = 50_000  # of one sitemap: the protocol's own limit
# Tags and attributes of one sitemap. So many entries with a date, a priority and a translation or
# two have less; 50 MB of nothing else take half a minute and 1.7 GB to read.
MOST_MARKUP = 1_500_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages a sitemap lists with their dates ("" for none), and the sitemaps an index lists.

    ``more`` says that it goes on beyond the entries that are read.
    """

    pages: dict[str, str] = field(default_factory=dict)
    sitemaps: tuple[str, ...] = ()
    more: bool = False


def parse_sitemap(url: str, body: bytes) -> Sitemap:
    """Read a sitemap, plain or gzipped; URLs come out normalised, unusable ones left out.

    Entities are not resolved, so neither an entity bomb nor an external file gets in.
    Raises TooLargeError for one that is too large, ValueError for what is no sitemap.
    """
    try:
        xml = SitemapXml(_plain(body))
        entries: list[tuple[str | None, str]] = []
        more = False
        for entry in xml:
            if len(entries) == MOST_ENTRIES:
                more = True
                break
            loc = resolve_url(url, entry["loc"]) if entry["loc"] else None
            entries.append((loc, entry.get("lastmod", "")))
    except (SyntaxError, StopIteration) as error:
        raise ValueError(f"not a sitemap: {error}") from error
    if xml.type == "sitemapindex":
        return Sitemap(sitemaps=tuple(loc for loc, _ in entries if loc), more=more)
    if xml.type == "urlset":
        return Sitemap({loc: lastmod for loc, lastmod in entries if loc}, more=more)
    raise ValueError(f"not a sitemap: its root is <{xml.type}>")


def _plain(body: bytes) -> bytes:
    if body.startswith(_GZIP):
        try:
            body = unpack(body, ["gzip"], MOST_BYTES)
        except TooLargeError:
            raise
        except ValueError as error:
            raise ValueError(f"not a sitemap: {error}") from error
    if len(body) > MOST_BYTES:
        raise TooLargeError(f"more than {MOST_BYTES:,} bytes")
    if body.count(b"<") + body.count(b"=") > MOST_MARKUP:
        raise TooLargeError(f"more than {MOST_MARKUP:,} tags and attributes")
    return body
