"""What the class names, ids and labels of elements say that they are.

A name is read as words ("elementor-nav-menu--main": nav, menu). Words that only say where or how
big something is are left aside; what remains must be of the vocabulary as a whole: "social-links"
is a share bar, "social-support" is not, "menu-plan" is no menu.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from bs4 import Tag

from indexer.selectors import (
    CONSENT_MAKERS,
    GENERIC,
    PHRASES,
    PHRASES_IF_LINKS,
    WORDS,
    WORDS_IF_ASKING,
    WORDS_IF_LINKS,
    WORDS_IF_SAYING_NOTHING,
)

# What it takes beside a name for its element to be left out.
Evidence = Literal["name", "saying nothing", "links", "asking"]

_Meant = tuple[str, Evidence]  # a reason to leave an element out, and what that takes
_BY_WORD: list[tuple[dict[str, str], Evidence]] = [
    (WORDS_IF_LINKS, "links"),
    (WORDS_IF_ASKING, "asking"),
    (WORDS_IF_SAYING_NOTHING, "saying nothing"),
    (WORDS, "name"),
]
_BY_PHRASE: list[tuple[dict[str, str], Evidence]] = [(PHRASES, "name"), (PHRASES_IF_LINKS, "links")]
_REASONS: dict[str, _Meant] = {
    word: (reason, evidence)
    for table, evidence in _BY_WORD
    for reason, words in table.items()
    for word in words.split()
}
_PHRASES: dict[tuple[str, ...], _Meant] = {
    tuple(phrase.split()): (reason, evidence)
    for table, evidence in _BY_PHRASE
    for reason, phrases in table.items()
    for phrase in phrases.split(", ")
}
_JOINED = {"".join(phrase): meant for phrase, meant in _PHRASES.items()}
_LONGEST_PHRASE = max(map(len, _PHRASES))
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")
_LONGEST = 200  # letters of a name; longer ones are generated, or an attack


def names(tag: Tag) -> list[str]:
    """Class names and id of an element, as they are written."""
    if not tag.attrs:
        return []
    classes: str | list[str] = tag.get("class") or []
    given = [classes] if isinstance(classes, str) else [str(each) for each in classes]
    return [each[:_LONGEST] for each in [str(tag.get("id") or ""), *given] if each]


@lru_cache(maxsize=20_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case; numbers are left out, but not in h1 to h6."""
    if re.fullmatch(r"h[1-6]", name, re.IGNORECASE):
        return (name.lower(),)
    return tuple(word.lower() for word in _WORD.findall(name) if not word.isdigit())


@lru_cache(maxsize=20_000)
def meaning(name: str) -> _Meant | None:
    """What a name says that its element is, a reason to leave it out, and what that takes."""
    words = words_of(name)
    for at in range(len(words)):
        for size in range(2, _LONGEST_PHRASE + 1):
            if found := _PHRASES.get(words[at : at + size]):
                return found
    if any(maker in name.lower() for maker in CONSENT_MAKERS):
        return "cookie notice", "name"
    joined = "".join(words)
    if found := _JOINED.get(joined) or _REASONS.get(joined):
        return found
    telling = [_REASONS.get(word) for word in words if word not in GENERIC]
    meant = [each for each in telling if each]
    if not meant or len(meant) < len(telling):
        return None
    return max(meant, key=lambda each: each[1] == "name")  # "footer-newsletter": the surer one


def says(tag: Tag, vocabulary: frozenset[str]) -> bool:
    """Whether a class name or id has nothing to say but words of a vocabulary."""
    for name in names(tag):
        telling = [word for word in words_of(name) if word not in GENERIC]
        if telling and all(word in vocabulary for word in telling):
            return True
    return False


def mentions(tag: Tag, vocabulary: frozenset[str]) -> bool:
    """Whether a class name or id holds one of these words."""
    return any(word in vocabulary for name in names(tag) for word in words_of(name))
