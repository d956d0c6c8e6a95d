"""Why an element of a page is not content: by what it is, what it is named, and what is in it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from bs4 import Tag

from indexer.names import Evidence, meaning, mentions, names
from indexer.panels import Panels
from indexer.selectors import COLLAPSED, ELEMENTS, HEADINGS, ROLES
from indexer.sizes import Sizes
from indexer.text import collapse, plain, says_something, stands_alone

_MOSTLY_LINKS = 0.5
_ONLY_LINKS = 0.9
_FEW_LINKS = 0.2
_LONGEST_BID = 500  # letters of a promotion; longer ones tell something
_SECTIONS = ["main", "article", "section", "aside", "blockquote", "details", "figure"]
_SHORT = 60  # letters of a line that names a list of contents
_BUTTONS = {"btn", "button", "cta"}
_COOKIES = re.compile("cookie|gdpr|partners", re.IGNORECASE)
_ARROWS = re.compile(r"^[\u2190-\u21ff\u2b00-\u2bff\u25b2\u25b4\u2303^\ufe0e\ufe0f\s]+$")
_CONTENTS = re.compile(
    r"^\W*(on this page|in this (article|page|section)|(table of )?contents|jump to( section)?"
    r"|page contents|quick links|inhalt(sverzeichnis)?|auf dieser seite|sommaire|dans cette page"
    r"|en esta página|índice|contenido|in questa pagina|op deze pagina)\W*$",
    re.IGNORECASE,
)
_TO_ELSEWHERE = re.compile(
    r"^(skip (to|navigation)|jump to|(back|return|go) to (the )?top|top( of (the )?page)?$"
    r"|print( this)?( page)?$|e-?mail( this)?( page)?$|share( this)?( page)?$|tweet( this)?$"
    r"|read (more|less)\W*$|(show|see|view|learn|find out) (more|less|all)\W*$|more\W*$|edit$"
    r"|listen( to this page)?$|close$|nach oben|zum (seiten)?(inhalt|anfang)|mehr (erfahren|lesen)"
    r"|en savoir plus|lire la suite|haut de page|leer más|volver arriba|saltar al|leggi tutto"
    r"|torna su|lees meer)",
    re.IGNORECASE,
)


_OF_TABLES = frozenset("thead tr th caption dt dd".split())
_WORDS = frozenset("span a b i em strong abbr dfn mark u".split())
# Attributes of a word that shows a note, in the manner of the usual frameworks.
_NOTES = ("title", "data-tooltip", "data-tippy-content", "data-bs-toggle", "data-toggle",
          "data-content", "data-bs-content", "aria-describedby")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageParts:
    """What is known of a page as a whole when one of its elements is judged."""

    sizes: Sizes
    panels: Panels
    buttons: frozenset[int]  # those that head what they open
    name: Tag | None  # the heading that is the page's own
    text: str
    copies: Counter[str] = field(default_factory=Counter)  # texts taken out, for others are left


def boilerplate(tag: Tag, page: PageParts) -> str | None:
    """The reason why an element is not content; None where nothing says so."""
    if id(tag) in page.panels.tabs:
        return "tabs"  # their words head the panels
    if tag.name in {"button", "label"} or tag.get("role") == "button":
        return _control(tag, page)
    if tag.name == "form" and tag.find(["article", "h1"]):
        return None
    if tag.name == "nav" and page.sizes.link_share(tag) < _FEW_LINKS and says_something(tag):
        return None  # one builder opens its panels as menus
    return _by_element(tag, page) or _by_link(tag) or _by_name(tag, page)


def _control(tag: Tag, page: PageParts) -> str | None:
    """Buttons, but those that head a panel, and the labels of fields."""
    if tag.name == "label":
        field = tag.find_next_sibling(["input", "select", "textarea"])
        return "form" if page.sizes.fields(tag) or tag.has_attr("for") or field else None
    heads = id(tag) in page.buttons or tag.find_parent([*HEADINGS, "summary"]) is not None
    opens = tag.has_attr("aria-expanded") or mentions(tag, COLLAPSED)
    return None if heads or opens or tag.find(HEADINGS) else "form"


def _by_element(tag: Tag, page: PageParts) -> str | None:
    """By element name and role, and lists that lead through the page itself."""
    if found := ELEMENTS.get(tag.name) or ROLES.get(str(tag.get("role", ""))):
        return (_by_name(tag, page) if tag.name == "form" else None) or found
    if tag.name == "header" and tag.find_parent(_SECTIONS) is None:
        return "header"
    if tag.name == "footer":
        return _footer(tag, page)
    if tag.name == "aside" or tag.get("role") == "complementary":
        return "aside" if page.sizes.link_share(tag) >= _MOSTLY_LINKS else None
    if tag.name in {"ul", "ol", "div", "p"} and page.sizes.link_share(tag) > _ONLY_LINKS:
        return "related links" if _is_contents(tag) else None
    short = tag.name in {"p", "div", "strong", "b", "span"} and page.sizes.text(tag) < _SHORT
    return "related links" if short and _is_contents_label(tag) else None


def _footer(tag: Tag, page: PageParts) -> str | None:
    """A page's footer is none of its content; what an article or a quotation ends with may be."""
    if tag.find_parent("blockquote") is not None:
        return None
    if tag.find_parent(["main", "article", "section"]) is None:
        return "footer"
    silent = page.sizes.link_share(tag) >= _MOSTLY_LINKS / 2 or not says_something(tag)
    return "footer" if silent else None


def _by_link(tag: Tag) -> str | None:
    """Links that lead through a page or a series, and buttons that are written as links."""
    if tag.name != "a":
        return None
    relation: str | list[str] = tag.get("rel") or []
    if {"next", "prev"} & set(relation if isinstance(relation, list) else [relation]):
        return "navigation"
    text = collapse(tag.get_text())
    if text and _ARROWS.match(text):
        return "navigation"
    bids = _TO_ELSEWHERE.match(text) or any(
        _BUTTONS & set(re.split(r"[-_]+", name.lower())) for name in names(tag)
    )
    if text and bids and not tag.find(HEADINGS) and stands_alone(tag):
        return "button"
    return None


def _is_contents(tag: Tag) -> bool:
    """Whether a list or group of links leads to places on the page itself only."""
    links = tag.find_all("a", href=True)
    inside = [each for each in links if str(each["href"]).startswith("#") and plain(each)]
    return len(inside) > 1 and len(inside) == len(links)


def _is_contents_label(tag: Tag) -> bool:
    """Whether an element is the line above such a list."""
    after = tag.find_next_sibling()
    text = collapse(tag.get_text()) if isinstance(after, Tag) and after.find("a") else ""
    return bool(_CONTENTS.match(text)) and isinstance(after, Tag) and _is_contents(after)


def _by_name(tag: Tag, page: PageParts) -> str | None:
    """By what its class names, id and label say that it is."""
    label = tag.get("aria-label") if tag.attrs else None
    given = [*names(tag), *([str(label)[:60]] if label and tag.name != "a" else [])]
    for name in given:
        meant = meaning(name)
        if meant and _holds(meant[1], meant[0], tag, page):
            return meant[0]
    if str(tag.get("itemtype", "")).endswith("BreadcrumbList"):
        return "navigation"
    return None


def _holds(evidence: Evidence, reason: str, tag: Tag, page: PageParts) -> bool:
    """Whether an element is what its name says."""
    if reason == "author" and tag.find_parent(["blockquote", "figure"]) is not None:
        return False  # whose words they are
    if evidence == "links":
        return _leads_elsewhere(tag, page)
    if evidence == "asking":
        return _asks(tag, reason, page)
    if evidence != "name" and _heads_content(reason, tag):
        return False
    if reason == "dialog" and _is_word_with_note(tag):
        return False
    about_cookies = reason == "cookie notice" and _COOKIES.search(tag.get_text())
    return evidence == "name" or bool(about_cookies) or _is_silent(tag, page)


def _heads_content(reason: str, tag: Tag) -> bool:
    """Whether an element that says no sentence names what comes after it, or belongs to a table."""
    if tag.name in _OF_TABLES:
        return True
    below = tag.find_all(["h2", "h3", "h4", "h5", "h6"]) if reason == "header" else []
    return any(plain(each) and not is_link_only(each) for each in below)


def _is_word_with_note(tag: Tag) -> bool:
    """Whether an element is a word of a sentence which shows a note when it is pointed at."""
    if tag.name not in _WORDS or stands_alone(tag):
        return False
    inside = any(meaning(name) for each in tag.find_all(True) for name in names(each))
    return inside or any(tag.has_attr(name) for name in _NOTES)


def _is_silent(tag: Tag, page: PageParts) -> bool:
    return page.sizes.link_share(tag) >= _MOSTLY_LINKS or not says_something(tag)


def _leads_elsewhere(tag: Tag, page: PageParts) -> bool:
    """Whether an element is links, or cards whose headings are, or a heading over neither."""
    if page.sizes.link_share(tag) >= _MOSTLY_LINKS or not page.sizes.plain(tag):
        return True
    cards = [each for each in tag.find_all(HEADINGS) if is_link_only(each)]
    return bool(cards) and 2 * len(cards) >= len(tag.find_all(HEADINGS)) - 1


def is_link_only(heading: Tag) -> bool:
    """Whether a heading is a link, or in one."""
    return heading.find("a", href=True) is not None or heading.find_parent("a") is not None


def _asks(tag: Tag, reason: str, page: PageParts) -> bool:
    """Whether an element bids a visitor to do something, in few words."""
    fields, short = page.sizes.fields(tag) > 0, page.sizes.text(tag) <= _LONGEST_BID
    if reason == "form":
        return fields and short
    return _is_silent(tag, page) or (short and (fields or tag.find("a", href=True) is not None))
