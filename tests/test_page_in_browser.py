"""The search page as a browser sees it: what runs, what is fetched, and where links lead."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from search.app import create_app
from tests.browsing import IN_BROWSER, Watched, served
from tests.fakes import passage
from tests.search_index import by_words, hostile_passages, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = IN_BROWSER
# Had an attribute slipped in, it would run, or the policy's refusal would be in the console.
EVERY_EVENT = """() => document.querySelectorAll('*').forEach(element =>
  ['mouseover', 'focus', 'load', 'error'].forEach(name => element.dispatchEvent(new Event(name))))"""
LABEL = "Search about neuroendocrine tumours"
PART = """<!doctype html><title>Page {page}</title><h1>Page {page}</h1>
<script>document.title = 'owned'</script><img src="/nothing.png" onerror="document.title='owned'">
<div style="height: 3000px">Far above</div>
<h2 id="part">Part</h2><p>The dose of page {page}</p><div style="height: 3000px"></div>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service over twelve pages of a folder that it serves as well."""
    folder = tmp_path_factory.mktemp("site")
    passages = []
    for page in range(12):
        (folder / str(page)).mkdir()
        (folder / str(page) / "index.html").write_text(PART.format(page=page))
        passages.append(
            passage(
                f"The dose of page {page}. " + "Many more words follow. " * 60,
                url=f"/site/{page}/",
                path=f"/{page}/",
                link=f"/site/{page}/#part",
                title=f"Page {page}",
                headings=[f"Page {page}", "Part"],
                audience=("patient", "clinician")[page % 2],
            )
        )
    engine = by_words(
        tmp_path_factory.mktemp("index"), passages, {"folders": {"/site/": str(folder)}}
    )
    with served(create_app(settings(), engine)) as address:
        yield address


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    engine = by_words(tmp_path_factory.mktemp("hostile"), hostile_passages())
    with served(create_app(settings(), engine)) as address:
        yield address


@contextmanager
def _watched(browser: Browser, *, scripts: bool = True, width: int = 1200) -> Iterator[Watched]:
    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": width, "height": 800}
    )
    yield Watched(context)
    assert context.cookies() == []
    context.close()


def _hrefs(page: Page) -> list[str]:
    """Every link's address as the browser understands it."""
    return page.eval_on_selector_all("a", "links => links.map(link => link.href)")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_visitor_asks_pages_and_follows(browser: Browser, site: str, *, scripts: bool) -> None:
    with _watched(browser, scripts=scripts) as watched:
        page = watched.page
        page.goto(site)
        page.get_by_label(LABEL).fill("dose of page 3")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=*")
        expect(page).to_have_title(re.compile("^dose of page 3"))
        assert page.get_by_label(LABEL).input_value() == "dose of page 3"
        expect(page.get_by_role("article")).to_have_count(10)
        # An excerpt's whole passage opens without scripts too.
        summary = page.locator("article .whole summary").first
        whole = page.locator("article .whole").first.locator("p").first
        assert not whole.is_visible()
        summary.click()
        assert whole.is_visible()
        page.locator("a[rel=next]").click()
        page.wait_for_url("**page=2*")
        expect(page.get_by_role("article")).to_have_count(2)
        page.go_back()
        expect(page.get_by_role("article")).to_have_count(10)
        page.locator("h2 a").first.click()
        page.wait_for_url("**/site/3/#part")
        box = page.locator("#part").bounding_box()
        assert box is not None
        assert -1 <= box["y"] < 800, "the heading is in the window"
        assert page.title() == "Page 3", "nothing of the folder's page runs"
        assert {url.split("/")[2] for url in watched.asked} == {site.split("/")[2]}


@pytest.mark.parametrize("query", ["", "?q=dose", "?q=dose&page=2", "?q=dose&page=0"])
@pytest.mark.parametrize("width", [320, 1200])
def test_the_page_is_its_own_and_fits(browser: Browser, site: str, query: str, width: int) -> None:
    with _watched(browser, width=width) as watched:
        page = watched.page
        page.goto(f"{site}/{query}")
        assert [error for error in watched.errors if "400" not in error] == []
        assert all(url.startswith((site, "data:")) for url in watched.asked)
        assert any("/static/style.css?v=" in url for url in watched.asked)
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, "nothing has to be scrolled sideways"
        stored = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
        assert stored == [0, 0, ""]


def test_the_keyboard_goes_from_the_field_to_the_results(browser: Browser, site: str) -> None:
    with _watched(browser) as watched:
        page = watched.page
        page.goto(f"{site}/?q=dose")
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.getAttribute('href')")
        assert focused == "#main", "the first stop leads past the form"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize(
    "query",
    [
        "q=dose&group_by=none",
        "q=dose&group_by=none&mode=semantic",
        "q=%3Cscript%3Edocument.title%3D'owned'%3C/script%3E",
        "q=%22+autofocus+onfocus%3D%22document.title%3D'owned'",
        "q=dose&audience=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "q=dose&page=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E",
    ],
)
def test_nothing_of_a_hostile_page_runs(browser: Browser, hostile: str, query: str) -> None:
    with _watched(browser) as watched:
        page = watched.page
        page.goto(f"{hostile}/?{query}")
        page.evaluate(EVERY_EVENT)
        assert watched.dialogs == []
        assert [error for error in watched.errors if "400" not in error] == []
        assert page.title() != "owned"
        assert all(url.startswith((hostile, "data:")) for url in watched.asked)
        ours = f"{hostile}/"
        assert all(href.startswith((ours, "http://", "https://")) for href in _hrefs(page))
        strange = "script:not([src^='/static/']), iframe, img, svg, object, [onerror], [onload], [onfocus], [onmouseover]"
        assert page.locator(strange).count() == 0


def test_a_hostile_question_is_read_back_as_it_was(browser: Browser, hostile: str) -> None:
    q = "</title><img src=x onerror=\"document.title='owned'\"> '\" &amp;"
    with _watched(browser, scripts=False) as watched:
        page = watched.page
        page.goto(hostile)
        page.get_by_label(LABEL).fill(q)
        page.get_by_role("button", name="Search").click()
        page.wait_for_url("**/?q=*")
        assert page.get_by_label(LABEL).input_value() == q
        assert page.title().startswith(q[:50])
