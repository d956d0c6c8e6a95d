"""Where a page leads: the links a robot may follow, read from its HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsel import Selector
from scrapy.http import HtmlResponse
from scrapy.utils.response import get_base_url

from indexer.robots import PRODUCT, robots_directives
from indexer.urls import LONGEST_URL, resolve_url

MOST_LINKS = 10_000  # of one page
_ROBOTS_META = (
    "//meta[translate(normalize-space(@name), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
    "'abcdefghijklmnopqrstuvwxyz') = $name]/@content"
)
_LINKS = "//a[@href] | //area[@href]"
_REFRESH = (
    "//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh'][not(ancestor::noscript)]/@content"
)
_REFRESH_URL = re.compile(r"\s*[\d.]*\s*[;,]?\s*url\s*=\s*[\"']?([^\"']*)", re.IGNORECASE)
_CANONICAL = "//link[@href][contains(concat(' ', normalize-space(@rel), ' '), ' canonical ')]/@href"


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The normalised http(s) URLs that a page leads to, each once, and how many were not read."""

    urls: tuple[str, ...]
    more: int = 0  # links beyond the first 10,000
    too_long: int = 0  # links whose URL is longer than 2000 characters


def page_links(response: HtmlResponse, robots_tag: str) -> PageLinks:
    """Where a page leads, on any site.

    Its canonical URL comes first, then its links unless it asks for them not to be followed, and
    where it sends a browser by itself. Links marked nofollow are left out. Any HTML can be given;
    what cannot be read leads nowhere.
    """
    selector: Selector = response.selector
    base = get_base_url(response)
    found = dict.fromkeys(resolve_url(base, href) for href in selector.xpath(_CANONICAL).getall())
    metas = [
        value
        for name in ("robots", PRODUCT.lower())
        for value in selector.xpath(_ROBOTS_META, name=name).getall()
    ]
    more = too_long = 0
    if not robots_directives(metas, robots_tag).nofollow:
        links = selector.xpath(_LINKS)
        more = max(0, len(links) - MOST_LINKS)
        targets = [
            link.attrib["href"]
            for link in links[:MOST_LINKS]
            if "nofollow" not in link.attrib.get("rel", "").lower().split()
        ]
        sent_on = map(_REFRESH_URL.match, selector.xpath(_REFRESH).getall()[:MOST_LINKS])
        targets += [match[1] for match in sent_on if match]
        too_long = sum(len(target) > LONGEST_URL for target in targets)
        found |= dict.fromkeys(resolve_url(base, target) for target in targets)
    return PageLinks(tuple(url for url in found if url is not None), more, too_long)
