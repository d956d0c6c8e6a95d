"""Hostile questions, each made from its number, a seed and the words of an index."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

LINE = 8190  # bytes of a request line that the service reads
_ROUTES = ("/api/v1/search",) * 5 + ("/", "/api/v1/suggest")
_ALSO = {
    "page": ("1", "2", "1000", "0", "-1", "9" * 400),
    "per_page": ("1", "50", "51"),
    "mode": ("semantic", "keyword", "fuzzy"),
    "group_by": ("none", "page"),
    "expand": ("false", "perhaps"),
    "correct": ("false", "true"),
    "section": ("treatments",),
    "reviewed_after": ("2020-01-01", "0000-00-00", "9999-12-31"),
    "limit": ("1", "20", "x"),
}
_PUNCTUATION = "\"'()-*~^:\\/[]{}!&|+?.,;<>=%#@_$`\u2019\u201c\u201d\u2013\u00ad"
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2069\ufeff"
_PHRASES = (
    'title:(%s OR %s) AND NOT "%s"', '"%s %s"~3', "[%s TO %s}", "%s:^2 %s^0.5", "*%s* ?%s",
    "/%s.*(%s)+/", "\\\\%s\\", "%s~2 AND AND %s", "+%s -%s ||", "{%s TO *] IN [%s", "_exists_:%s",
    "(" * 50 + "%s", '"%s" "%s" "', "' OR '1'='1' -- %s", "'; DROP TABLE passages; -- %s",
    '%s" UNION SELECT * FROM page WHERE "a', "%%s%%n%%x %s", "{0.__class__.__mro__} {%s!r:>99}",
    "${jndi:ldap://127.0.0.1/%s}", '{"%s": [{"a": null, "%s": 1e999}', "[[[[%s", "../../%s\\..\\",
    "<!ENTITY %s SYSTEM 'file:///etc/passwd'>", "$(%s) `%s` | %s", "%s\r\nSet-Cookie: a=%s",
    "{{%s}} {%% %s %%}", "\\u0000%s\\x00", "lutetium-%s-177 Lu 177 %s 177Lu ¹⁷⁷Lu 68 Ga",
    "%s's %s\u2019s '%s'", "½ %s ﬁ ẞ İ ŉ %s", "SSA %s NETs CAPTEM %s",
)  # fmt: skip

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as it stands in an address, its bytes as the characters of Latin-1."""

    kind: str
    value: str


def _some(chance: random.Random, words: Words, most: int) -> list[str]:
    return [chance.choice(words) for _ in range(chance.randint(1, most))]


def _unicode(chance: random.Random, _: Words) -> str:
    top = chance.choice((0x100, 0x3000, 0x10000, 0x110000))
    return "".join(chr(chance.randrange(top)) for _ in range(chance.randint(1, 200)))


def _category(chance: random.Random, _: Words) -> str:
    """Characters of one category of Unicode: symbols, marks, digits, spaces, ..."""
    one = unicodedata.category(chr(chance.randrange(0x20000)))
    found = [chr(code) for code in chance.sample(range(0x20000), 3000)]
    return "".join(each for each in found if unicodedata.category(each) == one)[:500] or one


def _among(marks: str) -> Callable[[random.Random, Words], str]:
    """Words with some of these characters between and inside them."""

    def mixed(chance: random.Random, words: Words) -> str:
        text = list(" ".join(_some(chance, words, 20)))
        for _ in range(chance.randint(1, 60)):
            text.insert(chance.randint(0, len(text)), chance.choice(marks))
        return "".join(text)

    return mixed


def _tower(chance: random.Random, words: Words) -> str:
    marks = [chr(chance.randint(0x300, 0x36F)) for _ in range(chance.randint(1, 1200))]
    word = chance.choice(words)
    return word + "".join(marks) + word


def _emoji(chance: random.Random, _: Words) -> str:
    parts = "👩 👨‍⚕️ 👩🏽‍⚕️ 🇦🇺 🏴\U000e0067\U000e0062\U000e007f 1️⃣ ❤️ \u200d \ufe0f 🏽".split(" ")
    return chance.choice(("", " ", "\u200d")).join(_some(chance, parts, 300))


def _long(chance: random.Random, words: Words) -> str:
    """About as long as a question may be, or as an address may be, or longer."""
    length = chance.choice((3990, 4000, 4001, LINE - 60, LINE, 20_000, 70_000))
    unit = chance.choice((chance.choice(words), f"{chance.choice(words)} ", "é", "𝔘", "ab-1 "))
    return (unit * length)[: chance.randint(length - 20, length + 20)]


def _same(chance: random.Random, words: Words) -> str:
    """Thousands of the same few characters."""
    unit = "".join(chance.choice(_PUNCTUATION) for _ in range(chance.randint(1, 3)))
    unit = chance.choice((unit, f"a{unit}", f"{unit} ", f"{chance.choice(words)}{unit}"))
    return (unit * 4000)[: chance.randint(1, 3900)]


def _phrase(chance: random.Random, words: Words) -> str:
    template = chance.choice(_PHRASES)
    holes = len(re.findall(r"(?<!%)(?:%%)*%s", template))
    return template % tuple(chance.choice(words) for _ in range(holes))


def _numbers(chance: random.Random, _: Words) -> str:
    signs = ("", ",", ".", "'", " ", "-", "/", "e", "x", "%", "\u202f", "٣", "Ⅷ")
    return "".join(
        f"{chance.randrange(10 ** chance.randint(1, 30))}{chance.choice(signs)}"
        for _ in range(chance.randint(1, 120))
    )


def _slip(chance: random.Random, word: str) -> str:
    """A word with one letter left out, doubled, exchanged or put in."""
    at = chance.randrange(len(word))
    new = chance.choice("abcdefghijklmnopqrstuvwxyz")
    middle = chance.choice(("", word[at] * 2, new, new + word[at]))
    return word[:at] + middle + word[at + 1 :]


def _slips(chance: random.Random, words: Words) -> str:
    return " ".join(_slip(chance, each) for each in _some(chance, words, 12))


def _letter(chance: random.Random, words: Words) -> str:
    """600 words, each possibly misspelt: what takes longest to read."""
    text = ""
    while len(text) < chance.randint(3000, 3900):
        word = chance.choice(words)
        text += _slip(chance, word) if chance.random() < chance.choice((0, 0.5, 1)) else word
        text += chance.choice((" ", " ", " ", ". ", "? ", ", "))
    return text[:3900]


def _repeated(chance: random.Random, words: Words) -> str:
    return (f"{' '.join(_some(chance, words, 3))} " * 2000)[: chance.randint(10, 3900)]


def _one_word(chance: random.Random, words: Words) -> str:
    """A word without an end."""
    return "".join(_some(chance, words, 800))[:3900]


def _growing(chance: random.Random, words: Words) -> str:
    """Characters that stand for several letters, as many as an address takes."""
    unit = chance.choice("α½ﬁßⅧŉİ㎎") + chance.choice(("", "", " ", "a", "-"))
    return (unit * chance.randint(1, 1300))[:1300] + chance.choice(words)


_TEXTS: dict[str, Callable[[random.Random, Words], str]] = {
    "random Unicode": _unicode,
    "one category": _category,
    "control characters": _among("".join(map(chr, (*range(32), *range(127, 160))))),
    "bidi and zero width": _among(_UNSEEN),
    "punctuation": _among(_PUNCTUATION),
    "combining tower": _tower,
    "emoji": _emoji,
    "lone surrogates": _among("\ud800\udbff\udc00\udfff"),
    "too long": _long,
    "the same again": _same,
    "query language": _phrase,
    "numbers": _numbers,
    "slips": _slips,
    "letter": _letter,
    "repeated words": _repeated,
    "one long word": _one_word,
    "characters that grow": _growing,
}  # fmt: skip


def _bytes(chance: random.Random, _: Words) -> str:
    """Bytes that are no UTF-8: at random, overlong, cut off, beyond Unicode."""
    known = ("c0af", "e282", "f4908080", "eda080", "f8888080", "fe", "80", "00", "c3", "efbfbe")
    given = [chance.choice((*known, f"{chance.randrange(256):02x}")) for _ in range(60)]
    return "".join(re.sub("..", r"%\g<0>", each) for each in given[: chance.randint(1, 60)])


def _escapes(chance: random.Random, words: Words) -> str:
    parts = (
        "%",
        "%%",
        "%zz",
        "%2",
        "%u0041",
        "%00",
        "%0d%0a",
        "&q=",
        ";",
        "#",
        "+",
        "=",
        "&",
        "%25",
    )
    return "".join(each for each in _some(chance, (*parts, quote(chance.choice(words))), 80))


def _raw(chance: random.Random, words: Words) -> str:
    return "".join(chr(chance.randint(0x21, 0xFF)) for _ in range(90)) + quote(chance.choice(words))


_ENCODED = {"no UTF-8": _bytes, "broken escapes": _escapes, "raw bytes": _raw}
KINDS = (*_TEXTS, *_ENCODED)


def query(number: int, words: Words, run: str, seed: int) -> Query:
    """The question of a number. Its mark, which begins with ``run``, comes first or last."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311 - to be repeated
    kind = chance.choice(KINDS)
    mark = f"{run}n{number:07}"
    if kind in _ENCODED:
        value = _ENCODED[kind](chance, words)
        return Query(kind, f"{mark}+{value}" if chance.random() < 0.5 else f"{value}+{mark}")  # noqa: PLR2004
    text = _TEXTS[kind](chance, words)
    text = f"{mark} {text}" if kind == "too long" or number % 2 else f"{text} {mark}"
    return Query(kind, quote(text, safe="", errors="surrogatepass"))


def target(number: int, asked: Query, words: Words, seed: int) -> str:
    """The address at which a question is asked: mostly a search, often with other parameters."""
    chance = random.Random(f"{seed} {number} target")  # noqa: S311
    also = ""
    if chance.random() < 0.3:  # noqa: PLR2004
        for name, values in chance.sample(sorted(_ALSO.items()), 3):
            hostile = quote(_unicode(chance, words), errors="surrogatepass")
            also += f"&{name}={chance.choice((*values, hostile))}"
    return f"{chance.choice(_ROUTES)}?q={asked.value}{also}"
