from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from indexer import site_files
from indexer.records import Drop, LeftOut
from indexer.robots import RobotsRules
from indexer.site_files import SitemapFiles
from indexer.sources import Source
from indexer.tally import Tally

if TYPE_CHECKING:
    from indexer.outcomes import Visit

SITE = "http://example.org"


def _read(answer: str, seconds: float = 9.0) -> tuple[list[str], list[LeftOut]]:
    """The sitemaps that are asked for where each answers the same, and what is left out."""
    asked: list[str] = []
    tally = Tally()

    async def fetch(visit: Visit, _: int) -> Any:
        asked.append(visit.url.removeprefix(SITE))
        body = answer.replace("NUMBER", str(len(asked))).encode()
        return SimpleNamespace(status=200, body=body)

    async def rules(_: str) -> RobotsRules:
        return RobotsRules()

    spider: Any = SimpleNamespace(
        source=Source(name="s", start_urls=(SITE,), sitemaps=(f"{SITE}/map",)),
        sites={("example.org", 0)},
        robots=SimpleNamespace(rules=rules),
        seconds_left=lambda: seconds,
        left_out=tally,
        fetch=fetch,
    )

    async def read() -> None:
        async for _ in SitemapFiles(spider).read([f"{SITE}/"]):
            pass

    asyncio.run(read())
    return asked, list(tally)


def _index(*names: str) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>/{n}</loc></sitemap>' for n in names)}</sitemapindex>"


def test_an_index_that_names_itself_is_read_once() -> None:
    assert _read(_index("map", "sitemap.xml", "map")) == (["/map", "/sitemap.xml"], [])


def test_an_index_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site_files, "MOST_SITEMAPS", 4)
    asked, left = _read(_index(*(f"NUMBER-{n}" for n in range(100))))
    assert len(asked) == 4
    (one,) = left
    # Those that wait are no more than are read, however many are named.
    assert (one.reason, one.count) == (Drop.LINK_LIMIT, 4 * 100 - 2)
    assert "4 are read" in one.detail


def test_no_sitemap_is_read_when_the_time_is_over() -> None:
    asked, left = _read(_index("a"), seconds=0)
    assert (asked, left[0].count) == ([], 2)


def test_entries_beyond_the_limit_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.sitemaps.MOST_ENTRIES", 1)
    _, left = _read("<urlset><url><loc>/a</loc></url><url><loc>/b</loc></url></urlset>")
    assert [(each.reason, each.count) for each in left] == [(Drop.LINK_LIMIT, 2)]
    assert left[0].what == f"sitemaps in part, such as {SITE}/map"
