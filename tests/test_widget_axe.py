"""axe-core finds nothing wrong with the search box, in any state and wherever it is embedded."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.axe import violations
from tests.browsing import IN_BROWSER, running
from tests.search_index import by_words
from tests.test_widget_in_browser import (
    ANSWER,
    FORM,
    HIT,
    SCRIPT,
    Host,
    ask,
    completions,
    passages,
    serving,
    stand_in,
    visit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    Reach = Callable[[Page], None]

pytestmark = IN_BROWSER
MARKED = {
    **HIT,
    "reviewed": "2026-06-03",
    "highlights": [
        {"start": 0, "end": 5, "kind": "exact"},
        {"start": 6, "end": 8, "kind": "synonym"},
    ],
}
UNDERSTOOD = {
    "corrections": [{"from": "pallitive", "to": "palliative"}],
    "expansions": [{"from": "SSA", "to": "somatostatin analogue", "source": "page"}],
}
PAGE = (
    "<header>{form}</header><main><h1>Host</h1><p>Words and <a href='#x'>a link</a>.</p></main>"
    "{script}"
)
INLINE = FORM.replace("data-net", "data-inline data-helpline='Call our nurses' data-net")
FAULTY = """<!doctype html><html lang=en><title>Faulty</title><main><h1>Faulty</h1>
<div id=host><template shadowrootmode=open><input id=nameless></template></div></main>"""


def _closed(page: Page) -> None:
    page.get_by_role("searchbox").first.wait_for()


def _searching(page: Page) -> None:
    page.route("**/api/v1/search?*", lambda _: None)
    with page.expect_request("**/api/v1/search?*"):
        page.get_by_role("searchbox").fill("dose")
    page.get_by_text("Searching …").wait_for()


def _results(page: Page) -> None:
    panel = ask(page, "dose")
    page.keyboard.press("ArrowDown")
    assert panel.locator(".suggestions button:focus").count() == 1
    assert panel.locator("ol li").count() == 5


def _said(words: str, status: int = 200, **answer: Any) -> Reach:
    """The state after an answer of the service: it says these words."""

    def reach(page: Page) -> None:
        stand_in(page, "search", {**ANSWER, "hits": [MARKED], **answer}, status)
        ask(page, "a question").get_by_text(words).wait_for()

    return reach


STATES: dict[str, Reach] = {
    "closed": _closed,
    "searching": _searching,
    "results": _results,
    "no answer": _said("We could not find an answer", answerable=False),
    "nothing found": _said("Nothing found", answerable=False, found=0, hits=[]),
    "error": _said("Try again", status=500),
    "understood": _said("Showing results for", **UNDERSTOOD),
}
# Each with its form, the page's style, and what the browser is told.
PLACES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "light": (FORM, "", {}),
    "dark": (FORM, "", {"color_scheme": "dark"}),
    "inline": (INLINE, "", {}),
    "right to left": (FORM, "html { direction: rtl }", {}),
    "narrow": (FORM, "", {"viewport": {"width": 320, "height": 640}, "has_touch": True}),
}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()
    with running(host.server):
        yield host


@pytest.fixture(scope="module")
def service(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(by_words(tmp_path_factory.mktemp("index"), passages()), host) as address:
        yield address


def _page(host: Host, service: str, form: str = FORM, css: str = "") -> str:
    """The address of a page that has no fault of its own and embeds the form."""
    body = PAGE.format(form=form, script=SCRIPT)
    return host.page(
        service, body, ":root { color-scheme: light dark } body { background: Canvas } " + css
    )


@pytest.mark.parametrize(
    ("place", "state"),
    [
        *product(("light", "dark"), STATES),
        *product(("inline", "right to left", "narrow"), ("results", "no answer", "error")),
    ],
)
def test_no_state_has_a_fault_in_any_place(
    browser: Browser, host: Host, service: str, place: str, state: str
) -> None:
    form, css, options = PLACES[place]
    found = completions("Doses", "Dose of a drug")
    with visit(browser, _page(host, service, form, css), found, **options) as page:
        STATES[state](page)
        assert violations(page) == []


def test_two_boxes_on_a_page_have_no_fault(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, _page(host, service, FORM + INLINE), completions("Doses")) as page:
        ask(page, "dose", number=1)
        ask(page, "page 3", number=0)
        assert page.locator("net-search ol:visible").count() == 2
        assert violations(page) == []


def test_a_fault_in_a_shadow_root_is_found_under_a_strict_policy_on_a_stopped_clock(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, "about:blank") as page:
        page.clock.install(time=0)
        page.goto(host.page(service, html=FAULTY))
        page.clock.pause_at(60_000)
        (found,) = violations(page)
        assert found.startswith("label (critical) #host >> #nameless: Fix any of the following: ")
        assert page.evaluate("typeof axe") == "undefined", "the page itself was left alone"
