"""The words that suggestions are made of, found by their beginnings, typing errors forgiven.

Every word is filed under each way of writing it, in one sorted list of keys. What begins with the
letters typed is then a stretch of that list, and a slice of one array of postings.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from indexer.reader import STOPWORDS, Lexicon, Term, terms
from search.schema import Span

_Keys = tuple[int, int, int]  # a stretch of the keys, and what a match there costs
_MOST_JOINED = 6  # of an input whose neighbours may be one word
_ONE_EDIT, _TWO_EDITS, _MOST_LETTERS = 4, 8, 28  # characters of a word that may have so many
_PLURAL = 2  # characters that make a word no other one
_SURE = 6  # of one that may be misspelt though it is a word
# What a match costs: a word that goes on, another inflection, two words read as one, an edit. Costs
# below an edit are weighed after where in the text the words stand.
_GOES_ON, _INFLECTED, _JOINED, EDIT, NO_MATCH = 1, 2, 64, 128, 0xFFFF
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


class _Token(NamedTuple):
    place: int  # of the word in its text, from 0
    start: int
    end: int
    exact: str
    stem: str


class Asked(NamedTuple):
    """A word of the input."""

    exact: str
    written: str
    stem: str
    closed: bool  # it is the last one, and a space follows


class Match(NamedTuple):
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


def read_typed(typed: str) -> list[Asked]:
    """The words of what was typed so far."""
    found = terms(typed)
    ends_at = len(found) if typed[-1:].isspace() else 0
    return [
        Asked(term.exact, _plain(typed[term.start : term.end]), term.stem, place == ends_at)
        for place, term in enumerate(found, 1)
    ]


def _spellings(word: str) -> set[str]:
    """Other ways to write a word, as the index's analysis knows them."""
    # Each other spelling by itself, and all together: every choice of them would double with each.
    found, all_british = {word}, word
    for american, british in _BRITISH:
        if american in word:
            found.add(word.replace(american, british))
            all_british = all_british.replace(american, british)
    found.add(all_british)
    isotope = _ISOTOPE.fullmatch(word)
    if isotope:
        for name in {isotope[2], _ELEMENTS.get(isotope[2], isotope[2])}:
            found |= {f"{name}{isotope[1]}", f"{isotope[1]}{name}"}
    return {each for each in found if [term.exact for term in terms(each)] == [word]}


class Vocabulary:
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

    def readings(self, asked: Sequence[Asked]) -> Iterator[tuple[int, list[Asked]]]:
        """The input as it stands, and with neighbours as one word if there is one: lu 17, ki 67."""
        yield 0, list(asked)
        for start in range(len(asked) if len(asked) <= _MOST_JOINED else 0):
            for end in range(start + 2, min(start + 3, len(asked)) + 1):
                exact = "".join(each.exact for each in asked[start:end])
                low, high = self._beginning(exact)
                if low < high:
                    written = "".join(each.written for each in asked[start:end])
                    one = Asked(exact, written, exact, asked[end - 1].closed)
                    yield _JOINED, [*asked[:start], one, *asked[end:]]

    def match(self, word: Asked, *, tolerant: bool) -> Match:
        """The keys that a word of the input finds; those with edits too if there is no other.

        If ``tolerant``, those of a long word even so.
        """
        ranges = {self._beginning(each) for each in (word.exact, word.written)}
        begun = [(low, high, _GOES_ON) for low, high in ranges if low < high]
        keys = [key for each in self._stems.get(word.stem, ()) for key in self._keys_of[each]]
        inflected = [(key, key + 1, _INFLECTED) for key in keys]
        whole = [(key, key + 1, 0) for key in keys if self._is_whole(key, word)]
        if word.closed and keys and not tolerant:
            return Match(word.written, [*inflected, *whole])
        misspelt = not (begun or keys) or (tolerant and len(word.exact) >= _SURE)
        guessed = {word.exact, word.written} if misspelt and word.exact not in STOPWORDS else ()
        near = sorted((each for letters in guessed for each in self._near(letters)), key=_farthest)
        return Match(word.written, [*near, *inflected, *begun, *whole])

    def _is_whole(self, key: int, word: Asked) -> bool:
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
            (key, key + 1, EDIT * (edits + (self._keys[key][0] != word[0])))
            for key, edits in zip(likely, least, strict=True)
            # Another number is another thing: SSTR3, SSTR2.
            if edits <= most and _digits(self._keys[key][:size]) == _digits(word)
        ]

    def highlights(self, text: str, matches: Sequence[Match]) -> list[Span]:
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
