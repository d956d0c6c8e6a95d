"""Pages as they really are: what is content stays, and one bad page costs only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.extract import extract, is_text
from indexer.fragments import Fragments
from indexer.sources import Source
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.layout import DataFolder

URL = "https://example.org/"


def kept(body: str) -> list[tuple[tuple[str, ...], str]]:
    """Trail and text of every block but headings."""
    found = extract(f"<title>T</title><body><main>{body}</main>", URL)
    return [(block.headings, block.text) for block in found.blocks if block.kind != "heading"]


@pytest.mark.parametrize(
    "heading",
    [
        '<h2 id="informed-consent">H</h2>',
        '<h2 id="cookie-free-diet">H</h2>',
        '<h2 class="newsletter-title">H</h2>',
    ],
)
def test_a_heading_is_content_whatever_its_id(heading: str) -> None:
    assert kept(f"{heading}<p>The words.</p>") == [(("H",), "The words.")]


@pytest.mark.parametrize(
    "opening",
    [
        '<section class="social-support">',
        '<div class="sharing-decisions">',
        '<section id="cookie-free-diet">',
    ],
)
def test_a_section_is_content_whatever_its_name_begins_with(opening: str) -> None:
    assert ((), "The words.") in kept(f"{opening}<p>The words.</p>")


@pytest.mark.parametrize(
    "notice",
    [
        '<div class="cookie-banner"><p>We use cookies.</p></div>',
        '<div id="cookieConsent"><p>We use cookies.</p></div>',
        '<div class="social-links"><p>We use cookies.</p></div>',
        '<div style="display:none"><p>We use cookies.</p></div>',
        "<div hidden><p>We use cookies.</p></div>",
        "<button>We use cookies.</button>",
    ],
)
def test_what_is_no_content_is_left_out(notice: str) -> None:
    words = "The words of the page, which are most of what there is on it."
    assert kept(f"<p>{words}</p>{notice}") == [((), words)]


@pytest.mark.parametrize(
    "accordion",
    [
        '<h3><button aria-expanded="false" aria-controls="p">Q</button></h3>'
        '<div id="p" role="region" hidden><p>The panel.</p></div>',
        '<h3><button aria-controls="p">Q</button></h3><div id="p" hidden><p>The panel.</p></div>',
        '<button class="accordion">Q</button><div class="panel"><p>The panel.</p></div>',
        '<button aria-expanded="false">Q</button><div hidden="until-found"><p>The panel.</p></div>',
        '<ul><li><button aria-expanded="false" aria-controls="p">Q</button>'
        '<div id="p" style="display: none"><p>The panel.</p></div></li></ul>',
    ],
)
def test_an_accordion_keeps_its_panels_under_their_buttons(accordion: str) -> None:
    assert kept(f"<h2>H</h2><p>Before.</p>{accordion}") == [
        (("H",), "Before."),
        (("H", "Q"), "The panel."),
    ]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("75 x 10<sup>9</sup>/L", "75 x 10⁹/L"),
        ("10<sup>-3</sup> mol", "10⁻³ mol"),
        ("PRRT.<sup>12</sup> More", "PRRT.¹² More"),
        ("<sup>177</sup>Lu-DOTATATE", "177Lu-DOTATATE"),
        ("the 1<sup>st</sup> day", "the 1st day"),
    ],
)
def test_a_superscript_does_not_change_a_number(written: str, text: str) -> None:
    assert kept(f"<p>{written}</p>") == [((), text)]


def test_a_fragment_is_written_as_the_page_is() -> None:
    assert Fragments(["A dose of 109 units"]).at("A dose of 10⁹ units", 0) == (
        ":~:text=A%20dose%20of%20109"
    )


@pytest.mark.parametrize(
    "head",
    [
        "<tr><td></td><th>Dose</th><th>Every</th></tr>",
        "<thead><tr><td>Drug</td><td>Dose</td><td>Every</td></tr></thead>",
        "<thead><tr><th>Drug</th><th colspan=2>Use</th></tr>"
        "<tr><th></th><th>Dose</th><th>Every</th></tr></thead>",
    ],
)
def test_a_row_goes_with_its_header(head: str) -> None:
    row = "<tr><td>Lanreotide</td><td>120 mg</td><td>28 days</td></tr>"
    ((_, text),) = kept(f"<table>{head}{row}</table>")
    assert "Dose: 120 mg" in text
    assert "Every: 28 days" in text
    assert "\n" not in text


def test_a_form_around_the_content_is_not_the_content() -> None:
    menu = " ".join(f"<a href='/{n}'>A long name of a page {n}</a>" for n in range(40))
    found = extract(f"<body><nav>{menu}</nav><form><main><p>The words.</p></main></form>", URL)
    assert [block.text for block in found.blocks] == ["The words."]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<p>caf\xc3\xa9</p>", True),
        (b"", True),
        ("\ufeffa".encode("utf-16"), True),
        (b"%PDF-1.7 and so on", False),
        (bytes(range(256)) * 4, False),
    ],
)
def test_what_is_text(body: bytes, text: bool) -> None:
    assert is_text(body) is text


WORDS = "<p>This sentence tells of octreotide, which is given every month.</p>"
MORE = "<p>Another one tells of the tumour and how slowly it grows in the bowel.</p>" * 3


@pytest.mark.parametrize(
    "body",
    [
        f"<div class=hero><h1>T</h1>{WORDS}</div><main>{MORE}</main>",
        f"<div class=page><div class=intro>{WORDS}</div><article>{MORE}</article></div>",
        f"<div class=l>{WORDS}{MORE}</div><div class=r>{MORE}</div>",
        f"<main>{MORE}<aside class=sidebar><h3>Key</h3>{WORDS}</aside></main>",
        f"<form><div>{MORE}{WORDS}</div><input></form>",
        f'<main>{MORE}<div class="alert" role=alert>{WORDS}</div></main>',
        f"<main>{MORE}<div class=banner>{WORDS}</div></main>",
        f"<main>{MORE}<h3 class=toggle>Q</h3><div class=hidden>{WORDS}</div></main>",
        f"<main>{MORE}<div class=slide aria-hidden=true>{WORDS}</div></main>",
        f"<main>{MORE}<dl><dt>A</dt><dd>x<dl><dt>B</dt><dd>{WORDS}</dd></dl></dd></dl></main>",
        f"<main>{MORE}<div class=w-toggle>Q</div><nav class=w-list>{WORDS}</nav></main>",
        f"<main>{MORE}<section><footer>{WORDS}</footer></section></main>",
        f"<div class=search-results>{WORDS}{MORE}</div>",
        f"<table><tr><td>{WORDS}{MORE}</td><td>menu</td></tr></table>",
    ],
)
def test_a_sentence_is_not_lost_whatever_is_around_it(body: str) -> None:
    found = extract(f"<title>T</title><body>{body}</body>", URL)
    assert any("octreotide, which is given" in block.text for block in found.blocks)


def test_elements_nested_too_deeply_are_read_all_the_same(tmp_path: Path, data: DataFolder) -> None:
    words = "Deep words that a reader is meant to find."
    site = write(
        tmp_path / "clinic",
        {
            "deep.html": "<main>" + "<div>" * 3000 + f"<p>{words}</p>",
            "spans.html": "<main><p>" + "<span>" * 5000 + words,
            "good.html": html("Good", "<p>The many good words of a good page.</p>"),
        },
    )
    (site / "bytes.html").write_bytes(bytes(range(256)) * 20)
    runs = Runs(data)
    report = runs(Source(name="clinic", folder=site))
    assert {"/site/good.html", "/site/deep.html", "/site/spans.html"} <= set(runs.urls)
    assert {page.url: page.reason for page in report.dropped} == {"/site/bytes.html": "wrong_type"}
