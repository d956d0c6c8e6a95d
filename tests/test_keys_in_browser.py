"""Suggestions under the field, and the keyboard's shortcuts."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browsing import IN_BROWSER
from tests.search_index import HOSTILE
from tests.test_live_in_browser import NOTHING, STORED, STRANGE, come, holding, visiting
from tests.test_tasks_in_browser import found, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = IN_BROWSER
SUGGEST = "**/api/v1/suggest?*"
RESULTS = "/?q=side+effects+of+lanreotide"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory) as address:
        yield address


def _suggested(page: Page, *texts: str, highlights: Any = ()) -> None:
    """Answer what is typed with suggestions."""
    body = [{"text": text, "kind": "title", "highlights": list(highlights)} for text in texts]
    answer = json.dumps({"suggestions": body})
    page.route(SUGGEST, lambda route: route.fulfill(body=answer, content_type="application/json"))


def _chosen(page: Page) -> str | None:
    """The text of the option that the field points to."""
    pointed = page.locator("#q").get_attribute("aria-activedescendant")
    selected = page.locator("[role=option][aria-selected=true]")
    if pointed is None:
        assert selected.count() == 0
        return None
    assert selected.get_attribute("id") == pointed
    return selected.inner_text()


# Suggestions


def test_suggestions_are_a_combobox(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        _suggested(page, "First", "Second")
        field = page.get_by_role("combobox")
        expect(field).to_have_attribute("aria-expanded", "false")
        field.press_sequentially("si")
        expect(field).to_have_attribute("aria-expanded", "true")
        options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
        expect(options).to_have_text(["First", "Second"])
        expect(field).to_have_attribute("aria-controls", "suggestions")
        ways = [
            *(("ArrowDown", each) for each in ("First", "Second", None, "First")),
            *(("ArrowUp", each) for each in (None, "Second", "First", None)),
        ]
        for key, expected in ways:
            page.keyboard.press(key)
            assert _chosen(page) == expected
            expect(field).to_be_focused()
        assert field.input_value() == "si"
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_be_hidden()
        expect(field).to_have_attribute("aria-expanded", "false")
        assert field.input_value() == "si", "only the list was dismissed"


@pytest.mark.parametrize("with_mouse", [True, False])
def test_a_suggestion_is_chosen(browser: Browser, service: str, *, with_mouse: bool) -> None:
    with visiting(browser, service) as page:
        page.locator("#q").press_sequentially("lanr")
        option = page.get_by_role("option", name="Lanreotide")
        expect(option).to_be_visible()
        if with_mouse:
            option.click()
        else:
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
        expect(page).to_have_title(re.compile("^Lanreotide – "))
        expect(page.locator("#q")).to_have_value("Lanreotide")
        expect(page.locator("#q")).to_be_focused()
        expect(page.get_by_role("listbox")).to_be_hidden()


def test_what_is_suggested_goes_when_the_field_is_left(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.locator("#q").press_sequentially("lanr")
        expect(page.get_by_role("listbox")).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_role("listbox")).to_be_hidden()


def test_enter_asks_what_was_typed_unless_one_is_chosen(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        _suggested(page, "First", "Second")
        page.locator("#q").press_sequentially("surgery")
        expect(page.get_by_role("listbox")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_role("listbox")).to_be_hidden()
        expect(page).to_have_title(re.compile("^surgery – "))


def test_the_newest_suggestions_are_shown(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        held = holding(page, SUGGEST)
        for number, more in enumerate(("lan", "r")):
            page.locator("#q").press_sequentially(more)
            come(page, held, number + 1)
        held[1].continue_()
        expect(page.get_by_role("option")).to_have_text(["Lanreotide"])


def test_marks_count_characters_as_people_do(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        marks = [{"start": 3, "end": 6}, {"start": 8, "end": 9}]
        _suggested(page, "🍎🍏 eat 🙂🍐", highlights=marks)
        page.locator("#q").press_sequentially("eat")
        expect(page.get_by_role("option")).to_have_text("🍎🍏 eat 🙂🍐")
        assert page.locator("#suggestions b").all_inner_texts() == ["eat", "🍐"]
        page.unroute(SUGGEST)
        page.locator("#q").fill("eating")
        expect(page.get_by_role("option")).to_have_text("Eating well 🍎 at home")
        assert page.locator("#suggestions b").all_inner_texts() == ["Eating"]


def test_hostile_suggestions_are_text(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        _suggested(page, *HOSTILE, highlights=[{"start": 1, "end": 4}])
        page.locator("#q").press_sequentially("zz")
        expect(page.get_by_role("option")).to_have_text(list(HOSTILE), use_inner_text=True)
        assert page.locator(STRANGE).count() == 0
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#q")).to_have_value(HOSTILE[0])


@pytest.mark.parametrize("body", ["", "<html>", "{}", '{"suggestions": null}'])
def test_suggestions_may_be_missing(browser: Browser, service: str, body: str) -> None:
    with visiting(browser, service) as page:
        page.route(SUGGEST, lambda route: route.fulfill(body=body))
        page.locator("#q").press_sequentially("lanreotide")
        expect(page).to_have_title(re.compile("^lanreotide – "))
        expect(page.get_by_role("listbox")).to_be_hidden()


# Shortcuts


def _at(page: Page) -> int:
    """The number of the result that has the focus, from 0; -1: the field."""
    return page.evaluate(
        """() => document.activeElement.id === 'q' ? -1
          : [...document.querySelectorAll('h2 a')].indexOf(document.activeElement)"""
    )


def test_arrows_and_letters_go_through_the_results(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.keyboard.press("/")
        expect(page.locator("#q")).to_be_focused()
        assert page.evaluate("getSelection().toString()") == "side effects of lanreotide"
        for key, there in (
            *(("ArrowDown", 0), ("ArrowDown", 1), ("j", 2), ("k", 1)),
            *(("ArrowUp", 0), ("k", -1), ("ArrowUp", -1), ("ArrowDown", 0)),
        ):
            page.keyboard.press(key)
            assert _at(page) == there
            expect(page.locator(":focus")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.wait_for_url("**/site/1/#part-1")


def test_letters_go_to_the_first_result_from_anywhere(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.keyboard.press("j")
        assert _at(page) == 0
        for _ in range(12):
            page.keyboard.press("j")
        assert _at(page) == 9, "the last one is the last"


def test_letters_act_on_the_result(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service)
        first = page.get_by_role("article").first
        for key in "xcw":  # not in a result yet
            page.keyboard.press(key)
        expect(page.locator(".opened, .why[open], #said.shown")).to_have_count(0)
        page.keyboard.press("j")
        opener = first.locator(".in-context")
        expect(opener).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("x")
        expect(first.locator(".before")).to_contain_text("Lanreotide: what it is")
        expect(first.locator(".after")).to_contain_text("Daily life with Lanreotide")
        expect(opener).to_have_attribute("aria-expanded", "true")
        expect(page.locator("#said")).to_have_text("Context shown: 1 before, 1 after")
        page.keyboard.press("x")
        expect(first.locator(".before, .after")).to_have_count(0)
        expect(opener).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("c")
        expect(page.locator("#said.shown")).to_have_text("Citation copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == first.locator(".citation").text_content()
        page.keyboard.press("w")
        expect(first.locator(".why li").first).to_be_visible()
        page.keyboard.press("w")
        expect(first.locator(".why li").first).to_be_hidden()
        assert _at(page) == 0


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_context_opens_by_the_keys_of_a_button(
    browser: Browser, service: str, key: str
) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.get_by_role("button", name="In context").first.press(key)
        expect(page.locator(".opened")).to_have_count(1)
        assert page.evaluate("scrollY") == 0


def test_a_citation_that_may_not_be_copied_is_selected(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
        page.get_by_role("button", name="Copy citation").first.click()
        expect(page.locator("#said")).to_contain_text("The citation is selected")
        citation = page.locator(".citation").first
        expect(citation).to_be_visible()
        assert page.evaluate("getSelection().toString()").strip() == citation.inner_text().strip()


def test_keys_are_left_alone_while_typing_or_held_with_others(
    browser: Browser, service: str
) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.locator("#q").fill("")
        page.locator("#q").press_sequentially("jx/?kcw")
        expect(page.locator("#q")).to_have_value("jx/?kcw")
        expect(page.locator("dialog")).to_be_hidden()
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.locator("h2 a").first.focus()
        for key in ("j", "x", "w", "/", "?"):
            for held in ("Control", "Meta", "Alt"):
                taken = page.evaluate(
                    """([key, held]) => !document.activeElement.dispatchEvent(new KeyboardEvent('keydown',
                      { key, [held]: true, bubbles: true, cancelable: true }))""",
                    [key, {"Control": "ctrlKey", "Meta": "metaKey", "Alt": "altKey"}[held]],
                )
                assert not taken
        assert _at(page) == 0
        expect(page.locator("dialog")).to_be_hidden()
        expect(page.locator(".opened, .why[open]")).to_have_count(0)


def test_the_list_of_keys_opens_and_gives_the_focus_back(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.keyboard.press("j")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog).to_be_visible()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.closest('dialog') !== null")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert _at(page) == 0
        opener = page.get_by_role("button", name="Keyboard shortcuts")
        opener.press("Enter")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Close").press("Enter")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()


def test_single_keys_can_be_switched_off_for_good(browser: Browser, service: str) -> None:
    with visiting(browser, f"{service}{RESULTS}") as page:
        page.keyboard.press("?")
        switch = page.get_by_role("checkbox", name="Single keys are shortcuts")
        expect(switch).to_be_checked()
        switch.press("Space")
        page.keyboard.press("Escape")
        for _ in range(2):
            for key in ("j", "/", "?"):
                page.keyboard.press(key)
            expect(page.locator("dialog")).to_be_hidden()
            assert page.evaluate("document.activeElement === document.body")
            assert page.evaluate(STORED) == [["net-search-keys-off"], *NOTHING[1:]]
            page.reload()
        page.locator("#q").focus()
        page.keyboard.press("ArrowDown")
        assert _at(page) == 0, "arrows are no single letters"
        page.get_by_role("button", name="Keyboard shortcuts").click()
        expect(switch).not_to_be_checked()
        switch.check()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("/")
        assert _at(page) == -1
        assert page.evaluate(STORED) == NOTHING


def test_keys_work_where_nothing_may_be_kept(browser: Browser, service: str) -> None:
    with visiting(browser, service) as page:
        page.add_init_script(
            """Object.defineProperty(window, 'localStorage', {
              get() { throw new DOMException('denied', 'SecurityError'); } })"""
        )
        page.goto(f"{service}{RESULTS}")
        page.keyboard.press("j")
        assert _at(page) == 0
        found(page, 12)
