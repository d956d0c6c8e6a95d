"""The search box on somebody else's page, as a browser runs it there."""

from __future__ import annotations

import gzip
import json
import re
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from search.app import create_app
from tests.browsing import IN_BROWSER, Watched, running, served
from tests.fakes import passage
from tests.search_index import HOSTILE, HOSTILE_LINKS, ROOT, by_words, hostile_passages, settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page, Route

    from indexer.records import Passage
    from search.engine import Engine

pytestmark = IN_BROWSER
SCRIPT = '<script src="{service}/widget.js" data-net-search defer></script>'
FORM = """<form data-net-search action="{service}/" method="get">
<label>Search our pages <input name="q"></label><button>Go</button></form>"""
LONG = "<p>" + "Words of the page around it. " * 200 + "</p>"
# Nothing is allowed but what docs/embedding.md says to allow, and the host's own style and icon;
# no text may become markup or script.
DOCUMENTED = re.search(
    r"`Content-Security-Policy` needs `([^`]+)`,\nand the same in `(form-action)`",
    (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8"),
)
assert DOCUMENTED
POLICY = (
    f"default-src 'none'; {DOCUMENTED[1]}; {DOCUMENTED[2]} https://search.example.org;"
    " style-src 'self'; img-src data:; base-uri 'none'; require-trusted-types-for 'script'"
).replace("https://search.example.org", "{service}")
HIDING = """body *, body *::before, body *::after { display: none !important; visibility: hidden !important;
  color: red !important; background: red !important; font: 3px/1 fantasy !important; opacity: 0 !important;
  content: "owned" !important; transition: all 999s !important; animation: none !important;
  position: fixed !important; transform: scale(0) !important; text-transform: uppercase !important; }
html, body { visibility: hidden; color: red; font: 3px/0 fantasy; letter-spacing: 9px; word-spacing: 9px; cursor: none;
  text-indent: 99px; text-align: right; white-space: pre; word-break: break-all; pointer-events: none; user-select: none;
  list-style: disc; quotes: none; text-shadow: 0 0 9px red; border-spacing: 9px; hyphens: auto; tab-size: 99; }"""
# How every element of a box looks, but for what the width of the page decides.
LOOKS = """box => [box, ...box.shadowRoot.querySelectorAll('*')].flatMap(element =>
  ['', '::before', '::after'].flatMap(part => {
    const look = getComputedStyle(element, part);
    if (part && ['none', 'normal'].includes(look.content)) return [part];
    return [...look].filter(name => !/^--|size|width|height|inset|origin|top|left|right|bottom|perspective/.test(name)
      || /font|border|text/.test(name)).map(name => `${element.localName}${part} ${name}: ${look.getPropertyValue(name)}`);
  }))"""
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
HIT = {
    "id": "1", "title": "Title", "headings": ["One", "Two"], "path": "/a/", "text": "Words to read",
    "highlights": [], "link": "https://example.org/a/#two", "reviewed": None,
}  # fmt: skip
ANSWER = {"found": 1, "found_relation": "eq", "answerable": True, "hits": [HIT]}
# What is said to a screen reader from now on: a text that stays as it is is not said again.
LISTEN = """element => { window.said = []; let last = ''; new MutationObserver(() => {
  if (element.textContent && element.textContent !== last) window.said.push(element.textContent);
  last = element.textContent; }).observe(element, {childList: true}) }"""
STRANGE = "script, iframe, img, svg, object, style, [onerror], [onload], [onfocus], [onmouseover]"
EVERY_EVENT = """() => document.querySelectorAll('net-search').forEach(box =>
  box.shadowRoot.querySelectorAll('*').forEach(element =>
    ['mouseover', 'load', 'error'].forEach(name => element.dispatchEvent(new Event(name)))))"""
# The least contrast of any text in the box, to what is painted behind it.
CONTRAST = """box => {
  const light = colour => {
    const part = colour.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255)
      .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const behind = element => {
    const { backgroundColor: colour } = getComputedStyle(element);
    return colour === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : colour;
  };
  const found = [];
  for (const element of box.shadowRoot.querySelectorAll('.panel *, form > button')) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    found.push((pair[0] + 0.05) / (pair[1] + 0.05));
  }
  return [found.length, Math.min(...found)];
}"""


class Host:
    """Another origin, whose pages a test writes."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[str, str, str]] = {}  # path: type, policy, body
        answers = self.answers

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, policy, body = answers.get(self.path, ("text/plain", "", ""))
                self.send_response(200)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def page(
        self, service: str, body: str = FORM + LONG + SCRIPT, css: str = "", html: str = ""
    ) -> str:
        """The address of a page with a body (or of ``html``) that embeds the box of a service."""
        frame = (
            "<!doctype html><html lang=en><meta name=viewport content='width=device-width'>"
            "<title>Host</title><link rel=icon href='data:,'><link rel=stylesheet href='/style.css'>"
        )
        text = html or f"{frame}<body>{body}"
        self.answers["/"] = (
            "text/html",
            POLICY.format(service=service),
            text.replace("{service}", service),
        )
        self.answers["/style.css"] = ("text/css", "", css)
        return f"{self.origin}/"


def serving(engine: Engine, host: Host) -> AbstractContextManager[str]:
    """A service that the pages of a host may ask."""
    return served(create_app(settings(origins=(host.origin,)), engine))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()
    with running(host.server):
        yield host


def passages() -> list[Passage]:
    """Twelve about doses, each of a page of its own."""
    return [
        passage(
            f"The dose of page {page}. " + "Many more words follow. " * 60,
            url=f"https://example.org/{page}/",
            path=f"/{page}/",
            link=f"https://example.org/{page}/#part",
            title=f"Page {page}",
            headings=[f"Page {page}", "Doses", f"Dose {page}"],
            audience=("patient", "clinician")[page % 2],
            reviewed="2026-06-03",
        )
        for page in range(12)
    ]


@pytest.fixture(scope="module")
def service(host: Host, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(by_words(tmp_path_factory.mktemp("index"), passages()), host) as address:
        yield address


@contextmanager
def visit(browser: Browser, address: str, suggested: Any = (), **options: Any) -> Iterator[Page]:
    """A page of a context of its own, on which nothing goes wrong and nothing is kept.

    ``suggested`` are the service's suggestions, or the status that it has instead.
    """
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
    watched = Watched(context)
    if isinstance(suggested, int):
        stand_in(watched.page, "suggest", {}, status=suggested)
    else:
        stand_in(watched.page, "suggest", {"suggestions": list(suggested)})
    watched.page.goto(address)
    yield watched.page
    # What a test makes the service or the network refuse is in the console as well.
    assert [each for each in watched.errors if "Failed to load resource" not in each] == []
    assert watched.dialogs == []
    assert context.cookies() == []
    context.close()


def stand_in(
    page: Page, route: str, body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> list[str]:
    """Answer in the service's place; the addresses that were asked, as they come."""
    asked: list[str] = []

    def fulfil(call: Route) -> None:
        asked.append(call.request.url)
        call.fulfill(status=status, headers={**CORS, **(headers or {})}, body=json.dumps(body))

    page.unroute(f"**/api/v1/{route}?*")
    page.route(f"**/api/v1/{route}?*", fulfil)
    return asked


def _box(page: Page, number: int = 0) -> Locator:
    return page.get_by_role("searchbox").nth(number)


def _panel(page: Page, number: int = 0) -> Locator:
    return page.locator("net-search .panel").nth(number)


def ask(page: Page, q: str = "dose", number: int = 0) -> Locator:
    """The panel after a question was typed and answered."""
    with page.expect_request("**/api/v1/search?*"):
        _box(page, number).fill(q)
    panel = _panel(page, number)
    expect(panel).to_have_attribute("aria-busy", "false")
    return panel


def _focused(page: Page) -> str:
    """What has the focus in a box: a link's or button's words, or the name of the field."""
    return page.evaluate(
        "document.activeElement.shadowRoot?.activeElement?.textContent"
        " || document.activeElement.shadowRoot?.activeElement?.name || document.activeElement.id"
    )


def _stop_time(page: Page, address: str) -> None:
    """Go to a page on which time passes only as the test says."""
    page.clock.install(time=0)
    page.goto(address)
    page.clock.pause_at(60_000)


def completions(*texts: str) -> list[dict[str, Any]]:
    return [
        {"text": text, "kind": "title", "highlights": [{"start": 0, "end": 2}]} for text in texts
    ]


def test_it_is_small_and_any_site_may_load_it(tmp_path: Path) -> None:
    client = create_app(settings(), by_words(tmp_path, [passage("A dose")])).test_client()
    with client.get("/widget.js") as answer:
        assert answer.status_code == 200
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.data == (ROOT / "search" / "static" / "widget.js").read_bytes()
        assert len(gzip.compress(answer.data)) < 15_000


def test_it_answers_under_a_strict_policy_and_tells_nobody(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, host.page(service)) as page:
        requests: list[Any] = []
        page.on("request", lambda each: requests.append(each) or None)
        panel = ask(page)
        first = panel.locator("ol li").first
        best = page.request.get(f"{service}/api/v1/search?q=dose").json()["hits"][0]
        assert first.locator("p").first.text_content() == f"{best['title']} › Doses"
        link = first.get_by_role("link")
        assert link.text_content() == best["headings"][-1]
        assert link.get_attribute("href") == best["link"]
        assert first.locator("mark").first.text_content() == "dose"
        assert "Reviewed or updated 3 June 2026" in (first.text_content() or "")
        assert panel.locator("ol li").count() == 5
        everything = panel.get_by_role("link", name="All 12 results")
        assert everything.get_attribute("href") == f"{service}/?q=dose"
        assert {each.url.split("?")[0] for each in requests} == {
            f"{service}/api/v1/search",
            f"{service}/api/v1/suggest",
        }
        for each in requests:
            assert not {"referer", "cookie", "authorization"} & set(each.all_headers())
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert page.locator("[style], style").count() == 0


def test_it_withstands_a_page_that_hides_everything(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, host.page(service, css=HIDING)) as page:
        link = ask(page).locator("ol a").first
        box = page.locator("net-search")
        size = box.bounding_box()
        assert size is not None
        assert size["width"] > 400
        looks = box.evaluate(LOOKS)
        link.click(trial=True)  # it is visible, and nothing lies over it
    with visit(browser, host.page(service)) as page:
        ask(page)
        expected = page.locator("net-search").evaluate(LOOKS)
    differing = [pair for pair in zip(looks, expected, strict=True) if pair[0] != pair[1]]
    assert len(looks) > 5000
    assert differing == []


def test_two_boxes_on_a_page_do_not_meddle(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, host.page(service, FORM + LONG + FORM + SCRIPT + SCRIPT)) as page:
        assert page.locator("net-search").count() == 2
        ask(page, "page 3", number=1)
        assert not _panel(page, 0).is_visible()
        ask(page, "page 4", number=0)
        assert not _panel(page, 1).is_visible(), "one that is left closes"
        assert _box(page, 1).input_value() == "page 3"


def test_scripts_on_a_page_without_forms_put_a_box_each_where_they_stand(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, host.page(service, SCRIPT + LONG + SCRIPT)) as page:
        after = "document.querySelectorAll('script + net-search').length"
        assert page.evaluate(after) == 2
        assert ask(page, number=1).locator("ol li").count() == 5


def test_a_script_in_the_head_of_a_page_without_forms_adds_nothing(
    browser: Browser, host: Host, service: str
) -> None:
    html = f"<!doctype html><title>Host</title><link rel=icon href='data:,'>{SCRIPT}<body>{LONG}"
    with visit(browser, host.page(service, html=html)) as page:
        assert page.evaluate("customElements.get('net-search') !== undefined")
        assert page.locator("net-search").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_enter_leads_to_the_search_page(
    browser: Browser, host: Host, service: str, *, scripts: bool
) -> None:
    with visit(browser, host.page(service), java_script_enabled=scripts) as page:
        box = _box(page) if scripts else page.get_by_role("textbox", name="Search our pages")
        assert box.count() == 1
        box.fill("dose of page 3")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{service}/?q=dose+of+page+3")
        assert page.get_by_role("article").count() > 0


def test_a_browser_that_lacks_something_keeps_the_plain_form(
    browser: Browser, host: Host, service: str
) -> None:
    context = browser.new_context()
    context.add_init_script("delete CSSStyleSheet.prototype.replaceSync")
    page = context.new_page()
    page.goto(host.page(service))
    assert page.locator("net-search").count() == 0
    assert page.get_by_role("button", name="Go").is_visible()
    context.close()


def test_the_form_gives_its_label_what_was_typed_and_its_hidden_fields(
    browser: Browser, host: Host, service: str
) -> None:
    form = FORM.replace('name="q"', 'name="q" autofocus value="dose" placeholder="e.g. a drug"')
    form = form.replace("</form>", '<input type="hidden" name="audience" value="patient"></form>')
    with visit(browser, host.page(service, form + SCRIPT)) as page:
        box = page.get_by_role("searchbox", name="Search our pages")
        assert box.input_value() == "dose"
        assert _focused(page) == "q", "who was typing goes on"
        assert box.get_attribute("placeholder") == "e.g. a drug"
        panel = ask(page, "page")
        everything = panel.get_by_role("link", name="All 6 results")
        assert everything.get_attribute("href") == f"{service}/?audience=patient&q=page"
        page.keyboard.press("Enter")
        page.wait_for_url(f"{service}/?q=page&audience=patient")


def test_the_keyboard_goes_through_suggestions_and_results(
    browser: Browser, host: Host, service: str
) -> None:
    body = FORM + '<a id="after" href="/">After</a>' + LONG + SCRIPT
    found = completions("dose of page 7", "Doses")
    with visit(browser, host.page(service, body), found) as page:
        panel = ask(page)
        first = panel.locator("ol a").first.text_content()
        marks = panel.locator(".suggestions mark")
        assert marks.all_text_contents() == ["do", "Do"]
        press = page.keyboard.press
        for key, expected in [
            ("ArrowDown", "dose of page 7"),
            ("ArrowDown", "Doses"),
            ("ArrowDown", first),
            ("ArrowUp", "Doses"),
            ("ArrowUp", "dose of page 7"),
            ("ArrowUp", "q"),
            ("ArrowUp", "All 12 results"),
            ("ArrowDown", "q"),
        ]:
            press(key)
            assert _focused(page) == expected
        press("ArrowDown")
        press("Enter")
        assert _box(page).input_value() == "dose of page 7"
        assert _focused(page) == "q"
        panel.locator("ol a", has_text="Dose 7").wait_for()
        press("ArrowDown")
        press("Escape")
        assert _focused(page) == "q"
        assert not panel.is_visible()
        assert _box(page).input_value() == "dose of page 7", "Escape closes, and clears nothing yet"
        press("ArrowDown")
        assert panel.is_visible()
        press("ArrowDown")
        page.keyboard.type("s")
        assert _box(page).input_value() == "dose of page 7s", "letters go on with the question"


def test_tab_leaves_and_enter_opens_a_result(browser: Browser, host: Host, service: str) -> None:
    body = FORM + '<a id="after" href="/">After</a>' + LONG + SCRIPT
    with visit(browser, host.page(service, body)) as page:
        page.route("https://example.org/**", lambda route: route.fulfill(body="the page"))
        panel = ask(page)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        assert _focused(page) == "after"
        assert not panel.is_visible()
        _box(page).click()
        assert panel.is_visible()
        page.mouse.click(1100, 700)
        assert not panel.is_visible()
        _box(page).click()
        page.keyboard.press("ArrowDown")
        href = panel.locator("ol a").first.get_attribute("href")
        page.keyboard.press("Enter")
        page.wait_for_url(href)


@pytest.mark.parametrize("inline", [False, True])
def test_tab_goes_through_the_box_in_the_order_it_is_read_and_back(
    browser: Browser, host: Host, service: str, *, inline: bool
) -> None:
    form = FORM.replace("data-net", "data-inline data-net") if inline else FORM
    body = f'<a id="before" href="/">Before</a>{form}<a id="after" href="/">After</a>{SCRIPT}'
    with visit(browser, host.page(service, body), completions("Doses")) as page:
        panel = ask(page)
        names = panel.locator("button, a").all_text_contents()
        assert (names[0], names[-1], len(names)) == ("Doses", "All 12 results", 7)
        # Over the page the panel is one stop, in the flow each of its links and buttons is one.
        stops = ["before", "q", "Search", *(names if inline else names[:1]), "after"]
        page.locator("#before").focus()
        for expected in stops[1:-1]:
            page.keyboard.press("Tab")
            assert _focused(page) == expected
            assert panel.is_visible()
        for expected in reversed(stops[:-2]):
            page.keyboard.press("Shift+Tab")
            assert _focused(page) == expected
        assert panel.is_visible() == inline, "one that is left closes"
        for expected in stops[1:]:
            page.keyboard.press("Tab")
            if not panel.is_visible() and expected == "q":
                page.keyboard.press("ArrowDown")
            assert _focused(page) == expected
        assert panel.is_visible() == inline


def test_the_item_that_has_the_focus_is_the_stop(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, host.page(service)) as page:
        panel = ask(page)
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        third = _focused(page)
        page.keyboard.press("Shift+Tab")
        assert _focused(page) == "Search"
        page.keyboard.press("Tab")
        assert _focused(page) == third == panel.locator("ol a").nth(2).text_content()
        page.keyboard.press("Escape")
        assert _focused(page) == "q"
        assert not panel.is_visible()


def test_in_the_flow_results_push_the_page_down_and_are_stops_of_it(
    browser: Browser, host: Host, service: str
) -> None:
    body = FORM.replace("data-net", "data-inline data-net") + '<p id="below">Below</p>' + SCRIPT
    with visit(browser, host.page(service, body)) as page:
        panel = ask(page)
        size, below = panel.bounding_box(), page.locator("#below").bounding_box()
        assert size is not None
        assert below is not None
        assert below["y"] >= size["y"] + size["height"]
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert _focused(page) == panel.locator("ol a").first.text_content()
        page.locator("#below").click()
        page.evaluate("document.activeElement.blur()")
        assert panel.is_visible()


def test_each_search_is_said_once(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, "about:blank", completions("Dose")) as page:
        _stop_time(page, host.page(service))
        page.locator("net-search [role=status]").evaluate(LISTEN)
        # The first two are no more than typing; the last two are two searches of one number.
        for q, rests in [("do", 150), ("dos", 150), ("dose", 9000), ("dose of page", 9000)]:
            _box(page).fill(q)
            with page.expect_request("**/api/v1/search?*"):
                page.clock.run_for(150)
            expect(_panel(page)).to_have_attribute("aria-busy", "false")
            page.clock.run_for(rests)
        assert page.evaluate("window.said") == ["12 results, 5 shown."] * 2


def test_one_question_is_asked_when_the_typing_rests(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, "about:blank") as page:
        _stop_time(page, host.page(service))
        asked = stand_in(page, "search", ANSWER)
        _box(page).press_sequentially("d")
        page.clock.run_for(1000)
        assert not _panel(page).is_visible()
        _box(page).press_sequentially("ose")
        with page.expect_response("**/api/v1/search?*"):
            page.clock.run_for(200)
        assert asked == [f"{service}/api/v1/search?q=dose&per_page=5&typed=true"]


def test_an_older_question_is_given_up(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, "about:blank") as page:
        _stop_time(page, host.page(service))
        held: list[Route] = []
        page.route("**/api/v1/search?*", lambda route: held.append(route) or None)
        _box(page).fill("page 1")
        with page.expect_request("**/api/v1/search?*"):
            page.clock.run_for(150)
        with page.expect_event("requestfailed", lambda each: "page+1&" in each.url) as failed:
            _box(page).fill("page 2")
        assert failed.value.failure == "net::ERR_ABORTED"
        with page.expect_request("**/api/v1/search?*"):
            page.clock.run_for(150)
        assert _panel(page).text_content() == "Searching …", "nothing failed for the visitor"
        held[-1].continue_()
        _panel(page).locator("ol a", has_text="Dose 2").wait_for()


def test_the_service_suggests(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, host.page(service)) as page:
        page.unroute("**/api/v1/suggest?*")
        with page.expect_response("**/api/v1/suggest?*") as answer:
            ask(page, " dos ")
        assert answer.value.url == f"{service}/api/v1/suggest?q=dos+&limit=5"
        ask(page, "dos")
        shown = page.locator(".suggestions button").all_text_contents()
        assert 0 < len(shown) <= 5
        assert all("Dos" in each for each in shown)


@pytest.mark.parametrize("hovered", [True, False])
def test_late_suggestions_do_not_move_what_is_about_to_be_chosen(
    browser: Browser, host: Host, service: str, *, hovered: bool
) -> None:
    with visit(browser, host.page(service)) as page:
        page.unroute("**/api/v1/suggest?*")
        held: list[Route] = []
        page.route("**/api/v1/suggest?*", lambda route: held.append(route) or None)
        panel = ask(page)
        if hovered:
            panel.locator("ol li").first.hover()
        else:
            page.mouse.move(1100, 10)
        suggestions = json.dumps({"suggestions": completions("Doses")})
        with page.expect_response("**/api/v1/suggest?*"):
            held[0].fulfill(status=200, headers=CORS, body=suggestions)
        if not hovered:
            panel.locator(".suggestions").wait_for()
        # One turn of the page's events after the answer.
        page.evaluate("new Promise(done => setTimeout(done))")
        assert panel.locator(".suggestions").count() == (not hovered)


def test_results_come_without_suggestions(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, host.page(service), 404) as page:
        panel = ask(page)
        assert panel.locator("ol li").count() == 5
        assert panel.locator(".suggestions").count() == 0


def test_nothing_of_a_hostile_page_runs_and_all_of_it_is_read(
    browser: Browser, host: Host, tmp_path: Path
) -> None:
    with (
        serving(by_words(tmp_path, hostile_passages()), host) as service,
        visit(browser, host.page(service), completions(*HOSTILE)) as page,
    ):
        seen = set()
        for q in ("dose", *HOSTILE):
            panel = ask(page, q)
            page.evaluate(EVERY_EVENT)
            answer = page.request.get(f"{service}/api/v1/search", params={"q": q, "per_page": 5})
            text = panel.text_content() or ""
            for hit in answer.json()["hits"]:
                assert hit["headings"][-1] in text
                at = hit["highlights"][0]["start"] if hit["highlights"] else 0
                assert hit["text"][at : at + 20].replace("\n", " ") in text
                seen.add(hit["headings"][-1])
            assert panel.locator(STRANGE).count() == 0
            hrefs = panel.locator("a").evaluate_all("links => links.map(link => link.href)")
            assert all(href.startswith(("http://", "https://")) for href in hrefs)
        assert len(seen) == len(HOSTILE_LINKS)
        assert panel.locator(".suggestions button").all_text_contents() == list(HOSTILE[:-1])
        assert page.title() == "Host"


def test_only_addresses_of_the_web_become_links(browser: Browser, host: Host, service: str) -> None:
    web = "https://example.org/a#:~:text=x"
    others = ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "/relative", ""]
    with visit(browser, host.page(service)) as page:
        hits = [{**HIT, "link": link} for link in [*others, web]]
        stand_in(page, "search", {**ANSWER, "hits": hits})
        names = ask(page).locator("ol .name")
        assert names.all_text_contents() == ["Two"] * 6
        hrefs = [each.get_attribute("href") for each in names.all()]
        assert hrefs == [None] * 5 + [web]


def test_marks_count_characters_and_the_excerpt_begins_near_the_first(
    browser: Browser, host: Host, service: str
) -> None:
    text = "🧬 word " * 50 + "the <b>dose</b> and\nthe drug" + " more words" * 50
    start, other = text.index("dose"), text.index("drug")
    hit = {
        **HIT,
        "text": text,
        "highlights": [
            {"start": start, "end": start + 4, "kind": "exact"},
            {"start": other, "end": other + 4, "kind": "synonym"},
            {"start": 9000, "end": 9004, "kind": "exact"},
        ],
    }
    with visit(browser, host.page(service)) as page:
        stand_in(page, "search", {**ANSWER, "hits": [hit]})
        excerpt = ask(page).locator(".excerpt")
        assert excerpt.locator("mark").all_text_contents() == ["dose", "drug"]
        assert excerpt.locator("mark.synonym").all_text_contents() == ["drug"]
        shown = excerpt.text_content() or ""
        assert shown.startswith("… ")
        assert shown.endswith(" …")
        assert "the <b>dose</b> and the drug more" in shown
        assert shown.index("dose") < 70
        assert len(shown) < 190


def test_what_was_understood_is_said_with_a_way_back(
    browser: Browser, host: Host, service: str
) -> None:
    answer = {
        **ANSWER,
        "corrections": [{"from": "pallitive", "to": "palliative"}],
        "expansions": [{"from": "SSA", "to": "somatostatin analogue", "source": "page"}],
    }
    with visit(browser, host.page(service)) as page:
        stand_in(page, "search", answer)
        line = ask(page, "pallitive SSA").locator(".line")
        assert line.text_content() == (
            "Showing results for palliative in place of “pallitive”."
            " Also looked for somatostatin analogue. Search for my words alone"
        )
        alone = f"{service}/?q=pallitive+SSA&correct=false&expand=false"
        assert line.get_by_role("link").get_attribute("href") == alone


@pytest.mark.parametrize("hits", [[], [HIT]])
def test_no_answer_is_said_plainly_with_whom_to_call(
    browser: Browser, host: Host, service: str, hits: list[Any]
) -> None:
    script = SCRIPT.replace("defer", "defer data-helpline='Call <b>1300</b>'")
    own = FORM.replace("data-net", "data-helpline='Ring the nurse' data-net")
    with visit(browser, host.page(service, FORM + own + script)) as page:
        stand_in(page, "search", {**ANSWER, "answerable": False, "found": len(hits), "hits": hits})
        notice = ask(page).locator(".notice").text_content() or ""
        assert "Call <b>1300</b>" in notice
        assert ("We could not find an answer" if hits else "Nothing found") in notice
        assert _panel(page).locator("ol li").count() == len(hits)
        assert "Ring the nurse" in (ask(page, number=1).locator(".notice").text_content() or "")


def test_no_answer_is_not_said_of_words_that_are_still_typed(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, "about:blank") as page:
        _stop_time(page, host.page(service))
        stand_in(page, "search", {**ANSWER, "answerable": False})
        _box(page).fill("octreo")
        with page.expect_response("**/api/v1/search?*"):
            page.clock.run_for(150)
        for _ in range(5):  # turns in which the answer is read
            page.evaluate("Promise.resolve()")
        assert _panel(page).text_content() == "Searching …"
        page.clock.resume()
        _panel(page).get_by_text("We could not find an answer").wait_for()


def test_a_refusal_is_said_plainly(browser: Browser, host: Host, service: str) -> None:
    wrong = {"error": {"message": "q: is <b>wrong</b>"}}
    secret = {"error": {"message": "a secret"}}
    with visit(browser, host.page(service), completions("Doses")) as page:
        for status, after, body, said in [
            (400, "", wrong, "q: is <b>wrong</b>"),
            (400, "", [], "The search did not work."),
            (500, "", secret, "The search did not work."),
            (429, "", {}, "Too many searches at once. Try again in a moment."),
            (503, "soon", {}, "The search is not available just now. Try again in a moment."),
            (503, "240", {}, "The search is not available just now. Try again in 4 minutes."),
        ]:
            stand_in(page, "search", body, status, {"Retry-After": after})
            assert ask(page, f"dose {said}").locator(".notice p").text_content() == said
            page.keyboard.press("ArrowDown")
            assert _focused(page) == "Try again"
        page.locator("net-search [role=status]", has_text=said).wait_for(state="attached")


def test_a_pause_that_the_service_asks_for_is_kept(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, "about:blank") as page:
        _stop_time(page, host.page(service))
        refused = stand_in(page, "search", {}, 429, {"Retry-After": "30"})
        _box(page).fill("dose")
        with page.expect_response("**/api/v1/search?*"):
            page.clock.run_for(200)
        notice = _panel(page).locator(".notice")
        notice.get_by_text("Too many searches at once. Try again in 30 seconds.").wait_for()
        page.clock.run_for(5000)
        _box(page).fill("dose of page")
        page.clock.run_for(200)
        assert (
            "The search asks for a pause. Try again in 25 seconds." in notice.all_text_contents()[0]
        )
        assert len(refused) == 1
        asked = stand_in(page, "search", ANSWER)
        page.clock.run_for(30_000)
        with page.expect_response("**/api/v1/search?*"):
            notice.get_by_role("button", name="Try again").click()
        assert len(asked) == 1


def test_a_service_that_is_down_can_be_tried_again(
    browser: Browser, host: Host, tmp_path: Path
) -> None:
    engine = by_words(tmp_path, [passage("A dose", link="https://example.org/")])
    with serving(engine, host) as service:
        visited = visit(browser, host.page(service), 404)
        page = visited.__enter__()
    panel = ask(page)
    assert "The search can’t be reached just now." in (panel.text_content() or "")
    stand_in(page, "search", ANSWER)
    panel.get_by_role("button", name="Try again").click()
    panel.locator("ol a").wait_for()
    assert panel.locator(".notice").count() == 0
    visited.__exit__(None, None, None)


def test_a_slow_service_is_not_waited_for_long(browser: Browser, host: Host, service: str) -> None:
    with visit(browser, "about:blank") as page:
        _stop_time(page, host.page(service))
        page.route("**/api/v1/search?*", lambda _: None)
        _box(page).fill("dose")
        with page.expect_request("**/api/v1/search?*"):
            page.clock.run_for(200)
        assert "Searching" in (_panel(page).text_content() or "")
        assert _panel(page).get_attribute("aria-busy") == "true"
        page.clock.run_for(5000)
        _panel(page).get_by_text("The search took too long to answer.").wait_for()


def test_offline_is_said_and_the_search_goes_on_by_itself(
    browser: Browser, host: Host, service: str
) -> None:
    with visit(browser, host.page(service)) as page:
        page.context.set_offline(True)
        stand_in(page, "search", ANSWER)
        page.unroute("**/api/v1/search?*")
        panel = ask(page)
        assert "You seem to be offline." in (panel.text_content() or "")
        page.context.set_offline(False)
        panel.locator("ol a").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("answerable", [True, False])
def test_text_is_readable_on_light_and_dark_pages(
    browser: Browser, host: Host, service: str, scheme: str, *, answerable: bool
) -> None:
    css = ":root { color-scheme: light dark }"
    address = host.page(service, css=css)
    marks = [
        {"start": 0, "end": 5, "kind": "exact"},
        {"start": 6, "end": 8, "kind": "synonym"},
    ]
    answer = {
        **ANSWER,
        "answerable": answerable,
        "corrections": [{"from": "a", "to": "b"}],
        "hits": [{**HIT, "highlights": marks, "reviewed": "2026-06-03"}],
    }
    with visit(browser, address, completions("Doses"), color_scheme=scheme) as page:
        stand_in(page, "search", answer)
        ask(page)
        count, least = page.locator("net-search").evaluate(CONTRAST)
        assert count > 8
        assert least >= 4.5
        paper = _box(page).evaluate("element => getComputedStyle(element).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def test_a_page_that_is_always_light_keeps_a_light_box_and_its_own_colours(
    browser: Browser, host: Host, service: str
) -> None:
    css = "net-search { --net-search-accent: #800000; --net-search-width: 300px }"
    with visit(browser, host.page(service, css=css), color_scheme="dark") as page:
        paper = _box(page).evaluate("element => getComputedStyle(element).backgroundColor")
        assert paper == "rgb(255, 255, 255)"
        button = page.get_by_role("button", name="Search")
        colour = button.evaluate("element => getComputedStyle(element).backgroundColor")
        assert colour == "rgb(128, 0, 0)"
        size = page.locator("net-search").bounding_box()
        assert size is not None
        assert size["width"] == 300


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_panel_stays_in_the_window(
    browser: Browser, host: Host, service: str, direction: str
) -> None:
    css = f"body {{ direction: {direction}; margin: 0 }} div {{ width: 190px; margin-inline-start: auto }}"
    address = host.page(service, f"<div>{FORM}</div>{SCRIPT}", css)
    with visit(browser, address, has_touch=True) as page:
        for width in (1200, 360, 320):
            page.set_viewport_size({"width": width, "height": 700})
            size = ask(page, f"dose {width}").bounding_box()
            assert size is not None
            assert size["x"] >= 0
            assert size["x"] + size["width"] <= width
            assert size["y"] + size["height"] <= 700
            assert size["width"] > min(400, width - 20), "wider than the box, which is narrow"
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_finger_finds_its_target(browser: Browser, host: Host, service: str) -> None:
    address = host.page(service)
    found = completions("Doses", "Dose of a drug")
    options = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}
    with visit(browser, address, found, **options) as page:
        corrected = [{"from": "a", "to": "b"}]
        stand_in(page, "search", {**ANSWER, "corrections": corrected})
        ask(page)
        targets = page.locator("net-search .box").locator("input, button, .foot a, .line a, li")
        assert targets.count() == 9
        for target in targets.all():
            size = target.bounding_box()
            assert size is not None
            assert size["height"] >= 44


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_ask_so(
    browser: Browser, host: Host, service: str, motion: str
) -> None:
    with visit(browser, host.page(service), reduced_motion=motion) as page:
        page.route("**/api/v1/search?*", lambda _: None)
        with page.expect_request("**/api/v1/search?*"):
            _box(page).fill("dose")
        name = "element => getComputedStyle(element, '::before').animationName"
        assert (_panel(page).evaluate(name) == "none") == (motion == "reduce")
