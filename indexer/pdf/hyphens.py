"""Words that are parted at the end of a line, made whole; real hyphens stay."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

_HYPHENS = ("-", "\u2010", "\u00ad")
_SHORTEST = 3  # letters of a part that is a word by itself
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")


class Hyphens:
    """Joins lines, knowing the words that a document writes inside them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        for text in texts:
            found = [each.casefold() for each in _WORD.findall(text)]
            if text.rstrip().endswith(_HYPHENS):
                found = found[:-1]
            # The first may be the rest of a word that began on the line before.
            for word in found[1:]:
                self._words.add(word.replace("\u2010", "-"))
                self._words.update(re.split("[-\u2010]", word))

    def join(self, before: str, after: str) -> str:
        """Two lines as one text."""
        if not before or not after:
            return before or after
        if not before.endswith(_HYPHENS) or before.endswith((" -", "--")):
            return f"{before} {after}"
        start = re.search(r"([^\W_]+)[-\u2010\u00ad]$", before)
        end = re.match(r"[^\W_]+", after)
        if start is None or end is None:
            return f"{before} {after}" if before[-2:-1] in {"", " "} else before + after
        if before.endswith("\u00ad") or self._is_parted(start[1], end[0], after):
            return before[:-1] + after
        return before + after

    def _is_parted(self, first: str, second: str, after: str) -> bool:
        """Whether the hyphen is only there because the line ended."""
        if (
            not second[0].islower()
            or not first[-1].isalpha()
            or (first.isupper() and len(first) > 1)
        ):
            return False
        first, second = first.casefold(), second.casefold()
        if second in {"and", "or", "to"} and re.match(r"\w+\s", after):
            return False  # "short- and long-acting"
        if f"{first}-{second}" in self._words:
            return False
        if first + second in self._words or first + second in _english():
            return True
        return not (self._is_word(first) and self._is_word(second))

    def _is_word(self, text: str) -> bool:
        return len(text) >= _SHORTEST and (text in self._words or text in _english())


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """A large English dictionary; read when a line first ends with a hyphen."""
    listed = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt")
    lines = listed.read_text(encoding="utf-8-sig").splitlines()
    return frozenset(line.partition(" ")[0] for line in lines)
