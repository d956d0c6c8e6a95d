"""Whole booklets: headings, reading order and page links of each, as a reader sees them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from indexer.chunk import TokenBudget, chunk
from indexer.pdf.booklet import content_of
from indexer.pdf.drawn import read
from indexer.pdf.headings import folded
from tests.booklets import BOOKLETS, Booklet

if TYPE_CHECKING:
    from indexer.records import PageContent

URL = "https://example.org/booklet.pdf"


@cache
def _read(name: str) -> tuple[Booklet, PageContent]:
    booklet = BOOKLETS[name]()
    return booklet, content_of(read(booklet.body, 500, 10**8), URL)


@pytest.fixture(params=list(BOOKLETS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_there_are_twelve() -> None:
    assert len(BOOKLETS) == 12


def test_title(name: str) -> None:
    booklet, content = _read(name)
    assert content.title == booklet.title


def test_headings(name: str) -> None:
    booklet, content = _read(name)
    found = [
        (block.text, len(block.headings), block.parts[0].pages[0][1])
        for block in content.blocks
        if block.kind == "heading"
    ]
    assert found == list(booklet.headings)


def test_reading_order(name: str) -> None:
    booklet, content = _read(name)
    text = "\n".join(block.text for block in content.blocks)
    places = [text.find(words) for words in booklet.order]
    assert -1 not in places, booklet.order[places.index(-1)]
    assert places == sorted(places)


def test_links_open_the_page_where_a_passage_begins(name: str) -> None:
    booklet, content = _read(name)
    sheets = read(booklet.body, 500, 10**8).sheets
    drawn = {sheet.number: folded("".join(g.text for g in sheet.glyphs)) for sheet in sheets}
    passages = chunk(content, TokenBudget(lambda text: len(text.split()), 60, 40))
    pages = [int(passage.link.removeprefix(f"{URL}#page=")) for passage in passages]
    assert pages == sorted(pages)
    said = ""
    for page, passage in zip(pages, passages, strict=True):
        repeats, said = passage.text[:40] in said, passage.text
        if repeats:  # a sentence of the passage before: its own begin later
            continue
        begin = folded(" ".join(passage.text.split()[:4]))
        holders = [number for number, text in drawn.items() if begin in text]
        assert not holders or page in holders, passage.text
    assert len(passages) > 2 or name in {"letters", "tagged"}


def test_pages_of_words(name: str) -> None:
    booklet, content = _read(name)
    for words, page in booklet.pages:
        part = next(p for b in content.blocks for p in b.parts if words in p.text)
        at = part.text.find(words)
        assert [number for place, number in part.pages if place <= at][-1] == page, words


def test_what_is_left_out_is_named(name: str) -> None:
    booklet, content = _read(name)
    for reason, text in booklet.dropped:
        assert any(d.reason == reason and d.text.startswith(text) for d in content.dropped), text
    said = "\n".join(block.text for block in content.blocks)
    for text in booklet.absent:
        assert text not in said
