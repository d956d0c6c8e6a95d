"""Spelling: words that neither the index, the glossary nor English knows, as they were meant."""

from __future__ import annotations

from itertools import islice

from symspellpy import SymSpell, Verbosity
from symspellpy.suggest_item import SuggestItem

from indexer.reader import STOPWORDS, Lexicon, Term, terms
from search.english import is_english, is_everyday
from search.wording import Change

_MOST_WORDS = 20_000  # that corrections are made to; of more the rarest are mistakes themselves
_MOST = 20  # unknown words that are looked up: a text with more of them is not misspelt
_SHORTEST = 4  # letters of a word that may be misspelt
_SHORTEST_TWICE = 8  # of one with two letters wrong
_SHORTEST_HEADLESS = 7  # of one whose first letter is wrong


class Speller:
    """Corrects against an index's words and the names known for what it holds."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words = lexicon.words
        names = {
            term.exact
            for each in lexicon.equivalents
            for term in terms(f"{each.written} {each.means}")
        }
        self._known = {*names, *lexicon.words}
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        usual = sorted(lexicon.words, key=lambda word: -lexicon.words[word].passages)
        for word in sorted({*names, *usual[:_MOST_WORDS]} - STOPWORDS):
            if len(word) >= _SHORTEST and word.isalpha():
                passages = lexicon.words[word].passages if word in lexicon.words else 0
                self._symspell.create_dictionary_entry(word, passages + 1)

    def corrections(self, text: str) -> list[Change]:
        """What is misspelt in a question, in order."""
        unknown = (term for term in terms(text) if not self.knows(term, text))
        return [
            Change(term.start, term.end, meant)
            for term in islice(unknown, _MOST)
            if (meant := self._meant(term.exact))
        ]

    def knows(self, term: Term, text: str) -> bool:
        """Whether a word of a text needs no correction."""
        return (
            not {term.exact, f"{term.exact}s", term.exact.removesuffix("s")}.isdisjoint(self._known)
            or len(term.exact) < _SHORTEST
            or not term.exact.isalpha()
            or _is_abbreviation(text, term)
            or is_english(term.exact)
            or is_english(text[term.start : term.end].lower())
        )

    def _meant(self, word: str) -> str:
        """The known word that differs least, the most usual of those; "" when none is near."""
        reach = 2 if len(word) >= _SHORTEST_TWICE else 1
        near = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=reach)
        # People seldom mistake the first letter.
        likely = [
            each
            for each in near
            if each.term[0] == word[0] or (each.distance == 1 and len(word) >= _SHORTEST_HEADLESS)
        ]
        likely.sort(key=lambda each: self._unlikely(word, each))
        if not likely:
            return ""
        best = likely[0].term
        return self._words[best].written if best in self._words else best

    @staticmethod
    def _unlikely(word: str, meant: SuggestItem) -> tuple[bool, bool, int, str]:
        """Sorts what a word may have been: names are what people misspell."""
        return (meant.term[0] != word[0], is_everyday(meant.term), -meant.count, meant.term)


def _is_abbreviation(text: str, term: Term) -> bool:
    """Whether a word is written in capitals inside a text that is not."""
    return text[term.start : term.end].rstrip("s").isupper() and any(map(str.islower, text))
