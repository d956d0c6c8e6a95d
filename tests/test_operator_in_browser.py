"""The operator's page as a browser sees it: narrow, dark, with a password, and from elsewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from indexer.layout import DataFolder
from indexer.report import RunReport
from indexer.store import Store, StoredPage
from search import operator_page
from search.app import create_app
from tests.axe import violations
from tests.browsing import IN_BROWSER, Watched, served
from tests.fakes import FakeEncoder, passage
from tests.search_index import BUILD_ID, by_words, manifest, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = IN_BROWSER
TOKEN = "planted-token-of-the-operator"
RUN = "20240102T030405.000000Z-00a1"
LONG = "https://example.org/" + "a-long-address-without-an-end/" * 8
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOREIGN = """<!doctype html><title>Elsewhere</title>
<form method="post" action="{}/operator/do"><input name="action" value="publish">
<button>Win</button></form>"""


@pytest.fixture(scope="module")
def started() -> Iterator[list[str]]:
    """The runs that were started; none is."""
    calls: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operator_page, "start_run", lambda _, **_how: calls.append(RUN) or RUN)
        yield calls


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, started: list[str]) -> Iterator[str]:
    """A service with something in every section, of long words."""
    assert started == []
    data = DataFolder(tmp_path_factory.mktemp("operator-data"))
    data.create()
    store = Store(data.store)
    for number, state in enumerate(("active", "stale", "missing", "dropped")):
        store.put(StoredPage(f"{LONG}{number}/", "site", state, reason="http_error", detail="503"))
    store.withdraw(f"{LONG}0/", "2024-01-02T03:04:05Z")
    store.close()
    report = RunReport(
        RUN,
        ["site"],
        state="refused",
        error=f"lost pages: {'x' * 200}\n  {LONG} (not_found)",
        pages=4,
        seconds={"crawl": 65.0, "embed": 3.0},
        notes=["n" * 200],
    )
    links = [{"url": LONG, "detail": "404", "on": [LONG, LONG]}]
    text = json.dumps({**report.as_object(), "broken_links": links})
    (data.runs / f"{RUN}.json").write_text(text, encoding="utf-8")
    pages = [passage("A dose", url=LONG, title="Doses", reviewed="2000-01-31")]
    engine = by_words(tmp_path_factory.mktemp("operator-index"), pages)
    (data.index / BUILD_ID).mkdir()
    text = manifest(pages, FakeEncoder()).model_dump_json()
    (data.index / BUILD_ID / "manifest.json").write_text(text, encoding="utf-8")
    data.current.write_text(BUILD_ID)
    made = settings(data=data.root, operator_token=SecretStr(TOKEN))
    with served(create_app(made, engine)) as address:
        yield address


def watched(browser: Browser, width: int = 1200, scheme: str = "light") -> Watched:
    context = browser.new_context(
        java_script_enabled=True,
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
        http_credentials={"username": "me", "password": TOKEN},
    )
    return Watched(context)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/operator", f"/operator/runs/{RUN}", "/operator/plan"])
def test_nothing_is_wider_than_a_telephone(
    browser: Browser, site: str, path: str, scheme: str
) -> None:
    seen = watched(browser, 320, scheme)
    seen.page.goto(site + path)
    seen.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert seen.page.evaluate(WIDER) == 0
    assert seen.page.locator("h1").count() == 1
    assert all(url.startswith((site, "data:")) for url in seen.asked)
    assert seen.page.context.cookies() == []
    # Chromium says so of the first, unauthorised answer.
    assert [each for each in seen.errors if "401" not in each] == []
    seen.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_axe_finds_nothing_wrong(browser: Browser, site: str, width: int, scheme: str) -> None:
    seen = watched(browser, width, scheme)
    for path in ("/operator", f"/operator/runs/{RUN}", "/operator/plan", "/operator/runs/none"):
        seen.page.goto(site + path)
        seen.page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
        assert violations(seen.page) == []
    for button in ("Publish…", "Publish all the same…"):
        seen.page.goto(f"{site}/operator")
        with seen.page.expect_navigation():  # to its end: without its style nothing is right
            seen.page.get_by_role("button", name=button, exact=True).first.click()
        assert violations(seen.page) == []
    seen.page.context.close()


def test_a_run_is_published_by_two_buttons(browser: Browser, site: str, started: list[str]) -> None:
    before = len(started)
    seen = watched(browser)
    page = seen.page
    page.goto(f"{site}/operator")
    page.get_by_role("button", name="Publish…", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "Publish?"
    assert len(started) == before
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url(f"**/operator/runs/{RUN}")
    assert len(started) == before + 1
    assert page.get_by_text("Refused by a gate").is_visible()
    seen.page.context.close()


def test_publishing_all_the_same_needs_a_tick(
    browser: Browser, site: str, started: list[str]
) -> None:
    before = len(started)
    seen = watched(browser)
    seen.page.goto(f"{site}/operator")
    seen.page.get_by_role("button", name="Publish all the same…").click()
    seen.page.get_by_role("button", name="Publish all the same", exact=True).click()
    assert seen.page.url == f"{site}/operator/confirm"
    assert len(started) == before
    seen.page.context.close()


def test_another_site_s_form_is_refused(browser: Browser, site: str, started: list[str]) -> None:
    before = len(started)
    seen = watched(browser)
    page = seen.page
    page.goto(f"{site}/operator")  # from now on the browser sends the password by itself
    page.route("http://elsewhere.example/", lambda route: route.fulfill(
        body=FOREIGN.format(site), content_type="text/html"
    ))  # fmt: skip
    page.goto("http://elsewhere.example/")
    with page.expect_response("**/operator/do") as answer:
        page.get_by_role("button", name="Win").click()
    assert answer.value.status in {401, 403}
    assert len(started) == before
    seen.page.context.close()
