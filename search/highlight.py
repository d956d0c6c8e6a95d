"""Which words of a passage the question asked for, as offsets into its text."""

from __future__ import annotations

from typing import TypedDict

from indexer.reader import IndexReader
from search.question import Question


class Highlight(TypedDict):
    """A stretch of a passage's text; ``end`` is behind its last character."""

    start: int
    end: int
    kind: str


def highlights(text: str, question: Question, index: IndexReader) -> list[Highlight]:
    """The words of a text that are the question's, inflections counted, in order."""
    marks: list[Highlight] = []
    for term in index.terms(text):
        # One character may stand for two words: ½ is 1 and 2.
        if term.stem in question.stems and (not marks or marks[-1]["end"] <= term.start):
            marks.append(Highlight(start=term.start, end=term.end, kind="exact"))
    return marks
