"""Panels that a reader opens (tabs, accordions, folded text), each with what it is opened by.

A tab stands in a list apart from its panel; a reader of one passage needs its words as a heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from indexer.names import mentions, names
from indexer.selectors import COLLAPSED, HEADINGS
from indexer.text import plain, says_something

_LONGEST_LABEL = 120
_SIGNS = re.compile(r"(\s*[+\u2212\u00d7\u00bb\u203a\u2190-\u21ff\u25a0-\u25ff\u2700-\u27bf-])+$")
_TAB_LISTS = frozenset("tabs tab tablist pills tabnav".split())
_TAB_PANELS = frozenset("panels panes content contents panel".split())


@dataclass(slots=True)
class Panels:
    """What opens what, by the identity of elements."""

    labels: dict[int, str] = field(default_factory=dict)  # panel to its label
    opened: set[int] = field(default_factory=set)  # everything that something opens
    tabs: set[int] = field(default_factory=set)  # openers that stand apart from what they open
    openers: set[int] = field(default_factory=set)  # all others

    def open(self, opener: Tag, panel: Tag) -> None:
        """Note that an element opens a panel."""
        above = any(each is panel for each in (opener, *opener.parents))
        if above or panel.name in {"body", "html", "main"}:
            return
        self.opened.add(id(panel))
        label = _SIGNS.sub("", plain(opener))
        if not label or len(label) > _LONGEST_LABEL or id(panel) in self.labels:
            return
        if _is_tab(opener) and not _heads(opener, panel):
            self.labels[id(panel)] = label
            self.tabs.add(id(opener))
        elif _is_toggle(opener, panel):
            self.labels[id(panel)] = label
            self.openers.add(id(opener))


def find_panels(soup: BeautifulSoup) -> Panels:
    """All panels of a page."""
    found = Panels()
    ids: dict[str, Tag] = {}
    for tag in soup.find_all(id=True):
        ids.setdefault(str(tag["id"]), tag)
    elements = [tag for tag in soup.find_all(True) if tag.attrs]
    for opener in elements:
        for name in _targets(opener):
            if name in ids:
                found.open(opener, ids[name])
    for panel in elements:
        if panel.get("role") == "tabpanel" and panel.get("aria-labelledby") in ids:
            found.open(ids[str(panel["aria-labelledby"])], panel)
    for opener in elements:
        beside = opener.find_next_sibling()
        heads = opener.name in {"button", *HEADINGS} or opener.get("role") == "button"
        if heads and beside is not None and _named_as_panel(beside):
            found.open(opener, beside)
    _switches(soup, ids, found)
    for tabs in elements:
        if tabs.name in {"ul", "ol", "div", "nav"} and mentions(tabs, _TAB_LISTS):
            _pair(tabs, found)
    return found


def _switches(soup: BeautifulSoup, ids: dict[str, Tag], found: Panels) -> None:
    """Labels of boxes that, when ticked, open what stands behind: styles alone can do that."""
    for label in soup.select("label[for]"):
        box, beside = ids.get(str(label["for"])), label.find_next_sibling()
        if box is not None and beside is not None and _is_switch(box, beside):
            found.open(label, beside)


def _is_switch(box: Tag, panel: Tag) -> bool:
    ticked = box.name == "input" and box.get("type") in {"checkbox", "radio"}
    text = panel.name in {"div", "section", "article", "ul", "ol"} and says_something(panel)
    return bool(ticked and text and not panel.find(["input", "form"]))


def _targets(opener: Tag) -> list[str]:
    """The ids that an element names as what it opens."""
    targets = str(opener.get("aria-controls") or "").split()
    given = [str(opener.get(name) or "") for name in ("data-target", "data-bs-target", "data-tab")]
    if opener.name == "a" and str(opener.get("href", "")).startswith("#"):
        given.append(str(opener["href"]))
    return targets + [each.removeprefix("#") for each in given if each]


def _is_tab(opener: Tag) -> bool:
    around = [opener, *list(opener.parents)[:3]]
    return any(
        each.get("role") in {"tab", "tablist"}
        or each.get("data-toggle") in {"tab", "pill"}
        or each.get("data-bs-toggle") in {"tab", "pill"}
        or mentions(each, _TAB_LISTS)
        for each in around
        if isinstance(each, Tag)
    )


def _heads(opener: Tag, panel: Tag) -> bool:
    """Whether an element stands right in front of its panel, as those of accordions do."""
    around = {id(each) for each in (panel, *panel.parents)}
    node: Tag = opener
    while node.parent is not None and node.find_next_sibling() is not panel:
        if id(node.parent) in around and id(node) not in around:
            return False  # it is further on in the same element
        node = node.parent
        if node.name in {"ul", "ol", "body"} or node.get("role") == "tablist":
            return False
    return node.parent is not None


def _is_toggle(opener: Tag, panel: Tag) -> bool:
    """Whether what opens a panel is a heading for it: a button, or a link beside what it opens."""
    if opener.name in {"button", "summary", "label"} or opener.get("role") == "button":
        return _heads(opener, panel)
    if opener.name in HEADINGS or opener.find_parent(HEADINGS) is not None:
        return _heads(opener, panel)
    said = any(opener.has_attr(name) for name in ("aria-controls", "data-toggle", "data-bs-toggle"))
    return said and _heads(opener, panel)


def _pair(tabs: Tag, found: Panels) -> None:
    """Tabs without ids: as many labels as there are panels in the element beside them."""
    labels = [each for each in tabs.find_all(["li", "button", "a"], recursive=False) if plain(each)]
    beside = tabs.find_next_sibling()
    if len(labels) < 2 or beside is None:  # noqa: PLR2004 - one tab is none
        return
    if not (mentions(beside, COLLAPSED) or mentions(beside, _TAB_PANELS)):
        return
    panels = [each for each in beside.find_all(True, recursive=False) if plain(each)]
    if len(panels) != len(labels) or any(id(each) in found.labels for each in panels):
        return
    for label, panel in zip(labels, panels, strict=True):
        if len(plain(label)) <= _LONGEST_LABEL:
            found.labels[id(panel)] = plain(label)
            found.opened.add(id(panel))
            found.tabs.add(id(label))


def may_be_opened(tag: Tag, panels: Panels) -> bool:
    """Whether a reader can open a hidden element, by what names it or stands before it."""
    if id(tag) in panels.opened or tag.get("role") in {"tabpanel", "region"}:
        return True
    if tag.get("itemprop") == "acceptedAnswer" or _named_as_panel(tag):
        return True
    before = tag.find_previous_sibling()
    return before is not None and (
        before.name in {"button", "summary", "dt"}
        or before.has_attr("aria-expanded")
        or before.has_attr("onclick")
        or (before.name in HEADINGS and _named_as_panel(before))
        or _named_as_panel(before)
    )


def _named_as_panel(tag: Tag) -> bool:
    return bool(names(tag)) and mentions(tag, COLLAPSED)
