"""The same said on several pages, pages that are withdrawn, and an index of nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import passage
from tests.search_index import COSINE_OVER_HALF, ask, by_words

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.records import Passage
    from search.engine import Engine
    from search.schema import Results

MODES = ("hybrid", "semantic", "keyword")
NOTICE = "Call the ward when you have a fever."
# On pages of each audience; the second page has it twice.
SAYING = ("/a", "/b", "/b", "/c", "/d")


def _passages() -> list[Passage]:
    return [
        passage("Something else about a fever", url="/other", path="/other/"),
        *(
            passage(
                NOTICE if row % 2 else NOTICE.upper(),
                id=str(row),
                url=url,
                path=f"{url}/",
                link=f"{url}#{row}",
                title=f"Page {url}",
                position=row,
                audience="clinician" if url in {"/c", "/d"} else "patient",
            )
            for row, url in enumerate(SAYING)
        ),
        passage("Meals with less fat", url="/a", position=9),
    ]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return by_words(tmp_path, _passages())


def _saying(results: Results) -> list[tuple[str, list[str]]]:
    """The page of each hit that is the notice, and the other pages it names."""
    return [
        (hit["url"], [each["url"] for each in hit["also_on"]])
        for hit in results["hits"]
        if hit["text"].upper() == NOTICE.upper()
    ]


@pytest.mark.parametrize("group_by", ["page", "none"])
@pytest.mark.parametrize("mode", MODES)
def test_one_result_names_the_other_pages(engine: Engine, mode: str, group_by: str) -> None:
    results = ask(engine, "fever ward", mode=mode, group_by=group_by)
    [(own, others)] = _saying(results)
    assert sorted([own, *others]) == ["/a", "/b", "/c", "/d"]
    for hit in results["hits"]:
        for each in hit["also_on"]:
            assert each["title"] == f"Page {each['url']}"
            assert each["link"].startswith(f"{each['url']}#")


def test_it_is_counted_once(engine: Engine) -> None:
    results = ask(engine, "fever ward", mode="keyword", group_by="none")
    assert results["found"] == len(results["hits"]) == 2
    assert sum(results["facets"]["audience"].values()) == 2
    assert [hit["more_from_page"] for hit in results["hits"]] == [0, 0]


def test_a_filter_leaves_the_other_pages_out_as_well(engine: Engine) -> None:
    [(own, others)] = _saying(ask(engine, "fever ward", audience="clinician"))
    assert sorted([own, *others]) == ["/c", "/d"]
    [(own, others)] = _saying(ask(engine, "fever ward", audience="patient"))
    assert sorted([own, *others]) == ["/a", "/b"]


def _texts(value: Any) -> set[str]:
    """Every text in an answer, wherever it stands."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in _texts(each)}
    if isinstance(value, list):
        return {text for each in value for text in _texts(each)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("group_by", ["page", "none"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pages", ["/a", "/b", "/d", "/a /b", "/a /b /d"])
def test_a_withdrawn_page_is_shown_nowhere(
    engine: Engine, pages: str, mode: str, group_by: str
) -> None:
    gone = set(pages.split())
    engine.withdraw(frozenset(gone))
    results = ask(engine, "fever ward", mode=mode, group_by=group_by)
    [(own, others)] = _saying(results)
    assert sorted([own, *others]) == sorted(set(SAYING) - gone)
    assert not any(text.startswith(tuple(gone)) for text in _texts(results["hits"]))
    assert not any(f"Page {url}" in _texts(results["hits"]) for url in gone)
    for row, url in enumerate(SAYING):
        assert (engine.passage(str(row)) is None) == (url in gone)


def test_a_page_that_is_no_longer_withdrawn_comes_back(engine: Engine) -> None:
    before = ask(engine, "fever ward")["hits"]
    engine.withdraw(frozenset(SAYING))
    assert _saying(ask(engine, "fever ward")) == []
    engine.withdraw(frozenset())
    assert ask(engine, "fever ward")["hits"] == before


@pytest.mark.parametrize("mode", MODES)
def test_with_every_page_withdrawn_nothing_is_found(engine: Engine, mode: str) -> None:
    engine.withdraw(frozenset({*SAYING, "/other"}))
    results = ask(engine, "fever ward", mode=mode)
    assert (results["hits"], results["found"], results["answerable"]) == ([], 0, False)


@pytest.mark.parametrize("made", [{}, {"answerability": COSINE_OVER_HALF}])
@pytest.mark.parametrize("fusion", ["learned", "weighted", "ranks"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("q", ["fever", "?!", '"fever ward"', "what is it", "177Lu and SSA"])
def test_an_empty_index_answers(
    tmp_path: Path, q: str, mode: str, fusion: str, made: dict[str, Any]
) -> None:
    engine = by_words(tmp_path, [], made, fusion=fusion)
    results = ask(engine, q, mode=mode)
    assert (results["hits"], results["found"], results["found_relation"]) == ([], 0, "eq")
    assert results["facets"] == {"audience": {}, "source": {}, "section": {}, "language": {}}
    assert (results["corrections"], results["expansions"]) == ([], [])
    assert not results["answerable"]
    assert engine.passage("0") is None
