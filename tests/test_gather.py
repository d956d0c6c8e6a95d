"""From a live site on 127.0.0.1 to the index: unchanged, failing, moved and vanished pages."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from indexer.errors import CrawlError
from indexer.gather import gather
from indexer.records import Drop, Fetched, LeftOut
from indexer.report import PageNote
from indexer.site import Site as Place
from indexer.sources import Source, from_site
from indexer.store import Store
from indexer.verify import verify
from indexer.withdraw import restore, withdraw
from tests.runs import Runs, html, work_of, write
from tests.sites import Answer, Asked, Site, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from indexer.layout import DataFolder
    from indexer.report import RunReport

pytestmark = pytest.mark.usefixtures("quick_crawls")

PROMPT = {"delay": 0, "backoff": 0, "retries": 0, "timeout": 10}


def _source(site: Site, **changes: Any) -> Source:
    values = {"name": "web", "start_urls": (site.url(),), "allow_private": True, "limits": PROMPT}
    return Source.model_validate({**values, **changes})


def _page(name: str, *links: str) -> Answer:
    anchors = "".join(
        f'<p>See also <a href="{link}">this</a> and more of it.</p>' for link in links
    )
    return Answer(html(name, f"<p>All there is to know of the {name} visit.</p>{anchors}"))


def _tagged(answer: Answer) -> Callable[[Asked], Answer]:
    """The same page with an ETag; 304 to whoever has it."""

    def answered(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"1"':
            return Answer(status=304, type=None, headers={"ETag": '"1"'})
        return replace(answer, headers={"ETag": '"1"'})

    return answered


@pytest.fixture
def runs(data: DataFolder) -> Runs:
    return Runs(data)


def test_a_site_as_it_changes(runs: Runs) -> None:
    with Site() as site:
        site.routes = {
            "/robots.txt": Answer(f"Sitemap: {site.url('/map.xml')}", type="text/plain"),
            "/map.xml": Answer(
                f"<urlset><url><loc>{site.url('/steady')}</loc>"
                "<lastmod>2024-05-06</lastmod></url></urlset>",
                type="application/xml",
            ),
            "/": _tagged(_page("first", "/ill", "/old", "/going")),
            "/steady": _tagged(_page("steady")),
            "/ill": _page("ill"),
            "/old": _page("moving"),
            "/going": _page("going"),
        }
        first = runs(_source(site))
        assert first.answers == {"200": 5}
        assert runs.stored[site.url("/steady")].lastmod == "2024-05-06"
        times = {url: page.fetched_at for url, page in runs.stored.items()}

        site.routes["/ill"] = Answer("overloaded", 503)
        site.routes["/old"] = redirect("/new", 301)
        site.routes["/new"] = _page("moving")
        del site.routes["/going"]
        second = runs(_source(site))
    # Nothing was sent again that had not changed, and nothing is embedded again.
    assert second.answers == {"304": 2, "200": 1, "http_error": 1, "not_found": 1}
    assert (second.embedded, second.published) == (0, True)
    assert second.states == {"active": 3, "stale": 1, "missing": 1}
    paths = [url.removeprefix(site.url("")) for url in runs.urls]
    assert paths == ["/", "/going", "/ill", "/new", "/steady"]
    assert runs.state(site.url("/ill")) == ("stale", "http_error")
    assert runs.state(site.url("/going")) == ("missing", "not_found")
    assert runs.state(site.url("/old")) == ("dropped", "redirected")
    assert runs.stored[site.url("/old")].body is None
    assert runs.stored[site.url("/steady")].fetched_at == times[site.url("/steady")]
    assert second.dropped == [
        PageNote(site.url("/old"), "redirected", f"leads to {site.url('/new')}")
    ], "and no page that is kept"
    assert [(link.url, link.detail, link.on) for link in second.broken_links] == [
        (site.url("/going"), "HTTP 404", (site.url("/"),))
    ]


def test_a_page_that_nothing_leads_to_any_more_is_still_asked_for(runs: Runs) -> None:
    # A site without validators: all is sent again, and links are read from it.
    with Site(
        {"/": _page("first", "/kept", "/gone"), "/kept": _page("kept"), "/gone": _page("gone")}
    ) as site:
        source = _source(site)
        runs(source)
        assert len(runs.urls) == 3
        site.routes = {"/": _page("first"), "/kept": _page("kept")}
        second = runs(source)
    assert second.answers == {"200": 2, "not_found": 1}
    assert runs.state(site.url("/kept")) == ("active", None)
    assert runs.state(site.url("/gone")) == ("missing", "not_found")


def test_a_site_that_is_away_loses_nothing(runs: Runs) -> None:
    with Site({"/": _page("first", "/a"), "/a": _page("a")}) as site:
        source = _source(site)
        live = runs(source).build_id
    with pytest.raises(CrawlError, match=r"could be read: .*: connection refused; nothing was"):
        runs(source)
    assert runs.live.version == live
    assert {page.state for page in runs.stored.values()} == {"stale"}
    assert all(page.body for page in runs.stored.values())


# One outcome after another, without a site.


def _gather(
    store: Store, monkeypatch: pytest.MonkeyPatch, *outcomes: Fetched, **lastmod: str
) -> tuple[dict[str, Fetched], RunReport]:
    class Crawled:
        def __init__(self) -> None:
            self.lastmod = {WEB + path: date for path, date in lastmod.items()}
            self.links: dict[str, tuple[str, ...]] = {}
            self.left_out: list[LeftOut] = []

        def __iter__(self) -> Iterator[Fetched]:
            return iter(outcomes)

    monkeypatch.setattr("indexer.gather.crawl", lambda *_: Crawled())
    monkeypatch.setattr("indexer.gather._read_before", lambda *_: {})
    place = Place(Source(name="web", start_urls=(WEB,)))
    work = work_of(store, "web")
    return gather(place, work), work.report


WEB = "https://web.example/"


def _fetched(path: str, to: str = "", **changes: Any) -> Fetched:
    values = {"status": 200, "content_type": "text/html", "body": b"words", **changes}
    return Fetched(WEB + path, WEB + (to or path), **values)


def _dropped(path: str, drop: Drop, detail: str = "") -> Fetched:
    return Fetched(WEB + path, WEB + path, drop=drop, detail=detail)


def test_every_outcome_is_counted_and_given(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes, report = _gather(
        store,
        monkeypatch,
        _fetched("a"),
        _fetched("b"),
        _dropped("c", Drop.ROBOTS, "robots.txt forbids it"),
        _dropped("d", Drop.TOO_LARGE),
    )
    assert list(outcomes) == [WEB + path for path in "abcd"]
    assert report.answers == {"200": 2, "robots": 1, "too_large": 1}
    assert [(page.url, page.state) for page in store.pages()] == [
        (WEB + "a", "active"), (WEB + "b", "active"), (WEB + "c", "dropped"), (WEB + "d", "dropped"),
    ]  # fmt: skip


def test_the_sitemaps_dates_are_kept_for_pages_that_are_known(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gather(store, monkeypatch, _fetched("a"), a="2024-05-06", unknown="2024-05-07")
    assert [(page.url, page.lastmod) for page in store.pages()] == [(WEB + "a", "2024-05-06")]


def test_a_page_is_known_by_the_address_that_answered(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, report = _gather(store, monkeypatch, _fetched("old", "new"))
    assert [page.url for page in store.pages()] == [WEB + "new"]
    assert report.dropped == [], "nothing was known under the old one"


def test_an_address_that_moved_is_dropped_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    _gather(store, monkeypatch, _fetched("old"))
    _, moved = _gather(store, monkeypatch, _fetched("old", "new"))
    assert moved.dropped == [PageNote(WEB + "old", "redirected", f"leads to {WEB}new")]
    _, later = _gather(store, monkeypatch, _fetched("old", "new"))
    assert later.dropped == []
    _gather(store, monkeypatch, _fetched("old"))
    page = store.page(WEB + "old")
    assert page is not None
    assert (page.state, page.body) == ("active", b"words")


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ([], f"{WEB} has no pages"),
        (
            [_dropped("a", Drop.UNREACHABLE, "connection refused"), _dropped("b", Drop.ROBOTS)],
            f"no page of {WEB} could be read: {WEB}a: connection refused; nothing was published",
        ),
        ([_dropped("a", Drop.NOINDEX)], f"no page of {WEB} could be read: {WEB}a: noindex;"),
    ],
)
def test_not_one_page(
    store: Store, monkeypatch: pytest.MonkeyPatch, outcomes: list[Fetched], message: str
) -> None:
    with pytest.raises(CrawlError) as caught:
        _gather(store, monkeypatch, *outcomes)
    assert message in str(caught.value)


def test_a_folder_is_read_without_a_crawl(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.gather.crawl", lambda *_: pytest.fail("a crawl"))
    source = from_site(str(write(tmp_path / "clinic", {"a.html": "words", "b/index.html": "more"})))
    work = work_of(store, "clinic")
    gather(Place(source, "/site/"), work)
    assert [page.url for page in store.pages()] == ["/site/a.html", "/site/b/"]
    # What was known and is gone is asked after by its own address.
    (tmp_path / "clinic/a.html").unlink()
    gather(Place(source, "/site/"), work)
    assert [page.state for page in store.pages()] == ["missing", "active"]
    assert work.report.answers == {"200": 3, "not_found": 1}


def test_what_a_crawl_read_before_it_was_cut_off_is_not_asked_again(runs: Runs) -> None:
    def cut_off(*urls: str) -> None:
        store = Store(runs.data.store)
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        store.begin_crawl("web", now, now)
        for url in urls:
            store.put_visit("web", url, json.dumps({"url": url, "final_url": url, "status": 200}))
        store.close()

    with Site({"/": _page("first", "/a"), "/a": _page("a")}) as site:
        runs(_source(site))
        cut_off(site.url(), site.url("/a"))
        report = runs(_source(site))
        assert (report.resumed, report.answers, site.count("/a")) == (2, {"200": 2}, 1)
        assert report.text().splitlines()[1].endswith("2 of them to a run that was cut off")
        # But for what the operator wants to be taken as it is now.
        cut_off(site.url(), site.url("/a"))
        report = runs(_source(site), accepted=frozenset({site.url("/a")}))
        assert (report.resumed, site.count("/"), site.count("/a")) == (1, 1, 2)
        # That run came to its end: the next one asks all.
        assert runs(_source(site)).resumed == 0
        assert (site.count("/"), site.count("/a")) == (2, 3)
        # Who asks for a run means the site as it is from then on.
        cut_off(site.url(), site.url("/a"))
        later = f"{datetime.now(UTC) + timedelta(seconds=2):%Y%m%dT%H%M%S.%fZ}-0abc"
        assert runs(_source(site), job=later).resumed == 0


def test_a_withdrawn_page_that_moves_stays_out(runs: Runs) -> None:
    with Site(
        {"/": _page("first", "/old", "/kept"), "/old": _page("old"), "/kept": _page("kept")}
    ) as site:
        runs(_source(site))
        withdraw(runs.data, site.url("/old"), runs.encoder)
        site.routes["/"] = _page("first", "/new", "/old", "/kept")
        site.routes["/old"] = redirect("/new", 301)
        site.routes["/new"] = _page("old")
        report = runs(_source(site))
        assert site.url("/new") not in runs.urls
        assert any("withdrawn there too" in note for note in report.notes)
        assert verify(runs.data) == []
        # To a page that was there before it is only named: it may be the home page.
        restore(runs.data, site.url("/new"))
        site.routes["/old"] = redirect("/kept", 301)
        report = runs(_source(site))
        assert site.url("/kept") in runs.urls
        assert any("withdraw that too if it says the same" in note for note in report.notes)


def test_where_all_that_is_gone_leads_to_is_not_withdrawn(runs: Runs) -> None:
    with Site({"/": _page("first", "/a", "/b"), "/a": _page("a"), "/b": _page("b")}) as site:
        runs(_source(site))
        withdraw(runs.data, site.url("/a"), runs.encoder)
        site.routes |= {"/a": redirect("/home", 301), "/b": redirect("/home", 301)}
        site.routes["/home"] = _page("home")
        report = runs(_source(site), force=True)
        assert site.url("/home") in runs.urls
        assert any("withdraw that too" in note for note in report.notes)


def test_a_withdrawn_page_that_moves_to_another_source_stays_out(runs: Runs) -> None:
    with Site({"/": _page("first", "/a"), "/a": _page("a")}) as site:
        one = _source(site, exclude=("/trials/",))
        runs(one)
        withdraw(runs.data, site.url("/a"), runs.encoder)
        site.routes["/a"] = redirect("/trials/a", 301)
        site.routes["/trials/a"] = _page("a")
        two = _source(site, name="two", start_urls=(site.url("/trials/a"),), include=("/trials/",))
        for order in ((one, two), (two, one)):
            with contextlib.suppress(CrawlError):  # it is the only page of the second
                runs(*order, force=True)
            assert site.url("/trials/a") not in runs.urls


def test_robots_rules_in_a_header_come_and_go_without_a_new_body(runs: Runs) -> None:
    told: dict[str, str] = {}

    def answered(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"1"':
            return Answer(status=304, type=None, headers={"ETag": '"1"', **told})
        return replace(_page("told"), headers={"ETag": '"1"', **told})

    with Site({"/": _page("first", "/told"), "/told": answered}) as site:
        for tag, state in (("", "active"), ("noindex", "dropped"), ("", "active")):
            told.clear()
            told.update({"X-Robots-Tag": tag} if tag else {})
            runs(_source(site))
            assert runs.state(site.url("/told"))[0] == state


def test_two_sources_of_one_site_index_each_page_once(runs: Runs) -> None:
    with Site({"/": _page("first", "/a"), "/a": _page("a")}) as site:
        one, two = _source(site), _source(site, name="two", start_urls=(site.url("/a"),))
        # The second has a page of its own, or there would be nothing to index of it.
        site.routes["/a"] = _page("a", "/b")
        one = one.model_copy(update={"exclude": ("/b",)})
        site.routes["/b"] = _page("b")
        for _ in range(2):
            report = runs(one, two)
            assert sorted(runs.urls) == sorted(site.url(path) for path in ("/", "/a", "/b"))
            assert verify(runs.data) == []
        del site.routes["/a"]
        report = runs(one, two)
        assert runs.state(site.url("/a")) == ("missing", "not_found"), "gone once"
        assert report.published is False


def test_a_page_that_names_itself_by_its_real_address_keeps_its_last_good_copy(
    runs: Runs, tmp_path: Path
) -> None:
    def page(text: str) -> str:
        return html("Diet", text, '<link rel="canonical" href="https://real.example/a/">')

    words = "<p>Small meals help after surgery, and so does a dietitian.</p>"
    folder = write(tmp_path / "clinic", {"a/index.html": page(words), "b.html": html("B", words)})
    source = from_site(str(folder))
    runs(source)
    write(folder, {"a/index.html": page("")})
    report = runs(source)
    assert [note.reason for note in report.kept] == ["stale: little_text"]
    assert "/site/a/" in runs.urls
