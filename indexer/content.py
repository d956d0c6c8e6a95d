"""Where a page's main content is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag

from indexer.records import Dropped
from indexer.selectors import ARTICLE, HEADINGS, SEMANTIC_MAIN
from indexer.sizes import Sizes
from indexer.text import plain, says_something

# A semantic main element with less of the text than this is a mistake of the template.
_LEAST_OF_PAGE = 0.25
_LEAST_OF_ARTICLE = 0.5
# Descend from <body> while one child holds this share of the text that is not links.
_DESCEND = 0.85
_FEWEST_LETTERS = 3


def page_name(soup: BeautifulSoup, title_parts: Sequence[str]) -> Tag | None:
    """The heading that is the page's own name: the one its title begins with, or the only one.

    A site's name is the last part of the title, and often an <h1> as well.
    """
    headings = [tag for tag in soup.find_all("h1") if plain(tag)]
    own = {_name(part) for part in title_parts[:1]}
    own.add(_name(" ".join(title_parts)))
    for tag in headings:
        if _name(plain(tag)) in own:
            return tag
    site = _name(title_parts[-1]) if len(title_parts) > 1 else ""
    rest = [tag for tag in headings if _name(plain(tag)) != site and not _leads_home(tag)]
    return rest[0] if len(rest) == 1 else None


def _name(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _leads_home(tag: Tag) -> bool:
    link = tag.find("a", href=True) or tag.find_parent("a", href=True)
    return isinstance(link, Tag) and bool(re.search(r"^(https?://[^/]*)?/?$", str(link["href"])))


def find_main(soup: BeautifulSoup, selector: str | None) -> tuple[Tag, bool]:
    """The element that holds the main content, and whether the page or its source says so."""
    body = soup.body or soup
    if selector and (found := soup.select(selector)):
        return _enclosing(found, body), True
    sizes = Sizes(body)
    for semantic, least in ((SEMANTIC_MAIN, _LEAST_OF_PAGE), (ARTICLE, _LEAST_OF_ARTICLE)):
        marked = [tag for tag in soup.select(semantic) if sizes.text(tag) >= _FEWEST_LETTERS]
        if semantic is ARTICLE:  # cards that lead to other pages are articles too
            marked = [tag for tag in marked if sizes.link_share(tag) < _LEAST_OF_ARTICLE]
        main = _enclosing(marked, body) if marked else None
        if main is not None and semantic is ARTICLE and _is_led_in(main):
            main = main.parent
        if main is not None and main is not body and sizes.own(main) >= least * sizes.own(body):
            return main, True
    return _densest(body, sizes), False


def _is_led_in(article: Tag) -> bool:
    """Whether sentences stand in front of an article, in the element that holds both."""
    return any(isinstance(each, Tag) and says_something(each) for each in article.previous_siblings)


def _enclosing(tags: list[Tag], body: Tag) -> Tag:
    """The smallest element that holds all the given ones."""
    common = [tags[0], *tags[0].parents]
    for tag in tags[1:]:
        line = {id(each) for each in (tag, *tag.parents)}
        common = [each for each in common if id(each) in line]
    first = common[0] if common else body
    return first if isinstance(first, Tag) else body


def _densest(body: Tag, sizes: Sizes) -> Tag:
    """The innermost element beside which nothing is said, and which holds nearly all the text."""
    node = body
    while True:
        children = [child for child in node.children if isinstance(child, Tag)]
        largest = max(children, key=sizes.own, default=None)
        size = sizes.own(largest) if largest else 0
        if (
            largest is None
            or not size
            or size < _DESCEND * sizes.own(node)
            or largest.name in {"p", "ul", "ol"}
        ):
            return node
        if largest.name in HEADINGS or any(
            says_something(each) for each in children if each is not largest
        ):
            return node
        node = largest


def add_name(main: Tag, name: Tag | None) -> None:
    """Put the page's own heading in front of its main content, where that is not."""
    if name is None or name.decomposed or main in name.parents or main is name:
        return
    if main.find("h1") is not None:
        return
    leads = []
    for each in name.find_next_siblings():
        if main is each or main in each.find_all(main.name):
            break
        if each.name in {"p", "div"} and says_something(each):
            leads.append(each)
    for each in reversed([name, *leads]):
        main.insert(0, each.extract())


def outside(soup: BeautifulSoup, main: Tag) -> Iterator[Dropped]:
    """The text of the page that is not in its main element."""
    inside = {id(main), *(id(parent) for parent in main.parents)}

    def visit(node: Tag) -> Iterator[Dropped]:
        for child in node.children:
            if isinstance(child, Tag) and child is not main:
                if id(child) in inside:
                    yield from visit(child)
                elif text := plain(child):
                    yield Dropped("outside the main content", text)

    if soup.body and main is not soup.body:
        yield from visit(soup.body)
