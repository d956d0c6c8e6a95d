"""How much text each element of a page holds, and how much of that leads elsewhere.

Read once, in one pass, and kept true while elements are taken out: asked of the tree itself, each
question would cost a walk over all that is below.
"""

from __future__ import annotations

from bs4 import Tag

from indexer.selectors import HEADINGS
from indexer.text import collapse, is_text

_HEADINGS = frozenset(HEADINGS)


class Sizes:
    """Letters under every element of a tree."""

    def __init__(self, root: Tag) -> None:
        self._text: dict[int, int] = {}  # letters, headings too
        self._plain: dict[int, int] = {}  # letters outside headings
        self._linked: dict[int, int] = {}  # letters of links outside headings
        self._fields: dict[int, int] = {}  # buttons and fields
        self._kept: list[Tag] = []  # an identity is one only while its element lives
        self._read(root)

    def text(self, tag: Tag) -> int:
        """Letters under an element."""
        return self._text.get(id(tag), 0)

    def plain(self, tag: Tag) -> int:
        """Letters under an element outside headings."""
        return self._plain.get(id(tag), 0)

    def own(self, tag: Tag) -> int:
        """Letters under an element that are no link."""
        return self._text.get(id(tag), 0) - self._linked.get(id(tag), 0)

    def link_share(self, tag: Tag) -> float:
        """Share of the letters outside headings that are links: 0 to 1."""
        plain = self._plain.get(id(tag), 0)
        return self._linked.get(id(tag), 0) / plain if plain else 0.0

    def fields(self, tag: Tag) -> int:
        """Buttons and fields under an element."""
        return self._fields.get(id(tag), 0)

    def remove(self, tag: Tag) -> None:
        """Take an element off the sizes of those around it, before it is taken out."""
        for table in (self._text, self._plain, self._linked, self._fields):
            gone = table.get(id(tag), 0)
            if gone:
                for parent in tag.parents:
                    if id(parent) in table:
                        table[id(parent)] -= gone

    def _read(self, root: Tag) -> None:
        tables = (self._text, self._plain, self._linked, self._fields)
        # Each step is an element to enter or, at its end, to add to its parent.
        steps: list[tuple[Tag, bool, bool, bool]] = [(root, False, False, False)]
        while steps:
            tag, linked, headed, done = steps.pop()
            if done:
                for table in tables:
                    if tag is not root and (size := table[id(tag)]):
                        table[id(tag.parent)] += size
                continue
            self._kept.append(tag)
            linked = linked or (tag.name == "a" and tag.has_attr("href"))
            headed = headed or tag.name in _HEADINGS
            steps.append((tag, linked, headed, True))
            size = sum(len(collapse(str(each))) for each in tag.children if is_text(each))
            self._text[id(tag)] = size
            self._plain[id(tag)] = 0 if headed else size
            self._linked[id(tag)] = size if linked and not headed else 0
            self._fields[id(tag)] = int(tag.name in {"button", "input", "select", "textarea"})
            steps += [
                (each, linked, headed, False) for each in tag.children if isinstance(each, Tag)
            ]
