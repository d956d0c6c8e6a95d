"""Spelling: words that neither the index, the glossary nor English knows, as they were meant."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice, permutations
from pathlib import Path
from threading import Lock

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
RIGHT_WORDS = Path(__file__).resolve().parent.parent / "corpus" / "right_words.txt"
# Beginnings that look alike and say something else: who writes one of them means it.
_BEGINNINGS = (
    ("hypo", "hyper"), ("neuro", "nephro"), ("inter", "intra", "infra"), ("ante", "anti"),
    ("pre", "pro", "peri"), ("endo", "ecto", "exo"), ("macro", "micro"), ("cyto", "cysto"),
    ("myo", "myelo"), ("arterio", "arthro"), ("adeno", "adreno", "andro"), ("uni", "bi", "tri"),
    ("mono", "poly"), ("sub", "supra"), ("angio", "adeno"),
)  # fmt: skip


class Speller:
    """Corrects against an index's words and the names known for what it holds."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._words = lexicon.words
        names = {
            term.exact
            for each in lexicon.equivalents
            for term in terms(f"{each.written} {each.means}")
        }
        self._known = {*names, *lexicon.words, *_right_words()}
        self._lock = Lock()  # the comparison of two words has a state of its own
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
        with self._lock:
            near = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=reach)
        likely = [each for each in near if self._is_likely(word, each)]
        likely.sort(key=lambda each: self._unlikely(word, each))
        if not likely:
            return ""
        best = likely[0].term
        return self._words[best].written if best in self._words else best

    def _is_likely(self, word: str, meant: SuggestItem) -> bool:
        if meant.distance > 1 and meant.term not in self._words:
            return False  # two letters away from a name that no page has
        if _says_another(word, meant.term):
            return False
        # People seldom mistake the first letter.
        headless = meant.distance == 1 and len(word) >= _SHORTEST_HEADLESS
        return bool(meant.term[0] == word[0] or headless)

    @staticmethod
    def _unlikely(word: str, meant: SuggestItem) -> tuple[bool, bool, int, str]:
        """Sorts what a word may have been: names are what people misspell."""
        return (meant.term[0] != word[0], is_everyday(meant.term), -meant.count, meant.term)


def _says_another(word: str, meant: str) -> bool:
    """Whether all that differs is how they begin: hypocalcaemia, hypercalcaemia."""
    return any(
        word.startswith(one) and meant == other + word.removeprefix(one)
        for alike in _BEGINNINGS
        for one, other in permutations(alike, 2)
    )


@lru_cache(maxsize=1)
def _right_words() -> frozenset[str]:
    """Words that are right as they are, whether or not a page or a dictionary has them."""
    lines = RIGHT_WORDS.read_text(encoding="utf-8").splitlines()
    return frozenset(
        term.exact for line in lines if not line.startswith("#") for term in terms(line)
    )


def _is_abbreviation(text: str, term: Term) -> bool:
    """Whether a word is written in capitals inside a text that is not."""
    return text[term.start : term.end].rstrip("s").isupper() and any(map(str.islower, text))
