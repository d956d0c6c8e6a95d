"""Abbreviations that pages explain: "somatostatin analogues (SSA)", "SSA (somatostatin …)".

The matching is that of Schwartz and Hearst, "A simple algorithm for identifying abbreviation
definitions in biomedical text" (2003): letters of the short form are looked for in the words beside
it, from right to left, and the first must begin a word.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from indexer.terms import STOPWORDS, terms

_LONGEST_SHORT = 10
_LONGEST_WORD = 40  # characters in front of a bracket that a short form may be among
_FEWEST_CAPITALS = 2
# Of two meanings on one site, one this much rarer than the other is left out.
_LEAST_SHARE = 0.34
# Characters looked at before a bracket: a word without end must not take time without end.
_FURTHEST = 400
# Up to a comma or semicolon: "(PRRT; also called ...)" and "(SSA, for example ...)" are usual.
_BRACKETS = re.compile(r"[(\[]\s*([^()\[\];,:]{2,120}?)\s*(?:[;,:][^()\[\]]*)?[)\]]")
_WORD_AT_END = re.compile(r"([^\W_][\w/+&.-]*)\s*$")
_CLAUSE = re.compile(r"[.;:!?()\[\]\n•,]")


def learn(texts: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of short and long form that texts explain, most frequent first.

    Short forms are written as there but for a plural s; long forms in lower case unless a name.
    """
    found: dict[str, Counter[str]] = defaultdict(Counter)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for text in dict.fromkeys(texts):
        for short, long in _pairs(text):
            key = " ".join(term.stem for term in terms(long))
            found[short][key] += 1
            written[key][long] += 1
    pairs = [
        (short, written[key].most_common(1)[0][0], count)
        for short, longs in found.items()
        for key, count in longs.items()
        if count >= _LEAST_SHARE * max(longs.values())
    ]
    pairs.sort(key=lambda pair: (-pair[2], pair[0], pair[1]))
    return [(short, long) for short, long, _ in pairs]


def _pairs(text: str) -> Iterable[tuple[str, str]]:
    for match in _BRACKETS.finditer(text):
        inside, before = match[1], text[max(match.start() - _FURTHEST, 0) : match.start()]
        if short := _short_form(inside):
            long = _long_form(short, _CLAUSE.split(before.rstrip())[-1])
        elif (word := _WORD_AT_END.search(before[-_LONGEST_WORD:])) and (
            short := _short_form(word[1])
        ):
            long = _long_form(short, inside) if _begins_alike(short, inside) else ""
        else:
            continue
        if long:
            yield short, long


def _short_form(text: str) -> str:
    """What may be an abbreviation, without the s of a plural; "" when it is none."""
    short = text[:-1] if len(text) > _FEWEST_CAPITALS and text[-1] == "s" else text
    short = short.removesuffix("'").removesuffix("’")
    capitals = sum(map(str.isupper, short))
    fits = len(short) <= _LONGEST_SHORT and " " not in short and short[:1].isalnum()
    return short if fits and capitals >= _FEWEST_CAPITALS and not short.isdigit() else ""


def _begins_alike(short: str, long: str) -> bool:
    return long[:1].casefold() == short[:1].casefold() and " " in long


def _long_form(short: str, before: str) -> str:
    """The last words of ``before`` that hold the letters of ``short`` in order; "" if none do."""
    words = before.split()
    most = min(len(short) + 5, 2 * len(short))
    candidate = " ".join(words[-most:])
    start = _first_letter(short, candidate)
    if start is None:
        return ""
    long = candidate[start:].strip(" -–—\"'“”‘’")
    if long.split()[0].casefold() in STOPWORDS or short.casefold() in long.casefold().split():
        return ""
    return _as_inside_a_sentence(long) if len(long) > len(short) + 2 else ""


def _first_letter(short: str, candidate: str) -> int | None:
    """Where the long form begins: each letter of the short form found, from right to left."""
    letters = [each.casefold() for each in short if each.isalnum()]
    at = len(candidate)
    for number in range(len(letters) - 1, -1, -1):
        at -= 1
        while at >= 0 and not (
            candidate[at].casefold() == letters[number]
            and (number or at == 0 or not candidate[at - 1].isalnum())
        ):
            at -= 1
        if at < 0:
            return None
    return at


def _as_inside_a_sentence(long: str) -> str:
    """Lower case for words that only a heading or the beginning of a sentence capitalises."""
    return " ".join(word.lower() if word[1:].islower() else word for word in long.split())
