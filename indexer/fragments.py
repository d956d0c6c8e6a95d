"""Text fragments: links that land on words of a page (https://wicg.github.io/scroll-to-text-fragment/).

A browser looks for the words in the rendered page, ignoring case, at word boundaries, inside one
block. It takes the first place that matches, so a fragment is only made of words that stand once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

_FEWEST_WORDS = 4
_MOST_WORDS = 24


def fold(text: str) -> str:
    """Text as browsers compare it: no case, no accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in apart if not unicodedata.combining(char))


class Fragments:
    """Finds fragments on one page, given every text run of it in order."""

    def __init__(self, runs: Sequence[str]) -> None:
        self._runs = list(runs)
        self._folded = [fold(run) for run in runs]
        self._page = "\n".join(self._folded)
        self._line = " ".join(self._folded)

    def locate(self, run: str, after: int) -> int | None:
        """Index of the first run from ``after`` on that begins with or holds the given one."""
        wanted = fold(run)
        places = range(after, len(self._folded))
        exact = next((i for i in places if self._folded[i] == wanted), None)
        return (
            exact
            if exact is not None
            else next((i for i in places if wanted in self._folded[i]), None)
        )

    def at(self, run: str, index: int) -> str | None:
        """The fragment (with ``:~:``) for words that stand in run ``index``, or None.

        The fewest words that stand once on the page; where even all of them stand more than
        once, the words of the runs before and after are named as context.
        """
        # As the page writes them: what is shown may have other forms of the same characters.
        written = self._runs[index] if fold(run) == self._folded[index] else run
        words = written.split()[:_MOST_WORDS]
        for count in range(min(_FEWEST_WORDS, len(words)) or 1, len(words) + 1):
            phrase = " ".join(words[:count])
            if self._count(phrase) == 1:
                return ":~:text=" + _encode(phrase)
        return self._in_context(" ".join(words), written, index)

    def of_same_words(self, indexes: Sequence[int]) -> str | None:
        """The fragment for runs that stand word for word earlier on the page as well, or None.

        Nothing can lead to the second of two such places. The first, which a browser takes, says
        the same; ``indexes`` are the runs of a whole passage, so that all of it is found there.
        """
        if not indexes:
            return None
        begin, end = indexes[0], indexes[-1] + 1
        words = self._folded[begin:end]
        same = (
            place for place in range(begin + 1) if self._folded[place : place + len(words)] == words
        )
        first = next(same)
        for index in indexes:
            phrase = " ".join(self._runs[index].split()[:_MOST_WORDS])
            wanted = fold(phrase)
            holder = next(i for i, run in enumerate(self._folded) if wanted in run)
            if holder == first + index - begin and self._folded[holder].startswith(wanted):
                return ":~:text=" + _encode(phrase)
        return None

    def _in_context(self, phrase: str, run: str, index: int) -> str | None:
        if not phrase or fold(run) != self._folded[index]:
            return None
        before = self._runs[index - 1].split() if index else []
        after = self._runs[index + 1].split() if index + 1 < len(self._runs) else []
        whole_run = phrase.split() == run.split()
        if self._count(phrase, " ".join(before), " ".join(after) if whole_run else "") != 1:
            return None
        for count in range(1, max(len(before), len(after)) + 1):
            prefix = " ".join(before[-count:])
            if prefix and self._count(phrase, prefix=prefix) == 1:
                return f":~:text={_encode(prefix)}-,{_encode(phrase)}"
            suffix = " ".join(after[:count]) if whole_run else ""
            if suffix and self._count(phrase, suffix=suffix) == 1:
                return f":~:text={_encode(phrase)},-{_encode(suffix)}"
            if prefix and suffix and self._count(phrase, prefix, suffix) == 1:
                return f":~:text={_encode(prefix)}-,{_encode(phrase)},-{_encode(suffix)}"
        return None

    def _count(self, phrase: str, prefix: str = "", suffix: str = "") -> int:
        """Places on the page where the pieces stand side by side: none, one, or two for more.

        A phrase by itself stands inside one run; context may be in the same run or the next, so
        with context the page is one line. That can only count a place too many, never too few.
        """
        page = self._line if prefix or suffix else self._page
        wanted = " ".join(fold(piece) for piece in (prefix, phrase, suffix) if piece)
        found = 0
        start = page.find(wanted)
        while start >= 0:
            end = start + len(wanted)
            found += not (page[start - 1 : start].isalnum() or page[end : end + 1].isalnum())
            if found > 1:
                break  # whether it stands once is all that matters
            start = page.find(wanted, start + 1)
        return found


def _encode(words: str) -> str:
    # The hyphen and the comma are syntax in a fragment directive.
    return quote(words, safe="").replace("-", "%2D")
