"""Letters: what a long message asks, apart from its greetings and its story.

A pasted letter says in one or two sentences what it asks, and names the illness somewhere else. So
the sentences that ask are read by themselves as well as the whole, and the words of the others
count less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FEWEST_WORDS = 50  # of a letter; what is shorter is a question as a whole
_WORD_OF_STORY = 0.3  # what a word outside the sentences that ask counts
_SENTENCE = re.compile(r"[^.!?]+(?:[.!?]+(?=\s|$)|$)|[^.!?]*[.!?]+")
_ASKING = re.compile(
    r"\?|^\W*(?:please|could|can|should|shall|would|is|are|do|does|did|will|what|which|who|whom|when"
    r"|where|why|how)\b"
    r"|\b(?:i (?:would|['’]d|d) (?:like|love) to (?:know|ask|understand)"
    r"|want(?:ed)? to (?:know|ask|understand)|wonder(?:ing)?"
    r"|tell (?:me|us) (?:what|whether|if|how|about)"
    r"|my question|any (?:advice|idea|information)|advise|grateful (?:for|if)|need to know"
    r"|like to know|explain|clarify|not sure (?:whether|if|what|how)|let (?:me|us) know)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and its sentences that ask; a short question asks as a whole."""

    text: str
    asking: tuple[tuple[int, int], ...] = field(default=())  # where they are, in characters

    @property
    def questions(self) -> str:
        """The sentences that ask, one after another."""
        return " ".join(self.text[start:end].strip() for start, end in self.asking)

    def weight(self, at: int) -> float:
        """What a word at this place counts."""
        inside = any(start <= at < end for start, end in self.asking)
        return 1.0 if inside or not self.asking else _WORD_OF_STORY


def read_letter(text: str) -> Letter:
    """Find the sentences that ask."""
    if len(text.split()) < _FEWEST_WORDS:
        return Letter(text)
    spans = [match.span() for match in _SENTENCE.finditer(text)]
    return Letter(text, tuple(each for each in spans if _ASKING.search(text[slice(*each)].strip())))
