from __future__ import annotations

import json
from math import log2
from typing import TYPE_CHECKING, Any

import pytest

from indexer.errors import JudgmentsError
from indexer.judgments import Judgment, read_judgments
from search.evaluate import (
    ERRORS,
    MEASURES,
    as_object,
    as_text,
    counted,
    cut,
    evaluate,
    summary,
)
from tests.fakes import passage
from tests.search_index import BUILD_ID, COSINE_OVER_HALF, by_angle

if TYPE_CHECKING:
    from pathlib import Path

    from search.engine import Engine

ASKED = {"near": 0, "side": 12, "far": 110}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """At 0, 10, 20, ... degrees a passage under the heading A, B, C, ...; A twice."""
    passages = [
        (passage(f"text {row}", path=f"/{row % 2}/", url=f"/{row % 2}/", headings=["T", name]), at)
        for row, (name, at) in enumerate(zip("ABCDA", (0, 10, 20, 30, 40), strict=True))
    ]
    return by_angle(
        tmp_path, passages, ASKED, {"answerability": COSINE_OVER_HALF}, fusion="weighted"
    )


def _judgment(query: str, *relevant: tuple[str, str, int], **values: str) -> Judgment:
    graded = [{"path": path, "heading": name, "grade": grade} for path, name, grade in relevant]
    return Judgment.model_validate(
        {"id": query, "kind": "plain", "query": query, "relevant": graded, **values}
    )


@pytest.mark.parametrize(
    ("relevant", "expected"),
    [
        # The ranking is A B C D A; passages are on the pages /0/ and /1/ by turns.
        ([("/0/", "A", 2)], ((1 + 1 / log2(6)) / (1 + 1 / log2(3)), 1, 1, 1)),
        # Grade 1 comes second, grade 2 third; best would be grade 2, then grade 1.
        (
            [("/1/", "B", 1), ("/0/", "C", 2)],
            ((1 / log2(3) + 2 / log2(4)) / (2 + 1 / log2(3)), 0, 1, 1 / 2),
        ),
        ([("/1/", "D", 2)], (1 / log2(5), 0, 0, 1 / 4)),
        # Judged headings that no passage is under, or that are on another page.
        ([("/0/", "Z", 2)], (0, 0, 0, 0)),
        ([("/0/", "B", 2)], (0, 0, 0, 0)),
        # One that does not exist takes nothing from one that does.
        ([("/0/", "Z", 2), ("/0/", "A", 2)], ((1 + 1 / log2(6)) / (1 + 1 / log2(3)), 1, 1, 1)),
        # The better of two grades of one passage counts.
        (
            [("/0/", "T", 1), ("/0/", "C", 2)],
            ((1 + 2 / log2(4) + 1 / log2(6)) / (2 + 1 / log2(3) + 1 / log2(4)), 1, 1, 1),
        ),
    ],
    ids=str,
)
def test_the_measures_of_a_ranking(
    engine: Engine, relevant: list[tuple[str, str, int]], expected: tuple[float, ...]
) -> None:
    [scored] = evaluate(engine, [_judgment("near", *relevant)])
    assert list(scored.measures) == list(MEASURES)
    assert list(scored.measures.values()) == pytest.approx(expected)
    assert scored.first[0] == "/0/ A"


def test_only_ten_places_count(tmp_path: Path) -> None:
    passages = [(passage(f"text {i}", url="/", path="/", headings=[str(i)]), i) for i in range(12)]
    engine = by_angle(tmp_path, passages)
    last, eleventh = evaluate(
        engine, [_judgment("q", ("/", "9", 1)), _judgment("q", ("/", "10", 1))]
    )
    assert last.measures["MRR@10"] == pytest.approx(1 / 10)
    assert set(eleventh.measures.values()) == {0}


def test_what_was_said_of_an_answer(engine: Engine) -> None:
    judged = [
        _judgment("near", ("/0/", "A", 2)),
        _judgment("side", ("/0/", "A", 2)),
        _judgment("far", ("/0/", "A", 2), id="1", kind="refused"),
        _judgment("near", id="2", kind="none"),
        _judgment("far", id="3", kind="none"),
        _judgment("far", id="4", kind="none"),
    ]
    scored = evaluate(engine, judged)
    assert [each.answerable for each in scored] == [True, True, False, True, False, False]
    everything = summary(scored)
    assert everything["questions"] == 6
    assert everything["false_answers"] == pytest.approx(1 / 3, abs=1e-4)
    assert everything["false_refusals"] == pytest.approx(1 / 3, abs=1e-4)
    # Means are over the three questions that have an answer. "side" is nearest to B, then C;
    # "far" to the last passage, which is under A as well.
    assert everything["success@1"] == pytest.approx(2 / 3, abs=1e-4)
    assert everything["success@3"] == 1
    assert everything["MRR@10"] == pytest.approx((1 + 1 / 3 + 1) / 3, abs=1e-4)


def test_without_questions_of_a_kind_there_is_no_rate(engine: Engine) -> None:
    answered = summary(evaluate(engine, [_judgment("near", ("/0/", "A", 2))]))
    assert (answered["false_answers"], answered["false_refusals"]) == (None, 0)
    unanswered = summary(evaluate(engine, [_judgment("near")]))
    assert (unanswered["false_answers"], unanswered["false_refusals"]) == (1, None)
    assert {unanswered[name] for name in MEASURES} == {None}


def test_the_object_and_the_table(engine: Engine) -> None:
    judged = [
        _judgment("near", ("/0/", "A", 2), kind="b-kind"),
        _judgment("far", kind="a-kind", id="none"),
    ]
    measured = as_object(engine, evaluate(engine, judged), "hybrid")
    assert json.loads(json.dumps(measured)) == measured
    assert list(measured) == ["index_version", "mode", "all", "kinds", "questions"]
    assert (measured["index_version"], measured["mode"]) == (BUILD_ID, "hybrid")
    assert list(measured["kinds"]) == ["a-kind", "b-kind"]
    assert measured["kinds"]["a-kind"]["questions"] == 1
    assert list(measured["all"]) == ["questions", *MEASURES, *ERRORS]
    assert [each["id"] for each in measured["questions"]] == ["near", "none"]
    assert measured["questions"][0]["success@1"] == 1
    assert measured["questions"][1]["answerable"] is False
    assert "success@1" not in measured["questions"][1]

    first, head, *rows = as_text(measured).splitlines()
    assert BUILD_ID in first
    assert head.split() == ["questions", *MEASURES, *ERRORS]
    cells = {row.split()[0]: row.split()[1:] for row in rows}
    assert list(cells) == ["a-kind", "b-kind", "all"]
    assert cells["a-kind"] == ["1", "-", "-", "-", "-", "0.000", "-"]
    assert cells["b-kind"][1] == f"{measured['all']['nDCG@10']:.3f}"
    assert len({len(row) for row in (head, *rows)}) == 1, "columns are straight"


def test_the_table_says_what_was_changed_for_it(engine: Engine) -> None:
    measured = as_object(engine, evaluate(engine, [_judgment("near")]), "hybrid")
    assert as_text(measured).splitlines()[0] == f"index {BUILD_ID}, mode hybrid"
    measured["with"] = {"semantic_weight": "0.4", "title_boost": "0"}
    assert as_text(measured).splitlines()[0] == (
        f"index {BUILD_ID}, mode hybrid, semantic_weight=0.4, title_boost=0"
    )


def test_the_place_of_the_first_relevant_passage(engine: Engine) -> None:
    wanted = [(("/0/", "A", 2),), (("/0/", "C", 1),), (("/1/", "D", 1),), (("/0/", "Z", 1),), ()]
    judged = [_judgment("near", *each, id=str(i)) for i, each in enumerate(wanted)]
    assert [each.rank for each in evaluate(engine, judged)] == [1, 3, 4, None, None]


def test_every_place_of_ten_is_told_from_its_reciprocal(tmp_path: Path) -> None:
    passages = [(passage(f"text {i}", url="/", path="/", headings=[str(i)]), i) for i in range(11)]
    judged = [_judgment("q", ("/", str(i), 1), id=str(i)) for i in range(11)]
    found = evaluate(by_angle(tmp_path, passages), judged)
    assert [each.rank for each in found] == [*range(1, 11), None]


def test_a_text_is_cut_to_a_width_and_questions_are_counted() -> None:
    assert [cut(text, 3) for text in ("", "abc", "abcd")] == ["", "abc", "ab…"]
    assert len(cut("x" * 100)) == 80
    assert [counted(number) for number in (0, 1, 2)] == ["0 questions", "1 question", "2 questions"]


@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
def test_the_mode_is_the_one_asked_for(engine: Engine, mode: str) -> None:
    [scored] = evaluate(engine, [_judgment("near", ("/0/", "A", 2))], mode)
    # No passage holds the word "near", so the words alone find nothing.
    assert scored.first[:1] == (() if mode == "keyword" else ("/0/ A",))
    assert scored.measures["success@1"] == (mode != "keyword")
    assert scored.answerable is (mode != "keyword")


# The file of questions


GOOD: dict[str, Any] = {"id": "1", "kind": "k", "query": "q", "relevant": []}


def test_judgments_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "judged.jsonl"
    relevant = [
        {"path": "/a/", "heading": "Größe\u2028x", "grade": 2},
        {"path": "/", "heading": "H"},
    ]
    second = {**GOOD, "id": "2", "relevant": relevant}
    lines = [json.dumps(GOOD), "", json.dumps(second, ensure_ascii=False)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    first, other = read_judgments(file)
    assert (first.id, first.relevant) == ("1", ())
    assert [(each.heading, each.grade) for each in other.relevant] == [
        ("Größe\u2028x", 2),
        ("H", 1),
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([GOOD, "{"], "line 2: .*JSON"),
        ([GOOD, "", "null"], "line 3"),
        ([{**GOOD, "query": None}], "line 1: query"),
        ([{**GOOD, "query": " "}], "line 1: query: .*is empty"),
        ([{**GOOD, "query": "a\x07"}], "line 1: query: .*control character"),
        ([{**GOOD, "query": "a" * 4001}], "line 1: query: .*4001 characters"),
        ([{"id": "1", "kind": "k", "query": "q"}], "line 1: relevant"),
        ([{**GOOD, "relevent": []}], "line 1: relevent"),
        ([{**GOOD, "relevant": [{"path": "/"}]}], "line 1: relevant.0.heading"),
        ([{**GOOD, "relevant": [{"path": "/", "heading": "H", "grade": "x"}]}], "0.grade"),
        ([GOOD, {**GOOD, "id": "2"}, GOOD], "1 is used twice"),
        ([""], "no judged questions"),
        ([], "no judged questions"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    tmp_path: Path, lines: list[str | dict[str, Any]], said: str
) -> None:
    file = tmp_path / "judged.jsonl"
    file.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    with pytest.raises(JudgmentsError, match=f"(?s)judged.jsonl.*{said}"):
        read_judgments(file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "judged.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(JudgmentsError, match=r"judged\.jsonl"):
        read_judgments(file)
