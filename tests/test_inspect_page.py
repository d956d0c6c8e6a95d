"""What ``extract`` shows of one page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
import pytest

from indexer import inspect_page
from indexer.errors import ConfigurationError, CrawlError
from indexer.inspect_page import inspect, text
from indexer.sources import CrawlLimits
from tests.fakes import FakeEncoder
from tests.sites import Answer, Site, page

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """<!doctype html><html lang="en-AU"><head><title>Infusions</title></head><body>
<nav><a href="/">Front</a></nav><main><h1>Infusions</h1><p>An infusion takes one hour.</p>
<h2 id="after">Afterwards</h2><ul><li>Rest</li><li>Drink</li></ul></main></body></html>"""


def _inspect(page: object, tokens: int = 254) -> dict[str, Any]:
    return inspect(str(page), FakeEncoder(), tokens).shown


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "infusions.html"
    made.write_text(PAGE, encoding="utf-8")
    return made


def test_a_file(file: Path) -> None:
    url = file.as_uri()
    assert _inspect(file) == {
        "title": "Infusions",
        "language": "en-AU",
        "url": url,
        "reviewed": None,
        "updated": None,
        "review_due": None,
        "audience": "general",
        "blocks": [
            {"kind": "heading", "text": "Infusions", "headings": []},
            {"kind": "paragraph", "text": "An infusion takes one hour.", "headings": ["Infusions"]},
            {"kind": "heading", "text": "Afterwards", "headings": ["Infusions"]},
            {"kind": "list", "text": "• Rest\n• Drink", "headings": ["Infusions", "Afterwards"]},
        ],
        "dropped": [{"reason": "navigation", "text": "Front"}],
        "passages": [
            {
                "text": "An infusion takes one hour.",
                "headings": ["Infusions"],
                "tokens": 6,
                "link": f"{url}#:~:text=An%20infusion%20takes%20one",
            },
            {
                "text": "• Rest\n• Drink",
                "headings": ["Infusions", "Afterwards"],
                "tokens": 7,
                "link": f"{url}#after",
            },
        ],
    }


@pytest.mark.parametrize(
    "html",
    [
        "<title>Infusions</title><main><h1>Infusions</h1><p>One hour.</p></main>",
        "<html lang=en><meta charset=utf-8><title>Infusions</title><link rel=icon href=i>"
        "<header>Banner</header><article><h1>Infusions</h1><p>One hour.</article>",
        "<title>Infusions</title><nav><a href=/>Front</a></nav><h1>Infusions</h1><p>One hour.",
        "<title>Infusions</title><script>x()</script>\n<section><h1>Infusions</h1>One hour.</section>",
    ],
)
def test_tags_that_html_lets_a_page_leave_out(tmp_path: Path, html: str) -> None:
    file = tmp_path / "short.html"
    file.write_text(f"<!doctype html>{html}")
    shown = _inspect(file)
    assert shown["title"] == "Infusions"
    assert [piece["text"] for piece in shown["passages"]] == ["One hour."]
    assert shown["passages"][0]["headings"] == ["Infusions"]


def test_a_target_makes_passages_smaller(tmp_path: Path) -> None:
    file = tmp_path / "long.html"
    file.write_text("<main>" + "<p>Six words are in this line.</p>" * 15 + "</main>")
    # A tiny last one may join the one before.
    assert [piece["tokens"] for piece in _inspect(file, 12)["passages"]] == [12] * 6 + [18]
    # More than the encoder reads is not to be had.
    assert _inspect(file, 60) == _inspect(file, 254)
    assert max(piece["tokens"] for piece in _inspect(file)["passages"]) <= FakeEncoder.max_tokens


@pytest.mark.parametrize(
    ("body", "language"), [(b"", ""), (b"\xff\xfe", ""), (b"<html lang=de><body>", "de")]
)
def test_a_page_with_nothing_on_it(tmp_path: Path, body: bytes, language: str) -> None:
    file = tmp_path / "empty.html"
    file.write_bytes(body)
    shown = _inspect(file)
    assert shown["passages"] == []
    assert shown["language"] == language


@pytest.mark.parametrize("name", ["none.html", ".", "ftp://example.org/a.html"])
def test_what_cannot_be_read(tmp_path: Path, name: str) -> None:
    asked = name if "://" in name else str(tmp_path / name)
    with pytest.raises(ConfigurationError) as caught:
        _inspect(asked)
    assert str(caught.value).startswith(f"{asked}: ")
    assert str(caught.value).endswith("; give a URL, an HTML file or a PDF")


@pytest.mark.parametrize("url", ["http://[::1", "https://", "http://user:word@example.org/"])
def test_a_url_that_cannot_be_asked_for(url: str) -> None:
    with pytest.raises(ConfigurationError):
        _inspect(url)


def test_a_url(monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = partial(CrawlLimits, delay=0, backoff=0, retries=0, timeout=10)
    monkeypatch.setattr(inspect_page, "CrawlLimits", prompt)
    routes = {
        "/a": Answer(status=302, headers={"Location": "/b"}),
        "/b": Answer(PAGE.encode("utf-16"), type="text/html"),
        "/c": page("linked, and not asked for"),
    }
    with Site(routes) as site:
        shown = _inspect(site.url("/a"))
        assert shown["url"] == site.url("/b")
        assert shown["title"] == "Infusions"
        assert shown["passages"][1]["link"] == site.url("/b#after")
        assert [asked.path for asked in site.asked] == ["/robots.txt", "/sitemap.xml", "/a", "/b"]
        with pytest.raises(CrawlError, match=f"^{site.url('/none')}: HTTP 404$"):
            _inspect(site.url("/none"))


def test_as_a_reader_sees_it(file: Path) -> None:
    shown = _inspect(file)
    styled = text(shown)
    assert "\x1b[" in styled
    assert click.unstyle(styled).splitlines() == [
        "Infusions",
        f"{file.as_uri()} (en-AU)",
        "for: general",
        "    heading Infusions",
        "  paragraph An infusion takes one hour.",
        "    heading Afterwards",
        "       list • Rest",
        "• Drink",
        "   left out (navigation) Front",
        "passage 1, 6 tokens: Infusions",
        "   An infusion takes one hour.",
        f"   {file.as_uri()}#:~:text=An%20infusion%20takes%20one",
        "passage 2, 7 tokens: Infusions > Afterwards",
        "   • Rest",
        "   • Drink",
        f"   {file.as_uri()}#after",
    ]
    assert text(shown, in_colour=False) == click.unstyle(styled)
    dated = {**shown, "reviewed": "2024-05", "review_due": "2027-05-06"}
    assert "for: general, reviewed 2024-05, review due 2027-05-06" in text(dated)
    assert "(?)" in text({**shown, "language": ""})
    long = {**shown, "dropped": [{"reason": "footer", "text": "x" * 300}]}
    assert "x" * 200 in text(long)
    assert "x" * 201 not in text(long)
