"""docs/demo is a foreign page in which the search works, as docs/embedding.md says to start it."""

from __future__ import annotations

import json
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from search.app import create_app
from tests.axe import violations
from tests.browsing import IN_BROWSER, Watched, chromium, running, served
from tests.search_index import ROOT, by_words, settings
from tests.test_widget_in_browser import passages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = IN_BROWSER
DEMO = ROOT / "docs" / "demo"
TEXT = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("### Try it in a foreign page")[2].partition("\n## ")[0]
ORIGINS = re.search(r"^NET_ORIGINS='(.*)' make run$", SECTION, re.MULTILINE)
PORT = re.search(
    r"^python3 -m http.server (\d+) --bind 127.0.0.1 --directory docs/demo$", SECTION, re.MULTILINE
)


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for which the page and the service are at the ports that the section names."""
    assert ORIGINS
    assert PORT
    origins = tuple(json.loads(ORIGINS[1]))
    files = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(DEMO)))
    app = create_app(
        settings(origins=origins), by_words(tmp_path_factory.mktemp("index"), passages())
    )
    with running(files), served(app) as service:
        rules = (
            f"MAP 127.0.0.1:{PORT[1]} 127.0.0.1:{files.server_port},"
            f"MAP 127.0.0.1:8000 {service.removeprefix('http://')}"
        )
        with chromium(f"--host-resolver-rules={rules}") as started:
            yield started


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_both_boxes_answer_in_a_page_of_its_own_policy_and_style(
    browser: Browser, scheme: str, width: int
) -> None:
    assert PORT
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    watched = Watched(context)
    page = watched.page
    page.goto(f"http://127.0.0.1:{PORT[1]}/")
    boxes, panels = page.get_by_role("searchbox"), page.locator("net-search .panel")
    assert boxes.count() == 2
    for number, q in enumerate(["dose of page 3", "dose of page 7"]):
        with page.expect_request("http://127.0.0.1:8000/api/v1/search?*"):
            boxes.nth(number).fill(q)
        expect(panels.nth(number)).to_have_attribute("aria-busy", "false")
        assert panels.nth(number).locator("ol li").count() == 5
        assert panels.nth(number).locator("ol a", has_text=f"Dose {q[-1]}").is_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".over").is_visible() is False
    assert watched.errors == []
    assert watched.dialogs == []
    context.close()


def test_the_plain_page_has_the_box_as_it_comes(browser: Browser) -> None:
    assert PORT
    context = browser.new_context(color_scheme="dark")
    watched = Watched(context)
    watched.page.goto(f"http://127.0.0.1:{PORT[1]}/plain.html")
    watched.page.get_by_role("searchbox").fill("dose of page 3")
    watched.page.locator("net-search ol a", has_text="Dose 3").wait_for()
    assert violations(watched.page) == []
    assert watched.errors == []
    context.close()


def test_its_policy_lets_nothing_in_but_its_own_style_and_the_service(browser: Browser) -> None:
    assert PORT
    context = browser.new_context()
    watched = Watched(context)
    watched.page.goto(f"http://127.0.0.1:{PORT[1]}/")
    watched.page.evaluate("document.body.append(Object.assign(new Image, {src: '/x.png'}))")
    watched.page.wait_for_function("document.querySelector('body > img').complete")
    assert "img-src" in " ".join(watched.errors)
    ours = ("http://127.0.0.1:8080/", "http://127.0.0.1:8000/widget.js", "data:")
    assert [each for each in watched.asked if not each.startswith(ours)] == []
    context.close()


@pytest.mark.parametrize("form", [0, 1])
def test_without_scripts_its_forms_lead_to_the_search_page(browser: Browser, form: int) -> None:
    assert PORT
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT[1]}/")
    page.get_by_role("searchbox").nth(form).fill("dose of page 3")
    page.keyboard.press("Enter")
    page.wait_for_url("http://127.0.0.1:8000/?q=dose+of+page+3")
    context.close()
