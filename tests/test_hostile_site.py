"""Nothing of a hostile site runs, wherever the service shows it: in real Chromium."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode
from urllib.request import ProxyHandler, build_opener

import pytest

from indexer.layout import DataFolder
from indexer.sources import Source
from indexer.text import collapse
from search.app import create_app
from search.engine import Engine
from tests.browsing import IN_BROWSER, chromium, served
from tests.fakes import FakeEncoder
from tests.hostile_site import (
    CANARY,
    CLOSING,
    HARMLESS,
    TOPIC,
    Payload,
    payloads,
    write_site,
)
from tests.runs import Runs
from tests.search_index import settings
from tests.sites import Answer, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Frame, Page

pytestmark = IN_BROWSER
# What is said where a policy or the browser holds markup back, or a picture is not there.
REFUSALS = re.compile(
    r"Content Security Policy|sandbox|Failed to load|Not allowed to|support attachShadow",
    re.IGNORECASE,
)
NOT_OK = re.compile(r"the server responded with a status of 4\d\d")
# Set off every attribute that would run, and every link that does not lead to the web. Returns each
# kind of element: its name and attributes, with the values that are the template's.
POKE = """() => {
  const all = [], told = ['id', 'name', 'class', 'style', 'type', 'rel', 'role'];
  const collect = root => root.querySelectorAll('*').forEach(each => {
    all.push(each);
    if (each.shadowRoot) collect(each.shadowRoot);
  });
  collect(document);
  for (const each of all) {
    for (const name of ['mouseover', 'focus', 'load', 'error']) each.dispatchEvent(new Event(name));
    const href = each.href?.animVal ?? each.getAttribute('href');
    const url = href && URL.canParse(href, document.baseURI) && new URL(href, document.baseURI);
    if (url && !/^https?:/.test(url.protocol)) each.dispatchEvent(new MouseEvent('click'));
  }
  return [...new Set(all.map(each => [each.namespaceURI, each.localName,
    ...each.getAttributeNames().sort().map(
      name => told.includes(name) ? `${name}=${each.getAttribute(name)}` : name)].join(' ')))];
}"""
SUBMIT = """() => document.querySelectorAll('form').forEach(form =>
  HTMLFormElement.prototype.requestSubmit.call(form))"""
SHOWN = """() => [...document.querySelectorAll('article')].map(article => {
  article.querySelectorAll('details').forEach(each => each.open = true);
  const text = article.querySelector('.whole') ?? article.querySelector('.passage');
  const said = selector => article.querySelector(selector).innerText;
  return {
    text: [...text.querySelectorAll('p, li')].map(each => each.innerText).join(' '),
    trail: said('.trail'), heading: said('h2'), where: said('.where'),
    link: article.querySelector('h2 a').href,
  };
})"""
# Another site's page with several boxes to type in. Inline, they do not close one another.
BOXES = 16
HOST_PAGE = """<!doctype html><html lang="en"><title>Host</title><link rel="icon" href="data:,">
{forms}<script src="{service}/widget.js" data-net-search defer></script>"""
FORM = '<form data-net-search data-inline action="{service}/"><input name="q"></form>'
EXCERPTS = """box => [...box.shadowRoot.querySelectorAll('.results li')].map(each => ({
  text: each.querySelector('.excerpt').innerText, heading: each.querySelector('.name').innerText,
}))"""
DIRECT = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Service:
    """A service over a site of payloads, which it serves as well."""

    address: str
    host: str  # a page elsewhere that embeds the service's widget
    payloads: list[Payload]
    per_page: int

    def json(self, query: str) -> Any:
        with DIRECT.open(f"{self.address}/api/v1/search?{query}") as answer:
            return json.load(answer)

    def searches(self) -> list[str]:
        """Searches that find every payload's page, each by the word that it alone has."""
        words = [f'"{each.word}"' for each in self.payloads]
        step = self.per_page * 2 // 5  # a page has two passages, and there is room for a third
        questions = [" ".join(words[at : at + step]) for at in range(0, len(words), step)]
        return [
            urlencode({"q": each, "group_by": "none", "per_page": self.per_page})
            for each in questions
        ]


class Watch:
    """A browser's page, and all that happened on it and should not have."""

    def __init__(self, context: BrowserContext, *ours: str, guarded: bool) -> None:
        self._found: list[str] = []
        self._ours = (*ours, "data:,")  # how the addresses begin that may be asked
        self._guarded = guarded  # the policy is at work, and says what it refused
        self._navigations = 0
        context.expose_binding(CANARY, lambda _, *number: self._found.append(f"{number} ran"))
        self.page: Page = context.new_page()
        self.page.on("dialog", self._dialog)
        self.page.on("popup", lambda popup: self._found.append(f"opened {popup.url}"))
        self.page.on("pageerror", lambda error: self._found.append(f"failed: {error}"))
        self.page.on("console", self._console)
        self.page.on("framenavigated", self._navigated)
        if not guarded:
            self.page.on("request", lambda request: self._request(request.url))

    def found(self) -> list[str]:
        """What happened since the last look, in which one page was opened at most."""
        if self._navigations > 1:
            self._found.append(f"went on to {self.page.url}")
        found, self._found, self._navigations = self._found, [], 0
        return found

    def _dialog(self, dialog: Dialog) -> None:
        self._found.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _console(self, said: ConsoleMessage) -> None:
        harmless = REFUSALS if self._guarded else NOT_OK
        if said.type == "error" and not harmless.search(said.text):
            self._found.append(f"console: {said.text}")

    def _navigated(self, frame: Frame) -> None:
        self._navigations += frame == self.page.main_frame

    def _request(self, url: str) -> None:
        if not url.startswith(self._ours):
            self._found.append(f"asked {url}")


@dataclass(frozen=True)
class Surface:
    """Somewhere that payloads are shown. ``views`` opens each view, and yields its name.

    ``ours``: pages of the service itself. They are looked at with their policy switched off, since
    escaping has to be enough, and nothing of a payload may be an element or an attribute there.
    """

    views: Callable[[Page, Service], Iterator[str]]
    ours: bool = True


def _open(page: Page, service: Service, *addresses: str) -> Iterator[str]:
    for address in addresses:
        page.goto(f"{service.address}{address}")
        yield address


def _results(page: Page, service: Service) -> Iterator[str]:
    unread = {each.number: each.seen for each in service.payloads}
    for query in service.searches():
        yield from _open(page, service, f"/?{query}")
        hits = service.json(query)["hits"]
        for hit, shown in zip(hits, page.evaluate(SHOWN), strict=True):
            _compare(hit, shown)
            number = int(hit["path"].rpartition("/")[2].removesuffix(".html"))
            if unread.get(number, hit["text"]) in collapse(shown["text"]):
                unread.pop(number, None)
    assert unread == {}, "every payload is read as it was written"


def _compare(hit: Any, shown: dict[str, str]) -> None:
    """What is read on the page is what the API says."""
    text = re.sub(r"^\s*• ", "", hit["text"], flags=re.MULTILINE)
    assert collapse(shown["text"]) == collapse(text)
    names = " › ".join(dict.fromkeys([hit["title"], *hit["headings"]]))
    trail = collapse(f"{shown['trail']} › {shown['heading']}").removeprefix("› ")
    assert collapse(names).endswith(trail)
    assert shown["where"] == hit["path"]
    assert unquote(shown["link"]) == unquote(hit["link"])


def _filtered(page: Page, service: Service) -> Iterator[str]:
    everything = f"/?q={TOPIC}&per_page={service.per_page}"
    for number in range(1, 4):
        yield from _open(page, service, f"{everything}&page={number}")
    for section in service.json(f"q={TOPIC}")["facets"]["section"]:
        yield from _open(page, service, f"{everything}&section={quote(section)}&mode=semantic")
    for filters in ("source=hostile&audience=general", "reviewed_after=2000-01-01"):
        yield from _open(page, service, f"{everything}&{filters}")


def _questions(page: Page, service: Service) -> Iterator[str]:
    names = ("section", "audience", "source", "mode", "page", "reviewed_after")
    pairs = zip(service.payloads[::2], service.payloads[1::2], strict=True)
    for number, (one, other) in enumerate(pairs):
        question = f"{one.text} {other.text}"
        # Every other one has a filter with a payload, or something that is refused for it.
        half, odd = divmod(number, 2)
        also = {names[half % len(names)]: one.text} if odd else {}
        asked = urlencode({"q": question, "per_page": 2, "group_by": "none", **also})
        yield from _open(page, service, f"/?{asked}")
        shown = page.evaluate("() => document.querySelector('#q').value")
        assert shown in {"", " ".join(question.split())}  # none where it was refused


def _api(page: Page, service: Service) -> Iterator[str]:
    yield from _open(page, service, f"/api/v1/search?{service.searches()[0]}")
    yield from _open(page, service, f"/api/v1/suggest?q={service.payloads[0].word[:-3]}")
    for each in service.payloads[::10]:
        yield from _open(page, service, f"/api/v1/passages/{quote(each.text, safe='')}")
        yield from _open(page, service, f"/site/{quote(each.text, safe='')}")


def _widget(page: Page, service: Service) -> Iterator[str]:
    page.goto(service.host)
    boxes = page.locator("net-search")
    suggested = 0
    for at in range(0, len(service.payloads), BOXES):
        group = service.payloads[at : at + BOXES]
        for number, each in enumerate(group):
            boxes.nth(number).locator("#q").fill(each.word)
        for number, each in enumerate(group):
            box = boxes.nth(number)
            box.locator(f'.foot a[href*="{each.word}"]').wait_for()
            hits = service.json(f"q={each.word}&per_page=5")["hits"]
            for hit, shown in zip(hits, box.evaluate(EXCERPTS), strict=True):
                excerpt = collapse(shown["text"]).removeprefix("… ").removesuffix(" …")
                assert excerpt in collapse(hit["text"])
                names = [hit["title"], *hit["headings"]]
                assert collapse(shown["heading"]) in map(collapse, names)
        suggested += page.locator("net-search .suggestions button").count()
        yield f"widget: {', '.join(each.text for each in group)}"
    assert suggested


def _pages(page: Page, service: Service) -> Iterator[str]:
    """The site's own pages, as results lead to them."""
    links = {}
    for query in service.searches():
        links |= {hit["url"]: hit["link"] for hit in service.json(query)["hits"]}
    assert len(links) == len(service.payloads)
    for link in links.values():
        yield from _open(page, service, link.removeprefix(service.address))
        page.evaluate(SUBMIT)


SURFACES = {
    "results": Surface(_results),
    "filtered": Surface(_filtered),
    "questions": Surface(_questions),
    "api": Surface(_api),
    "widget": Surface(_widget),
    "pages": Surface(_pages, ours=False),
}


@contextmanager
def _served(folder: Path, given: list[Payload], per_page: int) -> Iterator[Service]:
    data = DataFolder(folder / "data")
    runs = Runs(data)
    runs(Source(name="hostile", folder=write_site(folder / "site", given)))
    index = runs.live
    # All questions have an answer: filters are then shown, and the widget does not wait to be sure.
    index.manifest = index.manifest.model_copy(update={"answerability": None})
    engine = Engine(index, FakeEncoder(), settings(data=data.root))
    with Site() as host:
        app = create_app(settings(origins=(host.url(""),)), engine)
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600  # the browser asks for the style sheet once
        with served(app) as address:
            body = HOST_PAGE.replace("{forms}", FORM * BOXES).replace("{service}", address)
            host.routes["/"] = Answer(body)
            yield Service(address, host.url(), given, per_page)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with _served(tmp_path_factory.mktemp("hostile"), payloads(), 50) as service:
        yield service


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with _served(tmp_path_factory.mktemp("harmless"), payloads(HARMLESS), 5) as service:
        yield service


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Site]:
    """Every host but 127.0.0.1, as the browser sees it."""
    with Site() as site:
        yield site


@pytest.fixture(scope="module")
def browser(elsewhere: Site) -> Iterator[Browser]:
    hosts = f"--host-resolver-rules=MAP * 127.0.0.1:{elsewhere.port}, EXCLUDE 127.0.0.1"
    with chromium(hosts) as started:
        yield started


@contextmanager
def _watched(browser: Browser, *ours: str, guarded: bool = False) -> Iterator[Watch]:
    context = browser.new_context(bypass_csp=not guarded)
    yield Watch(context, *ours, guarded=guarded)
    context.close()


@pytest.fixture(scope="module")
def kinds(browser: Browser, harmless: Service) -> set[str]:
    """What pages of the service are made of when nobody attacks."""
    found: set[str] = set()
    with _watched(browser) as watch:
        for surface in SURFACES.values():
            if surface.ours:
                for _ in surface.views(watch.page, harmless):
                    found |= set(watch.page.evaluate(POKE))
    return found


@pytest.mark.parametrize("name", SURFACES)
def test_nothing_of_a_hostile_site_runs(
    browser: Browser, elsewhere: Site, hostile: Service, kinds: set[str], name: str
) -> None:
    surface = SURFACES[name]
    problems: list[tuple[str, Any]] = []
    before = len(elsewhere.asked)
    ours = (f"{hostile.address}/", hostile.host)
    with _watched(browser, *ours, guarded=not surface.ours) as watch:
        for view in surface.views(watch.page, hostile):
            strange = set(watch.page.evaluate(POKE)) - kinds if surface.ours else ()
            problems += [(view, f"shows {each}") for each in strange]
            problems += [(view, each) for each in watch.found()]
    assert problems == [], "\n".join(map(str, problems))
    assert [asked.path for asked in elsewhere.asked[before:]] == []


def test_payloads_run_where_nothing_holds_them_back(browser: Browser, elsewhere: Site) -> None:
    routes = {
        f"/{each.number}": Answer(f'<body>{each.text}{CLOSING}<img alt="{each.text}">')
        for each in payloads()
    }
    frames = "".join(f"<iframe src='{route}'></iframe>" for route in routes)
    with Site({**routes, "/": Answer(frames)}) as site, _watched(browser, site.url()) as watch:
        before = len(elsewhere.asked)
        watch.page.goto(site.url())
        assert len({each for each in watch.found() if each.endswith("ran")}) > 30
        assert len({asked.path for asked in elsewhere.asked[before:]}) > 5
