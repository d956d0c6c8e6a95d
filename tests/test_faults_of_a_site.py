"""Every way in which a page can answer, over three runs: what the store and the index then hold.

One site serves a row a page; each row says what its page answers in each run, and what is expected
after it. What the whole site answers (robots.txt, sitemap) is below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from indexer.errors import CrawlError
from indexer.layout import DataFolder
from indexer.sources import Source
from tests.runs import Runs, html
from tests.sites import Answer, Asked, Site, redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.forks import Forks

pytestmark = pytest.mark.usefixtures("quick_crawls")

LIMITS = {"delay": 0, "backoff": 0, "retries": 0, "timeout": 1, "redirects": 3}
ACTIVE = ("active", None)


def says(version: int) -> str:
    return f"This sentence of the page is its version number {version}."


def good(version: int = 1, head: str = "", **headers: str) -> Answer:
    text = html("A page", f"<p>{says(version)}</p><p>The rest stays the same.</p>", head)
    return Answer(text, headers=headers)


def unless_known(etag: str, answer: Answer) -> Callable[[Asked], Answer]:
    """An answer with an ETag; 304 without a body to whoever has it."""

    def answered(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, type=None, headers={"ETag": etag})
        return Answer(answer.body, headers={"ETag": etag})

    return answered


@dataclass(frozen=True)
class Row:
    """What a page answers in the three runs, and state, reason and version held after each."""

    answers: tuple[Any, Any, Any]
    then: tuple[Any, Any, Any]  # (state, reason), the version in the index or None


KEPT = (ACTIVE, 1)
BUSY = Answer("busy", 503, headers={"Retry-After": "1"})
EMPTY = Answer(html("A page", "").replace("<h1>A page</h1>", ""))
TABLE = {
    "unchanged": Row((good(), good(), good()), (KEPT, KEPT, KEPT)),
    "not-modified": Row((unless_known('"1"', good()),) * 3, (KEPT, KEPT, KEPT)),
    "changed": Row((good(), good(2), good(3)), (KEPT, (ACTIVE, 2), (ACTIVE, 3))),
    "changed-with-etag": Row(
        (unless_known('"1"', good()), unless_known('"2"', good(2)), unless_known('"2"', good(2))),
        (KEPT, (ACTIVE, 2), (ACTIVE, 2)),
    ),
    "404-once": Row((good(), Answer("", 404), good()), (KEPT, (("missing", "not_found"), 1), KEPT)),
    "404-twice": Row(
        (good(), Answer("", 404), Answer("", 404)),
        (KEPT, (("missing", "not_found"), 1), (("dropped", "not_found"), None)),
    ),
    "410": Row(
        (good(), Answer("", 410), Answer("", 410)),
        (KEPT, (("missing", "not_found"), 1), (("dropped", "not_found"), None)),
    ),
    "404-after-500": Row(
        (good(), Answer("", 404), Answer("", 500)),
        (KEPT, (("missing", "not_found"), 1), (("stale", "http_error"), 1)),
    ),
    "500": Row(
        (good(), Answer("", 500), good(2)), (KEPT, (("stale", "http_error"), 1), (ACTIVE, 2))
    ),
    "503": Row((good(), BUSY, BUSY), (KEPT, *[(("stale", "http_error"), 1)] * 2)),
    "time-out": Row(
        (good(), Answer(hang=True), good(2)), (KEPT, (("stale", "unreachable"), 1), (ACTIVE, 2))
    ),
    "truncated": Row(
        (good(), Answer(good(2).body, missing=50), good()),
        (KEPT, (("stale", "unreachable"), 1), KEPT),
    ),
    "moved": Row(
        (good(), redirect("/moved-to/", 301), redirect("/moved-to/", 301)),
        (KEPT, *[(("dropped", "canonical"), None)] * 2),  # to a page of its own
    ),
    "moved-away": Row(
        (good(), redirect("/elsewhere/", 301), redirect("/elsewhere/", 301)),
        (KEPT, *[(("dropped", "redirected"), None)] * 2),
    ),
    "moved-to": Row(
        (Answer("", 404), good(), good()), ((("dropped", "not_found"), None), KEPT, KEPT)
    ),
    "loop": Row(
        (good(), redirect("/loop/"), redirect("/loop/")),
        (KEPT, *[(("stale", "redirect_loop"), 1)] * 2),
    ),
    "noindex": Row(
        (good(), good(head="<meta name='robots' content='noindex'>"), good()),
        (KEPT, (("dropped", "noindex"), None), KEPT),
    ),
    "noindex-header": Row(
        (good(), good(**{"X-Robots-Tag": "noindex"}), good()),
        (KEPT, (("dropped", "noindex"), None), KEPT),
    ),
    "canonical": Row(
        (good(), good(head="<link rel='canonical' href='/unchanged/'>"), good()),
        (KEPT, (("dropped", "canonical"), None), KEPT),
    ),
    "empty-body": Row(
        (good(), Answer(""), good(2)), (KEPT, (("stale", "little_text"), 1), (ACTIVE, 2))
    ),
    "no-main-content": Row((good(), EMPTY, EMPTY), (KEPT, *[(("stale", "little_text"), 1)] * 2)),
    "little-with-etag": Row(  # the tag of what was not taken must not confirm it later
        (unless_known('"1"', good()), *[unless_known('"2"', EMPTY)] * 2),
        (KEPT, *[(("stale", "little_text"), 1)] * 2),
    ),
    "dead-in-sitemap": Row((Answer("", 404),) * 3, ((("dropped", "not_found"), None),) * 3),
    "back-from-the-dead": Row(
        (Answer("", 404), Answer("", 404), good(3)),
        (*[(("dropped", "not_found"), None)] * 2, (ACTIVE, 3)),
    ),
}
RUNS = range(3)


def sitemap(site: Site, *paths: str) -> Answer:
    urls = "".join(f"<url><loc>{site.url(path)}</loc></url>" for path in paths)
    return Answer(f"<urlset>{urls}</urlset>", type="application/xml")


def web(site: Site) -> Source:
    return Source.model_validate(
        {"name": "web", "start_urls": [site.url()], "allow_private": True, "limits": LIMITS}
    )


def held(runs: Runs, url: str) -> str | None:
    """The text that the live index holds of a page."""
    texts = [passage.text for passage in runs.passages if passage.url == url]
    return "\n".join(texts) or None


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> list[dict[str, Any]]:
    """What is known of every page of the table after each of the three runs."""
    runs = Runs(DataFolder(tmp_path_factory.mktemp("faults")))
    seen = []
    with Site() as site, pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexer.crawl._start", forks.start)
        paths = {name: f"/{name}/" for name in TABLE}
        site.routes["/sitemap.xml"] = sitemap(site, *paths.values())
        site.routes["/elsewhere/"] = good()
        site.routes["/"] = Answer(html("Home", "<p>The first page of all stays as it is.</p>"))
        for number in RUNS:
            site.routes |= {paths[name]: row.answers[number] for name, row in TABLE.items()}
            report = runs(web(site))
            stored = {url.removeprefix(site.url("")): page for url, page in runs.stored.items()}
            pages = {
                name: ((stored[path].state, stored[path].reason), held(runs, site.url(path)))
                for name, path in paths.items()
            }
            seen.append({"report": report, "pages": pages, "asked": len(site.asked)})
    return seen


@pytest.mark.parametrize("number", RUNS, ids=["first", "second", "third"])
@pytest.mark.parametrize("name", TABLE)
def test_a_page_after_each_run(after: list[dict[str, Any]], name: str, number: int) -> None:
    state, version = TABLE[name].then[number]
    found, text = after[number]["pages"][name]
    assert found == state
    if version is None:
        assert text is None
    else:
        assert says(version) in (text or "")
        assert sum(f"number {other}." in (text or "") for other in (1, 2, 3)) == 1


def test_the_reports_name_what_was_kept_and_left_out(after: list[dict[str, Any]]) -> None:
    second = after[1]["report"]
    kept = {note.url.rpartition("/")[0].rpartition("/")[2]: note.reason for note in second.kept}
    expected = {
        name: f"{row.then[1][0][0]}: {row.then[1][0][1]}"
        for name, row in TABLE.items()
        if row.then[1][0][0] in {"stale", "missing"}
    }
    assert kept == expected
    assert second.statuses["404"] == 5
    assert second.statuses["503"] == 1
    assert second.statuses["304"] == 1
    assert second.statuses["none"] == 2, "a time-out and a broken answer"


def test_only_what_is_new_is_embedded(after: list[dict[str, Any]]) -> None:
    # One version of the sentence a run: every page shares its passages with the others.
    assert [each["report"].embedded for each in after] == [2, 1, 1]


# What the whole site answers


@pytest.fixture
def runs(data: DataFolder) -> Runs:
    return Runs(data)


def robots(text: str, status: int = 200) -> Answer:
    return Answer(text, status, type="text/plain")


def test_robots_that_cannot_be_had_keep_everything_as_it_was(runs: Runs) -> None:
    with Site({"/": good(), "/robots.txt": robots("User-agent: *\nDisallow:\n")}) as site:
        live = runs(web(site)).build_id
        site.routes["/robots.txt"] = robots("", 503)
        site.routes["/"] = good(2)
        with pytest.raises(CrawlError, match=r"robots\.txt answered 503"):
            runs(web(site))
        assert runs.live.version == live
        assert runs.state(site.url()) == ("stale", "robots_unavailable")
        site.routes["/robots.txt"] = robots("")
        runs(web(site))
        assert says(2) in (held(runs, site.url()) or "")


def test_what_robots_forbid_now_is_dropped(runs: Runs) -> None:
    with Site({"/": good(), "/a/": good(2)}) as site:
        site.routes["/sitemap.xml"] = sitemap(site, "/a/")
        runs(web(site))
        assert len(runs.urls) == 2
        site.routes["/robots.txt"] = robots("User-agent: *\nDisallow: /a/\n")
        report = runs(web(site))
        assert runs.urls == [site.url()]
        assert runs.state(site.url("/a/")) == ("dropped", "robots")
        assert report.drops == {"robots": 1}
        site.routes["/robots.txt"] = robots("")
        runs(web(site))
        assert len(runs.urls) == 2


def test_a_sitemap_that_is_gone_loses_no_page(runs: Runs) -> None:
    with Site({"/": good(), "/only-listed/": good(2)}) as site:
        site.routes["/sitemap.xml"] = sitemap(site, "/only-listed/")
        first = runs(web(site)).build_id
        for answer in (Answer("", 404), Answer("", 500), Answer("<html>no sitemap</html>")):
            site.routes["/sitemap.xml"] = answer
            report = runs(web(site))
            assert (report.build_id, report.published) == (first, False)
            assert runs.state(site.url("/only-listed/")) == ACTIVE


def test_a_date_in_a_sitemap_is_a_hint_and_no_proof(runs: Runs) -> None:
    """A page whose date has not moved is asked all the same; one whose date has comes first."""
    paths = ["/a/", "/b/", "/c/"]

    def dated(site: Site, **dates: str) -> Answer:
        urls = "".join(
            f"<url><loc>{site.url(path)}</loc><lastmod>{dates.get(path[1], '2026-01-01')}</lastmod>"
            "</url>"
            for path in paths
        )
        return Answer(f"<urlset>{urls}</urlset>", type="application/xml")

    with Site({path: good(number) for number, path in enumerate(paths)}) as site:
        site.routes["/"] = good(9)
        site.routes["/sitemap.xml"] = dated(site)
        runs(web(site))
        site.asked.clear()
        site.routes |= {"/a/": good(7), "/sitemap.xml": dated(site, c="2026-02-02")}
        runs(web(site))
        assert says(7) in (held(runs, site.url("/a/")) or "")
        asked = [asked.path for asked in site.asked if asked.path in paths]
    assert asked == ["/c/", "/a/", "/b/"]


def test_another_menu_or_banner_publishes_nothing(runs: Runs) -> None:
    menus = iter("ABCDEFGH")

    def answered(_: Asked) -> Answer:
        return Answer(
            html("A page", f"<p>{says(1)}</p>").replace(
                "<main>", f"<nav><a href='/'>Banner {next(menus)}</a></nav><main>"
            )
        )

    with Site({"/": answered}) as site:
        first = runs(web(site))
        again = runs(web(site))
    assert again.answers == {"200": 1}
    assert (again.embedded, again.published, again.build_id) == (0, False, first.build_id)


def test_a_page_that_may_say_little_is_taken_when_the_operator_says_so(runs: Runs) -> None:
    long = "All that there was to say of it. " * 20
    with Site({"/": Answer(html("A page", f"<p>{long}</p>"))}) as site:
        runs(web(site))
        site.routes["/"] = Answer(html("A page", "<p>This page has moved away.</p>"))
        report = runs(web(site))
        assert [note.reason for note in report.kept] == ["stale: little_text"]
        assert "20 letters of text, where its last good copy has 480" in report.kept[0].detail
        report = runs(web(site), accepted=frozenset({site.url()}))
        assert held(runs, site.url()) == "This page has moved away."
        assert runs(web(site)).kept == []
