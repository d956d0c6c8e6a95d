from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from indexer.content import find_main, outside
from indexer.prune import prune
from indexer.text import plain

TEXT = "<p>Treatment is given every month in the day ward by a nurse who knows it well.</p>"
LINKS = '<a href="/1">One page</a> <a href="/2">Another page</a>'


def _pruned(html: str, *extra: str) -> tuple[str, list[tuple[str, str]]]:
    """The text that is left of a page, and what was taken out with its reason."""
    soup = BeautifulSoup(f"<body>{html}</body>", "lxml")
    dropped = [(each.reason, each.text) for each in prune(soup, extra)]
    return plain(soup), dropped


@pytest.mark.parametrize(
    ("reason", "html"),
    [
        ("navigation", "<nav>x</nav>"),
        ("navigation", '<div role="navigation">x</div>'),
        ("navigation", '<ul class="menu">x</ul>'),
        ("navigation", '<ol class="breadcrumb">x</ol>'),
        ("navigation", '<a class="skip-link" href="#m">x</a>'),
        ("header", "<header>x</header>"),
        ("header", '<div class="site-header">x</div>'),
        ("footer", "<footer>x</footer>"),
        ("footer", '<div role="contentinfo">x</div>'),
        ("search", '<div role="search">x</div>'),
        ("newsletter", '<section id="Newsletter-box">x</section>'),
        ("newsletter", '<form class="subscribe">x</form>'),
        ("cookie notice", '<div class="my-Cookie-bar">x</div>'),
        ("cookie notice", '<div id="consent">x</div>'),
        ("form", "<form>x</form>"),
        ("form", "<button>x</button>"),
        ("form", "<select><option>x</option></select>"),
        ("share bar", '<div class="social-icons">x</div>'),
        ("comments", '<div id="comments">x</div>'),
        ("dialog", '<div role="dialog">x</div>'),
        ("hidden", "<div hidden>x</div>"),
        ("aside", f"<aside>{LINKS}</aside>"),
        ("related links", f'<div class="related-posts">{LINKS}</div>'),
        ("related links", f'<div id="toc">{LINKS}</div>'),
    ],
)
def test_what_is_not_content_is_named(reason: str, html: str) -> None:
    text, dropped = _pruned(html + TEXT)
    assert text == plain(BeautifulSoup(TEXT, "lxml"))
    assert dropped == [(reason, plain(BeautifulSoup(html, "lxml")))]


@pytest.mark.parametrize(
    "html",
    [
        "<article><header>Kept</header></article>",
        "<aside>Kept: a warning in the margin</aside>",
        '<div class="related">Kept: conditions that go with it</div>',
        "<h2><button>Kept</button></h2>",
        "<details><summary><button>Kept</button></summary></details>",
        '<div role="tabpanel" hidden>Kept</div>',
    ],
)
def test_content_under_a_suspicious_name_is_kept(html: str) -> None:
    text, dropped = _pruned(html + TEXT)
    assert "Kept" in text
    assert not dropped


@pytest.mark.parametrize(
    "around",
    [
        '<form action="/"><input value="x">{}</form>',
        '<div class="cookie-theme">{}</div>',
        '<main class="menu">{}</main>',
        '<div role="main" id="newsletter">{}</div>',
    ],
)
def test_an_element_that_is_the_page_is_kept_whatever_its_name(around: str) -> None:
    text, dropped = _pruned(around.format(TEXT))
    assert text == plain(BeautifulSoup(TEXT, "lxml"))
    assert not dropped


def test_a_source_names_further_parts() -> None:
    text, dropped = _pruned(f'<div class="ad">x</div><nav>y</nav>{TEXT}', ".ad", "#none")
    assert dropped == [("source", "x"), ("navigation", "y")]
    assert "x" not in text.split()


def _main(html: str, selector: str | None = None) -> tuple[str, bool]:
    soup = BeautifulSoup(f"<body>{html}</body>", "lxml")
    main, marked = find_main(soup, selector)
    return plain(main), marked


@pytest.mark.parametrize(
    ("html", "text", "marked"),
    [
        ("<div>frame</div><main>a a a a</main>", "a a a a", True),
        ('<div>frame</div><div role="main">a a a a</div>', "a a a a", True),
        ("<div>frame</div><article>a a a a</article>", "a a a a", True),
        (
            "<p>frame</p><div><article>a a a</article><article>b b b</article></div>",
            "a a a b b b",
            True,
        ),
        # Articles all over the body mark nothing.
        ("<article>a a a</article><p>p</p><article>b b b</article>", "a a a p b b b", False),
        # A main element with next to nothing in it is a mistake of the template.
        (f"<main>x</main><div>{'a ' * 50}</div>", ("a " * 50).strip(), False),
        ("<main></main><article>a a a a</article>", "a a a a", True),
        (f'<div><a href="/">link</a></div><div><div>{TEXT}{TEXT}</div></div>', None, False),
        ("", "", False),
    ],
)
def test_find_main(html: str, text: str | None, marked: bool) -> None:
    expected = plain(BeautifulSoup(TEXT + TEXT, "lxml")) if text is None else text
    assert _main(html) == (expected, marked)


def test_a_source_says_where_the_content_is() -> None:
    html = "<main>a a a a</main><div class=c>b</div><div class=d>c</div>"
    assert _main(html, ".c") == ("b", True)
    assert _main(html, ".c, .d") == ("a a a a b c", True)
    assert _main(html, ".none") == ("a a a a", True)


def test_what_is_outside_the_main_content_is_named() -> None:
    soup = BeautifulSoup(
        "<body><p>top</p><div><p>beside</p><main>a</main></div> <b></b><p>end</p></body>", "lxml"
    )
    main = soup.main
    assert main is not None
    assert [each.text for each in outside(soup, main)] == ["top", "beside", "end"]
    assert {each.reason for each in outside(soup, main)} == {"outside the main content"}
    assert soup.body is not None
    assert not list(outside(soup, soup.body))
