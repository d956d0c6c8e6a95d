from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from indexer import links
from indexer.links import PageLinks, page_links

URL = "http://example.org/dir/page"


def _links(html: str | bytes, robots_tag: str = "", **headers: str) -> tuple[str, ...]:
    body = html.encode() if isinstance(html, str) else html
    return page_links(HtmlResponse(URL, body=body, headers=headers), robots_tag).urls


def test_links_in_order_each_once() -> None:
    html = """<a href="b">b</a><map><area href="/c#x"></map><A HREF=" ../d ">d</A><a href="b#y">b</a>
        <a name="n">n</a><a href="mailto:x@example.org">m</a><a href="javascript:x()">j</a>
        <a href="http://[::1">broken</a><a href="//other.example">o</a><!-- <a href="/no">n</a> -->
        <link rel="stylesheet" href="/style.css"><img src="/i.png"><form action="/form"></form>"""
    assert _links(html) == (
        "http://example.org/dir/b",
        "http://example.org/c",
        "http://example.org/d",
        "http://other.example/",
    )


@pytest.mark.parametrize("rel", ["nofollow", "noopener NoFollow", "nofollow\tugc"])
def test_nofollow_links_are_left_out(rel: str) -> None:
    assert _links(f'<a rel="{rel}" href="/a">a</a><a rel="nofollower" href="/b">b</a>') == (
        "http://example.org/b",
    )


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="robots" content="nofollow">',
        '<META NAME="Robots" CONTENT="NOINDEX, NOFOLLOW">',
        '<meta name="robots" content="none">',
        '<meta name="netsearchbot" content="nofollow">',
    ],
)
def test_nofollow_page_leads_to_its_original_only(head: str) -> None:
    html = f'<head>{head}<link rel="canonical" href="/original"></head><a href="/a">a</a>'
    assert _links(html) == ("http://example.org/original",)


def test_directives_for_others_do_not_count() -> None:
    html = '<meta name="otherbot" content="nofollow"><meta name="robots" content="noindex"><a href="/a">'
    assert _links(html) == ("http://example.org/a",)
    assert _links(html, "otherbot: none") == ("http://example.org/a",)
    assert _links(html, "none") == ()


def test_base_and_encoding() -> None:
    html = '<head><base href="/other/"></head><a href="caf\xe9">x</a>'.encode("latin-1")
    links = _links(html, **{"Content-Type": "text/html; charset=latin-1"})
    assert links == ("http://example.org/other/caf%C3%A9",)


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b'{"a": 1}', b"<" * 1000, b"plain"])
def test_what_cannot_be_read_leads_nowhere(body: bytes) -> None:
    assert _links(body) == ()


def test_where_a_page_sends_a_browser_by_itself() -> None:
    for content in ("0;url=next", "5; URL='next'", '"0, Url = next"'.strip('"'), "0;url=next#x"):
        assert _links(f'<meta http-equiv="Refresh" content="{content}">') == (
            "http://example.org/dir/next",
        )
    for content in ("5", "0;url=javascript:x()", "0;url=file:///etc/passwd", "0;url=data:,x"):
        assert _links(f'<meta http-equiv="refresh" content="{content}">') == ()
    refresh = '<meta http-equiv="refresh" content="0;url=/a">'
    assert _links(f"<noscript>{refresh}</noscript>") == ()
    assert _links(f'<meta name="robots" content="nofollow">{refresh}') == ()


def test_links_that_are_not_read_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 3)
    html = f"<a href='/{'x' * 2000}'>x</a>" + "".join(f"<a href=/{n}>x</a>" for n in range(5))
    found = page_links(HtmlResponse(URL, body=html.encode()), "")
    assert found == PageLinks(("http://example.org/0", "http://example.org/1"), 3, 1)
