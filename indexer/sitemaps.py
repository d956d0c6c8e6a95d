"""Sitemaps (sitemaps.org): what a sitemap or sitemap index file lists."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from scrapy.utils.sitemap import Sitemap as SitemapXml

from indexer.urls import resolve_url

MOST_BYTES = 50_000_000  # of one sitemap after decompression: the protocol's own limit
MOST_ENTRIES = 50_000  # of one sitemap: the protocol's own limit
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """The pages a sitemap lists with their dates ("" for none), and the sitemaps an index lists."""

    pages: dict[str, str] = field(default_factory=dict)
    sitemaps: tuple[str, ...] = ()


def parse_sitemap(url: str, body: bytes) -> Sitemap:
    """Read a sitemap, plain or gzipped; URLs come out normalised, unusable ones left out.

    Entities are not resolved, so neither an entity bomb nor an external file gets in.
    Raises ValueError for what is no sitemap, or one that is too large.
    """
    try:
        xml = SitemapXml(_plain(body))
        entries = []
        for entry, _ in zip(xml, range(MOST_ENTRIES), strict=False):
            loc = resolve_url(url, entry["loc"]) if entry["loc"] else None
            entries.append((loc, entry.get("lastmod", "")))
    except (SyntaxError, StopIteration, zlib.error) as error:
        raise ValueError(f"not a sitemap: {error}") from error
    if xml.type == "sitemapindex":
        return Sitemap(sitemaps=tuple(loc for loc, _ in entries if loc))
    if xml.type == "urlset":
        return Sitemap({loc: lastmod for loc, lastmod in entries if loc})
    raise ValueError(f"not a sitemap: its root is <{xml.type}>")


def _plain(body: bytes) -> bytes:
    if body.startswith(_GZIP):
        body = zlib.decompressobj(wbits=31).decompress(body, MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES:,} bytes")
    return body
