"""Suggestions while a question is typed: the titles, headings and glossary terms of one index.

Every word of a suggestion is filed under each way of writing it, in one sorted list of keys. What
begins with the letters typed is then a stretch of that list, and a slice of one array of postings.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import log2
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from indexer.reader import STOPWORDS, IndexReader, KeywordQuery, Lexicon, Term, WeightedName, terms
from indexer.records import Passage
from search.schema import Span, Suggestion
from search.wording import as_the_index_writes

Kind = Literal["title", "heading", "term"]
_KINDS: tuple[Kind, ...] = ("title", "heading", "term")  # the better ones first
_Keys = tuple[int, int, int]  # a stretch of the keys, and what a match there costs

_LONGEST = 120  # characters of a suggestion; a longer one is a sentence
_MOST_WORDS = 16  # of the input
_MOST_JOINED = 6  # of an input whose neighbours may be one word
_POOL = 100  # best matches among which near-copies give way to others
_ALIKE = 2  # suggestions that begin with the same two words
_LOOKED_AT = 200  # passages of a term whose pages tell whether it is withdrawn
_DOUBLING = 12  # characters of length that outweigh twice the passages
_ONE_EDIT, _TWO_EDITS, _MOST_LETTERS = 4, 8, 28  # characters of a word that may have so many
_PLURAL = 2  # characters that make a word no other one
_SURE = 6  # of one that may be misspelt though it is a word
# What a match costs: a word that goes on, another inflection, two words read as one, an edit. Costs
# below an edit are weighed after where in the text the words stand.
_GOES_ON, _INFLECTED, _JOINED, _EDIT, _NO_MATCH = 1, 2, 64, 128, 0xFFFF
_NUMBERING = re.compile(r"(?:\d{1,2}(?:\.\d{1,2})*[.)]|\d{1,2}(?:\.\d{1,2})+(?=\s+[A-Z]))\s+")
# What sets a page's name off from its site's.
_BEFORE = re.compile(r"(?:^|[-–—|·•»/:]\s+)$")
_BEHIND = re.compile(r"\s+[-–—|·•»/:(]|\s*[|:]\s|$")
_ANYWHERE = {"title": 1.0, "headings": 1.0, "text": 1.0}
_HYPHENS = frozenset("-‐‑‒−")
# American and British letters. ``terms`` unifies whole words and decides which are a pair; that
# a beginning of either finds both needs both spelt out.
_BRITISH = tuple(
    pair.split(">")
    for pair in (
        "umor>umour olor>olour avor>avour abor>abour avior>aviour emi>aemi hem>haem edem>oedem"
        " esoph>oesoph estr>oestr rrhea>rrhoea anesth>anaesth pedi>paedi gynec>gynaec cec>caec"
        " fec>faec fet>foet iz>is lyz>lys log>logue center>centre fiber>fibre liter>litre"
        " meter>metre seling>selling beled>belled celed>celled program>programme homeo>homoeo"
    ).split()
)
_ISOTOPE = re.compile(r"(\d+m?)([a-z]{1,2})")
_ELEMENTS = {"lu": "lutetium", "ga": "gallium", "y": "yttrium", "in": "indium", "i": "iodine"}


class Suggester:
    """Suggests what one index has. Threads may share it."""

    def __init__(self, index: IndexReader) -> None:
        found = _entries(index)
        self._entries = [entry for entry, _ in found]
        self._vocabulary = _Vocabulary([(each.text, words) for each, words in found], index.lexicon)
        self._urls = [each.url for each in index.passages]
        rows = [each.rows for each in self._entries]
        self._rows = np.fromiter(chain.from_iterable(rows), dtype=np.int64)
        self._rows_at = np.cumsum([0, *map(len, rows)])[:-1]
        self._left = (frozenset[str](), np.ones(len(rows), dtype=np.bool_))

    def suggest(
        self, typed: str, limit: int = 8, withdrawn: frozenset[str] = frozenset()
    ) -> list[Suggestion]:
        """At most ``limit`` suggestions for what was typed so far, best first.

        What is only on ``withdrawn`` pages, given by their URLs, is not among them.
        """
        asked = _asked(typed) if len(typed.strip()) <= _LONGEST else []
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
        self, asked: Sequence[_Asked], left: NDArray[np.bool_], *, tolerant: bool = False
    ) -> dict[int, tuple[int, list[_Match]]]:
        """The best suggestions by their numbers, with their scores; the least is the best."""
        found: dict[int, tuple[int, list[_Match]]] = {}
        for cost, words in self._vocabulary.readings(asked):
            matches = [self._vocabulary.match(word, tolerant=tolerant) for word in words]
            for number, score in self._best(matches, cost, left):
                if number not in found or score < found[number][0]:
                    found[number] = (score, matches)
        return found

    def _best(
        self, matches: Sequence[_Match], cost: int, left: NDArray[np.bool_]
    ) -> list[tuple[int, int]]:
        size = len(left)
        # One array a word over all suggestions, and what is worked out over those that match.
        prices = np.full((len(matches), size), _NO_MATCH, dtype=np.uint16)
        in_place = np.zeros((len(matches), size), dtype=np.bool_)
        at_start = np.zeros(size, dtype=np.bool_)
        numbers = np.flatnonzero(left)
        for place, match in enumerate(matches):
            for low, high, price in match.keys:
                owners, places = self._vocabulary.postings(low, high)
                prices[place, owners] = price
                in_place[place, owners[places == place]] = True
                at_start[owners[places == 0]] = True
            numbers = numbers[prices[place, numbers] != _NO_MATCH]
            if not len(numbers):
                return []
        costs = cost + prices[:, numbers].sum(axis=0, dtype=np.int64)
        edits, rest = np.divmod(costs, _EDIT)
        elsewhere = 2 - at_start[numbers].astype(np.int64) - in_place[:, numbers].all(axis=0)
        # Numbers are in the order of worth, so they decide between those that match alike.
        scores = ((edits * 3 + elsewhere) * _EDIT + rest) * size + numbers
        if len(scores) > _POOL:
            best = np.argpartition(scores, _POOL)[:_POOL]
            numbers, scores = numbers[best], scores[best]
        return list(zip(numbers.tolist(), scores.tolist(), strict=True))

    def _varied(self, best: Sequence[tuple[int, int]]) -> list[int]:
        """The numbers of scored suggestions, but near-copies behind others with as many edits."""
        edit = 3 * _EDIT * len(self._entries)
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
            stays = np.array([url not in withdrawn for url in self._urls], dtype=np.bool_)
            left = np.logical_or.reduceat(stays[self._rows], self._rows_at)
            self._left = (withdrawn, left)
        return left


@dataclass(slots=True)
class _Entry:
    text: str
    kind: Kind
    stems: tuple[str, ...]
    rows: list[int]  # passages of the pages that it is on
    passages: int  # that it is above, or in

    @property
    def worth(self) -> float:
        return log2(1 + self.passages) - len(self.text) / _DOUBLING


def _entries(index: IndexReader) -> list[tuple[_Entry, list[Term]]]:
    """All that can be suggested, each once, of most worth first, with its words."""
    found: dict[tuple[str, ...], tuple[_Entry, list[Term]]] = {}
    for text, kind, rows, passages in [*_of_pages(index), *_of_glossary(index)]:
        words = terms(text)
        if len(text) > _LONGEST or not any(map(str.isalpha, text)) or not words:
            continue
        entry = _Entry(text, kind, tuple(term.stem for term in words), rows, passages)
        # The kinds come in their order, so the better one is there already.
        known, _ = found.setdefault(tuple(term.exact for term in words), (entry, words))
        # A heading of one word is worth as much as the term that it could be.
        by_itself = index.lexicon.words.get(words[0].exact) if len(words) == 1 else None
        known.passages = max(known.passages, passages, by_itself.passages if by_itself else 0)
        if known is not entry and kind != "term":
            known.rows.extend(rows)
    return sorted(found.values(), key=lambda each: (-each[0].worth, each[0].text))


def _of_pages(index: IndexReader) -> Iterator[tuple[str, Kind, list[int], int]]:
    """Titles, then headings, the more frequent first, with the rows they are above."""
    names = _page_names(index)
    texts: dict[tuple[Kind, str], list[int]] = defaultdict(list)
    for row, passage in enumerate(index.passages):
        texts["title", names.get(passage.url, passage.title)].append(row)
        for heading in passage.headings:
            texts["heading", heading].append(row)
    order = sorted(texts.items(), key=lambda each: (_KINDS.index(each[0][0]), -len(each[1])))
    for (kind, text), rows in order:
        shown = " ".join(text.split())
        numbering = _NUMBERING.match(shown)
        yield shown[numbering.end() if numbering else 0 :], kind, rows, len(rows)


def _page_names(index: IndexReader) -> dict[str, str]:
    """The names of pages, by URL, whose titles hold that of their site as well."""
    pairs = {(p.url, p.title, p.headings[0]) for p in index.passages if any(p.headings[:1])}
    names: dict[str, str] = {}
    for url, title, heading in sorted(pairs):
        start = title.lower().find(heading.lower())
        end = start + len(heading)
        if start >= 0 and _BEFORE.search(title[:start]) and _BEHIND.match(title, end):
            names.setdefault(url, title[start:end])
    return names


def _of_glossary(index: IndexReader) -> Iterator[tuple[str, Kind, list[int], int]]:
    """The glossary's names that stand in passages, with the rows of some of these."""
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
        # "cancerous" has the stem of "cancer", whose passages are not to count.
        passages = min(passages, *(_holding(term.exact, index.lexicon) for term in found))
        if passages:
            shown = as_the_index_writes(name, index) if name.islower() else name
            yield shown, "term", rows, passages


def _holding(word: str, lexicon: Lexicon) -> int:
    """About how many passages hold a word or its plural."""
    numbers = {word, f"{word}s", word.removesuffix("s")}
    return sum(lexicon.words[each].passages for each in numbers if each in lexicon.words)


def _whole(passage: Passage) -> str:
    return "\n".join([passage.title, *passage.headings, passage.text])


class _Token(NamedTuple):
    place: int  # of the word in its text, from 0
    start: int
    end: int
    exact: str
    stem: str


class _Asked(NamedTuple):
    """A word of the input."""

    exact: str
    written: str
    stem: str
    closed: bool  # it is the last one, and a space follows


class _Match(NamedTuple):
    """What a word of the input finds."""

    written: str
    keys: list[_Keys]  # the dearest first


def _tokens(text: str, found: Sequence[Term]) -> list[_Token]:
    """The words of a text, and those that hyphens join as one word more: follow, up, followup."""
    tokens = [_Token(place, *term) for place, term in enumerate(found)]
    for place in range(len(found)):
        end = place + 1
        while end < len(found) and text[found[end - 1].end : found[end].start] in _HYPHENS:
            end += 1
        if end > place + 1:
            joined = "".join(term.exact for term in found[place:end])
            tokens.append(_Token(place, found[place].start, found[end - 1].end, joined, joined))
    return tokens


def _plain(text: str) -> str:
    """Letters and digits only, in lower case and without accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))


def _asked(typed: str) -> list[_Asked]:
    found = terms(typed)
    ends_at = len(found) if typed[-1:].isspace() else 0
    return [
        _Asked(term.exact, _plain(typed[term.start : term.end]), term.stem, place == ends_at)
        for place, term in enumerate(found, 1)
    ]


def _spellings(word: str) -> set[str]:
    """Other ways to write a word, as the index's analysis knows them."""
    found = {word}
    for american, british in _BRITISH:
        if american in word:
            found |= {each.replace(american, british) for each in found}
    isotope = _ISOTOPE.fullmatch(word)
    if isotope:
        for name in {isotope[2], _ELEMENTS.get(isotope[2], isotope[2])}:
            found |= {f"{name}{isotope[1]}", f"{isotope[1]}{name}"}
    return {each for each in found if [term.exact for term in terms(each)] == [word]}


class _Vocabulary:
    """The words of some texts: keys in alphabetical order, and the postings of each."""

    def __init__(self, texts: Sequence[tuple[str, list[Term]]], lexicon: Lexicon) -> None:
        self._words: dict[str, int] = {}
        self._stems: defaultdict[str, set[int]] = defaultdict(set)
        written: list[set[str]] = []
        postings = []
        for number, (text, found) in enumerate(texts):
            for token in _tokens(text, found):
                word = self._words.setdefault(token.exact, len(written))
                if word == len(written):
                    written.append(_spellings(token.exact))
                if text[token.start : token.end].lower() != token.exact:
                    written[word].add(_plain(text[token.start : token.end]))
                self._stems[token.stem].add(word)
                postings.append((word, number, token.place))
        for part, whole in lexicon.parts.items():
            if whole in self._words:
                written[self._words[whole]].add(part)
        for exact, word in self._words.items():
            if exact in lexicon.words:
                written[word].add(_plain(lexicon.words[exact].written))
        self._file(written, np.array(postings, dtype=np.int32).reshape(-1, 3))

    def _file(self, written: Sequence[Collection[str]], postings: NDArray[np.int32]) -> None:
        pairs = sorted((key, word) for word, keys in enumerate(written) for key in keys)
        self._keys = [key for key, _ in pairs]
        self._keys_of: list[list[int]] = [[] for _ in written]
        for key, (_, word) in enumerate(pairs):
            self._keys_of[word].append(key)
        counts = np.bincount(postings[:, 0], minlength=len(written))
        of_key = np.array([word for _, word in pairs], dtype=np.int64)
        # A word's postings stand once for each of its keys, so that any stretch of keys is a slice.
        self._at = np.concatenate([[0], np.cumsum(counts[of_key])])
        starts = (np.cumsum(counts) - counts)[of_key] - self._at[:-1]
        places = np.repeat(starts, counts[of_key]) + np.arange(self._at[-1])
        by_word = postings[np.argsort(postings[:, 0], kind="stable")][places]
        self._owners, self._places = by_word[:, 1].copy(), by_word[:, 2].copy()
        cut = np.array([key[:_MOST_LETTERS] for key in self._keys], dtype=f"U{_MOST_LETTERS}")
        codes = cut.view(np.uint32).reshape(len(cut), _MOST_LETTERS)
        bits = np.where(codes, np.left_shift(1, codes % 32), 0).astype(np.uint32)
        self._letters = np.bitwise_or.accumulate(bits, axis=1)  # of the first n characters

    def postings(self, low: int, high: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The texts that hold words of a stretch of keys, and the places of these there."""
        stretch = slice(self._at[low], self._at[high])
        return self._owners[stretch], self._places[stretch]

    def readings(self, asked: Sequence[_Asked]) -> Iterator[tuple[int, list[_Asked]]]:
        """The input as it stands, and with neighbours as one word if there is one: lu 17, ki 67."""
        yield 0, list(asked)
        for start in range(len(asked) if len(asked) <= _MOST_JOINED else 0):
            for end in range(start + 2, min(start + 3, len(asked)) + 1):
                exact = "".join(each.exact for each in asked[start:end])
                low, high = self._beginning(exact)
                if low < high:
                    written = "".join(each.written for each in asked[start:end])
                    one = _Asked(exact, written, exact, asked[end - 1].closed)
                    yield _JOINED, [*asked[:start], one, *asked[end:]]

    def match(self, word: _Asked, *, tolerant: bool) -> _Match:
        """The keys that a word of the input finds; those with edits too if there is no other.

        If ``tolerant``, those of a long word even so.
        """
        ranges = {self._beginning(each) for each in (word.exact, word.written)}
        begun = [(low, high, _GOES_ON) for low, high in ranges if low < high]
        keys = [key for each in self._stems.get(word.stem, ()) for key in self._keys_of[each]]
        inflected = [(key, key + 1, _INFLECTED) for key in keys]
        whole = [(key, key + 1, 0) for key in keys if self._is_whole(key, word)]
        if word.closed and keys and not tolerant:
            return _Match(word.written, [*inflected, *whole])
        misspelt = not (begun or keys) or (tolerant and len(word.exact) >= _SURE)
        guessed = {word.exact, word.written} if misspelt and word.exact not in STOPWORDS else ()
        near = sorted((each for letters in guessed for each in self._near(letters)), key=_farthest)
        return _Match(word.written, [*near, *inflected, *begun, *whole])

    def _is_whole(self, key: int, word: _Asked) -> bool:
        """Whether a key is a word of the input, or its plural; "a" may be any word's beginning."""
        written = self._keys[key]
        return (
            word.exact not in STOPWORDS
            and len(written) <= len(word.exact) + _PLURAL
            and written.startswith((word.exact, word.written))
        )

    def _beginning(self, letters: str) -> tuple[int, int]:
        low = bisect_left(self._keys, letters)
        return low, bisect_left(self._keys, letters + "\U0010ffff", low)

    def _near(self, word: str) -> list[_Keys]:
        """The keys that begin with a word but for a letter or two."""
        size = len(word)
        most = (size >= _ONE_EDIT) + (size >= _TWO_EDITS)
        if not most or size + most > _MOST_LETTERS:
            return []
        letters = np.bitwise_or.reduce([1 << ord(each) % 32 for each in word]).astype(np.uint32)
        # Each letter that only one of both has takes an edit: this leaves few to compare.
        missing = np.bitwise_count(letters & ~self._letters[:, size + most - 1])
        surplus = np.bitwise_count(self._letters[:, size - most - 1] & ~letters)
        likely = np.flatnonzero((missing <= most) & (surplus <= most)).tolist()
        cuts = range(size - most, size + most + 1)
        beginnings = [self._keys[key][:cut] for cut in cuts for key in likely]
        distances = cdist([word], beginnings, scorer=OSA.distance, score_cutoff=most)
        least = distances.reshape(len(cuts), len(likely)).min(axis=0).tolist()
        return [
            (key, key + 1, _EDIT * (edits + (self._keys[key][0] != word[0])))
            for key, edits in zip(likely, least, strict=True)
            # Another number is another thing: SSTR3, SSTR2.
            if edits <= most and _digits(self._keys[key][:size]) == _digits(word)
        ]

    def highlights(self, text: str, matches: Sequence[_Match]) -> list[Span]:
        """What of a text the words of the input are."""
        marks: list[Span] = []
        for token in sorted(_tokens(text, _read(text)), key=lambda each: each.start):
            keys = self._keys_of[self._words[token.exact]]
            ends = [
                token.start + _typed_part(text[token.start : token.end], match.written)
                for match in matches
                if any(low <= key < high for low, high, _ in match.keys for key in keys)
            ]
            if not ends:
                continue
            if marks and token.start < marks[-1]["end"]:
                marks[-1]["end"] = max(marks[-1]["end"], *ends)
            else:
                marks.append(Span(start=token.start, end=max(ends)))
        return marks


def _typed_part(word: str, written: str) -> int:
    """How many characters of a word were typed: all where it is written in another way."""
    if word[: len(written)].lower() == written:
        return len(written)
    ends = range(1, len(word))
    return next((end for end in ends if _plain(word[:end]) == written), len(word))


def _farthest(keys: _Keys) -> int:
    return -keys[2]


def _digits(text: str) -> list[str]:
    return [each for each in text if each.isdigit()]


# The suggestions that are shown are a few of many, and often the same.
_read = lru_cache(maxsize=4096)(terms)
