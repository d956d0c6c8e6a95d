"""Links of the crawled pages that lead nowhere, and those that lead off the site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from indexer.folder import file_of
from indexer.site import Site


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """An address on the site that was not found, and the pages that lead to it."""

    url: str
    detail: str
    on: tuple[str, ...]


@dataclass(slots=True)
class LinkReport:
    """What the links of one run's pages say of the site."""

    broken: list[BrokenLink] = field(default_factory=list)
    external: dict[str, dict[str, int]] = field(default_factory=dict)  # URL to page to count


def check_links(
    site: Site,
    links: Iterable[tuple[str, tuple[str, ...]]],
    not_found: Mapping[str, str],
    answered: frozenset[str],
) -> LinkReport:
    """Judge the links of a site's pages, given as (published page, addresses it is read with).

    ``not_found`` maps addresses to what they answered; of a folder, an address that is not in
    ``answered`` leads nowhere unless a file stands for it: an image, or a page's other name.
    """
    report = LinkReport()
    on: dict[str, list[str]] = {}
    for page, targets in links:
        for target in targets:
            if not site.holds(target):
                if urlsplit(target).scheme in {"http", "https"}:
                    pages = report.external.setdefault(target, {})
                    pages[page] = pages.get(page, 0) + 1
            elif target in not_found or (target not in answered and _no_file(site, target)):
                on.setdefault(target, []).append(page)
    report.broken = [
        BrokenLink(site.published(url), not_found.get(url, "no such file"), tuple(pages))
        for url, pages in sorted(on.items())
    ]
    return report


def _no_file(site: Site, target: str) -> bool:
    folder = site.source.folder
    return folder is not None and file_of(folder, unquote(urlsplit(target).path)) is None
