"""Everyday English: which words are nobody's abbreviation and nobody's misspelling."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

# Occurrences in the word list's books and web pages from which a word is everyday language: net,
# pet, cap, all and his are; tace, gist and pert, which its dictionary knows as well, are not.
_EVERYDAY = 2_000_000


def is_everyday(word: str) -> bool:
    """Whether a word, in lower case, is one of everyday language."""
    return _words().get(word, 0) >= _EVERYDAY


def is_english(word: str) -> bool:
    """Whether a word, in lower case, is in a large English dictionary."""
    return word in _words()


@lru_cache(maxsize=1)
def _words() -> dict[str, int]:
    """Each word's number of occurrences; read when first asked for."""
    listed = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt")
    lines = listed.read_text(encoding="utf-8-sig").splitlines()
    return {word: int(count) for word, _, count in (line.partition(" ") for line in lines)}
