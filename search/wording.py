"""Wording: one way of writing for what people write in many, so that all find the same.

A question is brought to the spelling that the index uses most: Lu-177 and lutetium-177, tumor and
tumour, followup and follow-up, chemo therapy and chemotherapy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from indexer.reader import STOPWORDS, IndexReader, Term, terms

_SHORTEST_COMPOUND = 4  # letters of a word that may be two
_PLURAL_ABBREVIATION = re.compile(r"[A-Z]{2,}s")
_JOINTS = frozenset({"", " ", "-"})


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of a question and what stands there instead."""

    start: int
    end: int
    to: str


def changed(text: str, changes: Iterable[Change]) -> str:
    """A text with changes made, which must be in order and apart."""
    parts, at = [], 0
    for each in changes:
        parts += [text[at : each.start], each.to]
        at = each.end
    return "".join([*parts, text[at:]])


def compounds(text: str, index: IndexReader) -> list[Change]:
    """Words that the index writes in two, pairs that it writes in one, and parts of names."""
    found = terms(text)
    changes: list[Change] = []
    at = 0
    while at < len(found):
        change = _joined(text, found[at : at + 2], index) or _in_index(found, at, index)
        if change:
            changes.append(change)
            at += sum(each.start < change.end for each in found[at : at + 2]) - 1
        at += 1
    return changes


def as_the_index_writes(text: str, index: IndexReader) -> str:
    """A question with each word in the spelling that is most usual in the index."""
    words = index.lexicon.words
    text = text.replace("’", "'")
    changes = []
    # Numbers stay as they are: ½ is two terms at one place, and never 12.
    for term in (each for each in terms(text) if not each.exact.isdigit()):
        written = text[term.start : term.end]
        usual = words[term.exact].written if term.exact in words else term.exact
        if _PLURAL_ABBREVIATION.fullmatch(written) and term.exact[:-1] in words:
            usual = written[:-1]  # in its capitals, which say that it is one
        # An 's says something about a word, not how it is spelt.
        if usual != written.lower() and not {"'", "’"} & {*written, *usual}:
            changes.append(Change(term.start, term.end, usual))
    return changed(text, changes)


def without_hyphens(text: str) -> str:
    """A question with a space in place of each hyphen between words, as many people write."""
    found = terms(text)
    pairs = pairwise(found)
    return changed(
        text, [Change(a.end, b.start, " ") for a, b in pairs if text[a.end : b.start] == "-"]
    )


def _joined(text: str, pair: Sequence[Term], index: IndexReader) -> Change | None:
    if len(pair) < 2:  # noqa: PLR2004 - a pair
        return None
    first, second = pair
    known = index.lexicon.words.get(first.exact + second.exact)
    joint = text[first.end : second.start]
    if (
        known is None
        or joint not in _JOINTS
        or (first.exact.isdigit() and second.exact.isdigit())  # 2-8 weeks are not 28
        or (joint == " " and first.exact in STOPWORDS)  # a typical one is not atypical
        or index.keyword.passages_with((first.stem, second.stem))
    ):
        return None
    return Change(first.start, second.end, known.written)


def _in_index(found: Sequence[Term], at: int, index: IndexReader) -> Change | None:
    """A word that is unknown as it stands: the name it is part of, or the two words it is."""
    term, words = found[at], index.lexicon.words
    if term.exact in words:
        return None
    whole = index.lexicon.parts.get(term.exact)
    if whole and (not term.exact.isdigit() or len(found) == 1):
        return Change(term.start, term.end, words[whole].written)
    if len(term.exact) >= _SHORTEST_COMPOUND and term.exact.isalpha():
        for cut in range(len(term.exact) - 1, 0, -1):
            first, second = term.exact[:cut], term.exact[cut:]
            if first in words and second in words and index.keyword.holding((first, second)):
                return Change(term.start, term.end, f"{first} {second}")
    return None
