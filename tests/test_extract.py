from __future__ import annotations

import codecs

import pytest

from indexer.extract import decode, extract

URL = "https://example.org/treatments/prrt/"
LONG = "Peptide receptor radionuclide therapy is given in four rounds, eight weeks apart."


def _texts(html: str) -> list[str]:
    return [block.text for block in extract(html, URL).blocks]


PAGE = f"""<!doctype html><html lang="en-AU"><head><title>PRRT | NET Guide</title>
<style>p {{ color: red }}</style><script>var text = "script words";</script></head><body>
<header>NET Guide</header><nav><a href="/">Home</a></nav>
<main><h1>PRRT</h1><p>{LONG}</p><noscript>Turn scripts on</noscript>
<form><label>Your name</label></form><div class="cookie-bar">We use cookies</div></main>
<div class="newsletter">Join us</div><p>Beside</p><footer>© NET Guide</footer></body></html>"""


def test_a_page() -> None:
    found = extract(PAGE, URL)
    assert found.url == URL
    assert found.title == "PRRT"
    assert found.language == "en-AU"
    assert [(block.kind, block.text) for block in found.blocks] == [
        ("heading", "PRRT"),
        ("paragraph", LONG),
    ]
    assert {each.reason: each.text for each in found.dropped} == {
        "navigation": "Home",
        "header": "NET Guide",
        "footer": "© NET Guide",
        "newsletter": "Join us",
        "cookie notice": "We use cookies",
        "form": "Your name",
        "outside the main content": "Beside",
    }
    assert found.main_is_marked
    # A text fragment is searched in all that a reader sees, menus too, but not in scripts.
    assert found.runs[:3] == ("NET Guide", "Home", "PRRT")
    assert not any("script" in run for run in found.runs)


@pytest.mark.parametrize(
    "html",
    [
        f"<div><div><div><p>{LONG}</p></div></div></div>",
        f"<article><p>{LONG}</p></article><article><p>{LONG}</p></article>",
        f"<form><div><p>{LONG}</p></div></form>",
        f"<p>{LONG}",
        LONG,
        f"<table><tr><td><h2>A</h2><p>{LONG}</p></td></tr></table>",
    ],
)
def test_content_without_main_is_found(html: str) -> None:
    assert LONG in _texts(html)


def test_all_articles_are_kept() -> None:
    articles = "".join(f"<article><h2>{n}</h2><p>{LONG} {n}</p></article>" for n in range(4))
    texts = _texts(f"<div>frame</div><div>{articles}</div>")
    assert texts == [text for n in range(4) for text in (str(n), f"{LONG} {n}")]


def test_a_heading_that_is_a_button_heads_its_panel() -> None:
    found = extract(f"<main><h2><button>Doses</button></h2><div>{LONG}</div></main>", URL)
    assert found.blocks[1].headings == ("Doses",)


@pytest.mark.parametrize("html", ["<sup>177</sup>Lu-DOTATATE", "<b>177</b>Lu-<i>DOTA</i>TATE"])
def test_superscripts_join_their_word(html: str) -> None:
    assert _texts(f"<main><p>{html} is used.</p></main>") == ["177Lu-DOTATATE is used."]


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("PRRT | NET Guide", "<footer>NET Guide</footer>", "PRRT"),
        ("PRRT – a guide — NET Guide", "<footer>net guide 2024</footer>", "PRRT – a guide"),
        ("PRRT - what to expect", "<footer>NET Guide</footer>", "PRRT - what to expect"),
        ("Post-operative care", "<footer>care</footer>", "Post-operative care"),
        ("NET Guide", "<footer>NET Guide</footer>", "NET Guide"),
        (" PRRT \n at home ", "", "PRRT at home"),
        ("", "<h2>Doses</h2>", "Doses"),
        ("", "", ""),
    ],
)
def test_the_title_is_without_the_sites_name(title: str, body: str, expected: str) -> None:
    html = f"<title>{title}</title><body><main>{body}<p>{LONG}</p></main></body>"
    assert extract(html, URL).title == expected


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (codecs.BOM_UTF8 + "é".encode(), "text/html; charset=latin-1"),
        (codecs.BOM_UTF16_LE + "é".encode("utf-16-le"), ""),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1"),
        ("é".encode(), "text/html; charset=utf-8"),
        ('<meta charset="windows-1252">é'.encode("cp1252"), "text/html"),
        ('<meta http-equiv="content-type" content="text/html; charset=latin2">é'.encode("l2"), ""),
        ("é".encode(), "text/html"),
        ("é".encode("cp1252"), "text/html"),
        ("é".encode("cp1252"), "text/html; charset=no-such"),
    ],
)
def test_encodings(body: bytes, content_type: str) -> None:
    assert decode(body, content_type).endswith("é")


def test_decode_edges() -> None:
    assert decode(b"") == ""
    assert decode(b"\x93quoted\x94") == "“quoted”"
    # What is declared does not hold against the bytes.
    assert decode(b"a\xffb", "text/html; charset=utf-8") == "aÿb"
    assert decode("é – ½".encode(), "text/html; charset=iso-8859-1") == "é – ½"
    assert decode("é à".encode() + b" \xe9", "text/html; charset=utf-8") == "é à é"


@pytest.mark.parametrize(
    ("meta", "noindex"),
    [
        ('<meta name="robots" content="noindex">', True),
        ('<meta name="ROBOTS" content="follow, NONE">', True),
        ('<meta name="netsearchbot" content="noindex">', True),
        ('<meta name="otherbot" content="noindex">', False),
        ('<meta name="robots" content="nofollow">', False),
        ('<meta name="robots">', False),
        ("", False),
    ],
)
def test_noindex(meta: str, noindex: bool) -> None:
    assert extract(f"<head>{meta}</head><p>{LONG}</p>", URL).noindex is noindex


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/prrt/">', "https://example.org/prrt/"),
        ('<link rel="alternate canonical" href="../">', "https://example.org/treatments/"),
        ('<link rel="canonical" href="https://other.example/x#top">', "https://other.example/x"),
        ('<link rel="canonical" href="HTTPS://Example.org:443/a">', "https://example.org/a"),
        ('<base href="/b/"><link rel="canonical" href="c">', "https://example.org/b/c"),
        ('<link rel="canonical" href="javascript:void(0)">', None),
        ('<link rel="canonical" href="http://[::1">', None),
        ('<link rel="stylesheet" href="/prrt/">', None),
        ("", None),
    ],
)
def test_canonical(head: str, canonical: str | None) -> None:
    assert extract(f"<head>{head}</head><p>{LONG}</p>", URL).canonical == canonical


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<a href="a">', ["https://example.org/treatments/prrt/a"]),
        ('<a href="/a#x"><a href="/a">', ["https://example.org/a"]),
        ('<nav><a href="/a"></nav><area href="/b">', ["https://example.org/" + p for p in "ab"]),
        ('<base href="https://other.example/x/"><a href="y">', ["https://other.example/x/y"]),
        ('<base href="/x/"><a href="y">', ["https://example.org/x/y"]),
        ('<base href="http://[::1"><a href="y">', [URL + "y"]),
        ('<a href="a b">', [URL + "a%20b"]),
        ('<a href="mailto:a@b.example"><a href="javascript:x"><a href="http://[::1"><a>', []),
    ],
)
def test_links(html: str, links: list[str]) -> None:
    assert list(extract(html, URL).links) == links


def test_a_review_date_outside_the_content_counts() -> None:
    html = f"<main><p>{LONG}</p></main><footer>Last reviewed 2 May 2024</footer>"
    assert extract(html, URL).reviewed == "2024-05-02"


def test_a_source_knows_its_pages() -> None:
    html = f'<main>x</main><div id="c"><p>{LONG}</p><p class="ad">Buy now</p></div>'
    found = extract(html, URL, selector="#c", drop_selectors=(".ad",))
    assert [block.text for block in found.blocks] == [LONG]
    assert ("source", "Buy now") in {(each.reason, each.text) for each in found.dropped}


def test_the_share_of_links() -> None:
    html = '<main><p>abcd</p><a href="/x">abcd</a></main>'
    assert extract(html, URL).link_share == 0.5


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", "<html></html>", "<p>", "<frameset>"])
def test_a_page_without_anything(html: str) -> None:
    found = extract(html, URL)
    assert (found.title, found.blocks, found.links) == ("", (), ())
