"""axe-core finds nothing wrong with the search page, in any of its states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.axe import violations
from tests.browsing import IN_BROWSER, Watched
from tests.test_tasks_in_browser import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    Reach = Callable[[Page], None]

pytestmark = IN_BROWSER
RESULTS = "/?q=side+effects+of+lanreotide"


def _shows(path: str, words: str = "") -> tuple[str, Reach]:
    """The state of a page as it comes, which says these words."""
    return path, lambda page: expect(page.get_by_text(words).first).to_be_visible()


def _suggestions(page: Page) -> None:
    page.locator("#q").press_sequentially("lanr")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")


def _filters(page: Page) -> None:
    page.locator("summary", has_text="Narrow the results").click()
    expect(page.get_by_role("navigation", name="Filters")).to_be_visible()


def _why(page: Page) -> None:
    page.locator(".why summary").first.click()
    expect(page.locator(".why li").first).to_be_visible()


def _whole(page: Page) -> None:
    page.locator(".whole summary").first.click()
    expect(page.locator(".whole p").first).to_be_visible()


def _context(page: Page) -> None:
    page.locator(".in-context").first.click()
    expect(page.locator(".before")).to_be_visible()


def _keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def _failure(page: Page) -> None:
    page.route(re.compile(r"/\?q="), lambda route: route.abort())
    page.locator("#q").fill("lanreotide")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


STATES: dict[str, tuple[str, Reach]] = {
    "start": _shows("/", "Find the passage"),
    "typing": ("/", _suggestions),
    "results": _shows(RESULTS, "12 results"),
    "second page": _shows(f"{RESULTS}&page=2", "page 2 of 2"),
    "corrected": _shows("/?q=pallitive+care", "in place of"),
    "other names": _shows("/?q=Sandostatin", "also as"),
    "no answer": _shows("/?q=football", "We could not find an answer"),
    "nothing found": _shows("/?q=zzzzqqqq&mode=keyword", "Nothing found"),
    "error": _shows("/?q=x&page=0", "That search did not work"),
    "filters open": (RESULTS, _filters),
    "filter chosen": _shows(f"{RESULTS}&section=support&reviewed_after=2023-01-01", "support"),
    "one page": _shows(f"{RESULTS}&url=%2Fsite%2F1%2F&group_by=none", "One page"),
    "why": (RESULTS, _why),
    "whole": (RESULTS, _whole),
    "context": (RESULTS, _context),
    "passage": _shows("/passages/0101?q=side+effects", "Back to the results"),
    "right to left": _shows("/passages/1100", "الجرعة"),
    "keys": (RESULTS, _keys),
    "failure": ("/", _failure),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory) as address:
        yield address


# Colours do not depend on the width: each of the two is seen once.
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (320, "dark")])
@pytest.mark.parametrize("state", STATES)
def test_no_state_is_a_barrier(
    browser: Browser, service: str, state: str, width: int, scheme: Any
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = Watched(context).page
    path, reach = STATES[state]
    page.goto(f"{service}{path}")
    reach(page)
    assert violations(page) == []
    context.close()
