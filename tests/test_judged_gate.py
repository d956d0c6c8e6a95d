"""Whole runs that are judged by their questions: what is published, refused and recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from indexer.errors import GateRefusedError, IndexInvalidError
from indexer.manifest import Judged, JudgedQuestion, Manifest
from indexer.sources import Source, from_site
from indexer.withdraw import withdraw
from tests.fakes import FakeEncoder
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.layout import DataFolder, Generation

WORDS = "<p>A nurse gives the injection every month.</p>"


class OtherEncoder(FakeEncoder):
    """The same vectors under another name."""

    id = "other@1"


def judged(score: float, yardstick: str = "y", question: str = "injection?") -> Judged:
    sure = JudgedQuestion(ndcg=0.9, first=("sure",))
    asked = JudgedQuestion(ndcg=score, first=(f"at {score}",))
    return Judged(yardstick=yardstick, questions={question: asked, "sure?": sure})


class Judge:
    """Gives the next of some values for each index it is asked of."""

    def __init__(self, *values: Judged | Exception | None) -> None:
        self.values = list(values)
        self.asked: list[Generation] = []

    def __call__(self, generation: Generation) -> Judged | None:
        assert Manifest.read(generation.manifest).build_id == generation.build_id
        self.asked.append(generation)
        value = self.values.pop(0)
        if isinstance(value, Exception):
            raise value
        return value


@pytest.fixture
def runs(data: DataFolder) -> Runs:
    return Runs(data)


@pytest.fixture
def site(tmp_path: Path) -> Source:
    return from_site(str(write(tmp_path / "clinic", {"a.html": html("A", WORDS)})))


def add(site: Source, name: str) -> None:
    """One more page, so that there is something to publish."""
    assert site.folder is not None
    write(site.folder, {f"{name}.html": html(name.upper(), f"{WORDS}<p>{name}</p>")})


def names(data: DataFolder) -> list[str]:
    return sorted(each.name for each in data.index.iterdir())


def manifest(data: DataFolder) -> Manifest:
    return Manifest.read(data.live().manifest)


def test_what_the_first_index_gives_is_in_its_manifest(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    judge = Judge(judged(0.8))
    report = runs(site, judge=judge)
    assert manifest(data).judged == judged(0.8)
    assert manifest(data).forced == ()
    (asked,) = judge.asked
    assert asked.folder.name == f".new-{report.build_id}"
    assert runs.live.version == report.build_id


def test_an_index_that_answers_worse_is_refused_and_nothing_is_left_of_it(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    live = runs(site, judge=Judge(judged(0.8))).build_id
    before = names(data)
    content = data.live().manifest.read_bytes()
    add(site, "b")
    judge = Judge(judged(0.5))
    with pytest.raises(GateRefusedError) as refused:
        runs(site, judge=judge)
    assert str(refused.value) == (
        "judged questions: nDCG@10 over 2 judged questions would fall from 0.850 to 0.700"
        " (allowed is a loss of 0.03)\n  'injection?': 0.80 to 0.50"
    )
    assert (refused.value.exit_status, refused.value.forceable) == (3, True)
    assert names(data) == before == sorted([live, "CURRENT"])
    assert data.live().manifest.read_bytes() == content
    assert runs.urls == ["/site/a.html"]
    last = runs.records[-1]
    assert (last["state"], last["published"], last["error"]) == (
        *("refused", False),
        str(refused.value),
    )
    report = json.loads(refused.value.report)
    assert {**report, "heartbeat": ""} == {**last, "heartbeat": ""}


def test_the_live_index_is_not_asked_again_for_the_same_questions(runs: Runs, site: Source) -> None:
    runs(site, judge=Judge(judged(0.8)))
    add(site, "b")
    judge = Judge(judged(0.8))
    assert runs(site, judge=judge).published
    assert len(judge.asked) == 1


def test_other_questions_are_asked_of_the_live_index_too(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    live = runs(site, judge=Judge(judged(0.2))).build_id
    add(site, "b")
    judge = Judge(judged(0.5, "other"), judged(0.9, "other"))
    with pytest.raises(GateRefusedError, match=r"'injection\?': 0\.90 to 0\.50"):
        runs(site, judge=judge)
    assert [each.build_id == live for each in judge.asked] == [False, True]
    assert manifest(data).judged == judged(0.2), "the live index is as it was"


def test_an_index_from_before_there_were_questions_is_asked_now(runs: Runs, site: Source) -> None:
    runs(site)
    add(site, "b")
    with pytest.raises(GateRefusedError, match=r"'injection\?': 0\.90 to 0\.50"):
        runs(site, judge=Judge(judged(0.5), judged(0.9)))


@pytest.mark.parametrize(("after", "published"), [(0.76, True), (0.72, False), (1.0, True)])
def test_a_loss_within_the_margin_is_published(
    runs: Runs, data: DataFolder, site: Source, after: float, *, published: bool
) -> None:
    runs(site, judge=Judge(judged(0.8)))
    add(site, "b")
    if published:
        assert runs(site, judge=Judge(judged(after))).published
        assert manifest(data).judged == judged(after)
    else:
        with pytest.raises(GateRefusedError):
            runs(site, judge=Judge(judged(after)))


def test_force_publishes_what_is_refused_and_both_records_say_so(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    runs(site, judge=Judge(judged(0.8)))
    add(site, "b")
    report = runs(site, judge=Judge(judged(0.5)), force=True)
    said = (
        "nDCG@10 over 2 judged questions would fall from 0.850 to 0.700 (allowed is a loss of 0.03)"
    )
    assert (report.published, report.forced) == (True, [said])
    assert manifest(data).forced == (said,)
    assert manifest(data).judged == judged(0.5)
    assert runs.urls == ["/site/a.html", "/site/b.html"]
    assert runs.records[-1]["forced"] == [said]


def test_what_was_forced_is_what_the_next_is_measured_by(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    runs(site, judge=Judge(judged(0.8)))
    add(site, "b")
    runs(site, judge=Judge(judged(0.5)), force=True)
    add(site, "c")
    report = runs(site, judge=Judge(judged(0.5)))
    assert (report.published, report.forced) == (True, [])
    assert manifest(data).forced == ()


def test_an_unchanged_index_is_not_asked(runs: Runs, data: DataFolder, site: Source) -> None:
    runs(site, judge=Judge(judged(0.8)))
    judge = Judge()
    report = runs(site, judge=judge)
    assert (report.published, judge.asked) == (False, [])
    assert manifest(data).judged == judged(0.8)


def test_an_index_that_cannot_be_asked_is_refused(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    live = runs(site, judge=Judge(judged(0.8))).build_id
    add(site, "b")
    with pytest.raises(GateRefusedError) as refused:
        runs(site, judge=Judge(IndexInvalidError("the process ended: no memory")))
    assert str(refused.value) == "judged questions: the process ended: no memory"
    assert names(data) == sorted([live, "CURRENT"])


def test_a_first_index_that_cannot_be_asked_is_refused_as_well(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    with pytest.raises(GateRefusedError, match="no memory"):
        runs(site, judge=Judge(IndexInvalidError("no memory")))
    assert names(data) == []


def test_a_live_index_that_cannot_be_asked_stops_nothing_and_is_named(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    runs(site)
    runs.encoder = OtherEncoder()
    judge = Judge(judged(0.5), IndexInvalidError("it is of another encoder"))
    report = runs(site, judge=judge)
    assert report.published
    assert report.notes == ["Judged questions were not compared: it is of another encoder"]
    assert "\nJudged questions were not compared: it is of another encoder\n" in report.text()
    assert manifest(data).judged == judged(0.5)


def test_an_index_that_they_are_not_about_is_published(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    runs(site, judge=Judge(None))
    assert manifest(data).judged is None
    add(site, "b")
    assert runs(site, judge=Judge(judged(0.5), None)).published
    assert manifest(data).judged == judged(0.5)


def test_a_page_withdrawn_while_a_run_is_judged_is_not_published(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    add(site, "b")
    runs(site)

    def withdrawn(_: Generation) -> None:
        withdraw(data, "/site/b.html", runs.encoder)

    add(site, "c")
    report = runs(site, judge=withdrawn)
    assert runs.urls == ["/site/a.html", "/site/c.html"]
    assert report.build_id == data.live().build_id


@pytest.mark.parametrize("force", [False, True])
def test_an_index_that_does_not_answer_is_never_published(
    runs: Runs, data: DataFolder, site: Source, monkeypatch: pytest.MonkeyPatch, *, force: bool
) -> None:
    live = runs(site).build_id
    add(site, "b")

    def fail(*_: Any) -> Any:
        raise IndexInvalidError("it does not find its own passages")

    judge = Judge()
    with monkeypatch.context() as patch:
        patch.setattr("indexer.pipeline.build", fail)
        with pytest.raises(GateRefusedError) as refused:
            runs(site, judge=judge, force=force)
    assert str(refused.value) == "new index: it does not find its own passages"
    assert not refused.value.forceable
    assert judge.asked == []
    assert names(data) == sorted([live, "CURRENT"])
    assert runs.records[-1]["state"] == "refused"
    assert runs(site).published


def test_what_other_gates_refuse_is_not_built_to_be_asked(
    runs: Runs, data: DataFolder, site: Source
) -> None:
    for number in range(6):
        add(site, f"x{number}")
    live = runs(site).build_id
    assert site.folder is not None
    for number in range(3):
        (site.folder / f"x{number}.html").unlink()
    runs(site)
    judge = Judge()
    with pytest.raises(GateRefusedError, match="would lose 3 of its 7 pages"):
        runs(site, judge=judge)
    assert judge.asked == []
    assert data.live().build_id == live


def test_force_names_what_every_gate_said(runs: Runs, data: DataFolder, site: Source) -> None:
    for number in range(6):
        add(site, f"x{number}")
    runs(site, judge=Judge(judged(0.8)))
    assert site.folder is not None
    for number in range(3):
        (site.folder / f"x{number}.html").unlink()
    runs(site, judge=Judge())
    report = runs(site, judge=Judge(judged(0.5)), force=True)
    assert [each.split(" would ")[1].split(" (")[0] for each in report.forced] == [
        "lose 3 of its 7 pages",
        "fall from 0.850 to 0.700",
    ]
    assert manifest(data).forced == tuple(report.forced)


def test_an_index_that_lost_what_the_questions_are_about_is_refused(
    runs: Runs, site: Source
) -> None:
    before = Judged(yardstick="y", questions={"q": JudgedQuestion(ndcg=1.0, first=("a",))})
    answers = iter([before, None])

    def judge(_: Generation) -> Judged | None:
        return next(answers)

    runs(site, judge=judge)
    add(site, "new")
    with pytest.raises(GateRefusedError, match="judged questions: the new index holds too little"):
        runs(site, judge=judge)
