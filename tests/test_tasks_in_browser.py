"""What people come to the search page for, each done in five ways from beginning to end."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from search.app import create_app
from tests.browsing import IN_BROWSER, Watched, served
from tests.fakes import passage
from tests.search_index import COSINE_OVER_HALF, by_words, entry, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Locator, Page

    from indexer.records import Passage

pytestmark = IN_BROWSER
HELPLINE = "Ring the nurses on 1300 000 000"
EXAMPLE = "side effects of PRRT"
TOPICS = (
    *("Octreotide", "Lanreotide", "PRRT", "Surgery", "Everolimus", "Palliative care"),
    *("Eating well 🍎 at home", "Scans", "Blood tests", "Work and money", "Exercise", "Arabic"),
)
PARTS = ("What it is", "Side effects", "Daily life")
SECTIONS = ("treatments", "about-nets", "support")
YEARS = (2022, 2023, 2024, 2025)
ARABIC = "الجرعة 30 mg (مرة واحدة) كل 4 أسابيع"
FILE = """<!doctype html><link rel=icon href="data:,"><title>{topic}</title><h1>{topic}</h1>
{parts}"""
PART = '<div style="height: 2000px">Above</div><h2 id="part-{part}">{heading}</h2><p>{text}</p>'

HOWS: dict[str, dict[str, Any]] = {
    "mouse": {"viewport": {"width": 1200, "height": 800}},
    "no scripts": {"viewport": {"width": 1200, "height": 800}, "java_script_enabled": False},
    "keyboard": {"viewport": {"width": 1200, "height": 800}},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "zoomed": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
}
# What does not fit or cannot be pressed: it sticks out, is cut off, too small or covered.
# Links within a sentence may be as small as its words (WCAG 2.5.8).
MISFITS = """() => {
  const found = [];
  const seen = element => element.checkVisibility({ visibilityProperty: true })
    && !element.closest('.unseen, .skip, svg');
  const name = element => `${element.tagName} ${element.id || element.className} ${element.textContent.trim().slice(0, 40)}`;
  if (document.documentElement.scrollWidth > innerWidth) found.push('scrolls sideways');
  for (const element of [...document.body.querySelectorAll('*')].filter(seen)) {
    const { left, right } = element.getBoundingClientRect();
    if (left < -1 || right > innerWidth + 1) found.push(`sticks out: ${name(element)}`);
    const cut = getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1;
    if (cut && element.tagName !== 'INPUT') found.push(`is cut off: ${name(element)}`);
  }
  const open = document.querySelector('dialog[open]');
  const targets = (open ?? document).querySelectorAll('a, button, summary, input:not([type=hidden]), [role=option]');
  for (const target of [...targets].filter(seen)) {
    target.scrollIntoView({ block: 'center', behavior: 'instant' });
    const box = target.getBoundingClientRect();
    const around = target.closest('label, p, .understood li');
    const words = around && around.textContent.trim().length > target.textContent.trim().length;
    if (!words && (box.width < 24 || box.height < 24)) found.push(`is small: ${name(target)} ${box.width}x${box.height}`);
    const [first] = target.getClientRects();
    const at = document.elementFromPoint(first.left + first.width / 2, first.top + first.height / 2);
    if (!at || !(target.contains(at) || at.contains(target) && at.closest('label'))) found.push(`is covered: ${name(target)} by ${at && name(at)}`);
  }
  scrollTo(0, 0);
  return found;
}"""
# Where the focus is: whether it is seen, and whether it came after what had it before.
FOCUS = """() => {
  const now = document.activeElement, before = window.before;
  window.before = now;
  const box = now.getBoundingClientRect();
  return {
    order: !before || now === document.body || !before.isConnected ? 0
      : before.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING ? 1 : -1,
    shown: getComputedStyle(now).outlineStyle !== 'none' && box.bottom > 0 && box.top < innerHeight,
  };
}"""


def text_of(page: int, part: int) -> str:
    """The words of a passage."""
    topic = TOPICS[page]
    if topic == "Arabic" and part == 0:
        return ARABIC
    return (
        f"{topic}: what it is, and what it is good for.",
        f"The side effects of {topic} are mild for most people.\n• Fatigue 🙂\n• Nausea\n"
        + "Tell your care team about each of them. " * 22,
        f"Daily life with {topic} goes on much as before.",
    )[part]


def passages() -> list[Passage]:
    """Twelve pages of three passages each, in three sections, reviewed in four years."""
    return [
        passage(
            text_of(page, part),
            id=f"{page:02}{part:02}",
            url=f"/site/{page}/",
            path=f"/{page}/",
            link=f"/site/{page}/#part-{part}",
            title=topic,
            headings=[PARTS[part]],
            position=part,
            section=SECTIONS[page % 3],
            audience=("patient", "clinician")[page % 2],
            reviewed=f"{YEARS[page % 4]}-06-01",
        )
        for page, topic in enumerate(TOPICS)
        for part in range(len(PARTS))
    ]


@contextmanager
def serving(factory: pytest.TempPathFactory, **changes: Any) -> Iterator[str]:
    """The address of a service over ``passages()``, and over the folder they are from."""
    folder = factory.mktemp("site")
    for page, topic in enumerate(TOPICS):
        parts = [
            PART.format(part=part, heading=heading, text=text_of(page, part))
            for part, heading in enumerate(PARTS)
        ]
        (folder / str(page)).mkdir()
        html = FILE.format(topic=topic, parts="\n".join(parts))
        (folder / str(page) / "index.html").write_text(html, encoding="utf-8")
    made = {"folders": {"/site/": str(folder)}, "answerability": COSINE_OVER_HALF}
    glossary = [entry("Sandostatin", "octreotide")]
    engine = by_words(factory.mktemp("index"), passages(), made, glossary)
    given = {"helpline": HELPLINE, "examples": (EXAMPLE, "lanreotide"), **changes}
    with served(create_app(settings(**given), engine)) as address:
        yield address


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory) as address:
        yield address


class Visitor:
    """Somebody at the search page who uses it in one of the ways."""

    def __init__(self, page: Page, how: str, service: str) -> None:
        self.page = page
        self.service = service
        self.scripts = how != "no scripts"
        self._keyboard = how == "keyboard"
        self._is_narrow = how in {"narrow", "zoomed"}

    def comes(self, path: str = "/") -> None:
        """Open a page of the service."""
        self.page.goto(f"{self.service}{path}")
        self.looks()

    def asks(self, q: str) -> None:
        """Put a question into the field."""
        field = self.page.locator("#q")
        if self._keyboard:
            self._goes_to(field)
            self.page.keyboard.press("Control+a")
            self.page.keyboard.type(q)
        else:
            field.click()
            field.fill(q)
        self.page.keyboard.press("Enter")
        expect(self.page).to_have_title(re.compile(f"^{re.escape(q)}"))
        self.looks()

    def presses(self, target: Locator) -> None:
        """Press a link or a button."""
        if self._keyboard:
            self._goes_to(target)
            self.page.keyboard.press("Enter")
        else:
            target.click()

    def looks(self) -> None:
        """Where there is little room, all of it can be read and pressed."""
        if self._is_narrow:
            assert self.page.evaluate(MISFITS) == []

    def _goes_to(self, target: Locator) -> None:
        """Tab to an element: the focus moves through the page in its order, and is seen."""
        expect(target).to_be_visible()
        back = target.evaluate(
            """element => Boolean(element.compareDocumentPosition(document.activeElement)
               & Node.DOCUMENT_POSITION_FOLLOWING)"""
        )
        self.page.evaluate("window.before = null")
        for _ in range(150):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            focus = self.page.evaluate(FOCUS)
            assert focus["order"] in {0, -1 if back else 1}
            assert focus["shown"]
        raise AssertionError(f"the keyboard does not reach {target}")


def found(page: Page, count: int) -> None:
    """So many results are said to be there."""
    expect(page.locator("#found")).to_have_text(re.compile(rf"^{count} results?\b"))


def _asks_and_reads(visitor: Visitor) -> None:
    visitor.comes()
    expect(visitor.page.locator("#q")).to_be_focused()
    visitor.asks("side effects of lanreotide")
    first = visitor.page.get_by_role("article").first
    expect(first.get_by_role("heading")).to_have_text("Side effects")
    expect(first.locator(".trail")).to_have_text("Lanreotide")
    expect(first.locator(".passage")).to_contain_text("The side effects of Lanreotide are mild")
    expect(first.get_by_role("listitem").first).to_have_text("Fatigue 🙂")


def _chooses_an_example(visitor: Visitor) -> None:
    visitor.comes()
    visitor.presses(visitor.page.get_by_role("link", name=EXAMPLE))
    expect(visitor.page.locator("#q")).to_have_value(EXAMPLE)
    found(visitor.page, 12)
    expect(visitor.page.get_by_role("article").first).to_contain_text("side effects of PRRT")
    visitor.looks()


def _undoes_a_correction(visitor: Visitor) -> None:
    visitor.comes()
    visitor.asks("pallitive care")
    understood = visitor.page.get_by_role("list", name="How your question was understood")
    expect(understood).to_contain_text("Searched for palliative in place of “pallitive”")
    visitor.presses(understood.get_by_role("link", name="Search for “pallitive” instead"))
    expect(understood).to_contain_text("Searched for your words as they are.")
    expect(understood).not_to_contain_text("in place of")
    visitor.looks()
    visitor.presses(understood.get_by_role("link", name="Correct them"))
    expect(understood).to_contain_text("in place of “pallitive”")


def _undoes_other_names(visitor: Visitor) -> None:
    visitor.comes()
    visitor.asks("Sandostatin")
    understood = visitor.page.get_by_role("list", name="How your question was understood")
    expect(understood).to_contain_text("“Sandostatin” also as octreotide.")
    expect(visitor.page.locator("mark.synonym").first).to_contain_text("Octreotide")
    visitor.presses(understood.get_by_role("link", name="Search without other names"))
    expect(understood).to_contain_text("Searched for your words as they are.")
    expect(visitor.page.locator("mark.synonym")).to_have_count(0)
    visitor.looks()


def _narrows(visitor: Visitor) -> None:
    page = visitor.page
    visitor.comes()
    visitor.asks("tell your team about side effects")
    visitor.presses(page.locator("summary", has_text="Narrow the results"))
    filters = page.get_by_role("navigation", name="Filters")
    visitor.looks()
    for group, name, count in (("Section", "about nets", 4), ("Reviewed since", "2024", 2)):
        choice = filters.get_by_role("group", name=group).get_by_role("link", name=name)
        expect(choice).to_have_text(f"{name} {count}")
        visitor.presses(choice)
        found(page, count)
        expect(page.get_by_role("article")).to_have_count(count)
        expect(filters).to_be_visible()
        visitor.looks()
    visitor.asks("daily life")
    found(page, 2)
    visitor.presses(filters.get_by_role("link", name="about nets , remove this filter"))
    found(page, 6)
    visitor.presses(filters.get_by_role("link", name="2024 , remove this filter"))
    found(page, 12)


def _turns_the_page(visitor: Visitor) -> None:
    page = visitor.page
    visitor.comes()
    visitor.asks("side effects")
    expect(page.get_by_role("article")).to_have_count(10)
    first = page.get_by_role("article").first.locator(".trail").inner_text()
    visitor.presses(page.get_by_role("link", name="Next page"))
    expect(page.locator("#found")).to_have_text("12 results, page 2 of 2")
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.locator(".hits")).to_have_attribute("start", "11")
    visitor.looks()
    visitor.presses(page.get_by_role("link", name="Previous page"))
    expect(page.locator("#found")).to_have_text("12 results, page 1 of 2")
    expect(page.get_by_role("article").first.locator(".trail")).to_have_text(first)


def _opens_a_result(visitor: Visitor) -> None:
    page = visitor.page
    visitor.comes()
    visitor.asks("daily life with lanreotide")
    visitor.presses(page.locator("h2 a").first)
    page.wait_for_url("**/site/1/#part-2")
    expect(page.locator("#part-2")).to_be_in_viewport()
    expect(page.locator("#part-1")).not_to_be_in_viewport()
    expect(page).to_have_title("Lanreotide")


def _sees_the_context(visitor: Visitor) -> None:
    page = visitor.page
    visitor.comes("/?q=side+effects+of+lanreotide&section=about-nets")
    opener = page.locator(".in-context").first
    visitor.presses(opener)
    expect(page.locator(".before")).to_contain_text("Lanreotide: what it is")
    expect(page.locator(".after")).to_contain_text("Daily life with Lanreotide")
    visitor.looks()
    if visitor.scripts:
        expect(opener).to_have_attribute("aria-expanded", "true")
        visitor.presses(opener)
        expect(page.locator(".before")).to_have_count(0)
        expect(opener).to_have_attribute("aria-expanded", "false")
    else:
        visitor.presses(page.get_by_role("link", name="Back to the results"))
    found(page, 4)


def _stays_on_one_page(visitor: Visitor) -> None:
    page = visitor.page
    visitor.comes()
    visitor.asks("side effects of lanreotide")
    visitor.presses(page.get_by_role("link", name="2 more from this page : Lanreotide"))
    found(page, 3)
    where = page.locator(".where").all_inner_texts()
    assert where == ["/1/"] * 3
    visitor.looks()
    visitor.presses(page.get_by_role("link", name="Lanreotide , remove this filter"))
    found(page, 12)


def _cites(visitor: Visitor) -> None:
    page = visitor.page
    visitor.comes()
    visitor.asks("side effects of lanreotide")
    first = page.get_by_role("article").first
    citation = first.locator(".citation")
    expect(citation).to_be_hidden()
    if visitor.scripts:
        visitor.presses(first.get_by_role("button", name="Copy citation"))
        expect(page.locator("#said")).to_have_text("Citation copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == citation.text_content()
        assert "Side effects" in copied
        assert f"{visitor.service}/site/1/#part-1" in copied
    else:
        visitor.presses(first.locator("summary", has_text="Cite"))
        expect(citation).to_be_visible()
        expect(citation).to_contain_text(f"{visitor.service}/site/1/#part-1")
    visitor.looks()


def _is_told_that_nothing_answers(visitor: Visitor) -> None:
    visitor.comes()
    visitor.asks("football")
    notice = visitor.page.locator(".notice")
    expect(notice).to_contain_text("We could not find an answer to this")
    expect(notice).to_contain_text(HELPLINE)
    expect(notice.get_by_role("article")).to_have_count(0)
    closest = visitor.page.get_by_text("The closest passages. They may be about something else.")
    expect(closest).to_be_visible()
    expect(visitor.page.get_by_role("article").first).to_be_visible()


TASKS: list[Callable[[Visitor], None]] = [
    _asks_and_reads,
    _chooses_an_example,
    _undoes_a_correction,
    _undoes_other_names,
    _narrows,
    _turns_the_page,
    _opens_a_result,
    _sees_the_context,
    _stays_on_one_page,
    _cites,
    _is_told_that_nothing_answers,
]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__.strip("_"))
def test_a_visitor(
    browser: Browser, service: str, task: Callable[[Visitor], None], how: str
) -> None:
    context = browser.new_context(**HOWS[how])
    context.set_default_timeout(10_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service)
    watched = Watched(context)
    task(Visitor(watched.page, how, service))
    assert watched.errors == []
    context.close()
