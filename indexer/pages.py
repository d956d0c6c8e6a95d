"""From stored bodies to the pages that are indexed: what each holds, and why some are left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from indexer.bodies import content_of
from indexer.booklets import UnreadableError
from indexer.lifecycle import FEWEST_LETTERS
from indexer.records import Drop, PageContent
from indexer.repeated import find_repeated, without_repeated
from indexer.robots import robots_directives
from indexer.site import Site
from indexer.store import StoredPage

_MOSTLY_LINKS = 0.8  # of the main text; pages above it are menus of other pages


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that is indexed."""

    page: StoredPage
    content: PageContent  # with published addresses


@dataclass(frozen=True, slots=True)
class Left:
    """A page that answered and is not indexed."""

    page: StoredPage
    reason: Drop
    detail: str
    links: tuple[str, ...] = ()


def read_page(page: StoredPage, site: Site) -> PageContent | Left:
    """What a stored page holds, at the address it is read at, or why it is left out."""
    source = site.source
    try:
        content = content_of(
            page.body or b"",
            page.content_type,
            site.read_at(page.url),
            selector=source.content_selector,
            drop_selectors=source.drop_selectors,
        )
    except UnreadableError as error:
        return Left(page, error.drop, error.detail)
    if content.noindex or robots_directives(x_robots_tag=page.robots_tag).noindex:
        where = "robots meta tag" if content.noindex else "X-Robots-Tag header"
        return Left(page, Drop.NOINDEX, where, content.links)
    return content


def choose(
    contents: Mapping[str, tuple[StoredPage, PageContent]],
    site: Site,
    repeated: frozenset[str] | None = None,
    withdrawn: Collection[str] = (),
) -> tuple[list[Kept], list[Left]]:
    """The pages of one site that are indexed, and those that are not.

    ``contents`` is by the address each is read at, ``repeated`` what the site says on its pages
    again and again. A page that names one as its original that is not there is kept in its place,
    but never in that of one of the addresses ``withdrawn``.
    """
    if repeated is None:
        repeated = find_repeated([content for _, content in contents.values()])
    kept: list[Kept] = []
    left: list[Left] = []
    there = {**dict.fromkeys(withdrawn), **contents}
    for address, (page, content) in contents.items():
        original = _original(address, there, site)
        if original != address:
            detail = f"names {site.published(original)} as the original"
            left.append(Left(page, Drop.CANONICAL, detail, content.links))
            continue
        own = without_repeated(content, repeated)
        text = "".join(block.text for block in own.blocks if block.kind != "heading")
        if content.link_share > _MOSTLY_LINKS and text:
            share = f"{content.link_share:.0%} of its text are links"
            left.append(Left(page, Drop.LINK_LIST, share, content.links))
        elif sum(map(str.isalpha, text)) < FEWEST_LETTERS:
            left.append(Left(page, Drop.NO_CONTENT, "no main text found", content.links))
        else:
            kept.append(Kept(page, replace(own, url=page.url)))
    return kept, left


def _original(
    address: str,
    contents: Mapping[str, tuple[StoredPage, PageContent] | None],
    site: Site,
) -> str:
    """The page that stands for this one: where its canonical links lead, or itself.

    In a ring of pages that name each other, the first by address stands for all.
    """
    line = [address]
    while True:
        at = line[-1]
        page = contents.get(at)
        target = on_site(page[1].canonical, site) if page and page[1].canonical else at
        if target == at:
            return at
        if target in line:
            return min(line[line.index(target) :])
        if target not in contents and site.holds(target):
            return at  # it could not be read, or is a name that leads nowhere
        line.append(target)


def on_site(canonical: str, site: Site) -> str:
    """A folder's pages name the real site as their origin; it is the folder all the same."""
    if site.source.folder is None:
        return canonical
    address = site.read_at(canonical)
    if not site.holds(address):
        address = site.read_at(site.prefix + canonical.partition("://")[2].partition("/")[2])
    return re.sub(r"(?<=/)index\.html?$", "", address, flags=re.IGNORECASE)
