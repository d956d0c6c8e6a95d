"""A page's text line by line, as a reader who looks for its dates takes it in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

from indexer.date_statements import is_label, normal
from indexer.date_text import read_date
from indexer.date_words import LABEL
from indexer.selectors import HEADINGS, INVISIBLE
from indexer.text import collapse, is_block, is_text

# Other pages' teasers, what visitors wrote, other works, and menus, by an element's names.
_ELSEWHERE = re.compile(
    r"related|teaser|search-result|comment|(?<!p)references|citation", re.IGNORECASE
)
# Beside the page: boxes of facts about it, and teasers of others.
_ASIDE = re.compile(r"sidebar", re.IGNORECASE)
# Under these headings other works are named, with dates of their own.
_WORKS = re.compile(
    r"references|sources|bibliography|further\b|related\b|see also"
    r"|(?:more|other) (?:information|pages|resources)",
    re.IGNORECASE,
)
_UNSEEN = INVISIBLE


class Lines:
    """Reads the lines under elements of one page, without what is of other pages."""

    def __init__(self, soup: BeautifulSoup, *, day_first: bool) -> None:
        self._day_first = day_first
        tags = [tag for tag in soup.find_all(True) if tag.name != "body"]
        self.asides = [tag for tag in tags if _is_named(tag, "aside", _ASIDE)]
        beside = [tag for tag in tags if _is_named(tag, "nav form", _ELSEWHERE)] + self.asides
        self.elsewhere = {id(tag) for tag in beside if not tag.find("h1")}
        articles = [tag for tag in tags if tag.name == "article"]
        if len(articles) > 1:
            self.elsewhere |= {id(tag) for tag in articles if not tag.find("h1")}
        self._pieces: list[str] = []

    def under(self, root: Tag) -> Iterator[str]:
        """The lines in page order; a row of a table is one, its cells parted by bars."""
        yield from self._visit(root)
        yield from self._cut()

    def _cut(self) -> Iterator[str]:
        if text := collapse("".join(self._pieces)):
            yield text
        self._pieces.clear()

    def _visit(self, node: Tag) -> Iterator[str]:
        heading: Tag | None = None
        for child in node.children:
            if isinstance(child, Tag) and child.name in HEADINGS:
                heading = child
            if heading and isinstance(child, Tag) and _is_of_another(child, heading):
                yield from self._cut()
            elif not isinstance(child, Tag):
                if is_text(child):
                    self._pieces.append(str(child))
            elif child.name == "time":
                self._pieces.append(self._time(child))
            elif child.name == "table" and not child.find(["table", *HEADINGS]):
                yield from self._cut()
                yield from self._rows(child)
            elif child.name not in _UNSEEN and id(child) not in self.elsewhere:
                yield from self._cut() if is_block(child) else ()
                yield from self._visit(child)
                yield from self._cut() if is_block(child) else ()

    def _time(self, tag: Tag) -> str:
        """What a reader sees, else what the element says: "two weeks ago", 03/04/2021."""
        text = tag.get_text()
        shown = read_date(normal(text), 0, day_first=self._day_first)
        return text if shown and shown.value else f" {tag.get('datetime') or text} "

    def _rows(self, table: Tag) -> Iterator[str]:
        rows = [
            [" ".join(Lines.under(self, cell)) for cell in row.find_all(["th", "td"])]
            for row in table.find_all("tr")
        ]
        if rows and len([cell for cell in rows[0] if is_label(cell)]) > 1:
            for row in rows[1:]:  # one for each page, if there are several: their dates differ
                yield from map(": ".join, zip(rows[0], row, strict=False))
        else:
            yield from (" | ".join(row) for row in rows)


def _is_named(tag: Tag, elements: str, names: re.Pattern[str]) -> bool:
    own = " ".join([*tag.get_attribute_list("class"), *tag.get_attribute_list("id")])
    return tag.name in elements.split() or bool(own and names.search(own))


def _is_of_another(tag: Tag, heading: Tag) -> bool:
    """Whether what stands under a heading is of other pages: it leads to one, or lists works."""
    title = collapse(heading.get_text())
    link = heading.select_one('a[href]:not([href^="#"])')
    if link is not None and heading.name != "h1" and collapse(link.get_text()) == title:
        return True
    # The page's own dates often stand below its references.
    return bool(_WORKS.match(title)) and not LABEL.match(normal(tag.get_text(" ")))
