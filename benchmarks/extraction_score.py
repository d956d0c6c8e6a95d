"""How much of a page's labelled content an extractor keeps, and what else.

A label (``tests/fixtures/extraction/*.json``) holds a page's content blocks in order, each with its
kind and trail of headings, texts that must not be kept (``not``), and texts that may be
(``either``).
Words of page and label are aligned in reading order: a labelled block is found when nine tenths of
its words are, a kept block is right when four fifths of its words are labelled.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "tests" / "fixtures" / "extraction"
_FOUND = 0.9
_RIGHT = 0.8
_TABLES = {"table", "definitions"}
# Words, and single signs of the scripts that write without spaces.
_WORD = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]|[^\W_\u3040-\u30ff\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """One block, labelled or kept."""

    kind: str
    text: str
    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """What one page holds."""

    name: str
    html: bytes
    blocks: tuple[Shown, ...]
    unwanted: tuple[str, ...]
    either: tuple[str, ...]


@dataclass(slots=True)
class Score:
    """Counts over pages."""

    pages: int = 0
    labelled: int = 0  # blocks of the labels
    found: int = 0
    kept: int = 0  # blocks an extractor gives
    right: int = 0
    whole: int = 0  # pages of which no block is lost
    trails: int = 0  # found blocks, headings apart
    trails_right: int = 0
    pairs: int = 0  # of found blocks that follow one another
    pairs_right: int = 0
    unwanted: int = 0
    unwanted_kept: int = 0

    def add(self, other: Score) -> None:
        """Add another page's counts."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def measures(self) -> dict[str, float]:
        """Shares from 0 to 1 by name."""
        precision = self.right / max(self.kept, 1)
        recall = self.found / max(self.labelled, 1)
        return {
            "precision": precision,
            "recall": recall,
            "F1": 2 * precision * recall / max(precision + recall, 1e-9),
            "whole pages": self.whole / max(self.pages, 1),
            "headings": self.trails_right / max(self.trails, 1),
            "order": self.pairs_right / max(self.pairs, 1),
            "unwanted kept": self.unwanted_kept / max(self.unwanted, 1),
        }


def shown(blocks: Iterable[dict[str, object]]) -> tuple[Shown, ...]:
    """Blocks from JSON objects of ``kind``, ``text`` and ``headings``."""
    return tuple(
        Shown(str(each["kind"]), str(each["text"]), tuple(map(str, each["headings"])))  # type: ignore[call-overload]
        for each in blocks
    )


def read_labels(folder: Path = CORPUS) -> list[Label]:
    """All labelled pages by name."""
    found = []
    for file in sorted(folder.glob("*.json")):
        label = json.loads(file.read_text(encoding="utf-8"))
        html = file.with_suffix(".html").read_bytes()
        either = tuple(label.get("either", ()))
        found.append(Label(file.stem, html, shown(label["blocks"]), tuple(label["not"]), either))
    return found


def digest(folder: Path = CORPUS) -> str:
    """SHA-256 of all pages and labels: the yardstick's, which floors are pinned with."""
    found = hashlib.sha256()
    for file in sorted([*folder.glob("*.html"), *folder.glob("*.json")]):
        found.update(file.name.encode() + b"\x00" + file.read_bytes())
    return found.hexdigest()


def words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("\u00ad", ""))


def score(label: Label, kept: Sequence[Shown]) -> Score:
    """One page's counts."""
    either = [set(words(text)) for text in label.either]
    sets = [(block, words(block.text)) for block in kept]
    sets = [(b, w) for b, w in sets if w and not any(set(w) <= text for text in either)]
    gold = [words(block.text) for block in label.blocks]
    hits, found_in = _align(gold, [w for _, w in sets])
    # A table may repeat its header in each row, or be read by columns: only its words count.
    tables = {i: set(w) for i, w in enumerate(gold) if label.blocks[i].kind in _TABLES}
    found = [
        i
        for i, w in enumerate(gold)
        if len(found_in[i]) >= _FOUND * len(w) or (i in tables and _holds(sets, tables[i]))
    ]
    right = sum(
        hits[at] >= _RIGHT * len(w)
        or (bool(hits[at]) and any(set(w) <= each for each in tables.values()))
        for at, (_, w) in enumerate(sets)
    )
    result = Score(1, len(gold), len(found), len(sets), right, int(len(found) == len(gold)))
    for i in found:
        if label.blocks[i].kind != "heading" and found_in[i]:
            holder = Counter(found_in[i]).most_common(1)[0][0]
            result.trails += 1
            result.trails_right += _same(sets[holder][0].headings, label.blocks[i].headings)
    places = [_place(set(gold[i]), [set(w) for _, w in sets]) for i in found]
    result.pairs = max(len(places) - 1, 0)
    result.pairs_right = sum(a <= b for a, b in pairwise(places))
    line = " " + " ".join(word for _, w in sets for word in w) + " "
    result.unwanted = len(label.unwanted)
    result.unwanted_kept = sum(f" {' '.join(words(text))} " in line for text in label.unwanted)
    return result


def _holds(kept: Sequence[tuple[Shown, list[str]]], table: set[str]) -> bool:
    """Whether the words of a table are in the kept blocks that are made of them."""
    of_it = [set(w) for _, w in kept if len(set(w) & table) >= _RIGHT * len(set(w))]
    return len(table & set().union(*of_it)) >= _FOUND * len(table)


def _align(gold: list[list[str]], kept: list[list[str]]) -> tuple[list[int], list[list[int]]]:
    """How many words of each kept block are labelled, and where those of each label are kept."""
    owner = [(i, word) for i, block in enumerate(gold) for word in block]
    holder = [(i, word) for i, block in enumerate(kept) for word in block]
    matcher = SequenceMatcher(None, [w for _, w in owner], [w for _, w in holder], autojunk=False)
    hits = [0] * len(kept)
    found_in: list[list[int]] = [[] for _ in gold]
    for match in matcher.get_matching_blocks():
        for step in range(match.size):
            at = holder[match.b + step][0]
            hits[at] += 1
            found_in[owner[match.a + step][0]].append(at)
    return hits, found_in


def _same(trail: Sequence[str], label: Sequence[str]) -> bool:
    return [words(each) for each in trail] == [words(each) for each in label]


def _place(block: set[str], kept: list[set[str]]) -> int:
    """The kept block that holds most of a labelled one."""
    shares = [len(block & each) / len(block | each) for each in kept]
    return shares.index(max(shares))
