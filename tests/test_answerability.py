from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.answerability import fit, labelled_questions
from indexer.errors import ConfigurationError

ANSWERED, NOT = [(0.8, 1.0)] * 12, [(0.2, 0.0)] * 12
LABELS = [True] * 12 + [False] * 12


def test_kinds_that_can_be_told_apart_are() -> None:
    model = fit(ANSWERED + NOT, LABELS)
    assert model is not None
    assert (model.false_answers, model.false_refusals) == (0, 0)
    assert model.questions == 24
    assert model.says(0.9, 1.0)
    assert model.says(0.7, 0.9)
    assert not model.says(0.1, 0.0)
    assert not model.says(0.3, 0.1)
    assert 0 < model.threshold < 1
    assert max(map(abs, (model.intercept, model.cosine, model.coverage))) < 1000  # finite


def test_one_feature_is_enough() -> None:
    by_cosine = fit([(0.8, 0.5)] * 12 + [(0.2, 0.5)] * 12, LABELS)
    by_words = fit([(0.5, 0.9)] * 12 + [(0.5, 0.1)] * 12, LABELS)
    assert by_cosine is not None
    assert by_words is not None
    assert by_cosine.cosine > 1 > abs(by_cosine.coverage)
    assert by_words.coverage > 1 > abs(by_words.cosine)


def test_errors_are_those_on_the_labelled_questions() -> None:
    # Two of twelve answerable ones look like the others.
    model = fit(ANSWERED[:10] + NOT[:2] + NOT, LABELS)
    assert model is not None
    assert model.false_answers == 0
    assert model.false_refusals == pytest.approx(2 / 12)


def test_the_threshold_makes_up_for_one_kind_being_rarer() -> None:
    # The probability of the twelve is above a half: nearly all questions are answerable.
    model = fit([(0.5, 0.5)] * 100 + [(0.45, 0.5)] * 12, [True] * 100 + [False] * 12)
    assert model is not None
    assert model.threshold > 0.6
    assert (model.false_answers, model.false_refusals) == (0, 0)


def test_features_that_say_nothing_make_no_model_that_pretends() -> None:
    model = fit([(0.5, 0.5)] * 24, LABELS)
    assert model is not None
    assert {model.false_answers, model.false_refusals} in ({0.0, 1.0}, {1.0, 0.0})


@pytest.mark.parametrize(("answered", "others"), [(0, 0), (9, 12), (12, 9), (24, 0)])
def test_too_few_of_a_kind_make_no_model(answered: int, others: int) -> None:
    labels = [True] * answered + [False] * others
    evidence = [(0.5, 0.5)] * len(labels)
    assert fit(evidence, labels) is None


PART = st.floats(0, 1)


@given(st.lists(st.tuples(PART, PART), min_size=24, max_size=24))
def test_any_evidence_gives_the_errors_that_the_model_makes(
    evidence: list[tuple[float, float]],
) -> None:
    model = fit(evidence, LABELS)
    assert model is not None
    answered = [model.says(*each) for each in evidence]
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
