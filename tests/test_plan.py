"""A plan: what a run would change, told to a person and to a program, and nothing changed by it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any, Unpack

import pytest

from indexer.errors import BusyError, CrawlError, IndexInvalidError
from indexer.manifest import Judged, JudgedQuestion
from indexer.passage_diff import PassageChange
from indexer.plan import PageChange, Plan, PlanHow, plan
from indexer.plan_text import as_json, as_text
from indexer.progress import Progress
from indexer.publish import clear_unfinished
from indexer.report import PageNote
from indexer.settings import IndexerSettings
from indexer.sources import Source, from_site
from tests.fakes import FakeEncoder
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from indexer.encoder import Encoder
    from indexer.layout import DataFolder, Generation

NURSE = "A nurse gives the injection every month."
NOINDEX = '<meta name="robots" content="noindex">'


class OtherEncoder(FakeEncoder):
    """The same vectors under another name."""

    id = "other@1"


@pytest.fixture
def runs(data: DataFolder) -> Runs:
    return Runs(data)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of three pages in two sections, and one at the top."""
    return write(
        tmp_path / "clinic",
        {
            "about.html": html("About", "<p>The clinic is open on weekdays.</p>"),
            "care/diet.html": html("Diet", "<p>Small meals are easier than large ones.</p>"),
            "care/scans.html": html("Scans", "<p>The scan takes two hours.</p>"),
            "support/nurse.html": html("Nurse", f"<p>{NURSE}</p>"),
        },
    )


def planned(
    runs: Runs, *given: Path | Source, encoder: Encoder | None = None, **how: Unpack[PlanHow]
) -> Plan:
    sources = [each if isinstance(each, Source) else from_site(str(each)) for each in given]
    settings = IndexerSettings(data=runs.data.root)
    return plan(sources, settings, encoder or runs.encoder, Progress(quiet=True), **how)


def done(runs: Runs, site: Path) -> str:
    """The build of a run of the folder."""
    return runs(from_site(str(site))).build_id


def nothing(made: Plan) -> bool:
    """Whether no page and no question is named in it."""
    return not any(
        (made.new, made.changed, made.gone, made.stale, made.missing, made.dropped, made.questions)
    )


# What becomes of pages.


def test_a_first_run_would_publish_every_page(runs: Runs, site: Path) -> None:
    made = planned(runs, site)
    assert (made.live, made.publishes) == ("", True)
    assert (made.pages, made.passages, made.embedded) == (4, 4, 4)
    assert made.new == {
        "": ["/site/about.html"],
        "care": ["/site/care/diet.html", "/site/care/scans.html"],
        "support": ["/site/support/nurse.html"],
    }
    assert not any((made.changed, made.gone, made.stale, made.missing, made.dropped))
    assert (made.remade, made.refusals, made.questions) == ([], [], [])
    assert as_text(made).splitlines() == [
        "A run would publish the first index: 4 pages, 4 passages, 4 of them embedded for this"
        " plan and kept for the run.",
        "New in (no section): 1",
        "  /site/about.html",
        "New in care: 2",
        "  /site/care/diet.html",
        "  /site/care/scans.html",
        "New in support: 1",
        "  /site/support/nurse.html",
    ]


def test_a_run_that_would_change_nothing(runs: Runs, site: Path) -> None:
    build = done(runs, site)
    made = planned(runs, site)
    assert (made.live, made.publishes, nothing(made)) == (build, False, True)
    assert as_text(made) == (
        f"A run would change nothing, {build} stays: 4 pages, 4 passages, 0 of them embedded for"
        " this plan and kept for the run."
    )


def test_a_new_page(runs: Runs, site: Path) -> None:
    build = done(runs, site)
    write(site, {"care/travel.html": html("Travel", "<p>Carry a letter from your doctor.</p>")})
    made = planned(runs, site)
    assert (made.live, made.publishes) == (build, True)
    assert made.new == {"care": ["/site/care/travel.html"]}
    assert (made.pages, made.embedded, made.changed, made.gone) == (5, 1, [], [])
    assert as_text(made).splitlines() == [
        f"A run would publish a new index in place of {build}: 5 pages, 5 passages, 1 of them"
        " embedded for this plan and kept for the run.",
        "New in care: 1",
        "  /site/care/travel.html",
    ]


def test_a_changed_paragraph_is_shown_with_its_change(runs: Runs, site: Path) -> None:
    done(runs, site)
    now = NURSE.replace("month", "four weeks").replace(".", "")
    write(site, {"support/nurse.html": html("Nurse", f"<p>{now}</p>")})
    made = planned(runs, site)
    assert made.changed == [
        PageChange("/site/support/nurse.html", "support", [PassageChange(("Nurse",), NURSE, now)])
    ]
    assert (made.publishes, made.new, made.gone, made.embedded) == (True, {}, [], 1)
    assert as_text(made).splitlines()[1:] == [
        "Changed in support: 1",
        "  /site/support/nurse.html",
        "    Nurse: A nurse gives the injection every [-month.-] {+four weeks+}",
    ]


def test_of_a_page_with_many_changes_five_are_shown(runs: Runs, site: Path) -> None:
    def parts(word: str) -> str:
        return "".join(f"<h2>Part {n}</h2><p>{word} {n}.</p>" for n in range(8))

    write(site, {"support/nurse.html": html("Nurse", parts("Before"))})
    done(runs, site)
    write(site, {"support/nurse.html": html("Nurse", parts("After"))})
    made = planned(runs, site)
    (changed,) = made.changed
    assert len(changed.passages) == 8
    assert as_text(made).splitlines()[2:] == [
        "  /site/support/nurse.html",
        *(f"    Nurse > Part {n}: [-Before-] {{+After+}} {n}." for n in range(5)),
        "    ... and 3 more",
    ]


def test_a_deleted_page_is_missing_before_it_goes(runs: Runs, site: Path) -> None:
    build = done(runs, site)
    (site / "care/diet.html").unlink()
    made = planned(runs, site)
    note = PageNote("/site/care/diet.html", "missing: not_found", "no such file")
    assert (made.missing, made.gone, made.publishes, made.pages) == ([note], [], False, 4)
    assert as_text(made).splitlines() == [
        f"A run would change nothing, {build} stays: 4 pages, 4 passages, 0 of them embedded for"
        " this plan and kept for the run.",
        "Kept until a second run confirms that it is missing: 1",
        "  /site/care/diet.html (missing: not_found: no such file)",
    ]
    assert runs(from_site(str(site))).published is False
    made = planned(runs, site)
    note = PageNote("/site/care/diet.html", "not_found", "no such file")
    assert (made.missing, made.gone, made.publishes, made.pages) == ([], [note], True, 3)
    assert as_text(made).splitlines()[1:] == [
        "Would go: 1",
        "  /site/care/diet.html (not_found: no such file)",
    ]


def test_planning_twice_confirms_nothing(runs: Runs, site: Path) -> None:
    done(runs, site)
    (site / "care/diet.html").unlink()
    first = planned(runs, site)
    assert planned(runs, site) == first
    assert [each.url for each in first.missing] == ["/site/care/diet.html"]
    assert runs(from_site(str(site))).states == {"active": 3, "missing": 1}


def test_a_page_that_asks_not_to_be_indexed_would_go(runs: Runs, site: Path) -> None:
    done(runs, site)
    write(site, {"support/nurse.html": html("Nurse", f"<p>{NURSE}</p>", NOINDEX)})
    made = planned(runs, site)
    note = PageNote("/site/support/nurse.html", "noindex", "robots meta tag")
    assert (made.gone, made.dropped, made.publishes, made.pages) == ([note], [], True, 3)
    assert as_text(made).splitlines()[1:] == [
        "Would go: 1",
        "  /site/support/nurse.html (noindex: robots meta tag)",
    ]
    done(runs, site)
    made = planned(runs, site)
    assert (made.gone, made.dropped, made.publishes) == ([], [note], False)
    assert as_text(made).splitlines()[1:] == [
        "Left out, as before: 1",
        "  /site/support/nurse.html (noindex: robots meta tag)",
    ]


def test_a_page_that_suddenly_says_little_is_kept_unless_it_is_accepted(
    runs: Runs, site: Path
) -> None:
    long, little = " ".join([NURSE] * 6), "Ask your nurse about it first."
    write(site, {"support/nurse.html": html("Nurse", f"<p>{long}</p>")})
    done(runs, site)
    write(site, {"support/nurse.html": html("Nurse", f"<p>{little}</p>")})
    made = planned(runs, site)
    (stale,) = made.stale
    assert (stale.url, stale.reason) == ("/site/support/nurse.html", "stale: little_text")
    assert (made.changed, made.publishes) == ([], False)
    assert as_text(made).splitlines()[1] == "Kept as it was, stale: 1"
    accepted = planned(runs, site, accepted=frozenset({"/site/support/nurse.html"}))
    assert (accepted.stale, accepted.publishes) == ([], True)
    (changed,) = accepted.changed
    assert changed.passages == [PassageChange(("Nurse",), long, little)]


def test_a_page_of_a_source_that_is_left_out_would_go(
    runs: Runs, site: Path, tmp_path: Path
) -> None:
    other = write(
        tmp_path / "other", {"b.html": html("B", "<p>Carry a letter from your doctor.</p>")}
    )
    runs(from_site(str(site)), from_site(str(other)))
    made = planned(runs, site, only=True)
    assert made.gone == [PageNote("/site/other/b.html", "no longer found", "")]
    assert (made.pages, made.refusals) == (4, [])
    kept = planned(runs, other, only=False)
    assert (kept.gone, kept.pages) == ([], 5)


# What it leaves as it was.


def _untouched(data: DataFolder) -> dict[str, str]:
    """Digests of everything that a service or a later run reads, but for what was worked out."""
    found = {}
    for folder in (data.index, data.runs):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                name = file.relative_to(data.root).as_posix()
                found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    store = sqlite3.connect(data.store)
    for table in ("page", "source", "withdrawn", "crawl", "visit"):
        rows = store.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        found[table] = repr(rows)
    store.close()
    return found


def test_a_plan_changes_nothing(runs: Runs, data: DataFolder, site: Path) -> None:
    done(runs, site)
    (site / "care/diet.html").unlink()
    write(
        site,
        {
            "support/nurse.html": html("Nurse", f"<p>{NURSE} Ring the desk.</p>"),
            "care/travel.html": html("Travel", "<p>Carry a letter from your doctor.</p>"),
            "about.html": html("About", "<p>The clinic is open on weekdays.</p>", NOINDEX),
        },
    )
    before = _untouched(data)
    made = planned(runs, site)
    assert (len(made.new), len(made.changed), len(made.gone), len(made.missing)) == (1, 1, 1, 1)
    assert _untouched(data) == before
    assert {"index/CURRENT", "page"} < before.keys()
    assert not (data.root / ".plan").exists()


def test_a_first_plan_publishes_nothing(runs: Runs, data: DataFolder, site: Path) -> None:
    planned(runs, site)
    assert list(data.index.iterdir()) == []
    assert list(data.runs.iterdir()) == []
    assert runs.stored == {}


def test_what_was_embedded_for_a_plan_is_not_embedded_again(runs: Runs, site: Path) -> None:
    assert planned(runs, site).embedded == 4
    report = runs(from_site(str(site)))
    assert (report.embedded, report.passages, report.published) == (0, 4, True)
    write(site, {"support/nurse.html": html("Nurse", f"<p>{NURSE} Ring the desk.</p>")})
    assert planned(runs, site).embedded == 1
    assert planned(runs, site).embedded == 0
    assert runs(from_site(str(site))).embedded == 0
    assert runs.live.passages[-1].text == f"{NURSE} Ring the desk."


def test_a_plan_is_what_the_run_then_does(runs: Runs, site: Path) -> None:
    done(runs, site)
    write(site, {"care/travel.html": html("Travel", "<p>Carry a letter from your doctor.</p>")})
    made = planned(runs, site)
    report = runs(from_site(str(site)))
    assert (report.published, report.pages, report.passages) == (
        made.publishes,
        made.pages,
        made.passages,
    )
    assert nothing(planned(runs, site))


# What else would be another.


def test_another_encoder_makes_everything_anew(runs: Runs, site: Path) -> None:
    build = done(runs, site)
    made = planned(runs, site, encoder=OtherEncoder())
    assert made.remade == ["encoder (fake@1 is now other@1)"]
    assert (made.live, made.publishes, made.embedded, nothing(made)) == (build, True, 4, True)
    assert as_text(made).splitlines()[1] == (
        "Made anew, for it changed since: encoder (fake@1 is now other@1)"
    )
    assert runs.live.manifest.encoder.id == "fake@1"


def test_another_extractor_makes_everything_anew(
    runs: Runs, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(runs, site)
    monkeypatch.setattr("indexer.publish.EXTRACTOR_VERSION", 9999)
    made = planned(runs, site)
    (part,) = made.remade
    assert part.startswith("extractor (")
    assert part.endswith(" is now 9999)")


# What the gates would say.


def test_a_lost_section_would_be_refused(runs: Runs, data: DataFolder, site: Path) -> None:
    for number in range(4):
        write(site, {f"stories/{number}.html": html(f"Story {number}", f"<p>{NURSE} {number}</p>")})
    build = done(runs, site)
    for number in range(4):
        (site / f"stories/{number}.html").unlink()
    assert planned(runs, site).refusals == []
    done(runs, site)
    made = planned(runs, site)
    (refusal,) = made.refusals
    assert refusal.gate == "lost pages"
    assert refusal.message.startswith("section 'stories' of clinic would lose 4 of its 4 pages")
    assert refusal.urls == tuple(f"/site/stories/{n}.html (not_found)" for n in range(4))
    assert as_text(made).splitlines()[6:] == [
        "A run would be refused (publish all the same with --force):",
        "  lost pages: section 'stories' of clinic would lose 4 of its 4 pages (100%; allowed are"
        " 10% or 2 pages)",
        *(f"    /site/stories/{n}.html (not_found)" for n in range(4)),
    ]
    assert data.live().build_id == build


def test_an_index_that_would_not_answer_is_a_refusal(
    runs: Runs, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise IndexInvalidError("it does not find its own passages")

    monkeypatch.setattr("indexer.plan.build", fail)
    made = planned(runs, site)
    assert [(each.gate, each.message) for each in made.refusals] == [
        ("new index", "it does not find its own passages")
    ]


def by_pages(fewest: int = 4) -> Callable[[Generation], Judged]:
    """A judge for which an index is the worse the more passages over ``fewest`` it has."""

    def judge(generation: Generation) -> Judged:
        count = len(generation.passages.read_text(encoding="utf-8").splitlines())
        asked = JudgedQuestion(
            ndcg=min(1.0, fewest / count), first=(f"the best of {count}", "same")
        )
        same = JudgedQuestion(ndcg=1.0, first=("always",))
        return Judged(yardstick="y", questions={"injection?": asked, "same?": same})

    return judge


def test_questions_that_would_be_answered_otherwise_are_shown(runs: Runs, site: Path) -> None:
    done(runs, site)
    write(site, {"care/travel.html": html("Travel", "<p>Carry a letter from your doctor.</p>")})
    made = planned(runs, site, judge=by_pages())
    (change,) = made.questions
    assert (change.question, change.ndcg_before, change.ndcg_after) == ("injection?", 1.0, 0.8)
    assert (change.before, change.after) == (("the best of 4", "same"), ("the best of 5", "same"))
    (refusal,) = made.refusals
    assert refusal.message == (
        "nDCG@10 over 2 judged questions would fall from 1.000 to 0.900 (allowed is a loss of 0.03)"
    )
    assert as_text(made).splitlines()[3:] == [
        "Judged questions with other first three results: 1",
        "  'injection?' (nDCG@10 1.00 to 0.80)",
        "    - the best of 4",
        "    + the best of 5",
        "A run would be refused (publish all the same with --force):",
        f"  judged questions: {refusal.message}",
        "    'injection?': 1.00 to 0.80",
    ]


def test_a_first_index_has_no_questions_to_compare(runs: Runs, site: Path) -> None:
    made = planned(runs, site, judge=by_pages())
    assert (made.questions, made.refusals) == ([], [])


def test_questions_are_shown_as_they_are_answered_when_nothing_changes(
    runs: Runs, site: Path
) -> None:
    runs(from_site(str(site)), judge=by_pages())
    made = planned(runs, site, judge=by_pages())
    assert (made.questions, made.refusals, made.publishes) == ([], [], False)


def test_a_live_index_that_cannot_be_asked_is_noted(runs: Runs, site: Path) -> None:
    build = done(runs, site)

    def judge(generation: Generation) -> Judged:
        if generation.build_id == build:
            raise IndexInvalidError("planted words")
        return by_pages()(generation)

    made = planned(runs, site, judge=judge)
    assert made.notes == ["Judged questions were not compared: planted words"]
    assert as_text(made).splitlines()[1] == made.notes[0]
    assert made.refusals == []


# For a program, and one at a time.


def test_a_plan_as_json(runs: Runs, site: Path) -> None:
    write(site, {"care/draft.html": html("Draft", "<p>Nobody has checked this text.</p>", NOINDEX)})
    (site / "care/scans.html").unlink()
    build = done(runs, site)
    (site / "care/diet.html").unlink()
    assert not runs(from_site(str(site))).published
    write(
        site,
        {
            "support/nurse.html": html("Nurse", "<p>A nurse gives the injection ü.</p>"),
            "care/letter.html": html("Letter", "<p>Your doctor writes the letter.</p>"),
            "care/travel.html": html("Travel", "<p>Carry a letter from your doctor.</p>"),
        },
    )
    text = as_json(planned(runs, site, judge=by_pages(3)))
    assert "\n" not in text
    assert "ü" in text
    assert json.loads(text) == {
        "live": build,
        "pages": 4,
        "passages": 4,
        "embedded": 3,
        "remade": [],
        "new": {"care": ["/site/care/letter.html", "/site/care/travel.html"]},
        "changed": [
            {
                "url": "/site/support/nurse.html",
                "section": "support",
                "passages": [
                    {
                        "headings": ["Nurse"],
                        "before": NURSE,
                        "after": "A nurse gives the injection ü.",
                    }
                ],
            }
        ],
        "gone": [
            {"url": "/site/care/diet.html", "reason": "not_found", "detail": "no such file"},
        ],
        "stale": [],
        "missing": [],
        "dropped": [
            {"url": "/site/care/draft.html", "reason": "noindex", "detail": "robots meta tag"},
        ],
        "questions": [
            {
                "question": "injection?",
                "before": ["the best of 3", "same"],
                "after": ["the best of 4", "same"],
                "ndcg_before": 1.0,
                "ndcg_after": 0.75,
            }
        ],
        "refusals": [
            {
                "gate": "judged questions",
                "message": "nDCG@10 over 2 judged questions would fall from 1.000 to 0.875"
                " (allowed is a loss of 0.03)",
                "urls": ["'injection?': 1.00 to 0.75"],
                "forceable": True,
            }
        ],
        "notes": [],
        "publishes": True,
    }


def test_a_second_plan_at_once_is_refused(runs: Runs, data: DataFolder, site: Path) -> None:
    with data.scratch(clear_unfinished) as scratch:
        (scratch.root / "of the first").touch()
        with pytest.raises(BusyError, match="another plan is being made in"):
            planned(runs, site)
        assert (scratch.root / "of the first").exists()
    assert planned(runs, site).pages == 4


def test_a_plan_can_be_made_while_a_run_is_at_work(
    runs: Runs, data: DataFolder, site: Path
) -> None:
    with data.locked():
        assert planned(runs, site).pages == 4


def test_what_a_killed_plan_left_behind_is_cleared(
    runs: Runs, data: DataFolder, site: Path
) -> None:
    done(runs, site)
    left = data.root / ".plan"
    write(left, {"store.sqlite": "half a store", "index/.new-x/passages.jsonl": "half an index"})
    made = planned(runs, site)
    assert (made.pages, made.publishes) == (4, False)
    assert not left.exists()


def test_a_plan_that_fails_leaves_nothing(runs: Runs, data: DataFolder, site: Path) -> None:
    build = done(runs, site)
    for file in site.rglob("*.html"):
        file.unlink()
    before = _untouched(data)
    with pytest.raises(CrawlError, match="nothing was published"):
        planned(runs, site)
    assert not (data.root / ".plan").exists()
    assert _untouched(data) == before
    assert data.live().build_id == build
