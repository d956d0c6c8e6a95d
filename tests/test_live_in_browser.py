"""Searching as one types: the address bar, one question at a time, what is said, and failures."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from search.app import create_app
from search.engine import Engine
from search.errors import RequestError
from tests.browsing import IN_BROWSER, Watched, served
from tests.search_index import by_words, hostile_passages, settings
from tests.test_page_in_browser import EVERY_EVENT
from tests.test_tasks_in_browser import ARABIC, found, passages, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Response, Route

    from search.request import SearchRequest
    from search.schema import Results

pytestmark = IN_BROWSER
SEARCHES = re.compile(r"/\?q=")
TYPING = 250  # ms after which what was typed is asked
# What the status region says from now on, and how often the main part is replaced.
LISTEN = """() => {
  window.said = []; window.shown = 0;
  const region = document.getElementById('said');
  new MutationObserver(() => region.textContent && window.said.push(region.textContent))
    .observe(region, { childList: true, characterData: true, subtree: true });
  document.addEventListener('shown', () => window.shown += 1);
}"""
# A test's clock does not reach the browser's own time-outs.
TIMEOUT = """AbortSignal.timeout = ms => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), ms);
  return controller.signal;
}"""
STORED = """async () => [
  Object.keys(localStorage), Object.keys(sessionStorage), document.cookie,
  (await indexedDB.databases()).length, (await caches.keys()).length,
]"""
NOTHING = [[], [], "", 0, 0]
STRANGE = (
    "script:not([src^='/static/']), iframe, img, svg, object, [onerror], [onload], [onmouseover]"
)
FOREIGN = "<!doctype html><title>Sign in</title><h1 id=found>Sign in to the guest network</h1>"


class Busy(Engine):
    """An engine that refuses while it is told to."""

    refusal: RequestError | None = None

    def search(self, request: SearchRequest) -> Results:
        if self.refusal:
            raise self.refusal
        return super().search(request)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory) as address:
        yield address


@contextmanager
def visiting(browser: Browser, start: str, *, quiet: bool = True, **how: Any) -> Iterator[Page]:
    """A page of its own; unless something fails on purpose, nothing may be in its console."""
    context = browser.new_context(viewport={"width": 1200, "height": 800}, **how)
    context.set_default_timeout(10_000)
    watched = Watched(context)
    watched.page.goto(start)
    yield watched.page
    assert watched.dialogs == []
    expected = [] if quiet else [each for each in watched.errors if "Failed to load" in each]
    assert watched.errors == expected
    assert context.cookies() == []
    context.close()


def types(page: Page, q: str) -> None:
    """Type a question, and see its results without a press of Enter."""
    page.locator("#q").fill(q)
    expect(page).to_have_title(re.compile(f"^{re.escape(q)} – "))


def asks(page: Page, q: str) -> None:
    page.locator("#q").fill(q)
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile(f"^{re.escape(q)} – "))


def parameters(page: Page) -> dict[str, list[str]]:
    """Those in the address bar."""
    return parse_qs(urlsplit(page.url).query)


def until(page: Page, condition: str, given: Any = None) -> None:
    """Wait for a condition in JavaScript; wait_for_function would break the page's policy."""
    page.evaluate(
        f"""given => new Promise((done, fail) => {{
          setTimeout(() => fail(new Error('never: {condition}')), 5000);
          const look = () => {condition} ? done() : requestAnimationFrame(look);
          look();
        }})""",
        given,
    )


def holding(page: Page, requests: str | re.Pattern[str] = SEARCHES) -> list[Route]:
    """The requests from now on, which a test lets go on."""
    held: list[Route] = []

    def hold(route: Route) -> None:  # playwright wants to mark it, and cannot mark a built-in
        held.append(route)

    page.route(requests, hold)
    return held


def come(page: Page, held: list[Route], count: int) -> None:
    """Wait until so many searches were asked for."""
    for _ in range(5_000):
        if len(held) >= count:
            return
        page.evaluate("0")
    raise AssertionError(f"{len(held)} searches, not {count}")


def _q(page: Page) -> str:
    return page.locator("#q").input_value()


# The address bar and the history


def test_all_that_was_typed_is_one_step_of_the_history(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        before = page.evaluate("history.length")
        for q in ("side", "side effects", "side effects of lanreotide"):
            types(page, q)
            assert parameters(page) == {"q": [q]}
        assert page.evaluate("history.length") == before + 1
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Next page").click()
        expect(page.locator("#found")).to_contain_text("page 2 of 2")
        assert page.evaluate("history.length") == before + 2
        types(page, "surgery at home")
        assert page.evaluate("history.length") == before + 3
        for q, heading in (
            ("side effects of lanreotide", "page 2 of 2"),
            ("side effects of lanreotide", "page 1 of 2"),
            ("", "Find the passage"),
        ):
            page.go_back()
            expect(page.locator("#found")).to_contain_text(heading)
            assert _q(page) == q
        page.go_forward()
        expect(page.locator("#found")).to_contain_text("page 1 of 2")
        assert _q(page) == "side effects of lanreotide"


def test_back_leads_from_a_filter_to_what_was_typed(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        types(page, "tell your team about side effects")
        page.locator("summary", has_text="Narrow").click()
        page.get_by_role("link", name="support 4").click()
        found(page, 4)
        page.go_back()
        found(page, 12)
        assert parameters(page) == {"q": ["tell your team about side effects"]}


def test_back_is_not_overtaken_by_what_was_being_typed(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.clock.install()
        asks(page, "lanreotide")
        asks(page, "scans at home")
        held = holding(page)
        page.locator("#q").press_sequentially("!")
        page.go_back()
        come(page, held, 1)
        page.clock.run_for(TYPING)
        held[0].continue_()
        expect(page).to_have_title(re.compile("^lanreotide – "))
        page.clock.run_for(TYPING)
        assert (_q(page), parameters(page)) == ("lanreotide", {"q": ["lanreotide"]})
        assert len(held) == 1


def test_back_comes_to_where_one_was(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}/?q=side+effects") as page:
        for leave, there in (
            (page.locator("a[rel=next]"), "**page=2"),
            (page.locator("h2 a").nth(8), "**/site/**"),
        ):
            leave.scroll_into_view_if_needed()
            until(page, "(scrollY > 300 && history.state?.y === scrollY)")
            y = page.evaluate("scrollY")
            leave.click()
            page.wait_for_url(there)
            page.go_back()
            page.wait_for_url("**/?q=side+effects")
            until(page, "scrollY === given", y)
            assert page.evaluate("scrollY") == y


def test_a_jump_within_the_page_asks_nothing(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}/?q=side+effects") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**#main")
        asks(page, "lanreotide")
        assert [q for url in asked for q in parse_qs(urlsplit(url).query)["q"]] == ["lanreotide"]


# One question at a time


def test_the_last_question_wins(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.clock.install()
        page.evaluate(LISTEN)
        held = holding(page)
        field = page.locator("#q")
        field.press_sequentially("lanr")
        page.clock.run_for(TYPING)
        come(page, held, 1)
        for more in ("eotide", " effects"):
            field.press_sequentially(more)
            page.clock.run_for(TYPING)
        held[0].continue_()
        come(page, held, 2)
        assert [parse_qs(urlsplit(each.request.url).query)["q"] for each in held] == [
            ["lanr"],
            ["lanreotide effects"],
        ]
        assert page.evaluate("window.shown") == 0
        held[1].continue_()
        expect(page).to_have_title(re.compile("^lanreotide effects – "))
        assert page.evaluate("window.shown") == 1
        assert len(held) == 2


def test_a_question_taken_back_is_not_answered(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}/?q=lanreotide") as page:
        page.clock.install()
        held = holding(page)
        page.locator("#q").fill("lanreotide effects")
        page.clock.run_for(TYPING)
        come(page, held, 1)
        page.locator("#q").fill("lanreotide")
        page.clock.run_for(TYPING)
        held[0].continue_()
        come(page, held, 2)
        held[1].continue_()
        expect(page.locator("main")).to_have_attribute("aria-busy", "false")
        expect(page).to_have_title(re.compile("^lanreotide – "))
        assert parameters(page) == {"q": ["lanreotide"]}


# What is said


def test_the_count_is_said_once_for_each_search(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.clock.install()
        page.evaluate(LISTEN)
        said = "12 results, page 1 of 2"
        for times in (1, 2):  # the same words are said again of another search
            asks(page, ("side effects", "side effects of scans")[times - 1])
            page.clock.run_for(5_000)
            expect(page.locator("#said")).to_have_text(said)
            assert page.evaluate("window.said") == [said] * times


@pytest.mark.parametrize("key", ["Escape", "Tab"])
def test_half_a_word_is_not_said_to_have_no_answer(
    browser: Browser, service: str, key: str
) -> None:
    unanswered = "We could not find an answer to this"
    with visiting(browser, service) as page:
        with page.expect_response(SEARCHES):
            page.locator("#q").press_sequentially("scan")
        expect(page.get_by_role("option", name="Scans")).to_be_visible()
        expect(page.locator("main")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#found")).to_contain_text("Find the passage")
        page.keyboard.press(key)  # none of the suggestions was meant
        expect(page.locator("#found")).to_have_text(unanswered)
        assert parameters(page) == {"q": ["scan"]}
        types(page, "football")
        expect(page.locator("#found")).to_have_text(unanswered)


def test_waiting_for_more_letters_delays_no_question(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.clock.install()
        page.clock.pause_at(page.evaluate("Date.now()") + 1000)
        with page.expect_response(SEARCHES) as first:
            page.locator("#q").press_sequentially("scan")
            page.clock.run_for(TYPING)
        first.value.finished()
        page.evaluate("fetch('/healthz').then(answer => answer.text())")  # it was read by now
        with page.expect_request(re.compile(r"/\?q=scans")):
            page.locator("#q").press_sequentially("s")
            page.clock.run_for(TYPING)


def test_a_slow_answer_is_spoken_of(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.clock.install()
        page.evaluate(LISTEN)
        held = holding(page)
        page.locator("#q").fill("lanreotide")
        page.keyboard.press("Enter")
        come(page, held, 1)
        page.clock.run_for(3_100)
        expect(page.locator("#said.shown")).to_contain_text("Still searching")
        held[0].continue_()
        expect(page).to_have_title(re.compile("^lanreotide – "))
        page.clock.run_for(5_000)
        expect(page.locator("#said")).to_have_text(re.compile("results"))
        assert len(page.evaluate("window.said")) == 2


# What stays


def test_filters_stick_until_they_are_lifted(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}/?q=side+effects&correct=false&page=2") as page:
        kept = page.locator("#staying input")
        expect(kept).to_have_count(0)
        page.locator("summary", has_text="Narrow").click()
        page.get_by_role("link", name="support 4").click()
        expect(kept).to_have_count(1)
        types(page, "daily life")
        assert parameters(page) == {"q": ["daily life"], "section": ["support"]}
        page.get_by_role("link", name="support , remove this filter").click()
        expect(kept).to_have_count(0)
        asks(page, "surgery at home")
        assert parameters(page) == {"q": ["surgery at home"]}


def test_the_focus_stays_or_goes_to_the_heading(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        types(page, "tell your team about side effects")
        expect(page.locator("#q")).to_be_focused()
        page.locator("summary", has_text="Narrow").click()
        page.get_by_role("link", name="support 4").press("Enter")
        found(page, 4)
        expect(page.locator("#found")).to_be_focused()
        page.get_by_role("link", name="clinician").press("Enter")
        found(page, 2)
        page.locator("#lift-audience").press("Enter")
        found(page, 4)
        expect(page.locator("#found")).to_be_focused()
        page.locator(".name a").press("Enter")
        expect(page.locator("#found")).to_contain_text("Find the passage")
        expect(page.locator(".name a")).to_be_focused()


def test_nothing_is_stored(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        types(page, "side effects of lanreotide")
        with page.expect_response(SEARCHES):
            page.keyboard.press("Enter")
        expect(page.locator("main")).to_have_attribute("aria-busy", "false")
        page.locator(".in-context").first.click()
        expect(page.locator(".before")).to_be_visible()
        page.go_back()
        expect(page.locator("#found")).to_contain_text("Find the passage")
        assert page.evaluate(STORED) == NOTHING


# Failures


def _try_again(page: Page, q: str) -> None:
    page.get_by_text("Try again", exact=True).click()
    expect(page.get_by_role("article").first).to_be_visible()
    expect(page).to_have_title(re.compile(f"^{q} – "))
    assert (_q(page), parameters(page)) == (q, {"q": [q]})


@pytest.mark.parametrize("enter", [True, False])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "The search can’t be reached"),
        ({"status": 502, "content_type": "text/html", "body": FOREIGN}, "The search did not work"),
        ({"status": 200, "content_type": "text/html", "body": FOREIGN}, "The search did not work"),
        ({"status": 500, "body": ""}, "The search did not work"),
    ],
)
def test_a_failure_is_said_and_mended(
    browser: Browser, service: str, answer: dict[str, Any] | None, said: str, *, enter: bool
) -> None:
    with visiting(browser, service, quiet=False) as page:
        page.route(SEARCHES, lambda route: route.fulfill(**answer) if answer else route.abort())
        page.locator("#q").fill("lanreotide")
        if enter:
            page.keyboard.press("Enter")
        expect(page.locator("#found")).to_have_text(said)
        expect(page.locator("#said")).to_have_text(said)
        page.unroute(SEARCHES)
        _try_again(page, "lanreotide")


def test_a_time_out_is_said_and_mended(browser: Browser, service: str) -> None:
    with visiting(browser, service, quiet=False) as page:
        page.add_init_script(TIMEOUT)
        page.clock.install()
        page.goto(service)
        page.route(SEARCHES, lambda _: None)
        page.locator("#q").fill("lanreotide")
        with page.expect_request(SEARCHES):
            page.keyboard.press("Enter")
        page.clock.run_for(20_100)
        expect(page.locator("#found")).to_have_text("The search took too long")
        page.unroute(SEARCHES)
        _try_again(page, "lanreotide")


def test_once_back_online_the_search_goes_on(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}/?q=side+effects", quiet=False) as page:
        page.context.set_offline(True)
        page.locator("#q").fill("lanreotide")
        expect(page.locator("#found")).to_have_text("You seem to be offline")
        page.context.set_offline(False)
        expect(page).to_have_title(re.compile("^lanreotide – "))
        assert parameters(page) == {"q": ["lanreotide"]}


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (429, "too_many_requests", "that is more than one may ask: wait 3 seconds"),
        (503, "too_busy", "many are searching: try again in a moment"),
    ],
)
def test_a_refusal_is_said_and_mended(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, status: int, code: str, message: str
) -> None:
    engine = by_words(tmp_path_factory.mktemp("busy"), passages())
    busy = Busy(engine.index, engine.encoder, settings())
    with (
        served(create_app(settings(), busy)) as address,
        visiting(browser, address, quiet=False) as page,
    ):
        busy.refusal = RequestError(code, message, None, status)
        page.locator("#q").fill("lanreotide")
        expect(page.locator("main .notice")).to_contain_text(message)
        busy.refusal = None
        _try_again(page, "lanreotide")


# What comes with the page


def test_the_page_comes_in_one_round_and_is_small(browser: Browser, service: str) -> None:
    with visiting(browser, "about:blank") as page:
        answers: list[Response] = []
        page.on("response", lambda answer: answers.extend([answer]))
        page.goto(f"{service}/?q=side+effects", wait_until="networkidle")
        named = page.eval_on_selector_all(
            "link[rel=stylesheet], script", "all => all.map(each => each.href || each.src)"
        )
        loaded = [each for each in answers if not each.url.startswith("data:")]
        assert sorted(each.url for each in loaded) == sorted([page.url, *named])
        assert all(each.url.startswith(service) for each in loaded)
        sizes = [each.request.sizes()["responseBodySize"] for each in loaded]
        assert 0 < sum(sizes) < 60_000
        assert all(each.header_value("content-encoding") for each in loaded)


def test_hostile_text_stays_text_in_a_live_page(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = by_words(tmp_path_factory.mktemp("hostile"), hostile_passages())
    with served(create_app(settings(), engine)) as address, visiting(browser, address) as page:
        page.locator("#q").press_sequentially("title")
        expect(page.get_by_role("option").first).to_contain_text("Title")
        page.evaluate(EVERY_EVENT)
        assert (
            page.get_by_role("option", name="<script>document.title='owned'</script>").count() == 1
        )
        types(page, "dose")
        page.locator(".in-context[href*='onerror']").first.click()
        expect(page.locator(".opened")).to_be_visible()
        page.evaluate(EVERY_EVENT)
        assert page.locator(STRANGE).count() == 0
        assert page.title().startswith("dose")


def test_text_that_runs_from_right_to_left_keeps_its_order(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        types(page, "الجرعة")
        text = page.locator(".passage p", has_text="أسابيع").first
        expect(text).to_have_text(ARABIC)
        ends = """element => {
          const words = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), nodes = [];
          while (words.nextNode()) nodes.push(words.currentNode);
          const box = (node, at) => {
            const range = document.createRange();
            range.setStart(node, at); range.setEnd(node, at + 1);
            return range.getBoundingClientRect().left;
          };
          return [getComputedStyle(element).direction, box(nodes[0], 0) > box(nodes.at(-1), nodes.at(-1).length - 1)];
        }"""
        assert text.evaluate(ends) == ["rtl", True]
        assert page.locator("#q").evaluate("field => getComputedStyle(field).direction") == "rtl"
        assert (
            page.locator("h2").first.evaluate("each => getComputedStyle(each).direction") == "ltr"
        )


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_who_wants_no_motion_sees_none(browser: Browser, service: str, motion: Any) -> None:
    with visiting(browser, service, reduced_motion=motion) as page:
        page.route(SEARCHES, lambda _: None)
        with page.expect_request(SEARCHES):
            page.locator("#q").fill("lanreotide")
        animations = page.evaluate("document.getAnimations().length")
        assert animations == (0 if motion == "reduce" else 1)


@pytest.mark.parametrize("scripts", [True, False])
def test_print_has_the_passages_and_where_they_are(
    browser: Browser, service: str, *, scripts: bool
) -> None:
    start = f"{service}/?q=side+effects"
    with visiting(browser, start, java_script_enabled=scripts) as page:
        page.emulate_media(media="print")
        for hidden in ("form", ".filters summary", ".actions", ".pages", "#show-keys", ".excerpt"):
            expect(page.locator(hidden).first).to_be_hidden()
        assert page.get_by_role("article").count() == 10
        for article in page.get_by_role("article").all():
            whole = article.locator(".passage p:visible").all_inner_texts()
            assert "Tell your care team about each of them. " * 22 in f"{whole[-1]} "
        address = page.locator("h2 a").first.get_attribute("href")
        shown = "getComputedStyle(document.querySelector('h2 a'), '::after').content"
        assert page.evaluate(shown) == f'" ({address})"'
