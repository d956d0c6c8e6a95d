from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from search.expand import Expansion
from search.question import Other, Question
from search.rank import Ranking
from search.results import Group, facets, group, hit
from search.schema import Hit, Place, Results, Why
from tests.fakes import passage
from tests.search_index import FEATURES, ask, by_words, candidates

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.reader import IndexReader

# The contract, as DESIGN section 4 has it.
TOP = (
    "q page per_page found found_relation search_time_ms index_version answerable corrections"
    " expansions facets reviewed hits"
).split()
OF_A_HIT = (
    "id score title headings text url path link highlights why source audience section language"
    " reviewed updated review_due fetched_at content_hash more_from_page also_on"
).split()
OF_WHY = "semantic keyword exact_rare heading coverage aspect expansions".split()


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


def _ranking(*order: int, rows: int = 5, repeated: dict[int, list[int]] | None = None) -> Ranking:
    return Ranking(
        np.array(order, dtype=np.int64), np.zeros(rows), np.zeros(rows, np.int64), repeated or {}
    )


def _grouped(index: IndexReader, *rows: int, by_page: bool) -> list[tuple[int, int]]:
    # Row i is at place 4 - i among the candidates.
    ranking = _ranking(*(4 - row for row in rows))
    found = group(candidates([4, 3, 2, 1, 0]), ranking, index, by_page=by_page)
    assert [each.place for each in found] == [4 - each.row for each in found]
    return [(each.row, each.more) for each in found]


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
    counted = facets([Group(0, row, 0) for row in (1, 3, 0)], index.columns)
    assert counted == {
        "audience": {"patient": 2, "carer": 1},
        "source": {"site": 3},
        "section": {"a": 2, "c": 1},
        "language": {},  # of none is it known
    }
    assert list(counted["audience"]) == ["patient", "carer"]
    assert facets([], index.columns) == {
        "audience": {},
        "source": {},
        "section": {},
        "language": {},
    }


def _other(means: str, *stems: str) -> Other:
    return Other(stems, 0.5, ("x",), Expansion(0, 1, means, "glossary", 1))


def test_a_hit_is_its_passage_and_why(tmp_path: Path) -> None:
    shown = passage(
        "The dose of SSA", title="T", headings=["T", "H"], link="/site/a/#h", reviewed="2024-06-01"
    )
    index = by_words(tmp_path, [passage("first", position=1), shown]).index
    question = Question("doses", words={"dose": 1.0}, others=(_other("SSA", "ssa"),))
    found = candidates(
        [1, 0],
        semantic=[0.654321, 0],
        keyword=[3.141592, 0],
        coverage=[0.55556, 0],
        aspect=[0.6, 1],
    )
    ranking = Ranking(np.array([0, 1]), np.array([0.123456, 0.1]), np.array([2, 0]), {})
    assert hit(Group(0, 1, 4), question, (found, ranking), index) == {
        "id": shown.id,
        "score": 0.1235,
        "title": "T",
        "headings": ["T", "H"],
        "text": "The dose of SSA",
        "url": "/site/a/",
        "path": "/a/",
        "link": "/site/a/#h",
        "highlights": [
            {"start": 4, "end": 8, "kind": "exact"},
            {"start": 12, "end": 15, "kind": "synonym"},
        ],
        "why": {
            "semantic": 0.6543,
            "keyword": 3.1416,
            "exact_rare": True,
            "heading": 0.0,
            "coverage": 0.5556,
            "aspect": 0.6,
            "expansions": ["SSA"],
        },
        "source": "site",
        "audience": "general",
        "section": "a",
        "language": "",
        "reviewed": "2024-06-01",
        "updated": None,
        "review_due": None,
        "fetched_at": "2024-01-02T03:04:05Z",
        "content_hash": shown.content_hash,
        "more_from_page": 4,
        "also_on": [],
    }
    why = hit(Group(1, 0, 0), question, (found, ranking), index)["why"]
    assert why == dict.fromkeys([*FEATURES, "heading"], 0.0) | {
        "aspect": 1.0,
        "exact_rare": False,
        "expansions": [],
    }


@pytest.mark.parametrize(
    ("changes", "held"),
    [
        ({"text": "one somatostatin analogue"}, ["somatostatin analogue"]),
        ({"text": "Somatostatin analogues", "title": "SSA"}, ["somatostatin analogue", "SSA"]),
        ({"text": "more", "headings": ["T", "On somatostatin analogues"]}, [
            "somatostatin analogue",
        ]),
        # Its words must stand as they do in the name.
        ({"text": "an analogue of somatostatin"}, []),
        ({"text": "somatostatin", "headings": ["Analogue"]}, []),
        ({"text": "nothing"}, []),
    ],
)  # fmt: skip
def test_why_names_the_other_names_that_are_held(
    tmp_path: Path, changes: dict, held: list[str]
) -> None:
    index = by_words(tmp_path, [passage(**changes)]).index
    others = (_other("somatostatin analogue", "somatostatin", "analog"), _other("SSA", "ssa"))
    question = Question("x", words={"x": 1.0}, others=others)
    found = hit(Group(0, 0, 0), question, (candidates([0]), _ranking(0, rows=1)), index)
    assert found["why"]["expansions"] == held


# The same said on several pages


@pytest.mark.parametrize(
    ("repeated", "urls"),
    [
        ({}, []),
        ({4: [1]}, []),
        ({0: [1]}, ["/b"]),
        # Each page once, with its best passage; not the page itself.
        ({0: [1, 3, 2]}, ["/b", "/c"]),
        ({0: [3, 5, 1]}, ["/c", "/b"]),
        ({0: [3, 1, 5]}, ["/c", "/b"]),
        ({0: [2, 4]}, []),
    ],
)
def test_the_other_pages_that_say_the_same(
    tmp_path: Path, repeated: dict[int, list[int]], urls: list[str]
) -> None:
    pages = ("/a", "/b", "/a", "/c", "/a", "/c")
    passages = [
        passage(f"text {row}", url=url, title=f"Title {row}", link=f"{url}#{row}")
        for row, url in enumerate(pages)
    ]
    index = by_words(tmp_path, passages).index
    ranking = _ranking(0, rows=6, repeated=repeated)
    found = hit(Group(0, 0, 0), Question(""), (candidates(range(6)), ranking), index)
    assert [each["url"] for each in found["also_on"]] == urls
    rows = {row for each in repeated.values() for row in each}
    for each in found["also_on"]:
        row = int(each["title"].removeprefix("Title "))
        assert row in rows
        assert each == {"title": f"Title {row}", "url": pages[row], "link": f"{pages[row]}#{row}"}
        assert row == next(r for r in repeated[0] if pages[r] == each["url"]), "its best one"


def test_other_pages_have_web_addresses_only(tmp_path: Path) -> None:
    passages = [
        passage("text", url="/a"),
        passage("text", url="javascript:alert(1)", link="//evil.example/"),
    ]
    index = by_words(tmp_path, passages).index
    ranking = _ranking(0, rows=2, repeated={0: [1]})
    found = hit(Group(0, 0, 0), Question(""), (candidates([0, 1]), ranking), index)
    assert found["also_on"] == [{"title": "", "url": "", "link": ""}]


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
    found = hit(Group(0, 0, 0), Question(""), (candidates([0]), _ranking(0, rows=1)), index)
    assert (found["link"], found["url"]) == ((link, link) if shown else ("", ""))


def test_the_objects_are_those_of_the_contract(tmp_path: Path) -> None:
    results = ask(by_words(tmp_path, [passage("The dose")]), "dose")
    assert list(results) == TOP == list(Results.__annotations__)
    assert list(results["hits"][0]) == OF_A_HIT == list(Hit.__annotations__)
    assert list(results["hits"][0]["highlights"][0]) == ["start", "end", "kind"]
    assert list(results["hits"][0]["why"]) == OF_WHY
    assert list(Why.__annotations__) == [*OF_WHY, "reranker"], "which is off"
    assert list(Place.__annotations__) == ["title", "url", "link"]
    assert list(results["facets"]) == ["audience", "source", "section", "language"]
