"""Suggestions while a question is typed: the titles, headings and glossary terms of one index."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import log2
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.reader import (
    IndexReader,
    KeywordQuery,
    Lexicon,
    Outline,
    Term,
    WeightedName,
    terms,
)
from indexer.records import Passage
from search.schema import Suggestion
from search.vocabulary import EDIT, NO_MATCH, Asked, Match, Vocabulary, read_typed
from search.wording import as_the_index_writes

Kind = Literal["title", "heading", "term"]
_KINDS: tuple[Kind, ...] = ("title", "heading", "term")  # the better ones first

_LONGEST = 120  # characters of a suggestion; a longer one is a sentence
_MOST_WORDS = 16  # of the input
_MOST_ENTRIES = 100_000  # those of least worth give way: each key pressed looks at all
_POOL = 100  # best matches among which near-copies give way to others
_ALIKE = 2  # suggestions that begin with the same two words
_LOOKED_AT = 200  # passages of a term whose pages tell whether it is withdrawn
_DOUBLING = 12  # characters of length that outweigh twice the passages
_NUMBERING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+(?=\s+[A-Z]))\s+")
# What sets a page's name off from its site's.
_BEFORE = re.compile(r"(?:^|[-–—|·•»/:]\s+)$")
_BEHIND = re.compile(r"\s+[-–—|·•»/:(]|\s*[|:]\s|$")
_ANYWHERE = {"title": 1.0, "headings": 1.0, "text": 1.0}


class Suggester:
    """Suggests what one index has. Threads may share it."""

    def __init__(self, index: IndexReader) -> None:
        found = _entries(index)
        self._entries = [entry for entry, _ in found]
        self._vocabulary = Vocabulary([(each.text, words) for each, words in found], index.lexicon)
        self._outline = index.outline
        pages = [each.pages for each in self._entries]
        self._pages = np.fromiter(chain.from_iterable(pages), dtype=np.int64)
        self._pages_at = np.cumsum([0, *map(len, pages)])[:-1]
        self._left = (frozenset[str](), np.ones(len(pages), dtype=np.bool_))

    def suggest(
        self, typed: str, limit: int = 8, withdrawn: frozenset[str] = frozenset()
    ) -> list[Suggestion]:
        """At most ``limit`` suggestions for what was typed so far, best first.

        What is only on ``withdrawn`` pages, given by their URLs, is not among them.
        """
        asked = read_typed(typed) if len(typed.strip()) <= _LONGEST else []
        if not asked or len(asked) > _MOST_WORDS or limit < 1:
            return []
        left = self._not_on(withdrawn)
        found = self._found(asked, left) or self._found(asked, left, tolerant=True)
        best = sorted((score, number) for number, (score, _) in found.items())
        return [
            Suggestion(
                text=self._entries[number].text,
                kind=self._entries[number].kind,
                highlights=self._vocabulary.highlights(
                    self._entries[number].text, found[number][1]
                ),
            )
            for number in self._varied(best)[:limit]
        ]

    def _found(
        self, asked: Sequence[Asked], left: NDArray[np.bool_], *, tolerant: bool = False
    ) -> dict[int, tuple[int, list[Match]]]:
        """The best suggestions by their numbers, with their scores; the least is the best."""
        found: dict[int, tuple[int, list[Match]]] = {}
        for cost, words in self._vocabulary.readings(asked):
            matches = [self._vocabulary.match(word, tolerant=tolerant) for word in words]
            for number, score in self._best(matches, cost, left):
                if number not in found or score < found[number][0]:
                    found[number] = (score, matches)
        return found

    def _best(
        self, matches: Sequence[Match], cost: int, left: NDArray[np.bool_]
    ) -> list[tuple[int, int]]:
        size = len(left)
        # One array a word over all suggestions, and what is worked out over those that match.
        prices = np.full((len(matches), size), NO_MATCH, dtype=np.uint16)
        in_place = np.zeros((len(matches), size), dtype=np.bool_)
        at_start = np.zeros(size, dtype=np.bool_)
        numbers = np.flatnonzero(left)
        for place, match in enumerate(matches):
            for low, high, price in match.keys:
                owners, places = self._vocabulary.postings(low, high)
                prices[place, owners] = price
                in_place[place, owners[places == place]] = True
                at_start[owners[places == 0]] = True
            numbers = numbers[prices[place, numbers] != NO_MATCH]
            if not len(numbers):
                return []
        costs = cost + prices[:, numbers].sum(axis=0, dtype=np.int64)
        edits, rest = np.divmod(costs, EDIT)
        elsewhere = 2 - at_start[numbers].astype(np.int64) - in_place[:, numbers].all(axis=0)
        # Numbers are in the order of worth, so they decide between those that match alike.
        scores = ((edits * 3 + elsewhere) * EDIT + rest) * size + numbers
        if len(scores) > _POOL:
            best = np.argpartition(scores, _POOL)[:_POOL]
            numbers, scores = numbers[best], scores[best]
        return list(zip(numbers.tolist(), scores.tolist(), strict=True))

    def _varied(self, best: Sequence[tuple[int, int]]) -> list[int]:
        """The numbers of scored suggestions, but near-copies behind others with as many edits."""
        edit = 3 * EDIT * len(self._entries)
        order: dict[tuple[str, ...], tuple[int, bool, int, int]] = {}
        alike: Counter[tuple[str, ...]] = Counter()
        for score, number in best:
            entry = self._entries[number]
            known = order.get(entry.stems)
            if known is None:
                alike[entry.stems[:2]] += 1
                copy = alike[entry.stems[:2]] > _ALIKE
                order[entry.stems] = (score // edit, copy, score, number)
            elif _KINDS.index(entry.kind) < _KINDS.index(self._entries[known[-1]].kind):
                order[entry.stems] = (*known[:3], number)  # tumour, Tumours: the page's own
        return [number for *_, number in sorted(order.values())]

    def _not_on(self, withdrawn: frozenset[str]) -> NDArray[np.bool_]:
        """Which suggestions some other page has; kept, for it is asked again at each key."""
        known, left = self._left
        if known != withdrawn:
            stays = self._outline.pages_but(withdrawn)
            left = np.logical_or.reduceat(stays[self._pages], self._pages_at)
            self._left = (withdrawn, left)
        return left


@dataclass(slots=True)
class _Entry:
    text: str
    kind: Kind
    stems: tuple[str, ...]
    pages: list[int]  # that it is on
    passages: int  # that it is above, or in

    @property
    def worth(self) -> float:
        return log2(1 + self.passages) - len(self.text) / _DOUBLING


def _entries(index: IndexReader) -> list[tuple[_Entry, list[Term]]]:
    """All that can be suggested, each once, of most worth first, with its words."""
    found: dict[tuple[str, ...], tuple[_Entry, list[Term]]] = {}
    for text, kind, pages, passages in [*_of_pages(index.outline), *_of_glossary(index)]:
        words = terms(text)
        if len(text) > _LONGEST or not any(map(str.isalpha, text)) or not words:
            continue
        entry = _Entry(text, kind, tuple(term.stem for term in words), pages, passages)
        # The kinds come in their order, so the better one is there already.
        known, _ = found.setdefault(tuple(term.exact for term in words), (entry, words))
        # A heading of one word is worth as much as the term that it could be.
        by_itself = index.lexicon.words.get(words[0].exact) if len(words) == 1 else None
        known.passages = max(known.passages, passages, by_itself.passages if by_itself else 0)
        if known is not entry and kind != "term":
            known.pages.extend(pages)
    best = sorted(found.values(), key=lambda each: (-each[0].worth, each[0].text))
    return best[:_MOST_ENTRIES]


def _of_pages(outline: Outline) -> Iterator[tuple[str, Kind, list[int], int]]:
    """Titles, then headings, the more frequent first: the pages they are on, and the passages."""
    names = _page_names(outline)
    passages = np.bincount(outline.page, minlength=len(outline.urls)).tolist()
    found: dict[tuple[Kind, str], list[tuple[int, int]]] = defaultdict(list)
    for page, title in enumerate(outline.titles):
        found["title", names.get(page, title)].append((page, passages[page]))
    under, pages = _under_headings(outline)
    for number, heading in enumerate(outline.headings):
        if heading:
            found["heading", heading].append((pages[number], under[number]))
    many = {key: sum(count for _, count in places) for key, places in found.items()}
    for kind, text in sorted(found, key=lambda key: (_KINDS.index(key[0]), -many[key])):
        shown = " ".join(text.split())
        numbering = _NUMBERING.match(shown)
        pages_of = [page for page, _ in found[kind, text]]
        yield shown[numbering.end() if numbering else 0 :], kind, pages_of, many[kind, text]


def _under_headings(outline: Outline) -> tuple[list[int], list[int]]:
    """For each heading the number of passages under it, and its page."""
    there = outline.trail >= 0
    page = np.zeros(len(outline.headings), dtype=np.int64)
    page[outline.trail[there]] = np.broadcast_to(outline.page[:, None], there.shape)[there]
    under = np.bincount(outline.trail[there], minlength=len(page))
    return under.tolist(), page.tolist()


def _page_names(outline: Outline) -> dict[int, str]:
    """The names of pages, by their numbers, whose titles hold that of their site as well."""
    pairs = np.unique(np.stack([outline.page, outline.trail[:, 0]], axis=1), axis=0).tolist()
    names: dict[int, str] = {}
    for page, heading in sorted((page, outline.headings[number]) for page, number in pairs):
        title = outline.titles[page]
        start = title.lower().find(heading.lower()) if heading else -1
        end = start + len(heading)
        if start >= 0 and _BEFORE.search(title[:start]) and _BEHIND.match(title, end):
            names.setdefault(page, title[start:end])
    return names


def _of_glossary(index: IndexReader) -> Iterator[tuple[str, Kind, list[int], int]]:
    """The glossary's names that stand in passages, with the pages of some of these."""
    listed = [each for each in index.lexicon.equivalents if each.source == "glossary"]
    everyday = {each.written for each in listed if each.near}
    for name in dict.fromkeys(name for each in listed for name in (each.written, each.means)):
        found = terms(name)
        asked = KeywordQuery((WeightedName(tuple(term.stem for term in found)),), _ANYWHERE)
        hits, passages = index.keyword.search(asked, _LOOKED_AT)
        rows = [row for row, _ in hits]
        if name in everyday:  # ALL is not in every passage with "all"
            rows = [row for row in rows if name in _whole(index.passages[row])]
            passages = len(rows)
        pages = index.outline.page[rows].tolist()
        # "cancerous" has the stem of "cancer", whose passages are not to count.
        passages = min(passages, *(_holding(term.exact, index.lexicon) for term in found))
        if passages:
            shown = as_the_index_writes(name, index) if name.islower() else name
            yield shown, "term", pages, passages


def _holding(word: str, lexicon: Lexicon) -> int:
    """About how many passages hold a word or its plural."""
    numbers = {word, f"{word}s", word.removesuffix("s")}
    return sum(lexicon.words[each].passages for each in numbers if each in lexicon.words)


def _whole(passage: Passage) -> str:
    return "\n".join([passage.title, *passage.headings, passage.text])
