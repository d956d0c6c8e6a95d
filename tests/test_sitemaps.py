from __future__ import annotations

import gzip
import re

import pytest

from indexer import sitemaps
from indexer.sitemaps import parse_sitemap
from indexer.unpack import TooLargeError

URL = "http://example.org/maps/sitemap.xml"


def _bomb() -> str:
    levels = [
        f'<!ENTITY {name} "{"&" + inner + ";":s}">'.replace(f"&{inner};", f"&{inner};" * 10)
        for inner, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(levels) + "]>"


def test_pages_with_dates() -> None:
    body = (
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        b"<url><loc> http://Example.org/a?utm_source=x </loc><lastmod>2024-01-02</lastmod></url>"
        b"<url><loc>../b</loc></url><url><loc></loc></url><url><loc>mailto:x@example.org</loc></url>"
        b"<url><lastmod>2024-01-02</lastmod></url></urlset>"
    )
    expected = {"http://example.org/a": "2024-01-02", "http://example.org/b": ""}
    for form in (body, gzip.compress(body)):
        sitemap = parse_sitemap(URL, form)
        assert (sitemap.pages, sitemap.sitemaps) == (expected, ())


def test_index() -> None:
    body = b"<sitemapindex><sitemap><loc>/one.xml</loc></sitemap></sitemapindex>"
    sitemap = parse_sitemap(URL, body)
    assert (sitemap.pages, sitemap.sitemaps) == ({}, ("http://example.org/one.xml",))


def test_broken_off_file_gives_what_it_has() -> None:
    body = b"<urlset><url><loc>/a</loc></url><url><loc>/b</l"
    assert "http://example.org/a" in parse_sitemap(URL, body).pages


@pytest.mark.parametrize("body", [b"", b"\x00\x01", b"<html/>", b"{}", b"\x1f\x8b broken"])
def test_what_is_no_sitemap(body: bytes) -> None:
    with pytest.raises(ValueError, match="not a sitemap"):
        parse_sitemap(URL, body)


def test_entities_are_not_resolved() -> None:
    names = "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/hostname'><!ENTITY w 'word'>]>"
    body = f"{names}<urlset><url><loc>/&f;</loc></url><url><loc>/&w;</loc></url></urlset>"
    assert set(parse_sitemap(URL, body.encode()).pages) == {"http://example.org/"}
    for where in ("<url><loc>/&i;</loc></url>", "<url x='&i;'><loc>/a</loc></url>", "&i;"):
        bomb = f"{_bomb()}<urlset>{where}</urlset>"
        assert all(len(url) < 100 for url in parse_sitemap(URL, bomb.encode()).pages)
    elsewhere = (
        "<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd' [<!ENTITY % p SYSTEM '/etc/passwd'> %p;]>"
    )
    assert list(parse_sitemap(URL, f"{elsewhere}<urlset><url><loc>/a</loc></url>".encode()).pages)


def test_no_more_than_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MOST_ENTRIES", 2)
    monkeypatch.setattr(sitemaps, "MOST_BYTES", 200)
    body = b"<urlset>" + b"".join(b"<url><loc>/%d</loc></url>" % n for n in range(4)) + b"</urlset>"
    sitemap = parse_sitemap(URL, body)
    assert list(sitemap.pages) == ["http://example.org/0", "http://example.org/1"]
    assert sitemap.more
    with pytest.raises(ValueError, match=re.escape("more than 200 bytes")):
        parse_sitemap(URL, gzip.compress(b"<urlset>" + b" " * 10_000_000 + b"</urlset>"))


@pytest.mark.parametrize(
    "markup",
    [b"<x/>" * 2_000_000, b"<url>" + b"<x/>" * 2_000_000, b"<x " + b"a='' " * 2_000_000],
)
def test_markup_that_would_take_minutes_and_gigabytes_is_not_read(markup: bytes) -> None:
    with pytest.raises(TooLargeError, match="more than 1,500,000 tags and attributes"):
        parse_sitemap(URL, b"<urlset>" + markup)
