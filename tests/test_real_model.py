"""The whole way with the real encoder over the sample: what a visitor gets, and how good it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from indexer.judged import by_search
from indexer.judgments import read_judgments
from indexer.layout import DataFolder
from search.engine import Engine
from search.evaluate import ERRORS, MEASURES, evaluate, summary
from search.floors import read_floors
from tests.search_index import ROOT, ask, sample_data, settings

pytestmark = pytest.mark.model

JUDGMENTS = ROOT / "corpus" / "judgments.jsonl"
FLOORS = ROOT / "tests" / "eval" / "sample_floors.toml"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(settings(data=sample_data(tmp_path_factory)))


def test_the_passage_comes_first_with_a_link_to_its_heading(engine: Engine) -> None:
    results = ask(engine, "what are the side effects of PRRT")
    first: Any = results["hits"][0]
    assert results["answerable"]
    assert (first["path"], first["headings"][-1]) == ("/treatments/prrt/", "Side effects of PRRT")
    page = (ROOT / "corpus/sample/treatments/prrt/index.html").read_text(encoding="utf-8")
    url, _, anchor = first["link"].partition("#")
    assert url == first["url"] == "/site/treatments/prrt/"
    assert f'id="{anchor}"' in page
    assert page.index(f'id="{anchor}"') < page.index(first["text"].split()[0])


@pytest.mark.parametrize(
    ("q", "path"),
    [
        ("sandostatin", "/treatments/somatostatin-analogues/"),
        ("177Lu", "/treatments/lutate/"),
        ("lutetium-177", "/treatments/lutate/"),
    ],
)
def test_a_name_alone_finds_its_page(engine: Engine, q: str, path: str) -> None:
    assert path in [hit["path"] for hit in ask(engine, q)["hits"][:3]]


@pytest.mark.parametrize("q", ["best pizza oven", "how do I renew my passport"])
def test_what_the_site_does_not_answer_is_said(engine: Engine, q: str) -> None:
    assert not ask(engine, q)["answerable"]


def test_the_yardstick_is_the_one_the_bounds_were_set_with() -> None:
    floors = read_floors(FLOORS, JUDGMENTS)  # refuses any other
    assert set(floors.floors) == set(MEASURES)
    assert set(floors.ceilings) == set(ERRORS)


def test_the_ranking_is_as_good_as_it_was(engine: Engine) -> None:
    judged = read_judgments(JUDGMENTS)
    measured = summary(evaluate(engine, judged))
    print(measured)  # noqa: T201 - pytest -s, or a failure, shows it
    assert read_floors(FLOORS, JUDGMENTS).missed(measured) == []
    answered = [each for each in judged if each.relevant]
    alone = [summary(evaluate(engine, answered, mode)) for mode in ("semantic", "keyword")]
    assert all(measured["nDCG@10"] > each["nDCG@10"] for each in alone), "two halves beat one"


def test_the_judge_of_a_publish_ranks_as_the_service_does(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    few = JUDGMENTS.read_text(encoding="utf-8").splitlines()[::9]
    file = tmp_path / "few.jsonl"
    file.write_text("\n".join(few), encoding="utf-8")
    judged = by_search(file)(DataFolder(sample_data(tmp_path_factory)).live())
    assert judged is not None
    assert {query: (each.ndcg, each.first) for query, each in judged.questions.items()} == {
        each.judgment.query: (each.measures.get("nDCG@10"), each.first)
        for each in evaluate(engine, read_judgments(file))
    }


def test_every_judged_heading_is_in_the_index(engine: Engine) -> None:
    there = {(each.path, name) for each in engine.index.passages for name in each.headings}
    judged = {(r.path, r.heading) for each in read_judgments(JUDGMENTS) for r in each.relevant}
    assert judged - there == set()
