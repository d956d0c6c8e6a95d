"""Which terms of a question the gap report may count, and the short hashes it knows them by."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from indexer.reader import Term

DAYS = 5  # distinct days on which a term must be missed before anyone can read it
# Whoever has the file has the key too and can try a list of words, as the service itself must to
# know a term again. So a hash is short enough to be met by chance: with 100 missed terms a day,
# one name in 2,000 that nobody ever asked for seems to be in the file. Names, and pairs of names
# above all, come from lists of millions: nearly all that such a list brings up is chance, and a
# person whose name comes up can say so. The price: a term of four days is shown a day early at
# the same odds, and one of a single day, which must meet chance four times, at one in 10**14.
# That is why the day is hashed with the term: were the hash the same each day, one meeting with a
# term of four days would show a name that was asked once. It also keeps days from being joined.
_HASH_BYTES = 3
_WORDS = 64  # of a question: what is longer is a letter, and tells more of a life than of a gap
_LONGEST = 40  # characters of a word
# An e-mail or web address, or what is left of one.
_ADDRESS = re.compile(r"@|://|^www\.|[^\W\d_]\.[a-z]{2,}")
_NUMBER = re.compile(r"\d{4}")

Hashes: TypeAlias = NDArray[np.uint32]  # shape (missed,), sorted


def words_of(question: str, words: Iterable[Term]) -> list[str]:
    """These words of a question as ``terms_of`` takes them: written variants are one.

    A word inside an address or a long number comes with all of it: cut out of ann@example.org,
    neither ann nor example would be known for what it is.
    """
    private = [run for run in re.finditer(r"\S+", question) if _is_private(run[0])]
    found = []
    for word in words:
        around = (run[0] for run in private if run.start() < word.end and word.start < run.end())
        found.append(next(around, word.exact))
    return found


def terms_of(words: Sequence[str]) -> list[str]:
    """The words and the pairs of neighbours that may be counted, each once."""
    kept = ["" if _is_personal(word) else word for word in words[:_WORDS]]
    pairs = [f"{a} {b}" for a, b in pairwise(kept) if a and b and not _has_number(a + b)]
    return sorted({*filter(None, kept), *pairs})


def _is_personal(word: str) -> bool:
    """Whether a word may be personal data, or would do something to a terminal it is shown on."""
    if not word.isprintable() or " " in word or len(word) > _LONGEST:
        return True
    return _is_private(word)


def _is_private(text: str) -> bool:
    """Whether it holds an e-mail or web address or a long number."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return bool(_ADDRESS.search(plain)) or _has_number(plain)


def _has_number(text: str) -> bool:
    """Whether it holds four digits in a row, whatever is between them: 12-34, 555/12."""
    return bool(_NUMBER.search("".join(filter(str.isalnum, text))))


def hashes_of(key: bytes, day: int, terms: Collection[str]) -> Hashes:
    """The hash of each term on a day, in the order given."""
    digests = (
        blake2b(f"{day} {term}".encode(), key=key, digest_size=_HASH_BYTES).digest()
        for term in terms
    )
    return np.array([int.from_bytes(each, "little") for each in digests], dtype=np.uint32)


def times_missed(
    key: bytes, terms: Collection[str], missed: Mapping[int, Hashes]
) -> NDArray[np.int64]:
    """How often each term is among the hashes of each day: shape (terms, days)."""
    times = np.zeros((len(terms), len(missed)), dtype=np.int64)
    for column, (day, hashes) in enumerate(missed.items()):
        wanted = hashes_of(key, day, terms)
        first, last = (np.searchsorted(hashes, wanted, side) for side in ("left", "right"))
        times[:, column] = last - first
    return times


def of_enough_days(key: bytes, terms: Sequence[str], missed: Mapping[int, Hashes]) -> set[str]:
    """The terms that may be read: missed on at least ``DAYS`` of the days."""
    days = np.count_nonzero(times_missed(key, terms, missed), axis=1)
    return {term for term, many in zip(terms, days, strict=True) if many >= DAYS}
