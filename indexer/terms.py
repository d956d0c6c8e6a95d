"""Terms: how written variants of one word become one token, for passages and questions alike.

177Lu = Lu-177 = lutetium-177 = ¹⁷⁷Lu; Ki-67 = Ki67; tumour = tumor; embolisation = embolization.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

# Raised when what a text's terms are, or what an index keeps of them, changes: indexes are then
# made anew at the next run though no page has changed.
ANALYSIS_VERSION = 4

_ELEMENTS = {
    "lutetium": "lu", "gallium": "ga", "yttrium": "y", "indium": "in", "iodine": "i",
    "fluorine": "f", "copper": "cu", "actinium": "ac", "technetium": "tc", "terbium": "tb",
    "bismuth": "bi", "lead": "pb", "carbon": "c", "holmium": "ho", "zirconium": "zr",
}  # fmt: skip
# Words of everyday language, which a space must not join to a number: "in 90 days", "lead 212".
_EVERYDAY = {"in", "i", "y", "c", "f", "ho", "lead", "carbon", "copper"}
_NAMES = {*_ELEMENTS, *_ELEMENTS.values()}
_MASSES = r"(?:111|123|124|131|161|166|177|203|212|213|225|11|18|64|67|68|86|89|90|99m)"


def _either_way(names: set[str], between: str) -> str:
    symbol = "|".join(sorted(names, key=len, reverse=True))
    return rf"{_MASSES}{between}(?:{symbol})|(?:{symbol}){between}{_MASSES}"


# Mass first or last, written together, with a hyphen or a space: 177Lu, Lu-177, lutetium 177.
_ISOTOPE = re.compile(
    r"(?<![^\W_])(?:"
    + _either_way(_NAMES, "-?")
    + "|"
    + _either_way(_NAMES - _EVERYDAY, r"\s")
    + r")(?![^\W_])"
)
_MASS = re.compile(_MASSES)
# A token: letters and digits, with an apostrophe inside; and letters and digits that make one
# name with a hyphen: Ki-67, PD-1, 5-HIAA. Not so grade-3 and 24-hour, which are two words.
_MEASURE = r"(?:day|hour|week|month|year|minute|second|fold|dose|cycle|point|step|part|time|way)"
_TOKEN = re.compile(
    r"(?<![^\W_])(?:[^\W\d_]{1,3}-\d+|sstr-\d)(?![^\W_])"
    rf"|(?<![^\W_])\d{{1,2}}-(?!{_MEASURE})[^\W\d_]{{2,5}}(?![^\W_])"
    r"|[^\W_]+(?:['’][^\W_]+)*"
)
_WITHOUT_HYPHENS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # the same where there is none
_ANY_CASE = re.compile(_TOKEN.pattern, re.IGNORECASE)
# Any character that may be folded into others; the ones left out are common and stay themselves.
_FOLDED = re.compile("[^\x00-\x7f\u2022\u201c\u201d\u2018\u2019\u2013\u2014\u2026\xb7\xa0\xa9\xae]")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "λ": "lambda",
    "μ": "micro", "ω": "omega",
}  # fmt: skip
# Keeps a token as long as what it stands for, so that offsets hold; a letter to \\w.
_FILLER = "\u02d0"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2212\ufe63\uff0d"), "-")

# British to American, where the word list of both is the same but for these letters.
_SPELLINGS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"(tum|col|fav|lab|hum|vap|hon|rum|behavi|neighb)our", r"\1or"),
        (r"aem(?=i)", "em"),
        (r"haem", "hem"),
        (r"oed(?=em)", "ed"),
        (r"oesoph", "esoph"),
        (r"oestr", "estr"),
        (r"rrhoea", "rrhea"),
        (r"anaesth", "anesth"),
        (r"paed(?=i)", "ped"),
        (r"gynaec", "gynec"),
        (r"caec", "cec"),
        (r"faec", "fec"),
        (r"foet", "fet"),
        (r"(?<=[a-z]{2})is(?=ation)", "iz"),
        (r"(?<=[lrtnmdcgvsh])is(?=(?:e|ed|es|ing)$)(?<!rcis)(?<!promis)(?<!dvis)(?<!evis)", "iz"),
        (r"lys(?=(?:e|ed|es|ing)$)", "lyz"),
        (r"ogue(?=s?$)", "og"),
        (r"^(cent|fib|lit|met)re(?=s?$)", r"\1er"),
        (r"(counse|labe|trave|cance)ll(?=ed|ing|or)", r"\1l"),
        (r"programme", "program"),
        (r"^homoeo", "homeo"),
    )
)

STOPWORDS = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can"
    " could did do does doing dont during each for from further get give given got had has have"
    " having he her here him his how i id im ive if in into is it its just like me more most my"
    " no nor not of off on once only or other our out over own please s same she should so some"
    " such t tell than that the their them then there these they this those through to too under"
    " until up us very was we were what when where which while who whom why will with would"
    " you your".split()
)


class Term(NamedTuple):  # made by the hundred thousand, which a frozen dataclass is slow at
    """One token of a text and where it stands there."""

    start: int  # offset of its first character
    end: int  # offset behind its last
    exact: str  # written variants unified
    stem: str  # inflections unified as well


_new = tuple.__new__  # as Term does, without the call of its own in between


def terms(text: str) -> list[Term]:
    """The tokens of a text in order, with offsets into it."""
    folded, offsets = _fold(text)
    folded = _isotopes(folded)
    token = _TOKEN if "-" in folded else _WITHOUT_HYPHENS
    found = []
    for match in token.finditer(folded):
        exact, stemmed = _analysed(match[0])
        if not exact:
            continue  # a text may hold the filler itself
        first, behind = match.span()
        start, end = offsets[first], offsets[behind - 1] + 1
        # SSAs and NETs, but not Is and As: a stemmer knows the plurals of words only.
        if exact[-1] == "s" and end - start > 2 and text[end - 1] == "s":  # noqa: PLR2004 - two
            stemmed = stem(exact[:-1]) if text[start : end - 1].isupper() else stemmed
        found.append(_new(Term, (start, end, exact, stemmed)))
    return found


def words(text: str) -> list[str] | None:
    """The tokens of a text as written, if each is a term whatever stands around it; else None.

    This holds for nearly every text, and a word's term need then be worked out once only.
    """
    if _FOLDED.search(text) or (_MASS.search(text) and _ISOTOPE.search(text.lower())):
        return None
    return (_ANY_CASE if "-" in text else _WITHOUT_HYPHENS).findall(text)


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Lower case, compatibility forms and Greek letters unified; each character's old offset."""
    if text.isascii():
        return text.lower(), range(len(text))
    out: list[str] = []
    offsets: list[int] = []
    at = 0
    for match in _NOT_ASCII.finditer(text):
        out.append(text[at : match.start()].lower())
        offsets += range(at, match.start())
        at = match.end()
        for each in unicodedata.normalize("NFKD", match[0].translate(_HYPHENS)).casefold():
            if not unicodedata.combining(each):
                plain = _GREEK.get(each, each)
                out.append(plain)
                offsets += [match.start()] * len(plain)
    out.append(text[at:].lower())
    offsets += range(at, len(text))
    return "".join(out), offsets


def _isotopes(text: str) -> str:
    """Each isotope as one token of its old length: 177lu, filled up by a character of no word."""

    def unify(match: re.Match[str]) -> str:
        mass = _MASS.search(match[0])
        symbol = match[0].replace(mass[0], "").strip(" -\t\n") if mass else ""
        token = (mass[0] if mass else "") + _ELEMENTS.get(symbol, symbol)
        return token + _FILLER * (len(match[0]) - len(token))

    return _ISOTOPE.sub(unify, text) if _MASS.search(text) else text


@lru_cache(maxsize=65536)
def _analysed(token: str) -> tuple[str, str]:
    """A token with its written variants unified, and that without its inflection."""
    exact = _exact(token)
    return exact, stem(exact)


def _exact(token: str) -> str:
    word = token.replace(_FILLER, "").replace("-", "").replace("’", "'")
    word = word.removesuffix("'s").replace("'", "")
    for pattern, to in _SPELLINGS:
        word = pattern.sub(to, word)
    return word


def analyser() -> TextAnalyzer:
    """The keyword index's analyser: what ``terms`` found, stemmed."""
    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stemmer("english")).build()


_STEMMER = analyser()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A word without its inflection (Snowball English)."""
    stems = _STEMMER.analyze(word)
    return stems[0] if stems else word
