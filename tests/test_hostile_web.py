"""A web that attacks the crawler: each case ends as a named drop, in bounded time and memory."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
import pytest

from indexer.crawl import crawl
from indexer.pages import Left, read_page
from indexer.records import Drop, Fetched
from indexer.site import Site as IndexedSite
from indexer.sources import Source
from indexer.store import StoredPage
from tests.forks import NAMES
from tests.names import PUBLIC
from tests.runs import Runs, html
from tests.sites import Answer, Asked, Site, page, redirect
from tests.test_unpack import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from indexer.layout import DataFolder
    from tests.forks import Forked, Forks

BYTES = 13_000_000  # of a page, in this crawl
MOST_MEMORY = 350_000  # KiB; a crawl of harmless pages takes 75,000
MOST_SECONDS = 60  # some 5 where nothing else is at work
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
ZEROS = b"<p>" + b"0" * 60_000_000
ENTITIES = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(
        f"<!ENTITY {new} '{f'&{old};' * 10}'>"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "<!ENTITY file SYSTEM 'file:///etc/passwd'>]>"
)


def source_of(*urls: str, limits: dict[str, Any] | None = None, **changes: Any) -> Source:
    quick = {"delay": 0, "backoff": 0, "retries": 0, "timeout": 20, **(limits or {})}
    values = {"name": "hostile", "start_urls": urls, "allow_private": True, **changes}
    return Source.model_validate({**values, "limits": quick})


def _raw(*pieces: bytes, again: bytes = b"", times: int = 0) -> Answer:
    """What is sent as it stands: the pieces, and one of them many times."""

    def sent() -> Iterator[bytes]:
        yield from pieces
        for _ in range(times):
            yield again

    return Answer(raw=sent)


def _packed(body: bytes, coding: str) -> Answer:
    return Answer(body, headers={"Content-Encoding": coding})


CHUNK = b"10000\r\n" + b"z" * 65536 + b"\r\n"
CASES: dict[str, tuple[Answer, Drop, str]] = {
    "headers": (
        _raw(HEAD, again=b"X-Y: " + b"y" * 1000 + b"\r\n", times=300_000),
        Drop.TOO_LARGE,
        "more than 262,144 bytes of headers",
    ),
    "folded-header": (
        _raw(HEAD + b"X: y\r\n", again=b" " + b"y" * 1000 + b"\r\n", times=300_000),
        Drop.TOO_LARGE,
        "bytes of headers",
    ),
    "announcements": (
        _raw(again=b"HTTP/1.1 100 Continue\r\n\r\n" * 100, times=100_000),
        Drop.TOO_LARGE,
        "bytes of headers",
    ),
    "long-header": (_raw(HEAD + b"X: ", again=b"y" * 65536, times=1600), Drop.UNREACHABLE, "broke"),
    "chunks": (
        _raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", again=CHUNK, times=1600),
        Drop.TOO_LARGE,
        "more bytes",
    ),
    "no-length": (
        _raw(HEAD + b"\r\n", again=b"z" * 65536, times=1600),
        Drop.TOO_LARGE,
        "more bytes",
    ),
    "trailers": (
        _raw(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
            again=b"X: " + b"y" * 1000 + b"\r\n",
            times=100_000,
        ),
        Drop.UNREACHABLE,
        "broke off",
    ),
    "huge-length": (
        _raw(HEAD + b"Content-Length: 999999999999999999\r\n\r\n<p>"),
        Drop.TOO_LARGE,
        "more bytes",
    ),
    "two-lengths": (
        _raw(HEAD + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n<p>abcd"),
        Drop.UNREACHABLE,
        "broke off",
    ),
    "below-zero": (_raw(HEAD + b"Content-Length: -5\r\n\r\n<p>"), Drop.UNREACHABLE, "broke off"),
    "bad-chunk": (
        _raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n<p>"),
        Drop.UNREACHABLE,
        "broke off",
    ),
    "no-http": (_raw(b"<p>hello", again=b"\x00\xff" * 999, times=9), Drop.UNREACHABLE, "broke off"),
    "nothing": (_raw(), Drop.UNREACHABLE, "broke off"),
    "half": (Answer("<p>half", missing=9), Drop.UNREACHABLE, "broke off"),
    "gzip": (_packed(gzip.compress(ZEROS, 1), "gzip"), Drop.TOO_LARGE, "13,000,000 bytes unpacked"),
    "deflate": (_packed(zlib.compress(ZEROS, 1), "deflate"), Drop.TOO_LARGE, "bytes unpacked"),
    "br": (_packed(brotli.compress(ZEROS, quality=1), "br"), Drop.TOO_LARGE, "bytes unpacked"),
    "zstd": (_packed(zstd.compress(ZEROS), "zstd"), Drop.TOO_LARGE, "bytes unpacked"),
    "gzip-in-br": (
        _packed(brotli.compress(gzip.compress(ZEROS, 1)), "gzip, br"),
        Drop.TOO_LARGE,
        "bytes unpacked",
    ),
    "many-codings": (
        _packed(b"x", "gzip," * 2000 + "gzip"),
        Drop.UNREACHABLE,
        "2001 content codings",
    ),
    "unknown-coding": (
        _packed(b"x", "gzip, exi"),
        Drop.WRONG_TYPE,
        "gzip, exi, which nobody asked",
    ),
    "cut-gzip": (
        _packed(gzip.compress(b"<p>word " * 99)[:-9], "gzip"),
        Drop.UNREACHABLE,
        "unpacked",
    ),
    "cut-zstd": (
        _packed(zstd.compress(b"<p>word " * 99)[:-3], "zstd"),
        Drop.UNREACHABLE,
        "unpacked",
    ),
    "many-members": (
        _packed(gzip.compress(b"") * 9999, "gzip"),
        Drop.UNREACHABLE,
        "100 compressed",
    ),
    "million-links": (
        Answer(b"".join(b"<a href=%d>" % (n % 100) for n in range(1_000_000))),
        Drop.TOO_LARGE,
        "1,000,000 tags; 50,000 are read at most; its links are not followed",
    ),
    "attributes": (Answer("<p " + "a b c d " * 200_000), Drop.TOO_LARGE, "5,000 attributes"),
    "cookie-wall": (
        Answer(status=302, headers={"Location": "/cookie-wall", "Set-Cookie": "seen=1"}),
        Drop.REDIRECT_LOOP,
        "sets a cookie; no cookies are kept",
    ),
    "long-location": (redirect("/x" * 6000), Drop.TRAP, "too long"),
    "json": (Answer('{"a": 1}', type="application/json"), Drop.WRONG_TYPE, "application/json"),
    "feed": (Answer("<rss/>", type="application/rss+xml"), Drop.WRONG_TYPE, "rss"),
    "text": (Answer("words", type="text/plain"), Drop.WRONG_TYPE, "text/plain"),
    "untold": (Answer("words", type=None), Drop.WRONG_TYPE, "no content type"),
    "video": (Answer(b"\x00" * 9, type="video/mp4", missing=10**12), Drop.WRONG_TYPE, "video/mp4"),
}
# Where a redirect may not lead: {port} is the site's own, at a host that is not the one named.
OUT = (
    *(
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/html,x",
        "javascript:x()",
        "gopher://a/",
    ),
    *(
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://[::1",
    ),
    *("http://0x7f.1:{port}/", "http://2130706433:{port}/", "http://017700000001:{port}/"),
    *("http://127.1:{port}/", "http://127.0.0.2:{port}/", "http://localhost:{port}/"),
    *("http://[::ffff:127.0.0.1]:{port}/", "http://[::1]:{port}/", "http://[fe80::1%25lo]:{port}/"),
    *("http://127.0.0.1:{port}@other.example/", "http://other.example#@127.0.0.1:{port}/"),
    *(r"http://other.example\@127.0.0.1:1/", "//other.example:{port}/", "http://127.0.0.1:1/"),
)
# Odd, and harmless.
KEPT = {
    "lying-length": (_raw(HEAD + b"Content-Length: 8\r\n\r\n<p>abcdefghijk"), b"<p>abcde"),
    "user": (redirect("http://good:secret@127.0.0.1:{port}/user-to"), b"whom"),
    "entities": (
        Answer(ENTITIES + "<html><p>&i;&file;</html>", type="application/xhtml+xml"),
        b"&i;&file;",
    ),
    "byte-order-mark": (Answer(b"\xef\xbb\xbf<!doctype html><p>x", type=None), b"<p>x"),
    "as-binary": (Answer("<html><p>x", type="application/octet-stream"), b"<p>x"),
    "image": (Answer(b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 99), b"PNG"),
    "pdf-as-html": (Answer(b"%PDF-1.7\n1 0 obj\n"), b"%PDF"),
    "sent-on": (
        page("refresh", head='<meta http-equiv=refresh content="0;url=/refreshed">'),
        b"re",
    ),
    "refreshed": (page("found by the refresh"), b"found"),
    "private-refresh": (
        page("x", head='<meta http-equiv=refresh content="0;http://10.0.0.1">'),
        b"x",
    ),
}


class Hostile:
    """One crawl of all the cases, with what it took."""

    def __init__(self, forks: Forks) -> None:
        self.memory = 0
        self._process: Forked | None = None
        with Site() as self.site, pytest.MonkeyPatch.context() as patch:
            patch.setattr("indexer.crawl._start", lambda: self._started(forks))
            self.site.routes = self._routes()
            began = time.monotonic()
            self.crawl = crawl(source_of(self.site.url(), limits={"bytes": BYTES}))
            found = list(self.crawl)
            self.seconds = time.monotonic() - began
        self.pages: dict[str, Fetched] = {
            each.url.removeprefix(self.site.url()): each for each in found
        }

    def _started(self, forks: Forks) -> Forked:
        self._process = forks.start()
        return self._process

    def _routes(self) -> dict[str, Answer | Callable[[Asked], Answer]]:
        names = [*CASES, *(f"out{n}" for n in range(len(OUT))), *KEPT, "last"]
        cases = {f"/{name}": answer for name, (answer, *_) in {**CASES, **KEPT}.items()}
        out = {
            f"/out{n}": redirect(url.replace("{port}", str(self.site.port)))
            for n, url in enumerate(OUT)
        }
        user = redirect(f"http://good:secret@127.0.0.1:{self.site.port}/user-to")
        files = {"/robots.txt": Answer(f"Sitemap: {self.site.url('/map')}\n"), "/map": self._maps()}
        return {
            "/": page("home", *names),
            **cases,
            **out,
            **files,
            "/user": user,
            "/user-to": page("whom"),
            "/last": self._last,
            "/sitemap.xml": _packed(gzip.compress(ZEROS, 1), "gzip"),
            "/bomb": Answer(gzip.compress(ZEROS, 1), type="application/gzip"),
            "/tags": Answer(
                gzip.compress(b"<urlset>" + b"<x/>" * 2_000_000), type="application/gzip"
            ),
            "/xml": Answer(f"{ENTITIES}<urlset><url><loc>/&i;&file;</loc></url></urlset>"),
            "/map-out": redirect("http://10.0.0.1/map"),
        }

    def _maps(self) -> Answer:
        names = ["map", "bomb", "tags", "xml", "map-out"]
        listed = "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in names)
        return Answer(f"<sitemapindex>{listed}</sitemapindex>")

    def _last(self, _: Asked) -> Answer:
        """The page that is asked last looks at what the process has taken until then."""
        assert self._process
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        self.memory = int(status.partition("VmHWM:")[2].split()[0])
        return page("last")


@pytest.fixture(scope="module")
def hostile(forks: Forks) -> Hostile:
    return Hostile(forks)


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_answer_is_a_named_drop(hostile: Hostile, name: str) -> None:
    _, drop, detail = CASES[name]
    found = hostile.pages[name]
    assert (found.drop, found.body) == (drop, b"")
    assert detail in found.detail
    assert len(found.detail) <= 500
    assert hostile.site.count(f"/{name}") == 1


@pytest.mark.parametrize("number", range(len(OUT)), ids=OUT)
def test_a_redirect_leads_to_no_other_host(hostile: Hostile, number: int) -> None:
    assert hostile.pages[f"out{number}"].drop is Drop.REDIRECT_OFF_SITE


@pytest.mark.parametrize("name", KEPT)
def test_what_is_only_odd_is_read(hostile: Hostile, name: str) -> None:
    found = hostile.pages[name]
    assert (found.drop, found.detail) == (None, "")
    assert KEPT[name][1] in found.body
    stored = StoredPage("x", "s", "active", body=found.body, content_type=found.content_type)
    read = read_page(stored, IndexedSite(source_of("http://x/")))
    if name in {"image", "pdf-as-html"}:
        assert isinstance(read, Left)
        assert read.reason is (Drop.WRONG_TYPE if name == "image" else Drop.BROKEN)
    else:
        assert not isinstance(read, Left)
        assert "root:" not in str(read)


def test_nothing_is_sent_that_was_not_meant_for_the_site(hostile: Hostile) -> None:
    hosts = {asked.headers["host"] for asked in hostile.site.asked}
    assert hosts == {hostile.site.url("").removeprefix("http://")}
    for name in ("cookie", "authorization", "referer"):
        assert not any(name in asked.headers for asked in hostile.site.asked)


def test_it_takes_no_more_time_and_memory_than_it_may(hostile: Hostile) -> None:
    assert hostile.pages["last"].drop is None
    assert 50_000 < hostile.memory < MOST_MEMORY
    assert hostile.seconds < MOST_SECONDS


def test_hostile_sitemaps_are_counted(hostile: Hostile) -> None:
    found = {(left.reason, left.what.partition(",")[0]): left for left in hostile.crawl.left_out}
    assert found[Drop.TOO_LARGE, "sitemaps"].count == 3
    assert "50,000,000 bytes unpacked" in found[Drop.TOO_LARGE, "sitemaps"].detail
    assert found[Drop.REDIRECT_OFF_SITE, "sitemaps"].count == 1
    assert hostile.site.count("/map") == 1


# Names whose addresses change, and robots.txt.


@pytest.fixture
def _names(forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "rebind.example": [[PUBLIC]] * 4 + [["127.0.0.1"]],
        "www.rebind.example": [["127.0.0.1"]],
        "mixed.example": [[PUBLIC, "10.0.0.1"]],
    }
    monkeypatch.setattr("indexer.crawl._start", forks.start)
    monkeypatch.setenv(NAMES, json.dumps(answers))


@pytest.mark.usefixtures("_names")
def test_the_address_that_was_checked_is_the_one_connected_to() -> None:
    close = {"Connection": "close"}
    with Site() as private, Site(address=(PUBLIC, private.port)) as public:
        url = f"http://rebind.example:{private.port}"
        www = f"http://www.rebind.example:{private.port}/"
        links = f'<a href="/to-www">x</a><a href="{www}robots">y</a><a href="/later">z</a>'
        public.routes = {
            "/": Answer(links, headers=close),
            "/to-www": Answer(status=302, headers={"Location": www, **close}),
            "*": Answer("", 404, headers=close),
        }
        source = source_of(f"{url}/", f"http://mixed.example:{private.port}/", allow_private=False)
        found = {each.url: each for each in crawl(source)}
        asked = [each.path for each in public.asked]
        assert private.asked == []
    assert asked == ["/robots.txt", "/sitemap.xml", "/", "/to-www"]
    assert found.pop(f"{url}/").drop is None
    assert {each.drop for each in found.values()} == {Drop.PRIVATE_ADDRESS}
    assert (
        found[f"{url}/later"].detail
        == "rebind.example, which is 127.0.0.1, is not a public address"
    )
    assert "10.0.0.1" in found[f"http://mixed.example:{private.port}/"].detail
    assert len(found) == 4


@pytest.mark.usefixtures("quick_crawls")
@pytest.mark.parametrize(
    ("robots", "detail"),
    [
        (_packed(gzip.compress(ZEROS, 1), "gzip"), "more than 2,097,152 bytes unpacked"),
        (_packed(b"x", "exi"), "content encoding exi"),
        (redirect("http://169.254.169.254/robots.txt"), "redirects to http://169.254.169.254/"),
        (_raw(HEAD, again=b"X: " + b"y" * 9000 + b"\r\n", times=9999), "bytes of headers"),
    ],
)
def test_a_hostile_robots_txt_forbids_everything(robots: Answer, detail: str) -> None:
    with Site({"/robots.txt": robots, "/": page("home")}) as site:
        (home,) = crawl(source_of(site.url()))
        assert site.count("/") == 0
    assert home.drop is Drop.ROBOTS_UNAVAILABLE
    assert detail in home.detail


# Too much of everything, and traps.


@pytest.mark.usefixtures("quick_crawls")
def test_what_is_left_out_of_many_links_is_counted() -> None:
    links = [f"//other.example/{n}" for n in range(10_500)]
    with Site({"/": page("home", *["/" + "x" * 2000] * 3, *links)}) as site:
        crawled = crawl(source_of(site.url()))
        (home,) = crawled
    assert home.drop is None
    assert [(left.reason, left.count) for left in crawled.left_out] == [
        (Drop.LINK_LIMIT, 503),
        (Drop.TRAP, 3),
    ]


def _calendar(asked: Asked) -> Answer:
    """A day with links to the next ones, or a word of the glossary, which all are short."""
    if asked.path.startswith("/word?"):
        name = asked.path.rpartition("=")[2]
        return Answer(
            html(f"Word {name}", f"<p>{name} is a word that {name}s use for {name}ing.</p>")
        )
    day = int(asked.path.partition("?")[0].strip("/").rpartition("/")[2])
    days = "".join(
        f"<a href='/day/2024/{day + n}/?sid=x&token={asked.count}{day}'>day</a>" for n in (1, 2, 3)
    )
    return Answer(
        html("Calendar", f"<p>There is nothing at all on day {day} of the year.</p>{days}")
    )


@pytest.mark.usefixtures("quick_crawls")
def test_a_calendar_does_not_grow_the_index_from_run_to_run(data: DataFolder) -> None:
    names = [f"{a}{b}" for a in ("gast", "ileo", "pan", "neur") for b in "abcdefghijkl"]
    words = "".join(f"<a href='/word?id={name}'>x</a>" for name in names)
    home = Answer(
        html("Home", f"<p>The first page of them all.</p>{words}<a href='/day/2024/1/'>x</a>")
    )
    runs = Runs(data)
    with Site({"/": home, "*": _calendar, "/robots.txt": Answer("")}) as site:
        first = runs(source_of(site.url(), limits={"depth": 500}))
        assert site.asked[-1].count < 200
        held = runs.urls
        second = runs(source_of(site.url(), limits={"depth": 500}))
        assert runs.urls == held
    assert {f"{site.url('/word?id=')}{name}" for name in names} < set(held)
    assert sum("/day/" in url for url in held) <= 6
    assert (second.published, second.build_id) == (False, first.build_id)
    assert first.drops["trap"] == sum(left.count for left in first.left_out) + sum(
        note.reason == "trap" for note in first.dropped
    )
    assert "of /day/#/#/, such as" in first.text() or "of /day/#/#/?" in first.text()
    assert "exclude them in sources.toml" in first.text()
