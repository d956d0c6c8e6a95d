from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from search.question import Question
from search.rank import Ranked
from search.results import Group, Hit, Results, facets, group, hit
from tests.fakes import passage
from tests.search_index import ask, by_words

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.reader import IndexReader

# The contract, as DESIGN section 4 has it.
TOP = (
    "q page per_page found found_relation search_time_ms index_version answerable corrections"
    " expansions facets hits"
).split()
OF_A_HIT = (
    "id score title headings text url path link highlights why source audience section reviewed"
    " fetched_at content_hash more_from_page"
).split()


@pytest.fixture
def index(tmp_path: Path) -> IndexReader:
    found = [
        passage("one", url="/a", audience="patient"),
        passage("two", url="/b", audience="carer"),
        passage("three", url="/a", audience="patient"),
        passage("four", url="/c", audience="patient", section="c"),
        passage("five", url="/a", audience="patient"),
    ]
    return by_words(tmp_path, found).index


def _ranked(*rows: int) -> list[Ranked]:
    return [Ranked(row, 0.5, 0.25, 2.0, False) for row in rows]


def _grouped(index: IndexReader, *rows: int, by_page: bool) -> list[tuple[int, int]]:
    found = group(_ranked(*rows), index, by_page=by_page)
    return [(each.best.row, each.more) for each in found]


@pytest.mark.parametrize(
    ("rows", "by_page", "groups"),
    [
        ((2, 1, 0, 3, 4), True, [(2, 2), (1, 0), (3, 0)]),
        ((2, 1, 0, 3, 4), False, [(2, 2), (1, 0), (0, 2), (3, 0), (4, 2)]),
        ((4, 0), True, [(4, 1)]),
        ((4, 0), False, [(4, 1), (0, 1)]),
        ((), True, []),
        ((), False, []),
    ],
)
def test_grouping(
    index: IndexReader, rows: tuple[int, ...], groups: list[tuple[int, int]], *, by_page: bool
) -> None:
    assert _grouped(index, *rows, by_page=by_page) == groups


def test_facets_are_counted_most_frequent_first(index: IndexReader) -> None:
    counted = facets([Group(each, 0) for each in _ranked(1, 3, 0)], index)
    assert counted == {
        "audience": {"patient": 2, "carer": 1},
        "source": {"site": 3},
        "section": {"a": 2, "c": 1},
    }
    assert list(counted["audience"]) == ["patient", "carer"]
    assert facets([], index) == {"audience": {}, "source": {}, "section": {}}


def test_a_hit_is_its_passage_and_why(tmp_path: Path) -> None:
    shown = passage(
        "The dose", title="T", headings=["T", "H"], link="/site/a/#h", reviewed="2024-06-01"
    )
    index = by_words(tmp_path, [shown]).index
    question = Question("doses", ("doses",), frozenset({"dose"}), ())
    ranked = Ranked(0, 0.123456, 0.654321, 3.141592, True)
    assert hit(Group(ranked, 4), question, index) == {
        "id": shown.id,
        "score": 0.1235,
        "title": "T",
        "headings": ["T", "H"],
        "text": "The dose",
        "url": "/site/a/",
        "path": "/a/",
        "link": "/site/a/#h",
        "highlights": [{"start": 4, "end": 8, "kind": "exact"}],
        "why": {"semantic": 0.6543, "keyword": 3.1416, "exact_rare": True},
        "source": "site",
        "audience": "general",
        "section": "a",
        "reviewed": "2024-06-01",
        "fetched_at": "2024-01-02T03:04:05Z",
        "content_hash": shown.content_hash,
        "more_from_page": 4,
    }


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://example.org/a/?b=c&d#e", True),
        ("HTTP://example.org/", True),
        ("/site/a/#:~:text=a%20b", True),
        ("/", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("JaVaScRiPt://example.org/%0aalert(1)", False),
        ("data:text/html,<script>alert(1)</script>", False),
        ("vbscript:x", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        ("/\t/evil.example/", False),
        ("\x01/site/", False),
        ("https:/evil.example", False),
        ("site/a/", False),
        ("", False),
    ],
)
def test_only_web_addresses_become_links(tmp_path: Path, link: str, *, shown: bool) -> None:
    index = by_words(tmp_path, [passage("The dose", link=link, url=link)]).index
    found = hit(Group(_ranked(0)[0], 0), Question("", (), frozenset(), ()), index)
    assert (found["link"], found["url"]) == ((link, link) if shown else ("", ""))


def test_the_objects_are_those_of_the_contract(tmp_path: Path) -> None:
    results = ask(by_words(tmp_path, [passage("The dose")]), "dose")
    assert list(results) == TOP == list(Results.__annotations__)
    assert list(results["hits"][0]) == OF_A_HIT == list(Hit.__annotations__)
    assert list(results["hits"][0]["highlights"][0]) == ["start", "end", "kind"]
    assert list(results["hits"][0]["why"]) == ["semantic", "keyword", "exact_rare"]
    assert list(results["facets"]) == ["audience", "source", "section"]
