"""The page that shows a site's owner what is kept: what it says, and that it can do no harm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from indexer.inspect_page import inspect
from indexer.page_report import page_report
from tests.axe import violations
from tests.browsing import IN_BROWSER, Watched, chromium
from tests.fakes import FakeEncoder
from tests.search_index import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

PAGE = """<!doctype html><html lang="en-AU"><head><title>Infusions</title>
<script>document.title = "owned"</script></head><body onload="alert(1)">
<nav><a href="/">Front</a> <a href="/all">All pages</a></nav><main><h1>Infusions</h1>
<p>An infusion takes <a href="https://example.org/hour">one hour</a>.</p>
<h2 id="after">Afterwards</h2><ul><li>Rest</li><li>Drink</li></ul>
<p>Last reviewed: 3 May 2024. Next review: May 2027</p></main>
<footer>Front desk: 9 to 5</footer></body></html>"""


def _report(folder: Path, *pages: str) -> str:
    found = []
    for number, html in enumerate(pages):
        file = folder / f"{number}.html"
        file.write_text(html, encoding="utf-8")
        one = inspect(str(file), FakeEncoder(), 254)
        found.append((one.shown, one.content, one.html))
    return page_report(found)


def test_a_page_that_is_nested_without_end_is_shown(tmp_path: Path) -> None:
    deep = f"<main>{'<div>' * 6000}<p>Rest after it.</p>{'</div>' * 6000}</main>"
    parts = BeautifulSoup(_report(tmp_path, deep), "lxml").select("h3 ~ .part")
    assert [part.get_text("|", strip=True) for part in parts] == ["Kept|: paragraph|Rest after it."]


def test_every_part_says_what_became_of_it(tmp_path: Path) -> None:
    soup = BeautifulSoup(_report(tmp_path, PAGE), "lxml")
    parts = [part.get_text("|", strip=True) for part in soup.select("h3 ~ .part")]
    assert parts == [
        "Left out|: navigation|Front|All pages",
        "Kept|: heading|Infusions",
        "Kept|: paragraph|under Infusions|An infusion takes|one hour.",
        "Kept|: heading|under Infusions|Afterwards",
        "Kept|: list|under Infusions › Afterwards|Rest|Drink",
        "Left out|: date line|Last reviewed: 3 May 2024. Next review: May 2027",
        "Left out|: footer|Front desk: 9 to 5",
    ]
    facts = dict(
        zip(
            *([each.get_text() for each in soup.select(name)] for name in ("dt", "dd")), strict=True
        )
    )
    assert facts["Last reviewed"] == "2024-05-03"
    assert facts["Next review due"] == "2027-05"
    assert facts["Written for"] == "general"
    assert len(soup.select(".passages li")) == 2


def test_it_holds_no_script_no_link_and_nothing_from_elsewhere(tmp_path: Path) -> None:
    attacks = "".join(f"<p>{attack}</p><h2 title='{attack}'>{attack}</h2>" for attack in HOSTILE)
    report = _report(tmp_path, PAGE, f"<title>{HOSTILE[0]}</title><main>{attacks}</main>")
    soup = BeautifulSoup(report, "lxml")
    assert not soup.select("script, a, img, svg, iframe, form, link, object, base, [src], [href]")
    assert not [tag for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")]
    assert "2 pages" in soup.title.get_text()
    policy = soup.select_one("meta[http-equiv]")
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize("html", ["", "<p></p>", "<main><h1></h1></main>"])
def test_a_page_with_nothing_on_it(tmp_path: Path, html: str) -> None:
    assert "nothing of this page can be found" in _report(tmp_path, html)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.browser
@pytest.mark.skipif(not IN_BROWSER or IN_BROWSER[1].args[0], reason="no chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_offline_and_axe_finds_nothing(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(_report(tmp_path, PAGE), encoding="utf-8")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 380, "height": 800}, offline=True
    )
    watched = Watched(context)
    watched.page.goto(file.as_uri())
    assert watched.page.title() == "What the search keeps of Infusions"
    assert watched.asked == [file.as_uri()]
    assert (watched.dialogs, watched.errors) == ([], [])
    assert violations(watched.page) == []
    width = watched.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 380
    context.close()
