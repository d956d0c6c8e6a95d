"""Ask an index what questions must be understood to mean, and count what is.

    python -m benchmarks.understanding --data DIR

Exact terms: every word that one to five passages hold, asked by itself, finds one that holds it
first. Then the pairs of ``tests/eval/understanding.toml``: written variants, misspelt words,
everyday words that are no abbreviations, and abbreviations in both directions. Words of the index
that would be "corrected" are counted too. Exit status 1 when anything fails.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from indexer.reader import terms
from search.engine import Engine
from search.expand import name_of
from search.request import MOST_PER_PAGE, SearchRequest
from search.schema import Results
from search.settings import load_settings
from search.spelling import Speller

_PAIRS = Path("tests/eval/understanding.toml")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_RARE = 5


@dataclass
class Count:
    """How often something held, and where it did not."""

    name: str
    asked: int = 0
    failed: list[str] = field(default_factory=list)

    def add(self, what: str, *, holds: bool) -> None:
        self.asked += 1
        if not holds:
            self.failed.append(what)

    def text(self) -> str:
        lines = [f"{self.name:22} {self.asked - len(self.failed)} of {self.asked}"]
        return "\n".join([*lines, *(f"    {each}" for each in self.failed[:20])])


def _words(text: str) -> set[str]:
    """The words of a text as any program would see them, whole and in their parts."""
    lowered = text.lower()
    return {*_WORD.findall(lowered), *_PART.findall(lowered)}


def _has(text: str, word: str) -> bool:
    """Whether a text has a word, or another way of writing it (anemia for anaemia)."""
    asked = [term.exact for term in terms(word)]
    found = [term.exact for term in terms(text)]
    runs = (found[at : at + len(asked)] for at in range(len(found)))
    return word in _words(text) or asked in runs


def _ask(engine: Engine, q: str, per_page: int = 3) -> Results:
    return engine.search(SearchRequest(q=q, per_page=per_page, group_by="none"))


def exact_terms(engine: Engine) -> Count:
    """Count the words that few passages hold and whose first result holds them."""
    holding: dict[str, set[int]] = defaultdict(set)
    for row, passage in enumerate(engine.index.passages):
        for word in _words(passage.text):
            holding[word].add(row)
    count = Count("exact terms")
    for word in sorted(word for word, rows in holding.items() if len(rows) <= _RARE):
        asked = tuple(term.exact for term in terms(word))
        if len(engine.index.keyword.holding(asked)) > _RARE:
            continue  # written in another way, more passages hold it: metastasised, build-up
        hits = _ask(engine, word, 1)["hits"]
        count.add(word, holds=bool(hits) and _has(hits[0]["text"], word))
    return count


def variants(engine: Engine, pairs: list[list[str]]) -> Count:
    """Count the ways of writing whose first three results are the same."""
    count = Count("written variants")
    for one, other in pairs:
        first = [[hit["id"] for hit in _ask(engine, q)["hits"]] for q in (one, other)]
        count.add(f"{one} / {other}", holds=bool(first[0]) and first[0] == first[1])
    return count


def typos(engine: Engine, pairs: list[list[str]]) -> Count:
    """Count the slips whose first result is that of the right spelling."""
    count = Count("misspelt words")
    for wrong, right in pairs:
        first = [[hit["id"] for hit in _ask(engine, q, 1)["hits"]] for q in (wrong, right)]
        count.add(f"{wrong} / {right}", holds=bool(first[0]) and first[0] == first[1])
    return count


def traps(engine: Engine, questions: list[str]) -> Count:
    """Count the everyday words that are left alone."""
    count = Count("traps")
    for q in questions:
        found = _ask(engine, q)["expansions"]
        count.add(f"{q}: {found}", holds=not found)
    return count


def abbreviations(engine: Engine, pairs: list[list[str]]) -> Iterator[Count]:
    """Count, for each direction, the names that find a passage with the other form only.

    Pairs of which the pages have no such passage are not asked.
    """
    texts = {each.id: "\n".join([*each.headings, each.text]) for each in engine.index.passages}
    stems = {each: f" {' '.join(name_of(text))} " for each, text in texts.items()}
    to_long, to_short = Count("abbreviation to long"), Count("long to abbreviation")
    for short, long in pairs:
        name = f" {' '.join(name_of(long))} "
        written = re.compile(rf"\b{re.escape(short)}s?\b")
        with_short = {each for each, text in texts.items() if written.search(text)}
        with_long = {each for each, held in stems.items() if name in held}
        for count, asked, only in (
            (to_long, short, with_long - with_short),
            (to_short, long, with_short - with_long),
        ):
            if only:
                hits = _ask(engine, asked, MOST_PER_PAGE)["hits"]
                count.add(f"{short} / {long}", holds=any(hit["id"] in only for hit in hits))
    yield from (to_long, to_short)


def never_corrected(engine: Engine) -> Count:
    """Count the words of the index that are left as they are."""
    count = Count("words left as they are")
    speller = Speller(engine.index.lexicon)
    for word in engine.index.lexicon.words.values():
        count.add(word.written, holds=not speller.corrections(word.written))
    return count


@click.command()
@click.option("--data", help="Data folder.")
@click.option("--pairs", type=click.Path(path_type=Path), default=_PAIRS, show_default=True)
@click.option("--exact/--no-exact", default=True, help="Ask the exact terms: minutes.")
def main(data: str | None, pairs: Path, *, exact: bool) -> None:
    """Print, for each promise, how often it held."""
    engine = Engine.load(load_settings(data=data))
    given = tomllib.loads(pairs.read_text(encoding="utf-8"))
    counts = [
        variants(engine, given["variants"]),
        typos(engine, given["typos"]),
        traps(engine, given["traps"]),
        *abbreviations(engine, given["abbreviations"]),
        never_corrected(engine),
        *([exact_terms(engine)] if exact else []),
    ]
    for count in counts:
        click.echo(count.text())
    sys.exit(any(count.failed for count in counts))


if __name__ == "__main__":
    main()
