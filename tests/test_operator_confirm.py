"""What the operator's buttons say before they do it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from indexer.report import RunReport
from search.operator_confirm import Confirmation, Situation, confirmation
from search.operator_facts import run_view
from search.operator_records import Build, PageState, Stored

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST, SECOND, THIRD = (
    "20240101T000000Z-00000001",
    "20240102T000000Z-00000002",
    "20240103T000000Z-00000003",
)
BUILDS = (
    Build(THIRD, False, "2024-01-03T00:00:00Z", 4, 40, "model", ("clinic",)),
    Build(SECOND, True, "2024-01-02T00:00:00Z", 3, 1300, "model", ("clinic", "shop")),
    Build(FIRST, False, "2024-01-01T00:00:00Z", 1, 10, "model", ("clinic",)),
)
PAGES = ("https://a.example/x/", "https://a.example/y/x/", "https://a.example/z/")


def asked(action: str, given: Mapping[str, str] | None = None, **changes: Any) -> Confirmation:
    pages = tuple(PageState(url, "active", "", "") for url in PAGES)
    values: dict[str, Any] = {
        "builds": BUILDS,
        "runs": [],
        "stored": Stored(pages, {PAGES[2]: "2024-01-01T00:00:00Z"}),
        "passages": {PAGES[0]: 12}.get,
        "now": datetime(2024, 1, 3, 3, tzinfo=UTC),
    }
    found = confirmation(action, given or {}, Situation(**{**values, **changes}))
    assert found is not None
    return found


def at_work(state: str = "running") -> list[Any]:
    return [run_view(RunReport("20240102T030405.000000Z-00a1", [], state=state).as_object())]


def test_there_is_no_other_action() -> None:
    situation = Situation(BUILDS, [], Stored(), lambda _: 0, datetime.now(UTC))
    assert confirmation("prune", {}, situation) is None
    assert confirmation("", {}, situation) is None


@pytest.mark.parametrize("action", ["plan", "publish", "force"])
def test_what_reads_the_sites_names_them(action: str) -> None:
    found = asked(action)
    assert found.button
    assert "clinic, shop" in " ".join(found.says)
    assert not any("at work" in each for each in found.says)
    assert any("A run is at work now" in each for each in asked(action, runs=at_work()).says)


@pytest.mark.parametrize("action", ["plan", "publish", "force"])
def test_nothing_is_read_before_anything_was_published(action: str) -> None:
    found = asked(action, builds=())
    assert not found.button
    assert "Nothing was published yet" in found.says[0]


def test_the_time_that_the_last_run_took_is_told() -> None:
    took = run_view(
        {
            **RunReport("20240102T030405.000000Z-00a1", []).as_object(),
            "state": "published",
            "started_at": "2024-01-02T03:00:00Z",
            "finished_at": "2024-01-02T03:02:00Z",
        }
    )
    assert any("the last run took 2 minutes" in each for each in asked("publish", runs=[took]).says)


def test_publishing_all_the_same_asks_for_more_than_a_button() -> None:
    assert asked("force").asks
    assert not asked("publish").asks


def test_a_rollback_says_from_where_to_where() -> None:
    found = asked("rollback", {"build": FIRST})
    assert found.title == "Go back to an earlier index"
    assert found.says[0] == (
        "From: the index made 1 day ago (2 January 2024, 00:00 UTC), 3 pages, 1,300 passages."
    )
    assert found.says[1].startswith("To: the index made 2 days ago")
    assert "1 page, 10 passages" in found.says[1]
    assert any("1 withdrawn page will not come back" in each for each in found.says)
    assert (found.button, found.fields) == ("Use this index", {"build": FIRST})
    assert asked("rollback", {"build": THIRD}).title == "Go to another index"


@pytest.mark.parametrize("build", ["", "x", SECOND, "--help"])
def test_what_no_rollback_can_go_to(build: str) -> None:
    assert not asked("rollback", {"build": build}).button


def test_a_damaged_index_is_not_gone_to_and_one_of_another_model_is_named() -> None:
    damaged = Build(FIRST, is_live=False, error="damaged")
    assert not asked("rollback", {"build": FIRST}, builds=(BUILDS[1], damaged)).button
    other = Build(FIRST, is_live=False, encoder="other")
    says = asked("rollback", {"build": FIRST}, builds=(BUILDS[1], other)).says
    assert any("Another language model made it (other)" in each for each in says)


def test_no_rollback_while_a_run_is_at_work() -> None:
    found = asked("rollback", {"build": FIRST}, runs=at_work("queued"))
    assert not found.button
    assert "Wait until it is done" in found.says[0]


@pytest.mark.parametrize("written", [PAGES[0], f"  {PAGES[0]} ", f"{PAGES[0]}#side-effects"])
def test_a_page_to_withdraw_is_found_and_counted(written: str) -> None:
    found = asked("withdraw", {"url": written})
    assert found.fields == {"url": PAGES[0]}
    assert "It is in the index, with 12 passages." in found.says


def test_a_whole_address_means_its_page_whatever_others_end_with_it() -> None:
    pages = Stored(tuple(PageState(url, "active", "", "") for url in ("/x/", "/y/x/")))
    assert asked("withdraw", {"url": "/x/"}, stored=pages).fields == {"url": "/x/"}


def test_a_page_is_found_by_its_path_when_only_one_ends_so() -> None:
    assert asked("withdraw", {"url": "/y/x/"}).fields == {"url": PAGES[1]}
    assert any("not in the index now" in each for each in asked("withdraw", {"url": "/y/x/"}).says)
    several = asked("withdraw", {"url": "x/"})
    assert (several.button, several.choices) == ("", PAGES[:2])


@pytest.mark.parametrize("written", ["", "  ", "https://b.example/", PAGES[2], "--help"])
def test_what_cannot_be_withdrawn(written: str) -> None:
    found = asked("withdraw", {"url": written})
    assert (found.button, found.choices) == ("", ())


def test_only_a_withdrawn_page_is_let_in_again() -> None:
    assert asked("restore", {"url": PAGES[2]}).fields == {"url": PAGES[2]}
    assert not asked("restore", {"url": PAGES[0]}).button
    assert not asked("restore").button
