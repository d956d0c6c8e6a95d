from __future__ import annotations

import gzip
import logging
import re
import ssl
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brotli
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from indexer import crawl as crawl_module
from indexer.crawl import Validators, crawl
from indexer.errors import ConfigurationError, CrawlError
from indexer.records import Drop, Fetched
from indexer.sources import Source
from tests.sites import Answer, Asked, Site, page, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMPT = {"delay": 0, "backoff": 0, "timeout": 10}


def _source(site: Site, path: str = "/", **changes: Any) -> Source:
    limits = {**PROMPT, **changes.pop("limits", {})}
    values = {"name": "site", "start_urls": (site.url(path),), "allow_private": True, **changes}
    return Source(**values, limits=limits)


def _by_path(site: Site, fetched: list[Fetched]) -> dict[str, Fetched]:
    urls = [page.url for page in fetched]
    assert len(urls) == len(set(urls)), "each URL once"
    return {page.url.removeprefix(site.url("")): page for page in fetched}


# One site with one of everything; crawled once, looked at by many tests.

LATIN1 = '<html><body><a href="/caf\xe9">caf\xe9</a></body></html>'.encode("latin-1")
TEXT = b"<html><body><p>" + b"word " * 20 + b"</p></body></html>"
BOMB = b"<p>" + b"0" * 3_000_000
BYTES = 100_000


def _deflated(body: bytes, coding: str, **headers: str) -> Answer:
    return Answer(body, headers={"Content-Encoding": coding, **headers})


def _routes(site: Site, other: Site) -> dict:
    here, there = site.url(""), other.url("")
    return {
        "/robots.txt": Answer(
            "User-agent: *\nDisallow: /members/\nCrawl-delay: 0\n"
            f"Sitemap: {here}/maps/index.xml\nSitemap: {there}/sitemap.xml\nSitemap: /missing.xml\n",
            type="text/plain",
        ),
        "/maps/index.xml": Answer(
            f"<sitemapindex><sitemap><loc>{here}/maps/a.xml.gz</loc></sitemap>"
            f"<sitemap><loc>{there}/b.xml</loc></sitemap>"
            f"<sitemap><loc>{here}/maps/index.xml</loc></sitemap>"
            f"<sitemap><loc>{here}/maps/bomb.xml</loc></sitemap></sitemapindex>",
            type="application/xml",
        ),
        "/maps/a.xml.gz": Answer(
            gzip.compress(
                b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                + f"<url><loc>{here}/only-in-map?utm_source=map</loc>"
                f"<lastmod>2024-05-06</lastmod></url><url><loc>{there}/x</loc></url>"
                f"<url><loc>{here}/a</loc></url></urlset>".encode()
            ),
            type="application/gzip",
        ),
        "/maps/bomb.xml": Answer(
            '<!DOCTYPE x [<!ENTITY x SYSTEM "/etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>',
            type="application/xml",
        ),
        "/": page(
            "home",
            *("/a", "/a#part", "/a?utm_source=x", "/A", "members/", "/skip/page", "/moved", "/out"),
            *(
                "/nowhere",
                "/port",
                "/circle",
                "/long-way",
                "/missing",
                "/gone",
                "/teapot",
                "/broken",
                "/flaky",
            ),
            *("/busy", "/truncated", "/cut-chunks", "/large", "/endless", "/bomb-gzip", "/bomb-br"),
            *("/gzip", "/br", "/deflate", "/bad-gzip", "/odd-coding", "/image", "/doc.pdf"),
            *("/untold-pdf", "/untold-html", "/untold", "/noindex", "/nofollow", "/header"),
            *("/copy", "/latin1", "/to-a", "/to-skip", "/to-members", "/session", "/deep-tags"),
            *("mailto:a@b.example", "javascript:void(0)", "data:text/html,x", "file:///etc/passwd"),
            *(f"{there}/x", "//other.example/", "http://[::1", "http://2130706433:1/", "tel:1"),
        ),
        "/a": page("a", "/", "//127.0.0.1:{}/b".format(here.rsplit(":", 1)[1])),
        "/A": page("another page than a"),
        "/b": page("b"),
        "/only-in-map": page("only in the sitemap"),
        "/members/": page("members"),
        "/skip/page": page("excluded"),
        "/moved": redirect("/new-place#part", 301),
        "/new-place": page("new place", "/new-place"),
        "/out": redirect("http://other.example/x"),
        "/port": redirect(f"{there}/x"),
        "/circle": redirect("/circle2"),
        "/nowhere": redirect("http://[::1"),
        "/circle2": redirect("/circle"),
        "/long-way": redirect("/way1"),
        **{f"/way{i}": redirect(f"/way{i + 1}") for i in range(1, 9)},
        "/gone": Answer("gone", 410),
        "/teapot": Answer("teapot", 418),
        "/broken": Answer("broken", 500),
        "/flaky": lambda asked: page("at last") if asked.count == 3 else Answer(status=503),
        "/busy": lambda asked: (
            page("free") if asked.count == 2 else Answer(status=429, headers={"Retry-After": "0"})
        ),
        "/truncated": Answer(TEXT, missing=10),
        "/cut-chunks": _cut_chunks(),
        "/large": Answer(b"<p>" + b"x" * BYTES),
        "/endless": Answer(b"<p>" + b"x" * 1000, missing=10**9),
        "/bomb-gzip": _deflated(gzip.compress(BOMB), "gzip"),
        "/bomb-br": _deflated(brotli.compress(BOMB), "br"),
        "/gzip": _deflated(gzip.compress(TEXT), "gzip"),
        "/br": _deflated(brotli.compress(TEXT), "br"),
        "/deflate": _deflated(zlib.compress(TEXT), "deflate"),
        "/bad-gzip": _deflated(b"no gzip at all", "gzip"),
        "/odd-coding": _deflated(b"?", "compress"),
        "/image": Answer(b"\x89PNG" * 10, type="image/png", missing=10**9),
        "/doc.pdf": Answer(b"%PDF-1.7 x", type="application/pdf"),
        "/untold-pdf": Answer(b"%PDF-1.7 y", type="application/octet-stream"),
        "/untold-html": Answer(TEXT, type=None),
        "/untold": Answer(b"PK\x03\x04", type=None),
        "/noindex": page("noindex", "/from-noindex", head='<meta name="ROBOTS" content="noindex">'),
        "/from-noindex": page("from noindex"),
        "/nofollow": page("nofollow", "/hidden1", head='<meta name="robots" content="none">'),
        "/header": Answer(
            '<a href="/hidden2">x</a>', headers={"X-Robots-Tag": "otherbot: noindex\nnofollow"}
        ),
        "/copy": page("copy", head='<base href="/base/"><link href="original" rel="canonical">'),
        "/base/original": Answer('<a rel="external NoFollow" href="/hidden3">x</a><p>original'),
        "/latin1": Answer(LATIN1, type="text/html; charset=iso-8859-1"),
        "/caf%C3%A9": page("café"),
        "/to-a": redirect("/a"),
        "/to-skip": redirect("/skip/other"),
        "/to-members": redirect("/members/x"),
        "/session": redirect("/session?PHPSESSID=1"),
        "/session?PHPSESSID=1": page("session"),
        "/deep-tags": Answer("<div>" * 15_000 + '<a href="/deep-down">x</a>'),
        "/deep-down": page("deep down"),
    }


def _cut_chunks() -> Answer:
    return Answer(
        b"5\r\n<p>ab\r\n",
        headers={"Transfer-Encoding": "chunked", "Connection": "close", "Content-Length": ""},
        missing=1,
    )


class _Visit:
    """What a crawl of the site gave, and what the two servers saw of it."""

    def __init__(self, site: Site, other: Site) -> None:
        self.site, self.other = site, other
        limits = {"bytes": BYTES, "retries": 2, "redirects": 4, "delay": 30}
        self.crawl = crawl(_source(site, exclude=("^/skip/",), limits=limits))
        self.pages = _by_path(site, list(self.crawl))


@pytest.fixture(scope="module")
def visit() -> Iterator[_Visit]:
    with Site() as site, Site() as other, pytest.MonkeyPatch.context() as patch:
        site.routes = _routes(site, other)
        # An environment's proxy would connect for us, past every check of addresses.
        patch.setenv("http_proxy", other.url())
        patch.delenv("NET_CRAWL_CONTACT", raising=False)
        yield _Visit(site, other)


@pytest.mark.parametrize(
    ("path", "drop", "status", "detail"),
    [
        ("/members/", Drop.ROBOTS, None, "robots.txt forbids it"),
        ("/to-members", Drop.ROBOTS, None, "robots.txt forbids it"),
        ("/skip/page", Drop.EXCLUDED, None, "pattern"),
        ("/to-skip", Drop.EXCLUDED, 302, "/skip/other"),
        ("/out", Drop.REDIRECT_OFF_SITE, 302, "http://other.example/x"),
        ("/port", Drop.REDIRECT_OFF_SITE, 302, "/x"),
        ("/nowhere", Drop.REDIRECT_OFF_SITE, 302, "no page"),
        ("/circle", Drop.REDIRECT_LOOP, 302, "circle"),
        ("/long-way", Drop.REDIRECT_LOOP, 302, "too many"),
        ("/to-a", Drop.CANONICAL, 302, "/a"),
        ("/missing", Drop.NOT_FOUND, 404, "404"),
        ("/gone", Drop.NOT_FOUND, 410, "410"),
        ("/teapot", Drop.HTTP_ERROR, 418, "418"),
        ("/broken", Drop.HTTP_ERROR, 500, "500"),
        ("/truncated", Drop.UNREACHABLE, None, "broke off"),
        ("/cut-chunks", Drop.UNREACHABLE, None, "broke off"),
        ("/bad-gzip", Drop.UNREACHABLE, None, "unpacked"),
        ("/large", Drop.TOO_LARGE, None, "bytes"),
        ("/endless", Drop.TOO_LARGE, None, "bytes"),
        ("/bomb-gzip", Drop.TOO_LARGE, None, "100,000 bytes unpacked"),
        ("/bomb-br", Drop.TOO_LARGE, None, "100,000 bytes unpacked"),
        ("/odd-coding", Drop.WRONG_TYPE, 200, "compress"),
        ("/image", Drop.WRONG_TYPE, 200, "image/png"),
        ("/untold", Drop.WRONG_TYPE, 200, "no content type"),
    ],
)
def test_dropped(visit: _Visit, path: str, drop: Drop, status: int | None, detail: str) -> None:
    page = visit.pages[path]
    assert (page.drop, page.status, page.body) == (drop, status, b"")
    assert detail in page.detail


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", b"home"),
        ("/a", b"<p>a</p>"),
        ("/A", b"another page than a"),
        ("/b", b"<p>b</p>"),
        ("/only-in-map", b"only in the sitemap"),
        ("/flaky", b"at last"),
        ("/busy", b"free"),
        ("/gzip", TEXT),
        ("/br", TEXT),
        ("/deflate", TEXT),
        ("/doc.pdf", b"%PDF-1.7 x"),
        ("/untold-pdf", b"%PDF-1.7 y"),
        ("/untold-html", TEXT),
        ("/noindex", b"noindex"),
        ("/from-noindex", b"from noindex"),
        ("/nofollow", b"nofollow"),
        ("/copy", b"copy"),
        ("/base/original", b"original"),
        ("/latin1", LATIN1),
        ("/caf%C3%A9", "café".encode()),
        ("/session", b"session"),
        ("/deep-tags", b"<div>"),
    ],
)
def test_fetched(visit: _Visit, path: str, words: bytes) -> None:
    page = visit.pages[path]
    assert (page.drop, page.detail, page.status) == (None, "", 200)
    assert words in page.body


def test_nothing_else_is_reported(visit: _Visit) -> None:
    assert not [path for path in visit.pages if path.startswith(("/hidden", "http", "mailto"))]
    assert len(visit.pages) == 24 + 22 + 2  # dropped, fetched, /moved and /header
    assert all(
        re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", page.fetched_at)
        for page in visit.pages.values()
    )


def test_redirect_is_followed_and_its_target_not_repeated(visit: _Visit) -> None:
    page = visit.pages["/moved"]
    assert page.final_url == visit.site.url("/new-place")
    assert b"new place" in page.body
    assert "/new-place" not in visit.pages
    assert visit.site.count("/new-place") == 1
    assert visit.pages["/to-a"].final_url == visit.site.url("/a")
    assert visit.site.count("/a") == 1


def test_types_and_headers_are_handed_on(visit: _Visit) -> None:
    assert visit.pages["/"].content_type == "text/html; charset=utf-8"
    assert visit.pages["/latin1"].content_type == "text/html; charset=iso-8859-1"
    assert visit.pages["/doc.pdf"].content_type == "application/pdf"
    assert visit.pages["/untold-pdf"].content_type == "application/pdf"
    assert visit.pages["/untold-html"].content_type == "text/html"
    assert visit.pages["/header"].robots_tag == "otherbot: noindex\nnofollow"


def test_sitemaps_are_read_for_pages_and_dates(visit: _Visit) -> None:
    assert visit.crawl.lastmod == {visit.site.url("/only-in-map"): "2024-05-06"}
    for path in ("/maps/index.xml", "/maps/a.xml.gz", "/maps/bomb.xml", "/missing.xml"):
        assert visit.site.count(path) == 1
        assert path not in visit.pages
    assert visit.site.count("/sitemap.xml") == 1
    assert "/sitemap.xml" not in visit.pages


def test_links_are_told(visit: _Visit) -> None:
    url = visit.site.url
    assert visit.crawl.links[url("/a")] == (url("/"), url("/b"))
    assert visit.crawl.links[url("/copy")] == (url("/base/original"),)
    assert visit.crawl.links[url("/nofollow")] == ()
    assert visit.crawl.links[url("/new-place")] == (url("/new-place"),)


def test_no_other_host_is_connected_to(visit: _Visit) -> None:
    assert visit.other.asked == []


def test_nothing_forbidden_or_excluded_is_asked_for(visit: _Visit) -> None:
    asked = {asked.path for asked in visit.site.asked}
    assert not {path for path in asked if path.startswith(("/members/", "/skip/", "/hidden"))}
    assert visit.site.asked[0].path == "/robots.txt"


def test_further_tries(visit: _Visit) -> None:
    tries = {p: visit.site.count(p) for p in ("/flaky", "/busy", "/broken", "/truncated")}
    assert tries == {"/flaky": 3, "/busy": 2, "/broken": 3, "/truncated": 3}
    once = ("/missing", "/teapot", "/bomb-gzip", "/endless", "/image", "/robots.txt")
    assert {visit.site.count(path) for path in once} == {1}


def test_requests_say_who_asks_and_carry_no_cookies(visit: _Visit) -> None:
    assert all(a.headers["user-agent"].startswith("NETSearchBot/") for a in visit.site.asked)
    assert not any("cookie" in asked.headers for asked in visit.site.asked)
    assert {asked.headers["host"] for asked in visit.site.asked} == {
        visit.site.url("").removeprefix("http://")
    }


# What an earlier crawl knew.


def _validating(text: str, *links: str) -> dict:
    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"v1"':
            return Answer(status=304, type=None)
        whole = page(text, *links)
        return Answer(whole.body, headers={"ETag": '"v1"', "Last-Modified": "yesterday"})

    return answer


@pytest.mark.usefixtures("quick_crawls")
def test_unchanged_pages_come_without_a_body_and_still_lead_on() -> None:
    routes = {"/": _validating("home", "/a", "/b"), "/a": _validating("a", "/c"), "/c": page("c")}
    with Site(routes) as site:
        first = crawl(_source(site))
        pages = _by_path(site, list(first))
        assert (pages["/"].etag, pages["/"].last_modified) == ('"v1"', "yesterday")
        known = {
            url: Validators(pages[url.removeprefix(site.url(""))].etag, None, links)
            for url, links in first.links.items()
        }
        again = _by_path(site, list(crawl(_source(site), known)))
        # Without links the pages known before are asked for all the same.
        blind = {url: Validators(v.etag, "yesterday") for url, v in known.items()}
        blindly = _by_path(site, list(crawl(_source(site), blind)))
    for later in (again, blindly):
        assert {
            path: (p.status, p.drop, p.body[:9]) for path, p in later.items() if path != "/b"
        } == {
            "/": (304, None, b""),
            "/a": (304, None, b""),
            "/c": (200, None, b"<!doctype"),
        }
    assert (again["/b"].drop, "/b" in blindly) == (Drop.NOT_FOUND, False)
    assert {a.headers.get("if-modified-since") for a in site.asked} == {None, "yesterday"}


# Limits.


@pytest.mark.usefixtures("quick_crawls")
def test_limits_of_pages_and_depth() -> None:
    routes = {f"/{n}": page(f"page {n}", f"/{n + 1}", f"/{n}/side") for n in range(9)}
    routes |= {f"/{n}/side": page(f"side {n}") for n in range(9)}
    with Site(routes) as site:
        few = _by_path(site, list(crawl(_source(site, "/0", limits={"pages": 3}))))
        assert len([a for a in site.asked if a.path in routes]) == 3
        near = _by_path(site, list(crawl(_source(site, "/0", limits={"depth": 1}))))
    assert {path: p.drop for path, p in few.items()} == {
        **dict.fromkeys(["/0", "/1", "/0/side"]),
        **dict.fromkeys(["/2", "/1/side"], Drop.PAGE_LIMIT),
    }
    assert {path: p.drop for path, p in near.items()} == {
        **dict.fromkeys(["/0", "/1", "/0/side"]),
        **dict.fromkeys(["/2", "/1/side"], Drop.DEPTH_LIMIT),
    }


@pytest.mark.usefixtures("quick_crawls")
def test_limit_of_time_ends_a_crawl_that_hangs() -> None:
    with Site({"/": page("home", "/hangs", "/later"), "/hangs": Answer(hang=True)}) as site:
        limits = {"seconds": 2.0, "timeout": 60}
        pages = _by_path(site, list(crawl(_source(site, limits=limits))))
    assert {path: p.drop for path, p in pages.items()} == {
        "/": None,
        "/hangs": Drop.TIME_LIMIT,
        "/later": Drop.TIME_LIMIT,
    }


@pytest.mark.usefixtures("quick_crawls")
def test_no_answer_in_time() -> None:
    slow = {
        "/hangs": Answer(hang=True),
        "/drips": Answer("x" * 500, drip=True),
        "/half-a-header": Answer(raw=lambda: [b"HTTP/1.1 200 OK\r\nContent-Ty"], hang=True),
    }
    with Site({"/": page("home", *slow, "/after"), **slow, "/after": page("after")}) as site:
        limits = {"timeout": 0.7, "retries": 0}
        pages = _by_path(site, list(crawl(_source(site, limits=limits))))
    for path in slow:
        assert pages[path].drop is Drop.UNREACHABLE
        assert pages[path].detail == "no whole answer within 0.7 s"
    assert pages["/after"].drop is None


@pytest.mark.usefixtures("quick_crawls")
def test_crawl_delay_is_kept() -> None:
    routes = {
        "/robots.txt": Answer("User-agent: *\nCrawl-delay: 0.3\n"),
        "/": page("home", "/a"),
        "/a": page("a"),
    }
    with Site(routes) as site:
        assert [p.drop for p in crawl(_source(site))] == [None, None]
    times = [asked.at for asked in site.asked if asked.path in {"/", "/a"}]
    assert times[1] - times[0] >= 0.25


# Sites that cannot or must not be crawled.


@pytest.mark.usefixtures("quick_crawls")
@pytest.mark.parametrize(
    ("robots", "drop"),
    [
        (Answer(status=503), Drop.ROBOTS_UNAVAILABLE),
        (Answer(hang=True), Drop.ROBOTS_UNAVAILABLE),
        (redirect("http://other.example/robots.txt"), Drop.ROBOTS_UNAVAILABLE),
        (Answer(status=403), None),
        (redirect("/rules.txt"), Drop.ROBOTS),
    ],
)
def test_robots_txt_that_is_not_simply_there(robots: Answer, drop: Drop | None) -> None:
    rules = Answer("User-agent: *\nDisallow: /\n")
    with Site({"/robots.txt": robots, "/rules.txt": rules, "/": page("home")}) as site:
        limits = {"retries": 0, "timeout": 0.5 if robots.hang else 10}
        (home,) = crawl(_source(site, limits=limits))
    assert home.drop is drop
    assert site.count("/") == (drop is None)


@pytest.mark.usefixtures("quick_crawls")
def test_private_addresses_are_refused_unless_allowed() -> None:
    with Site({"/": page("home")}) as site:
        starts = [site.url(host=host) for host in ("127.0.0.1", "localhost", "2130706433")]
        source = _source(site, start_urls=tuple(starts), allow_private=False)
        pages = list(crawl(source))
        assert [page.url for page in pages] == starts
        assert {page.drop for page in pages} == {Drop.PRIVATE_ADDRESS}
        assert re.search(r"localhost, which is (127\.|::1)", pages[1].detail)
        assert site.asked == []
        (named,) = crawl(_source(site, start_urls=(site.url(host="localhost"),)))
        assert (named.drop, named.status) == (None, 200)


@pytest.mark.usefixtures("quick_crawls")
def test_a_host_that_is_not_there() -> None:
    with Site() as site:
        gone = site.url()
    source = Source(
        name="gone",
        start_urls=(gone, "http://no-such-host.invalid/"),
        allow_private=True,
        limits={**PROMPT, "retries": 1},
    )
    refused, unknown = crawl(source)
    assert (refused.drop, refused.detail) == (Drop.UNREACHABLE, "connection refused")
    assert (unknown.drop, unknown.detail) == (Drop.UNREACHABLE, "no such host")


@pytest.mark.usefixtures("quick_crawls")
def test_a_site_that_goes_away_is_given_up() -> None:
    with Site({"/": page("home", "/last", *(f"/{n}" for n in range(9)))}) as site:
        site.routes["/last"] = lambda _: site.go_away()
        pages = _by_path(site, list(crawl(_source(site, limits={"retries": 0}))))
    assert [p.drop for p in pages.values()] == [None, None] + [Drop.UNREACHABLE] * 9
    tried = [p for p in pages.values() if p.detail == "connection refused"]
    assert len(tried) == 5
    assert all("not tried" in p.detail for p in list(pages.values())[7:])


@pytest.mark.parametrize(
    "changes",
    [
        {"start_urls": (), "folder": "."},
        {"start_urls": ("http://127.0.0.1:99999/",)},
        {"sitemaps": ("http://127.0.0.1:x/",)},
    ],
)
def test_a_source_that_cannot_be_crawled(changes: dict[str, Any]) -> None:
    source = Source(**{"name": "site", "start_urls": ("http://127.0.0.1/",), **changes})
    with pytest.raises(ConfigurationError, match="source site"):
        crawl(source)


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "site.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_certificates_are_checked(tmp_path: Path) -> None:
    with Site({"/": page("home")}, _self_signed(tmp_path)) as site:
        (home,) = crawl(_source(site))
    assert home.drop is Drop.UNREACHABLE
    assert "certificate verify failed" in home.detail
    assert site.asked == []


# The process behind it.


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        started.append(_start())
        return started[-1]

    _start = crawl_module._start
    monkeypatch.setattr(crawl_module, "_start", start)
    return started


def test_stopping_early_ends_the_process(processes: list[subprocess.Popen[bytes]]) -> None:
    with Site({"/": page("home", "/hangs"), "/hangs": Answer(hang=True)}) as site:
        for fetched in crawl(_source(site)):
            assert fetched.status == 200
            break
        assert processes[0].returncode is not None


def test_a_process_that_dies_is_an_error(processes: list[subprocess.Popen[bytes]]) -> None:
    def die(_: Asked) -> Answer:
        processes[0].kill()
        return Answer()

    with Site({"/": page("home", "/deadly"), "/deadly": die}) as site:
        pages = iter(crawl(_source(site)))
        assert next(pages).drop is None
        with pytest.raises(CrawlError, match=r"site broke off \(exit status -9\)"):
            next(pages)


def test_a_process_that_cannot_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho first >&2\necho 'no module named x' >&2\nexit 3\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    source = Source(name="site", start_urls=("http://127.0.0.1:1/",))
    with pytest.raises(CrawlError, match=r"exit status 3\): first \| no module named x"):
        list(crawl(source))


def test_a_process_that_does_not_end_is_ended(
    monkeypatch: pytest.MonkeyPatch, processes: list[subprocess.Popen[bytes]]
) -> None:
    monkeypatch.setattr(crawl_module, "_GRACE", 0.0)
    monkeypatch.setattr(crawl_module, "module", lambda _: ["sleep", "60"])
    source = Source(name="site", start_urls=("http://127.0.0.1:1/",), limits={"seconds": 0.1})
    with pytest.raises(CrawlError, match=r"site broke off \(exit status -9\)"):
        list(crawl(source))
    assert processes[0].returncode == -9


def test_the_process_does_not_outlive_its_parent() -> None:
    parent = (
        "from indexer.crawl import crawl; from indexer.sources import from_site; import sys\n"
        "for page in crawl(from_site(sys.argv[1])): pass"
    )
    reached = []

    def hang(_: Asked) -> Answer:
        process.kill()
        reached.append(True)
        return Answer(hang=True)

    with Site({"/robots.txt": hang}) as site:
        root = Path(crawl_module.__file__).parent.parent
        process = subprocess.Popen([sys.executable, "-c", parent, site.url()], cwd=root)
        process.wait(30)
        # The site sees the crawling process's connection go away.
        assert site.disconnected.wait(10)
    assert reached == [True]


def test_a_crawl_is_quiet_but_for_what_the_operator_can_mend(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    routes = {"/": page("home", "/broken"), "/broken": Answer(status=500, missing=5)}
    with Site(routes) as site, caplog.at_level(logging.DEBUG):
        list(crawl(_source(site, sitemaps=(site.url("/map.xml"),))))
    assert [(r.name, r.levelname) for r in caplog.records] == [("indexer.crawl", "WARNING")]
    assert "site: sitemap" in caplog.text
    assert "/map.xml is left out" in caplog.text
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("quick_crawls")
def test_start_page_that_is_excluded_is_fetched_for_its_links() -> None:
    routes = {"/": page("home", "/treatments/a", "/news"), "/treatments/a": page("a")}
    with Site(routes) as site:
        pages = _by_path(site, list(crawl(_source(site, include=("^/treatments/",)))))
    assert {path: (p.drop, p.status) for path, p in pages.items()} == {
        "/": (Drop.EXCLUDED, 200),
        "/treatments/a": (None, 200),
        "/news": (Drop.EXCLUDED, None),
    }
    assert site.count("/news") == 0
