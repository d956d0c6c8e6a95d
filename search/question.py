"""Query understanding: what a question asks for in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from indexer.reader import IndexReader

# In a question of up to this many words every rare one is what it is about.
_FEW_WORDS = 3
# In a longer one only names are: a word the encoder knows whole, or in two pieces, is ordinary.
_PIECES_OF_NAME = 3
_FEW_PASSAGES = 5  # in which a word is looked up to see how it is written
_QUOTED = re.compile(r'["“”„]([^"“”„]{2,200})["“”„]')


@dataclass(frozen=True, slots=True)
class Question:
    """One question as retrieval uses it."""

    text: str
    terms: tuple[str, ...]  # words that carry meaning, written variants unified
    stems: frozenset[str]  # of those words
    rare: tuple[tuple[str, ...], ...]  # words and quoted phrases that few passages hold


def understand(
    text: str, index: IndexReader, rare_passages: int, count_tokens: Callable[[str], int]
) -> Question:
    """Read a question against an index's vocabulary.

    ``count_tokens`` is the encoder's: it tells ordinary words from names it has not learned.
    """
    words = index.content_terms(text)
    found = [term for term in index.terms(text) if term.exact in words]
    names = {
        term.exact
        for term in found
        if len(words) <= _FEW_WORDS or _is_name(text[term.start : term.end], count_tokens)
    }
    phrases = [tuple(t.exact for t in index.terms(quoted)) for quoted in _QUOTED.findall(text)]
    names.update(word for word in words if word not in names and _written_as_name(word, index))
    wanted = [*((word,) for word in words if word in names), *filter(None, phrases)]
    rare = [each for each in dict.fromkeys(wanted) if _is_rare(each, index, rare_passages)]
    return Question(text, tuple(words), frozenset(term.stem for term in found), tuple(rare))


def _is_name(written: str, count_tokens: Callable[[str], int]) -> bool:
    """Whether a word is the name of a drug, test or gene rather than everyday language."""
    capitals = sum(map(str.isupper, written))
    return (
        capitals > 1
        or any(map(str.isdigit, written))
        or count_tokens(written.lower()) >= _PIECES_OF_NAME
    )


def _written_as_name(word: str, index: IndexReader) -> bool:
    """Whether the few passages that hold a word write it with a capital inside their sentences."""
    if not 0 < index.keyword.frequency(word) <= _FEW_PASSAGES:
        return False
    capitals = [
        text[term.start].isupper()
        for row in index.keyword.holding((word,))
        for text in [index.passages[row].text]
        for term in index.terms(text)
        if term.exact == word and text[: term.start].rstrip(" (\"'‘“")[-1:].isalnum()
    ]
    return bool(capitals) and all(capitals)


def _is_rare(words: tuple[str, ...], index: IndexReader, most: int) -> bool:
    if len(words) == 1 and index.keyword.frequency(words[0]) > most:
        return False
    # Headings count only where no text has it: they are repeated in every passage below them.
    rows = index.keyword.holding(words) or index.keyword.holding(words, "headings")
    return 0 < len(rows) <= most
