"""Rare exact terms: the words of a question that so few passages hold that these come first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from indexer.reader import IndexReader, Term
from search.english import is_english

# In a question of up to this many words every rare one is what it is about.
_FEW_WORDS = 2
# In a longer one only names are: a word that the encoder knows whole or in two pieces, or that
# stands in an English dictionary, is ordinary.
_PIECES_OF_NAME = 3
_FEW_PASSAGES = 5  # in which a word is looked up to see how it is written
_QUOTED = re.compile(r'["“”„]([^"“”„]{2,200})["“”„]')
# finger-like is one term. Without going back: a single word of 4,000 letters took seconds.
_COMPOUND = re.compile(r"(?<![^\W_])[^\W_]++(?:[-\u2010\u2011][^\W_]++)+")
Words = tuple[str, ...]


def rare_terms(
    text: str, index: IndexReader, most: int, count_tokens: Callable[[str], int]
) -> tuple[Words, ...]:
    """The words and quoted phrases of a question that at most ``most`` passages hold.

    ``count_tokens`` is the encoder's: it tells ordinary words from names it has not learned.
    """
    wanted: list[Words] = [(word,) for word in _names(text, index, count_tokens)]
    if len(text.split()) <= _FEW_WORDS:
        wanted += [tuple(term.exact for term in index.terms(c)) for c in _COMPOUND.findall(text)]
    wanted += [tuple(term.exact for term in index.terms(q)) for q in _QUOTED.findall(text)]
    return tuple(
        each for each in dict.fromkeys(filter(None, wanted)) if _is_rare(each, index, most)
    )


def quoted(text: str) -> list[tuple[int, int]]:
    """Where a question has quotation marks: from the first character inside to the last."""
    return [match.span(1) for match in _QUOTED.finditer(text)]


def _names(text: str, index: IndexReader, count_tokens: Callable[[str], int]) -> list[str]:
    """The words that a question is about, by themselves, in order."""
    words: Sequence[Term] = index.content_terms(text)
    content = {term.exact for term in words}
    if len(words) <= _FEW_WORDS:
        return [term.exact for term in words]
    names = {
        term.exact
        for term in index.terms(text)
        if term.exact in content and _is_name(text[term.start : term.end], count_tokens)
    }
    return [
        term.exact for term in words if term.exact in names or _written_as_name(term.exact, index)
    ]


def _is_name(written: str, count_tokens: Callable[[str], int]) -> bool:
    """Whether a word is the name of a drug, test or gene rather than everyday language."""
    capitals = sum(map(str.isupper, written))
    return (
        capitals > 1
        or any(map(str.isdigit, written))
        or (count_tokens(written.lower()) >= _PIECES_OF_NAME and not is_english(written.lower()))
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


def _is_rare(words: Words, index: IndexReader, most: int) -> bool:
    if len(words) == 1 and index.keyword.frequency(words[0]) > most:
        return False
    # Headings count only where no text has it: they are repeated in every passage below them.
    many = index.keyword.many_holding(words) or index.keyword.many_holding(words, "headings")
    return 0 < many <= most
