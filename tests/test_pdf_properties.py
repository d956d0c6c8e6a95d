"""Whatever a booklet holds: its blocks say what it draws, and its pages never fall."""

from __future__ import annotations

import io

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from indexer.chunk import TokenBudget, chunk
from indexer.pdf.booklet import content_of
from indexer.pdf.drawn import read

_WORD = st.text("abcdefgh AB.,:-1", min_size=1, max_size=30)
_LINE = st.tuples(
    _WORD,
    st.sampled_from((40, 60, 250, 400)),
    st.integers(4, 78),
    st.sampled_from((7, 10, 10, 10, 14, 20)),
    st.sampled_from(("Times-Roman", "Times-Roman", "Helvetica-Bold")),
)
_PAGES = st.lists(st.lists(_LINE, max_size=25), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_PAGES)
def test_blocks_say_what_is_drawn(pages: list[list[tuple[str, int, int, int, str]]]) -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for page in [*pages, [("certain words", 40, 40, 10, "Times-Roman")]]:
        for text, x, row, size, font in page:
            canvas.setFont(font, size)
            canvas.drawString(x, row * 10, text)
        canvas.showPage()
    canvas.save()
    document = read(stream.getvalue(), 50, 10**8)
    content = content_of(document, "https://example.org/a.pdf")
    drawn = {char for sheet in document.sheets for glyph in sheet.glyphs for char in glyph.text}
    said = "".join(block.text for block in content.blocks)
    assert set(said) <= drawn | set(" \n•;⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
    for block in content.blocks:
        for part in block.parts:
            numbers = [page for _, page in part.pages]
            assert numbers
            assert numbers == sorted(numbers)
            places = [place for place, _ in part.pages]
            assert places == sorted(places)
            assert places[-1] <= len(part.text)
    begins = [block.parts[0].pages[0][1] for block in content.blocks]
    assert begins == sorted(begins)
    for passage in chunk(content, TokenBudget(lambda text: len(text.split()), 30, 20)):
        assert passage.link.startswith("https://example.org/a.pdf#page=")
