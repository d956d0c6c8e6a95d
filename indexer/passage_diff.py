"""What changed in a page's passages, in words that a person can read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from indexer.records import Passage

_AROUND = 6  # unchanged words shown on each side of a change


@dataclass(frozen=True, slots=True)
class PassageChange:
    """A passage before and after; an empty one was added or removed."""

    headings: tuple[str, ...]
    before: str
    after: str

    def text(self) -> str:
        """The change with [-removed-] and {+added+} words."""
        return words_changed(self.before, self.after)


def passage_changes(before: Sequence[Passage], after: Sequence[Passage]) -> list[PassageChange]:
    """The passages of one page that differ, in reading order; empty when none does.

    What is shown of a passage counts: text, headings, title, dates, and where its link leads.
    """
    found: list[PassageChange] = []
    old, new = ([_shown(each) for each in side] for side in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "equal":
            continue
        for was, now in zip_longest(before[old_from:old_to], after[new_from:new_to]):
            headings = tuple((now or was).headings)
            found.append(PassageChange(headings, _text(was), _text(now)))
    return found


def words_changed(before: str, after: str) -> str:
    """Two texts as one, with [-removed-] and {+added+} words; long unchanged runs are cut."""
    old, new = before.split(), after.split()
    if old == new:
        return ""
    pieces = []
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (tag, old_from, old_to, new_from, new_to) in enumerate(opcodes):
        if tag == "equal":
            same = old[old_from:old_to]
            first, last = number == 0, number == len(opcodes) - 1
            pieces.append(_cut(same, keep_start=not first, keep_end=not last))
            continue
        if old_from < old_to:
            pieces.append(f"[-{' '.join(old[old_from:old_to])}-]")
        if new_from < new_to:
            pieces.append(f"{{+{' '.join(new[new_from:new_to])}+}}")
    return " ".join(filter(None, pieces))


def _cut(words: list[str], *, keep_start: bool, keep_end: bool) -> str:
    start = words[:_AROUND] if keep_start else []
    end = words[-_AROUND:] if keep_end else []
    if len(start) + len(end) >= len(words):
        return " ".join(words)
    return " ".join([*start, "…", *end])


def _shown(passage: Passage) -> tuple[object, ...]:
    return (
        *(passage.text, tuple(passage.headings), passage.title, passage.link, passage.reviewed),
        *(passage.audience, passage.section, passage.source, passage.language),
        *(passage.updated, passage.review_due),
    )


def _text(passage: Passage | None) -> str:
    return "" if passage is None else passage.text
