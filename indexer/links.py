"""Where a page leads: the links a robot may follow, read from its HTML."""

from __future__ import annotations

from parsel import Selector
from scrapy.http import HtmlResponse
from scrapy.utils.response import get_base_url

from indexer.robots import PRODUCT, robots_directives
from indexer.urls import resolve_url

MOST_LINKS = 10_000  # of one page
_ROBOTS_META = (
    "//meta[translate(normalize-space(@name), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', "
    "'abcdefghijklmnopqrstuvwxyz') = $name]/@content"
)
_LINKS = "//a[@href] | //area[@href]"
_CANONICAL = "//link[@href][contains(concat(' ', normalize-space(@rel), ' '), ' canonical ')]/@href"


def page_links(response: HtmlResponse, robots_tag: str) -> tuple[str, ...]:
    """The normalised http(s) URLs a page leads to, each once, on any site.

    Its canonical URL comes first, then its links unless it asks for them not to be followed.
    Links marked nofollow are left out. Any HTML can be given; what cannot be read leads nowhere.
    """
    selector: Selector = response.selector
    base = get_base_url(response)
    found = dict.fromkeys(resolve_url(base, href) for href in selector.xpath(_CANONICAL).getall())
    metas = [
        value
        for name in ("robots", PRODUCT.lower())
        for value in selector.xpath(_ROBOTS_META, name=name).getall()
    ]
    if not robots_directives(metas, robots_tag).nofollow:
        for link in selector.xpath(_LINKS)[:MOST_LINKS]:
            if "nofollow" not in link.attrib.get("rel", "").lower().split():
                found[resolve_url(base, link.attrib["href"])] = None
    return tuple(url for url in found if url is not None)
