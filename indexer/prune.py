"""Taking out of a page what is known not to be content, each part with the reason."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

from indexer.boilerplate import PageParts, boilerplate
from indexer.hidden import hidden, is_copy_for_other_screens
from indexer.panels import Panels
from indexer.records import Dropped
from indexer.selectors import BID, DISCLOSURE, HEADINGS
from indexer.sizes import Sizes
from indexer.text import plain, says_something

_MOSTLY_LINKS = 0.5
# An element that holds this much of the page is the page, whatever its class name says:
# builders put "cookie" or "menu" on <body>, and one old framework wraps all in one <form>.
_MOST_OF_PAGE = 0.5
_REST_OF_PAGE = 60  # letters outside links that must be left when most of a page is taken out
_COPY = "copy for other screens"
_BIDS = {"button", "form", "newsletter", "promotion"}
_FRAME = {"nav", "header", "footer", "navigation", "banner", "contentinfo"}


def prune(
    soup: BeautifulSoup,
    extra: tuple[str, ...] = (),
    panels: Panels | None = None,
    name: Tag | None = None,
) -> list[Dropped]:
    """Take everything out of the tree that is known not to be content.

    ``extra`` are further CSS selectors, of the page's source; ``name`` the heading that is the
    page's own, which stays whatever is around it. Returns what was taken out.
    """
    sizes = Sizes(soup)
    panels = panels or Panels()
    buttons = frozenset(id(tag) for tag in soup.select(DISCLOSURE)) | panels.openers
    page = PageParts(sizes, panels, buttons, name, plain(soup))
    named = {id(tag) for selector in extra for tag in soup.select(selector)}
    dropped: list[Dropped] = []
    waiting = [each for each in reversed(list(soup.children)) if isinstance(each, Tag)]
    while waiting:
        tag = waiting.pop()
        source = id(tag) in named and not _is_page(tag, page)
        reason = "source" if source else _reason(tag, page)
        if reason is None:
            waiting += [each for each in reversed(list(tag.children)) if isinstance(each, Tag)]
            continue
        _save_name(tag, page)
        if text := plain(tag):
            dropped.append(Dropped(reason, text))
            page.copies[text] += reason == _COPY
        sizes.remove(tag)
        if reason in _BIDS and tag.name not in {"input", "label"}:
            tag.insert_before(soup.new_tag(BID))
        tag.decompose()
    return dropped


def _reason(tag: Tag, page: PageParts) -> str | None:
    """Why an element is not content; None where it is, or where only a part of it may not be."""
    if tag.name in {"html", "body", "main", "br"} or tag.get("role") == "main":
        return None
    unseen = hidden(tag, page.panels)
    if unseen and not _is_page(tag, page):
        return unseen
    if tag.name in HEADINGS or id(tag) in page.panels.labels:
        return None
    found = boilerplate(tag, page)
    if found and not _is_page(tag, page):
        return found
    if is_copy_for_other_screens(tag, page.text, page.copies) and not _is_page(tag, page):
        return _COPY
    return None


def _is_page(tag: Tag, page: PageParts) -> bool:
    """Whether an element holds the page's content, whatever it is called."""
    if tag.select_one("main, [role=main]"):
        return True
    whole = page.sizes.text(page_root(tag))
    size = page.sizes.text(tag)
    named = page.name is not None and any(each is tag for each in page.name.parents)
    most = size > _MOST_OF_PAGE * whole
    if named and (most or says_something(tag)) and not _is_top(tag, page):
        return True
    if not most or tag.name in _FRAME or tag.get("role") in _FRAME:
        return False
    left = page.sizes.own(page_root(tag)) - page.sizes.own(tag)
    return left < _REST_OF_PAGE or (page.name is None and tag.find(["article", "h1"]) is not None)


def _is_top(tag: Tag, page: PageParts) -> bool:
    """Whether an element holds the page's name and hardly more: the top of the page."""
    size, whole = page.sizes.text(tag), page.sizes.text(page_root(tag))
    return size < _MOST_OF_PAGE * whole and len(tag.find_all(["h2", "h3"])) == 0


def page_root(tag: Tag) -> Tag:
    """The element that holds the whole page."""
    return list(tag.parents)[-1]


def _save_name(tag: Tag, page: PageParts) -> None:
    """Leave the page's own heading, and what is said right below it, where the element was."""
    if page.name is None or not any(each is tag for each in page.name.parents):
        return
    leads = [each for each in page.name.find_next_siblings(["p", "div"]) if says_something(each)]
    for each in [page.name, *leads]:
        if page.sizes.link_share(each) < _MOSTLY_LINKS or each is page.name:
            page.sizes.remove(each)
            tag.insert_before(each.extract())
