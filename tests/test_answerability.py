from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.answerability import fit, labelled_questions
from indexer.errors import ConfigurationError
from indexer.manifest import Evidence

ANSWERED, NOT = [Evidence(0.8, 1.0, 6.0)] * 12, [Evidence(0.2, 0.0, 0.0)] * 12
LABELS = [True] * 12 + [False] * 12


def test_kinds_that_can_be_told_apart_are() -> None:
    model = fit(ANSWERED + NOT, LABELS)
    assert model is not None
    assert (model.false_answers, model.false_refusals) == (0, 0)
    assert model.questions == 24
    assert model.says(Evidence(0.9, 1.0, 8.0))
    assert model.says(Evidence(0.7, 0.9, 5.0))
    assert not model.says(Evidence(0.1, 0.0, 0.0))
    assert not model.says(Evidence(0.3, 0.1, 0.5))
    assert 0 < model.threshold < 1
    weights = (model.intercept, model.cosine, model.coverage, model.information, model.complete)
    assert max(map(abs, weights)) < 1000  # finite


def test_one_feature_is_enough() -> None:
    usual = Evidence(0.5, 0.5, 3.0)
    parts = {"cosine": (0.8, 0.2), "coverage": (0.9, 0.1), "information": (6.0, 1.0)}
    for name, values in parts.items():
        answered, not_answered = (usual._replace(**{name: value}) for value in values)
        model = fit([answered] * 12 + [not_answered] * 12, LABELS)
        assert model is not None
        assert getattr(model, name) > 0.5
        others = [getattr(model, each) for each in parts if each != name]
        assert max(map(abs, others)) < getattr(model, name) / 5
        assert (model.false_answers, model.false_refusals) == (0, 0)


def test_errors_are_those_on_the_labelled_questions() -> None:
    # Two of twelve answerable ones look like the others.
    model = fit(ANSWERED[:10] + NOT[:2] + NOT, LABELS)
    assert model is not None
    assert model.false_answers == 0
    assert model.false_refusals == pytest.approx(2 / 12)


@pytest.mark.parametrize(
    ("like_answered", "false_answers", "false_refusals"),
    [(0, 0, 0), (4, 0.04, 0), (5, 0, 1)],
)
def test_at_most_one_in_twenty_five_is_answered_wrongly(
    like_answered: int, false_answers: float, false_refusals: float
) -> None:
    others = ANSWERED[:1] * like_answered + NOT[:1] * (100 - like_answered)
    model = fit(ANSWERED + others, [True] * 12 + [False] * 100)
    assert model is not None
    assert model.false_answers == pytest.approx(false_answers)
    assert model.false_refusals == false_refusals


def test_the_threshold_is_below_all_that_may_be_answered() -> None:
    # Few are answerable, and their probability is small; it is above that of the others.
    model = fit(
        [Evidence(0.5, 0.5, 3.0)] * 12 + [Evidence(0.45, 0.5, 3.0)] * 200,
        [True] * 12 + [False] * 200,
    )
    assert model is not None
    assert model.threshold < 0.5
    assert (model.false_answers, model.false_refusals) == (0, 0)


def test_features_that_say_nothing_make_no_model_that_pretends() -> None:
    model = fit([Evidence(0.5, 0.5, 3.0)] * 24, LABELS)
    assert model is not None
    assert (model.false_answers, model.false_refusals) == (0, 1), "it refuses"


@pytest.mark.parametrize(("answered", "others"), [(0, 0), (9, 12), (12, 9), (24, 0)])
def test_too_few_of_a_kind_make_no_model(answered: int, others: int) -> None:
    labels = [True] * answered + [False] * others
    evidence = [Evidence(0.5, 0.5, 3.0)] * len(labels)
    assert fit(evidence, labels) is None


PART = st.floats(0, 1)


@given(st.lists(st.builds(Evidence, PART, PART, st.floats(0, 60)), min_size=24, max_size=24))
def test_any_evidence_gives_the_errors_that_the_model_makes(evidence: list[Evidence]) -> None:
    model = fit(evidence, LABELS)
    assert model is not None
    assert model.false_answers <= 0.04
    answered = [model.says(each) for each in evidence]
    assert model.false_answers == pytest.approx(sum(answered[12:]) / 12)
    assert model.false_refusals == pytest.approx(1 - sum(answered[:12]) / 12)


def test_labelled_questions(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"query": "é", "answerable": true}\n\n{"query": "x", "answerable": false}\n',
        encoding="utf-8",
    )
    assert labelled_questions(file) == [("é", True), ("x", False)]


@pytest.mark.parametrize(
    "line", ["{", "[]", '"text"', '{"query": "x"}', '{"answerable": true}', "null"]
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"query": "a", "answerable": true}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"questions.jsonl, line 2"):
        labelled_questions(file)


def test_the_projects_own_questions_are_enough_to_fit_on() -> None:
    labels = [label for _, label in labelled_questions()]
    assert min(labels.count(True), labels.count(False)) >= 10
    queries = [query for query, _ in labelled_questions()]
    assert len(queries) == len(set(queries))
