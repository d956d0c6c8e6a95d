"""What the operator's page shows, from records made by hand."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.gates import Refusal
from indexer.records import Drop
from indexer.report import PageNote, RunReport
from search import operator_words as words
from search.operator_charts import WIDTH, bars, stacked
from search.operator_facts import (
    Look,
    before_live,
    refused,
    reviews,
    run_view,
    states,
    to_look_at,
)
from search.operator_records import Build, PageState, Stored
from search.review import NEVER, ReviewRule
from tests.fakes import passage

RUN = "20240102T030405.000000Z-00a1"
NOW = datetime(2024, 1, 2, 12, tzinfo=UTC)
FIRST, SECOND, THIRD = (
    "20240101T000000Z-00000001",
    "20240102T000000Z-00000002",
    "20240103T000000Z-00000003",
)


def record(state: str = "published", **more: object) -> dict[str, object]:
    return {**RunReport(RUN, ["site"], state=state).as_object(), **more}


# Runs


def test_a_run_counts_what_failed_and_how_long_it_took() -> None:
    view = run_view(
        record(
            started_at="2024-01-02T03:04:10Z",
            finished_at="2024-01-02T03:06:20Z",
            answers={"200": 5, "http_error": 2, "unreachable": 1, "robots": 4},
            kept=[PageNote("/a/", "stale: http_error", "503")],
            dropped=[PageNote("/b/", "robots", ""), PageNote("/c/", "noindex", "")],
            drops={"trap": 1200, "robots": 1, "noindex": 1},
        )
    )
    assert (view.seconds, view.failed, view.left_out) == (130.0, 4, 1202)
    assert view.asked == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert not view.is_at_work


@pytest.mark.parametrize(
    ("done", "total", "share"),
    [(0, 10, 0), (5, 10, 50), (12, 10, 100), (5, None, None), (0, 0, None)],
)
def test_how_far_a_run_is(done: int, total: int | None, share: float | None) -> None:
    view = run_view(record("running", done=done, total=total))
    assert (view.share, view.seconds, view.is_at_work) == (share, None, True)


def test_a_record_of_an_earlier_program_and_of_a_later_state() -> None:
    view = run_view({"run_id": "x", "state": "paused"})
    assert (view.label, view.asked, view.failed) == (words.UNKNOWN, None, 0)


def test_what_gates_said_is_taken_apart_as_it_was_put_together() -> None:
    given_ = [
        Refusal(
            "lost pages", "section 'a' would lose 2 pages", ("/a/ (not_found)", "/b/: x (robots)")
        ),
        Refusal("failed fetches", "7 of 9 addresses could not be read"),
        Refusal("judged questions", "one line\nand another", ("'why': 1.00 to 0.20",)),
    ]
    found = refused("\n".join(each.text() for each in given_))
    assert [(each.gate, each.message, each.named) for each in found] == [
        (each.gate, each.message, each.urls) for each in given_
    ]
    assert all(each.advice for each in found)
    assert not any(each.is_final for each in found)


def test_a_refusal_that_nobody_can_overrule_and_one_of_an_unknown_gate() -> None:
    (final,) = refused("new index: passage 3 is not found by its own text")
    assert final.is_final
    (other,) = refused("some gate: words")
    assert (other.gate, other.message, other.is_final) == ("", "some gate: words", False)
    assert refused("") == []


# Pages


def test_pages_by_state_with_withdrawn_ones_apart() -> None:
    pages = (
        PageState("/a/", "active", "", ""),
        PageState("/b/", "active", "", ""),
        PageState("/c/", "stale", "http_error", "503"),
        PageState("/d/", "missing", "not_found", "404"),
        PageState("/e/", "dropped", "robots", ""),
        PageState("/f/", "dropped", "noindex", ""),
        PageState("/g/", "dropped", "noindex", ""),
    )
    found = states(Stored(pages, {"/b/": "2024-01-01T00:00:00Z"}))
    assert {each.name: each.value for each in found.rows} == {
        "active": 1,
        "stale": 1,
        "missing": 1,
        "dropped": 3,
        "withdrawn": 1,
    }
    assert [page.url for page in found.look] == ["/c/", "/d/"]
    assert [(each.name, each.value) for each in found.reasons] == [("noindex", 2), ("robots", 1)]
    assert [page.url for page in found.dropped["noindex"]] == ["/f/", "/g/"]


def test_a_state_that_is_not_known_is_shown_all_the_same() -> None:
    found = states(Stored((PageState("/a/", "paused", "", ""),)))
    assert ("paused", 1) in [(each.name, each.value) for each in found.rows]


def test_overdue_pages_oldest_first_each_once() -> None:
    dates = {
        "/a/": "2020-05-01",
        "/b/": None,
        "/c/": "2019-01-01",
        "/d/": "2023-07-01",
        "/e/": "2018-01-01",
    }
    found = reviews(
        [
            passage(f"{url}{part}", url=url, reviewed=on)
            for url, on in dates.items()
            for part in (1, 2)
        ],
        frozenset({"/e/"}),
        ReviewRule("2024-01-15", "2021-01-15"),
    )
    assert [each.url for each in found.overdue] == ["/c/", "/a/"]
    assert found.undated == 1
    assert [(each.name, each.value) for each in found.years] == [
        *(("2023", 1), ("2020", 1), ("2019", 1), ("no date", 1))
    ]


def test_pages_that_say_themselves_when_they_are_due() -> None:
    dates = {
        "/a/": (None, "2024-01"),
        "/b/": ("2020-05-01", "2024-02"),
        "/c/": ("2023-01-01", "2023"),
    }
    pages = [
        passage(url, url=url, reviewed=reviewed, review_due=due)
        for url, (reviewed, due) in dates.items()
    ]
    found = reviews(pages, frozenset(), ReviewRule("2024-02-15", "2021-02-15"))
    assert [each.url for each in found.overdue] == ["/a/", "/c/"]


def test_no_page_is_overdue_when_none_ever_is() -> None:
    found = reviews([passage("a", reviewed="1990-01-01")], frozenset(), NEVER)
    assert (found.overdue, found.undated) == ([], 0)


# What needs a look


def test_a_rollback_goes_to_the_newest_sound_index_before_the_live_one() -> None:
    builds = [
        Build(THIRD, is_live=True),
        Build(SECOND, is_live=False, error="x"),
        Build(FIRST, is_live=False),
    ]
    found = before_live(builds)
    assert found
    assert found.build_id == FIRST
    assert before_live([Build(SECOND, is_live=False), Build(FIRST, is_live=True)]) is None
    assert before_live([]) is None


def test_when_all_is_well_nothing_needs_a_look() -> None:
    live, ran = [Build(FIRST, is_live=True)], [run_view(record())]
    good = states(Stored((PageState("/a/", "active", "", ""),)))
    assert to_look_at(FIRST, "", live, ran, good) == []
    assert to_look_at("", "", [], [], None) == []


def test_what_needs_a_look() -> None:
    live = [Build(SECOND, is_live=True, forced=("lost pages",))]
    ran = [run_view(record("running")), run_view(record("refused")), run_view(record())]
    bad = states(Stored((PageState("/a/", "stale", "", ""),)))
    found = to_look_at(FIRST, SECOND, live, ran, bad)
    assert [each.section for each in found] == ["index", "gates", "index", "pages"]
    assert found[0].text == "The live index cannot be loaded; another one answers."
    (loading, *rest) = to_look_at(FIRST, "", live, ran, bad)
    assert loading.text.startswith("The live index is being loaded")
    assert rest == found[1:]
    assert found[1] == Look("The last run: refused by a gate.", "gates")
    assert found[3].text == "1 page could not be read, or not found."


def test_that_one_went_back_to_an_earlier_index_is_not_forgotten() -> None:
    builds = [Build(SECOND, is_live=False), Build(FIRST, is_live=True)]
    (found,) = to_look_at(FIRST, "", builds, [], None)
    assert found == Look("An earlier index is live, until a run publishes again.", "index")


@pytest.mark.parametrize("state", ["failed", "interrupted"])
def test_a_run_that_ended_badly_needs_a_look(state: str) -> None:
    found = to_look_at("", "", [], [run_view(record(state)), run_view(record())], None)
    assert [each.section for each in found] == ["runs"]


# Words


def test_every_reason_for_leaving_a_page_out_has_words() -> None:
    assert set(words.REASONS) == set(Drop)
    assert words.reason("some_other") == "some other"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "under a second"), (0.9, "under a second"), (1, "1 second"), (59.4, "59 seconds")),
        *(
            (60, "1 minute"),
            (130, "2 minutes 10 seconds"),
            (3600, "1 hour"),
            (7325, "2 hours 2 minutes"),
        ),
    ],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(days=60), "60 days ago"),
        (timedelta(days=70), "on 24 October 2023"),
    ],
)
def test_times_in_words(before: timedelta, text: str) -> None:
    assert words.ago(NOW - before, NOW) == text


def test_times_as_records_hold_them() -> None:
    assert words.moment("2024-01-02T12:00:00Z") == NOW
    assert words.moment("2024-01-02T13:00:00+01:00") == NOW
    assert words.moment("") is None
    assert words.moment("yesterday") is None
    assert words.clock(NOW) == "2 January 2024, 12:00 UTC"
    assert words.stage("extract site") == words.STAGES["extract"]
    assert words.many(1, "address", "addresses") == "1 address"
    assert words.many(1200, "address", "addresses") == "1,200 addresses"


# Charts

NUMBERS = st.dictionaries(st.text(max_size=3), st.integers(0, 10**7), max_size=12)


@given(NUMBERS)
def test_bars_are_in_proportion_and_what_is_there_is_seen(values: dict[str, int]) -> None:
    found = bars(values)
    assert [(each.name, each.value) for each in found] == list(values.items())
    most = max(values.values(), default=0)
    for each in found:
        assert (each.width > 0) == (each.value > 0)
        assert each.width == pytest.approx(WIDTH * each.value / most if most else 0, abs=0.81)


@given(NUMBERS)
def test_stacked_parts_fill_the_chart_and_do_not_overlap(values: dict[str, int]) -> None:
    found = stacked(values)
    assert {each.name for each in found} == {name for name, value in values.items() if value}
    for before, after in itertools.pairwise(found):
        assert before.x + before.width < after.x
    if found:
        assert found[-1].x + found[-1].width == pytest.approx(WIDTH, abs=0.05)
        assert all(each.width > 0.3 for each in found)
