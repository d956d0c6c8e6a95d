"""Photograph every state of what visitors and operators see: ``python -m docs.screenshots``.

A service is started on an index of the sample. What depends on the machine stays out of the
pictures: the browser takes the free ports for fixed ones, and addresses of files are replaced.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Literal
from unittest import mock

from playwright.sync_api import Browser, Error, Page, Route

from tests.browsing import chromium, running
from tests.serving import Served

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
ADDRESS = "http://127.0.0.1:8000"
FOREIGN = "http://127.0.0.1:8080"  # the site of docs/demo
SIZES = ((1200, 800), (380, 760))  # CSS pixels
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LARGEST = 60_000  # bytes of one picture
WHOLE = 4_000_000  # and of all
_AIM = 38_000  # bytes of one, so that all keep to that
_QUALITIES = (60, 45, 35)  # of WebP, the first that is small enough: half of JPEG's bytes
_WAIT = 10_000  # ms for a state
_REST = 400  # ms in which fading and late suggestions come to an end
_NO_ANSWER = """const asked = fetch; fetch = (address, ...rest) =>
  String(address).includes('/search?') ? new Promise(() => {}) : asked(address, ...rest)"""
# What is of one machine or one moment, and what stands in its place.
_SCRUBBED = ((re.escape(str(ROOT)), "."), (r"\b[0-9a-f]{16}\b", "0123456789abcdef"))
_SCRUB = """pairs => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) for (const [pattern, words] of pairs)
    if (new RegExp(pattern).test(texts.currentNode.data))
      texts.currentNode.data = texts.currentNode.data.replace(new RegExp(pattern, 'g'), words);
}"""

Reach = Callable[[Page, str], None]


@dataclass(frozen=True, slots=True)
class State:
    """One state: its name, what it shows, and how a page of a browser comes there.

    ``reach`` gets a page that has been nowhere, and the service's address. ``sizes`` are the
    widths and heights of the window.
    """

    name: str
    says: str
    reach: Reach
    sizes: tuple[tuple[int, int], ...] = SIZES

    @property
    def files(self) -> list[str]:
        """The names of its pictures."""
        pairs = product(self.sizes, SCHEMES)
        return [f"{self.name}-{width}-{scheme}.webp" for (width, _), scheme in pairs]


def _at(path: str, site: str = "") -> Reach:
    def reach(page: Page, address: str) -> None:
        page.goto((site or address) + path)

    return reach


def _opened(path: str, summary: str) -> Reach:
    """The page at a path after a click on what is opened there."""

    def reach(page: Page, address: str) -> None:
        page.goto(address + path)
        page.locator("summary, a, button", has_text=summary).locator("visible=true").first.click()

    return reach


def _cite(page: Page, address: str) -> None:
    # A browser that lets nothing be copied shows the citation instead.
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject()")
    _opened("/?q=side+effects+of+PRRT", "Copy citation")(page, address)
    page.locator(".citation").first.scroll_into_view_if_needed()


def _keys(page: Page, address: str) -> None:
    page.goto(f"{address}/?q=PRRT")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()


def _suggestions(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#q").press_sequentially("lanr", delay=60)
    page.get_by_role("listbox").get_by_role("option").first.wait_for()


def _unavailable(page: Page, address: str) -> None:
    page.goto(address)
    page.route("**/*q=*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.locator("#q").press_sequentially("lanreotide")


def _run(page: Page, address: str) -> None:
    page.goto(f"{address}/operator")
    page.locator("a[href*='/operator/runs/']").first.click()


def _confirm(page: Page, address: str) -> None:
    page.goto(f"{address}/operator")
    page.locator("form[action$='/operator/confirm'] button").locator("visible=true").first.click()
    page.wait_for_url("**/operator/confirm")


def _box_asked(q: str, within: str) -> Reach:
    """The box after a question was typed, once something is in its panel."""

    def reach(page: Page, _: str) -> None:
        page.goto(f"{FOREIGN}/plain.html")
        page.get_by_role("searchbox").press_sequentially(q, delay=20)
        page.locator(f"net-search .panel {within}").first.wait_for()

    return reach


def _box_typing(page: Page, address: str) -> None:
    page.add_init_script(_NO_ANSWER)
    _box_asked("lanr", ".suggestions")(page, address)


def _box_refused(page: Page, address: str) -> None:
    def refuse(route: Route) -> None:
        cors = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        route.fulfill(status=503, headers={**cors, "Retry-After": "30"}, body="{}")

    page.route("**/api/v1/search?*", refuse)
    _box_asked("lanreotide", ".notice")(page, address)


def _in_foreign_page(number: int, q: str) -> Reach:
    """The demonstration page after a question was typed in one of its two boxes."""

    def reach(page: Page, _: str) -> None:
        page.goto(FOREIGN)
        box = page.get_by_role("searchbox").nth(number)
        box.press_sequentially(q, delay=20)
        page.locator("net-search").nth(number).locator("ol a").first.wait_for()
        box.evaluate("box => box.scrollIntoView({block: 'center'})")

    return reach


TALL = ((1200, 1500), (380, 1500))
STATES = (
    State("start", "The search page before a question.", _at("/")),
    State("suggestions", "While a word is typed.", _suggestions),
    State("results", "What answers a question.", _at("/?q=side+effects+of+PRRT")),
    State("corrected", "A misspelt word was corrected.", _at("/?q=pallitive+care")),
    State("expansions", "An abbreviation was looked for in full as well.", _at("/?q=SSA")),
    State("no-answer", "Nothing answers it.", _at("/?q=how+do+I+repair+a+bicycle")),
    State("nothing-found", "No passage has the word.", _at("/?q=zzzzqqqq&mode=keyword")),
    State("passages", "Each passage by itself.", _at("/?q=PRRT&group_by=none")),
    State("filters", "The filters, opened.", _opened("/?q=PRRT", "Narrow the results")),
    State("why", "Why a passage is there.", _opened("/?q=side+effects+of+PRRT", "Why this")),
    State("context", "A passage on its page.", _opened("/?q=side+effects+of+PRRT", "In context")),
    State("cite", "A passage to be cited.", _cite),
    State("keys", "The keys, after a question mark.", _keys),
    State("error", "A question that cannot be read.", _at("/?q=x&page=0")),
    State("unavailable", "The service does not answer while a question is typed.", _unavailable),
    State("zoom", "Results at 400 %.", _at("/?q=side+effects+of+PRRT"), ((320, 256),)),
    State("operator", "The operator's page.", _at("/operator"), TALL),
    State("operator-run", "The report of a run.", _run, TALL),
    State("operator-plan", "What a run would change.", _at("/operator/plan")),
    State("operator-confirm", "What a button will do, before it does.", _confirm),
    State("widget", "The box on another site, closed.", _at("/plain.html", FOREIGN)),
    State("widget-typing", "The box while an answer is awaited.", _box_typing),
    State("widget-results", "The box with results.", _box_asked("lanreotide", "ol a")),
    State("widget-no-answer", "The box without.", _box_asked("repair a bicycle", ".notice")),
    State("widget-error", "The box when the service is busy.", _box_refused),
    State("demo", "The demonstration page.", _at("/", FOREIGN)),
    State("demo-overlay", "Results over that page.", _in_foreign_page(0, "lanreotide")),
    State("demo-inline", "Results in the flow of that page.", _in_foreign_page(1, "What is PRRT?")),
)


def readme() -> str:
    """The list of all pictures, in Markdown."""
    lines = [
        "# Screenshots",
        "",
        "Written by `python -m docs.screenshots --data DIR`, of an index of the sample.",
    ]
    for state in STATES:
        shown, *others = state.files
        links = [f"[{Path(file).stem.removeprefix(f'{state.name}-')}]({file})" for file in others]
        lines += ["", f"## {state.name}", "", f"{state.says} Also: {', '.join(links)}."]
        lines += ["", f"![{state.says}]({shown})"]
    return "\n".join(lines) + "\n"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _browser(data: Path, token: str) -> Iterator[Browser]:
    """A browser that finds the service and the demonstration page at their fixed addresses."""
    names = {"NET_OPERATOR_TOKEN": token, "NET_ORIGINS": f'["{FOREIGN}"]'}
    with mock.patch.dict(os.environ, names):
        arguments = ("-m", "search", "serve", "--data", str(data), "--port", "0", "--workers", "1")
        service = Served(*arguments, keep=tuple(names))
    files = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Quiet, directory=str(ROOT / "docs" / "demo"))
    )
    with running(files), service:
        rules = (
            f"MAP 127.0.0.1:8000 127.0.0.1:{service.port},"
            f"MAP 127.0.0.1:8080 127.0.0.1:{files.server_port}"
        )
        with chromium(f"--host-resolver-rules={rules}") as started:
            yield started
        service.stop(signal.SIGTERM)


def _photograph(page: Page, file: Path) -> None:
    """Save the window, as finely as the size of a picture allows."""
    session = page.context.new_cdp_session(page)  # playwright itself writes no WebP
    for quality in _QUALITIES:
        asked = {"format": "webp", "quality": quality}
        picture = base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])
        if len(picture) < _AIM:
            break
    file.write_bytes(picture)


def take(browser: Browser, state: State, folder: Path, hidden: Sequence[str]) -> None:
    """Take all pictures of a state. ``hidden`` is the operator's token, and the data folder."""
    token, data = hidden
    for ((width, height), scheme), file in zip(
        product(state.sizes, SCHEMES), state.files, strict=True
    ):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            reduced_motion="reduce",
            http_credentials={"username": "operator", "password": token, "origin": ADDRESS},
        )
        context.set_default_timeout(_WAIT)
        page = context.new_page()
        state.reach(page, ADDRESS)
        page.wait_for_timeout(_REST)
        page.evaluate(_SCRUB, [(re.escape(data), "data"), *_SCRUBBED])
        _photograph(page, folder / file)
        context.close()


def main() -> int:
    """Take the pictures; the exit status, 1 when a state was not reached."""
    parser = argparse.ArgumentParser(prog="python -m docs.screenshots", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data folder with the sample")
    parser.add_argument("--out", type=Path, default=FOLDER, help="default: docs/screenshots")
    parser.add_argument("--only", nargs="+", choices=[state.name for state in STATES])
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    token, data, failed = secrets.token_urlsafe(24), chosen.data.resolve(), 0
    with _browser(data, token) as browser:
        for state in STATES:
            if chosen.only and state.name not in chosen.only:
                continue
            try:
                take(browser, state, chosen.out, (token, str(data)))
            except Error as error:
                failed += 1
                sys.stderr.write(f"{state.name}: {error.message}\n")
    (chosen.out / "README.md").write_text(readme(), encoding="utf-8")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
