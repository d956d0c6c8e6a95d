"""The judged questions: which answers changed, when that is a loss, and how they are asked."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from indexer.errors import IndexInvalidError, JudgmentsError
from indexer.gates import Refusal
from indexer.judged import Change, by_search, changes, lost_quality
from indexer.manifest import Judged, JudgedQuestion

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published


def judged(**scores: float | None) -> Judged:
    """Questions with their scores and one result each, named by the score."""
    questions = {
        name: JudgedQuestion(ndcg=score, first=(f"at {score}",)) for name, score in scores.items()
    }
    return Judged(yardstick="y", questions=questions)


def write_judgments(folder: Path, path: str = "/scans/", heading: str = "Scans") -> Path:
    file = folder / "judgments.jsonl"
    asked = {"id": "1", "kind": "plain", "query": "octreotide scan"}
    relevant = [{"path": path, "heading": heading, "grade": 2}]
    file.write_text(json.dumps({**asked, "relevant": relevant}) + "\n", encoding="utf-8")
    return file


# What changed.


def test_questions_with_other_first_results_are_changes_the_largest_loss_first() -> None:
    before = judged(better=0.2, same=0.5, worse=0.9, little=0.6)
    after = judged(better=0.8, same=0.5, worse=0.1, little=0.5)
    assert changes(before, after) == [
        Change("worse", ("at 0.9",), ("at 0.1",), 0.9, 0.1),
        Change("little", ("at 0.6",), ("at 0.5",), 0.6, 0.5),
        Change("better", ("at 0.2",), ("at 0.8",), 0.2, 0.8),
    ]


def test_another_order_of_the_same_results_is_a_change() -> None:
    before, after = (
        Judged(yardstick="y", questions={"q": JudgedQuestion(ndcg=1.0, first=first)})
        for first in (("a", "b"), ("b", "a"))
    )
    assert changes(before, after) == [Change("q", ("a", "b"), ("b", "a"), 1.0, 1.0)]


def test_a_question_that_nothing_answers_can_change_as_well() -> None:
    before, after = (
        Judged(yardstick="y", questions={"q": JudgedQuestion(ndcg=None, first=first)})
        for first in (("a",), ("b",))
    )
    assert changes(before, after) == [Change("q", ("a",), ("b",), None, None)]


def test_questions_that_only_one_index_was_asked_are_no_changes() -> None:
    assert changes(judged(old=0.5), judged(new=0.1)) == []


# When it is a loss.


@pytest.mark.parametrize(("after", "refused"), [(0.5, False), (0.49, True), (0.9, False)])
def test_a_loss_of_the_margin_is_allowed_and_more_is_not(after: float, *, refused: bool) -> None:
    assert bool(lost_quality(judged(q=0.75), judged(q=after), 0.25)) is refused


def test_a_margin_of_nothing_refuses_every_loss_and_nothing_else() -> None:
    assert lost_quality(judged(a=0.5, b=0.5), judged(a=0.4, b=0.6), 0) == []
    assert len(lost_quality(judged(a=0.5, b=0.5), judged(a=0.4, b=0.5), 0)) == 1


def test_a_refusal_names_the_questions_that_lost_the_worst_first() -> None:
    before = judged(little=0.5, same=0.5, better=0.5, worst=1.0, worse=0.5)
    after = judged(little=0.4, same=0.5, better=0.6, worst=0.1, worse=0.2)
    assert lost_quality(before, after, 0.05) == [
        Refusal(
            "judged questions",
            "nDCG@10 over 5 judged questions would fall from 0.600 to 0.360"
            " (allowed is a loss of 0.05)",
            ("'worst': 1.00 to 0.10", "'worse': 0.50 to 0.20", "'little': 0.50 to 0.40"),
        )
    ]


def test_questions_that_neither_index_answers_do_not_thin_the_loss() -> None:
    others = {f"zero{number}": 0.0 for number in range(50)} | {"none": None}
    before, after = judged(q=0.8, **others), judged(q=0.4, **others)
    (refusal,) = lost_quality(before, after, 0.3)
    assert "over 1 judged questions would fall from 0.800 to 0.400" in refusal.message
    assert refusal.urls == ("'q': 0.80 to 0.40",)


def test_only_questions_that_both_were_asked_are_compared() -> None:
    assert lost_quality(judged(old=1.0, both=0.5), judged(new=0.0, both=0.5), 0) == []
    assert lost_quality(judged(old=1.0), judged(new=0.0), 0) == []


def test_a_question_that_is_answered_no_more_counts_as_nothing() -> None:
    (refusal,) = lost_quality(judged(q=0.8), judged(q=None), 0.1)
    assert refusal.urls == ("'q': 0.80 to 0.00",)


def test_a_question_that_is_answered_now_is_a_gain() -> None:
    assert lost_quality(judged(a=0.0, b=0.5), judged(a=0.9, b=0.4), 0) == []


# How they are asked.


def _fail(*_: Any, **__: Any) -> Any:
    raise AssertionError("no process is to be started")


def _ends(
    monkeypatch: pytest.MonkeyPatch, status: int, out: str = "", err: str = ""
) -> list[list[str]]:
    """A process that ends so; what it was started with."""
    started: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        started.append(command)
        return subprocess.CompletedProcess(command, status, out, err)

    monkeypatch.setattr("indexer.judged.subprocess.run", run)
    return started


def test_without_a_file_of_judgments_nothing_is_asked(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.judged.subprocess.run", _fail)
    assert by_search(tmp_path / "none.jsonl")(published.generation) is None


@pytest.mark.parametrize(("path", "heading"), [("/none/", "Scans"), ("/scans/", "None")])
def test_an_index_without_anything_they_are_about_is_not_asked(
    published: Published,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    heading: str,
) -> None:
    monkeypatch.setattr("indexer.judged.subprocess.run", _fail)
    assert by_search(write_judgments(tmp_path, path, heading))(published.generation) is None


def test_the_service_is_asked_of_this_very_index(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_judgments(tmp_path)
    answered = {"query": "octreotide scan", "nDCG@10": 0.75, "first": ["/scans/ Scans"]}
    unanswered = {"query": "parking", "first": []}
    started = _ends(monkeypatch, 0, json.dumps({"questions": [answered, unanswered]}))
    assert by_search(file)(published.generation) == Judged(
        yardstick=hashlib.sha256(file.read_bytes()).hexdigest(),
        questions={
            "octreotide scan": JudgedQuestion(ndcg=0.75, first=("/scans/ Scans",)),
            "parking": JudgedQuestion(ndcg=None, first=()),
        },
    )
    (command,) = started
    assert command[command.index("-m") + 1 :] == [
        *("search", "evaluate", str(file)),
        *("--index", str(published.generation.folder), "--json"),
    ]


def test_a_process_that_fails_is_named_with_its_last_words(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = by_search(write_judgments(tmp_path))
    _ends(monkeypatch, 1, err="first\nsecond\nthird\nerror: the last\n")
    with pytest.raises(IndexInvalidError) as caught:
        judge(published.generation)
    assert str(caught.value) == (
        f"index {published.generation.build_id} could not be asked the judged questions:"
        " second | third | error: the last"
    )


def test_a_broken_file_of_judgments_is_an_error_before_anything_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "judgments.jsonl"
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(JudgmentsError, match="line 1"):
        by_search(file)
