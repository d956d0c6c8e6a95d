"""Words that readers see under names that other pages give to what is no content: none is lost."""

from __future__ import annotations

import pytest

from indexer import bodies
from indexer.booklets import UnreadableError
from indexer.extract import extract
from indexer.pdf.lines import lines_of
from indexer.pdf.shapes import Glyph, Sheet, Style
from indexer.pdf.symbols import SYMBOLS
from indexer.records import Drop

URL = "https://example.org/"
MORE = "".join(
    f"<p>Paragraph {n} says something else that a reader of this page may want to know.</p>"
    for n in range(6)
)


def _passages(html: str) -> list[tuple[str, str]]:
    """Each text with the heading that it stands under."""
    found, heading = [], ""
    for block in extract(f"<html lang=en><main><h1>Page</h1>{html}{MORE}</main>", URL).blocks:
        if block.kind == "heading":
            heading = block.text
        elif not block.text.startswith("Paragraph "):
            found.append((heading, block.text))
    return found


@pytest.mark.parametrize("name", ["section-header", "page-header", "panel-header", "header"])
def test_a_heading_in_an_element_called_header(name: str) -> None:
    html = (
        "<h2>Dosage</h2><p>One injection a month is usual for adults.</p>"
        f'<div class="{name}"><h2>Contraindications</h2></div>'
        "<p>Do not give it in pregnancy without advice.</p>"
    )
    assert _passages(html) == [
        ("Dosage", "One injection a month is usual for adults."),
        ("Contraindications", "Do not give it in pregnancy without advice."),
    ]


def test_names_of_columns_in_a_row_called_header() -> None:
    html = (
        '<table><thead><tr class="header"><th>Drug</th><th>Adults</th><th>Children</th></tr></thead>'
        "<tbody><tr><td>Octreotide</td><td>100 mcg</td><td>50 mcg</td></tr></tbody></table>"
    )
    assert _passages(html) == [("Page", "Drug: Octreotide; Adults: 100 mcg; Children: 50 mcg")]


def test_a_panel_that_a_ticked_box_opens_is_under_its_label() -> None:
    html = (
        "<h2>Dosage</h2><p>One injection a month is usual for adults.</p>"
        "<input type=checkbox id=a><label for=a>Side effects</label>"
        "<div><p>Some people have nausea for a day.</p></div>"
    )
    assert ("Side effects", "Some people have nausea for a day.") in _passages(html)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("d-none d-md-block", "d-md-none"),
        ("hidden-xs", "visible-xs"),
        ("hidden md:block", "md:hidden"),
    ],
)
def test_of_copies_for_other_screens_one_stays(wide: str, narrow: str) -> None:
    text = "Do not drive after the injection until you feel well again."
    html = f'<div class="{wide}"><p>{text}</p></div><div class="{narrow}"><p>{text}</p></div>'
    assert _passages(html) == [("Page", text)]


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        (
            '<span class="tooltip">warfarin<span class="tooltiptext">a blood thinner</span></span>',
            True,
        ),
        ('<span class="has-tooltip" title="a blood thinner">warfarin</span>', True),
        ('<a class="popover" data-bs-toggle="popover" data-bs-content="thins">warfarin</a>', True),
        ('<b>warfarin</b><span class="tooltip">a blood thinner</span>', True),
    ],
)
def test_a_word_with_a_note(word: str, kept: bool) -> None:
    ((_, text),) = _passages(f"<p>Do not take {word} with this medicine.</p>")
    assert ("warfarin" in text) == kept
    assert text.endswith("with this medicine.")


def test_a_page_that_the_program_fails_on_costs_only_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(bodies, "extract", fail)
    with pytest.raises(UnreadableError) as caught:
        bodies.content_of(b"<p>words</p>", "text/html", URL)
    assert caught.value.drop == Drop.UNREADABLE
    assert "KeyError: 'planted'" in caught.value.detail


def _line(text: str) -> str:
    """What a line of a PDF says whose letters are these."""
    style = Style("SymbolMT")
    glyphs = tuple(
        Glyph(each, 10 + 6.0 * at, 16 + 6.0 * at, 100.0, 12.0, style)
        for at, each in enumerate(text)
    )
    (line,) = lines_of(Sheet(1, 600, 800, glyphs))
    return f"{line.mark} {line.text}".strip()


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("100 \uf06dg", "100 µg"),
        ("\uf0b3 65 years", "≥ 65 years"),
        ("\uf0a3 2 tablets", "≤ 2 tablets"),
        ("\uf0b7 one item", "• one item"),
        # What the font does not tell is seen to be missing beside a number.
        ("100 \ufffdg", "100 \ufffdg"),
        ("\ufffd65 years", "\ufffd65 years"),
        ("\ufffd one item", "• one item"),
    ],
)
def test_signs_of_a_booklet(drawn: str, said: str) -> None:
    assert _line(drawn) == said


def test_the_signs_are_the_fonts() -> None:
    assert {SYMBOLS[0xF000 + code] for code in (0x6D, 0xA3, 0xB1)} == {"µ", "≤", "±"}
