"""Statements of dates in lines of text: words that say what a date is, and the date itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from indexer import date_words as words
from indexer.date_text import Written, read_date
from indexer.date_words import Kind
from indexer.text import collapse

_LONGEST_SENTENCE = 400  # characters looked back; a longer one is of more than the page
_DIGIT = re.compile(r"\d")
_BLANK = re.compile(r"[\W_]*")


@dataclass(frozen=True, slots=True)
class Label:
    """Words that say what a date is; ``end`` is behind their last character."""

    kinds: frozenset[Kind]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """Such words with their date; ``value`` is None where it cannot be read."""

    kinds: frozenset[Kind]
    start: int
    end: int
    value: str | None


def stated(lines: Iterable[str], *, day_first: bool) -> dict[Kind, str | None]:
    """The date of each kind that lines of text state; None where they state several.

    A line may end in the words whose date begins the next one.
    """
    found: dict[Kind, set[str]] = {}
    for statement in _statements([normal(line) for line in lines], day_first=day_first):
        for kind in statement.kinds:
            if statement.value:
                found.setdefault(kind, set()).add(statement.value)
    return {kind: only(values) for kind, values in found.items()}


def only(values: set[str]) -> str | None:
    """The one date of some; that of a month is one with a day of it."""
    longest = max(values, key=len, default="")
    return longest if longest and all(longest.startswith(value) for value in values) else None


def is_date_line(text: str) -> bool:
    """Whether a line holds nothing but dates of the page, and what they are."""
    text = normal(text)
    rest, at = "", 0
    for statement in in_line(text, day_first=True):
        rest += f"{text[at : statement.start]} "
        at = statement.end
    return at > 0 and not _is_foreign(words.EXTRAS.sub(" ", rest + text[at:]))


def is_label(text: str) -> bool:
    """Whether a text is nothing but words that say what a date is."""
    text = normal(text)
    label = _last_label(text, 0)
    return bool(label) and not _is_foreign(text[: label.start] if label else "")


def normal(text: str) -> str:
    """A text in plain digits and punctuation, on one line."""
    return collapse(unicodedata.normalize("NFKC", text))


def _statements(lines: Sequence[str], *, day_first: bool) -> Iterator[Statement]:
    """Those within lines, and those of words on one line and the date on the next.

    Words below other words, or below a date, that stand alone may be of another date than the
    next: of the one above them, or of the second next.
    """
    waiting: Label | None = None  # at the end of the line before
    doubtful = loose_date = False
    for line in lines:
        if _BLANK.fullmatch(line):
            continue
        date = _first_date(line, day_first=day_first)
        taken = bool(date and waiting and not doubtful)
        if date and waiting and not doubtful:
            yield Statement(waiting.kinds, 0, date.end, date.value)
        loose_words = waiting is not None and date is None
        at = 0
        for statement in in_line(line, day_first=day_first):
            yield statement
            at = statement.end
        waiting = _last_label(line, at)
        alone = waiting is not None and not at and not _is_foreign(line[: waiting.start])
        above = loose_words or (loose_date and not line.endswith(":"))
        doubtful = alone and date is None and above
        loose_date = date is not None and not taken


def in_line(line: str, *, day_first: bool) -> Iterator[Statement]:
    """The statements within one line, in order."""
    begins = at = 0
    if not _DIGIT.search(line) or not _may_hold_label(line):
        return
    while label := _label(line, at):
        date = _date_behind(line, label, day_first=day_first)
        at = label.end
        if date and _is_of_page(line, begins, label):
            begins = at = date.end
            yield Statement(label.kinds, label.start, date.end, date.value)


def _may_hold_label(line: str) -> bool:
    folded = line.casefold()
    return any(root in folded for root in words.ROOTS)


def _label(line: str, at: int) -> Label | None:
    """The next words that say what a date is; "reviewed and updated" is one, of two kinds."""
    match = None
    for hint in words.HINT.finditer(line, at):
        near = max(at, hint.start() - words.AROUND_HINT), hint.end() + words.AROUND_HINT
        if match := words.LABEL.search(line, *near):
            break
    if match is None:
        return None
    start, kinds = match.start(), {_kind(match)}
    while (joined := words.AND.match(line, match.end())) and (
        further := words.LABEL.match(line, joined.end())
    ):
        kinds.add(_kind(further))
        match = further
    return Label(frozenset(kinds), start, match.end())


def _kind(match: re.Match[str]) -> Kind:
    return Kind[(match.lastgroup or "").rstrip("_")]


def _last_label(line: str, begins: int) -> Label | None:
    """The words that a line ends with, if it does; ``begins`` is behind its last statement."""
    at = max(begins, len(line) - words.AROUND_HINT)
    if not _may_hold_label(line[at:]):
        return None
    while label := _label(line, at):
        gap = words.GAP.match(line, label.end)
        if gap and gap.end() == len(line):
            return label if _is_of_page(line, begins, label) else None
        at = label.end
    return None


def _date_behind(line: str, label: Label, *, day_first: bool) -> Written | None:
    """The date next to such words, or behind the name of who reviewed."""
    gap = words.GAP.match(line, label.end)
    if gap and (date := read_date(line, gap.end(), day_first=day_first)):
        return date
    by = words.BY.match(line, label.end)
    if by is None:
        return None
    near = line[by.end() : by.end() + 2 * words.LONGEST_NAME]
    near = words.TITLES.sub(lambda title: title[0][:-1] + " ", near)
    for word in re.compile(r"(?<!\w)\w").finditer(near, 0, words.LONGEST_NAME):
        if date := read_date(near, word.start(), day_first=day_first):
            name = near[: word.start()]
            if words.NOT_A_NAME.search(name) or words.LABEL.search(name):
                return None
            return Written(by.end() + date.end, date.value)
    return None


def _is_of_page(line: str, begins: int, label: Label) -> bool:
    """Whether what a sentence says before such words is that it speaks of the page."""
    before = line[max(begins, label.start - _LONGEST_SENTENCE) : label.start]
    last = max((match.end() for match in words.SEPARATOR.finditer(before)), default=0)
    if before[:last].strip(" |•·-–—:;,.()[]") and words.CITATION.search(line):
        return False
    if before[:last].endswith(".") and line[label.start : label.end].lower() in words.OF_A_BOOK:
        return not _is_foreign(before)
    return not _is_foreign(before[last:])


def _is_foreign(text: str) -> bool:
    """Whether a text holds words that are not of the page or its dates."""
    found = {word.casefold() for word in re.findall(r"[^\W_]+(?:'[^\W_]+)?", text)}
    if found & words.DOCUMENT_WORDS and "the" in found:
        return True
    return bool(found - words.PAGE_WORDS - words.DOCUMENT_WORDS)


def _first_date(line: str, *, day_first: bool) -> Written | None:
    """The date that a line begins with, if nothing else follows but words of dates or a name."""
    gap = words.GAP.match(line)
    date = read_date(line, gap.end() if gap else 0, day_first=day_first)
    if date is None:
        return None
    rest = line[date.end :].strip(" .,;|)-–—")
    if rest and not words.LABEL.match(rest) and not re.match(r"(?:by|\()\b", rest):
        return None
    return date
