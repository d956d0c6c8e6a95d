"""Booklets to read: each drawn here, with what a reader sees on it.

``Booklet.headings`` are (text, trail length, page); ``order`` are words in the order they are read;
``pages`` are words and the page they stand on.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A5
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    FrameBreak,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

WIDTH, HEIGHT = A5
MARGIN = 40.0
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=12.5, spaceAfter=6)
JUSTIFIED = ParagraphStyle("justified", BODY, alignment=TA_JUSTIFY)
TITLE = ParagraphStyle("title", fontName="Helvetica-Bold", fontSize=22, leading=26, spaceAfter=14)
H1 = ParagraphStyle(
    "h1", fontName="Helvetica-Bold", fontSize=14, leading=17, spaceBefore=8, spaceAfter=4
)
H2 = ParagraphStyle(
    "h2", fontName="Helvetica-Bold", fontSize=10, leading=12.5, spaceBefore=6, spaceAfter=2
)
ITEM = ParagraphStyle("item", BODY, leftIndent=14, bulletIndent=2)
SMALL = ParagraphStyle("small", BODY, fontSize=7.5, leading=9)

_SENTENCES = (
    "The team that looks after you will talk about each step before it is taken.",
    "You can bring somebody with you, and you can ask for more time.",
    "Nothing has to be decided on the same day.",
    "A letter with the result goes to your own doctor, usually within ten days.",
    "Some people write down what they want to know, so that no question is forgotten.",
    "If anything is unclear, ring the ward and ask to speak to the specialist nurse.",
    "Parking near the main entrance is free for those who come for treatment.",
    "It may help to talk with others who went through the same.",
)


def filler(seed: str) -> str:
    """Three sentences, which ones depends on the words given."""
    first = zlib.crc32(seed.encode())
    picked = (first % 8, first // 8 % 8, first // 64 % 8)
    return " ".join(_SENTENCES[at] for at in dict.fromkeys(picked))


FILLER = filler("the same everywhere")


@dataclass(frozen=True)
class Booklet:
    """A PDF and what is on it."""

    body: bytes
    title: str
    headings: tuple[tuple[str, int, int], ...]
    order: tuple[str, ...]
    pages: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[str, str], ...] = ()
    absent: tuple[str, ...] = field(default=())  # what no block may say


def booklet_of(words: str) -> bytes:
    """A PDF of one page with these words."""
    return _built([Paragraph(words, BODY)])


def _built(
    story: list[Any],
    templates: list[PageTemplate] | None = None,
    draw: Callable[[Canvas, Any], None] | None = None,
    **said: str,
) -> bytes:
    stream = io.BytesIO()
    document = BaseDocTemplate(stream, pagesize=A5, invariant=1, **said)
    whole = Frame(MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN, 0, 0, 0, 0)
    document.addPageTemplates(templates or [PageTemplate("one", [whole], onPage=draw or _nothing)])
    document.build(story)
    return stream.getvalue()


def _nothing(_canvas: Canvas, _document: Any) -> None:
    return


def _paragraphs(topic: str, count: int, style: ParagraphStyle = BODY) -> list[Paragraph]:
    return [
        Paragraph(f"{topic} {number}. {filler(topic + str(number))}", style)
        for number in range(1, count + 1)
    ]


def plain() -> Booklet:
    """One column, bullets, a page number at the foot of each page."""

    def foot(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawCentredString(WIDTH / 2, 20, str(document.page))

    items = ["Bring your list of medicines", "Bring a friend", "Eat as you usually do"]
    story = [
        Paragraph("Having a scan", TITLE),
        *_paragraphs("Welcome", 2),
        Paragraph("Before your scan", H1),
        Paragraph("On the day, please:", BODY),
        *(Paragraph(each, ITEM, bulletText="•") for each in items),
        *_paragraphs("Preparing", 4),
        Paragraph("After your scan", H1),
        Paragraph("Drinking", H2),
        *_paragraphs("Drink", 3),
        Paragraph("Driving", H2),
        *_paragraphs("Drive", 3),
    ]
    return Booklet(
        _built(story, draw=foot, title="Having a scan"),
        "Having a scan",
        (("Having a scan", 0, 1), ("Before your scan", 1, 1), ("After your scan", 1, 1),
         ("Drinking", 2, 1), ("Driving", 2, 2)),
        ("Welcome 1.", "On the day, please:", "• Bring a friend", "Preparing 4.", "Drink 3.", "Drive 3."),
        (("Welcome 1.", 1), ("Drive 3.", 2)),
        (("page number", "1"), ("page number", "2")),
    )  # fmt: skip


def two_columns() -> Booklet:
    """Two justified columns under a wide title, heads that differ left and right, numbered feet."""

    def frame(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        head = "Living with a NET" if document.page % 2 else "A guide for patients and families"
        canvas.drawString(MARGIN, HEIGHT - 24, head)
        canvas.drawString(MARGIN, 20, f"{document.page + 10} | Treatment")
        canvas.drawRightString(WIDTH - MARGIN, 20, "Last reviewed 3 June 2024")

    gap = 16.0
    width = (WIDTH - 2 * MARGIN - gap) / 2
    top = Frame(MARGIN, HEIGHT - 110, WIDTH - 2 * MARGIN, 70, 0, 0, 0, 0)
    lefts, rights = MARGIN, MARGIN + width + gap
    first = [top, *(Frame(x, MARGIN, width, HEIGHT - 155, 0, 0, 0, 0) for x in (lefts, rights))]
    later = [Frame(x, MARGIN, width, HEIGHT - 2 * MARGIN, 0, 0, 0, 0) for x in (lefts, rights)]
    story: list[Any] = [
        NextPageTemplate("later"),
        Paragraph("Treatment of neuroendocrine tumours", TITLE),
        FrameBreak(),
        Paragraph("Surgery", H1),
        *_paragraphs("Operation", 4, JUSTIFIED),
        Paragraph("Peptide receptor radionuclide therapy", H1),
        *_paragraphs("Infusion", 7, JUSTIFIED),
        Paragraph("Watching and waiting", H1),
        *_paragraphs("Waiting", 19, JUSTIFIED),
    ]
    templates = [
        PageTemplate("first", first, onPage=frame),
        PageTemplate("later", later, onPage=frame),
    ]
    return Booklet(
        _built(story, templates),
        "Treatment of neuroendocrine tumours",
        (("Treatment of neuroendocrine tumours", 0, 1), ("Surgery", 1, 1),
         ("Peptide receptor radionuclide therapy", 1, 1), ("Watching and waiting", 1, 2)),
        ("Operation 1.", "Operation 4.", "Infusion 1.", "Infusion 7.", "Waiting 1.", "Waiting 19."),
        (("Operation 1.", 1), ("Waiting 1.", 2), ("Waiting 19.", 3)),
        (("running foot", "11 | Treatment Last reviewed 3 June 2024"),
         ("running head", "Living with a NET"), ("running head", "A guide for patients and families")),
        ("| Treatment", "A guide for patients"),
    )  # fmt: skip


def sidebar() -> Booklet:
    """A box with a heading of its own beside the text, and one inside a column."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, invariant=1)
    page = _Page(canvas)
    page.line("Symptoms", "Helvetica-Bold", 20)
    page.skip(8)
    canvas.setFillColor(colors.HexColor("#ddeeff"))
    canvas.rect(270, HEIGHT - 330, 110, 200, stroke=0, fill=1)
    canvas.setFillColor(colors.black)
    page.line("Flushing", "Helvetica-Bold", 14)
    page.text("Flushing comes and goes. " + filler("Flushing"), width=215)
    page.text("Second paragraph of flushing. " + filler("Second p"), width=215)
    box = _Page(canvas, y=HEIGHT - 150, x=278)
    box.line("Who to call", "Helvetica-Bold", 11)
    box.text("Call the nurse line on weekdays, and the ward at night or on a holiday.", width=94)
    page.text("Third paragraph of flushing. " + filler("Third pa"), width=215)
    page.line("Diarrhoea", "Helvetica-Bold", 14)
    page.text("Diarrhoea is common. " + filler("Diarrhoe"), width=215)
    canvas.showPage()
    canvas.save()
    return Booklet(
        stream.getvalue(),
        "Symptoms",
        (("Symptoms", 0, 1), ("Flushing", 1, 1), ("Who to call", 2, 1), ("Diarrhoea", 1, 1)),
        (
            "Flushing comes",
            "Second paragraph of flushing",
            "Third paragraph of flushing",
            "Diarrhoea is",
        ),
        (("Call the nurse line on weekdays, and the ward at night or on a holiday.", 1),),
    )


class _Page:
    """A pen that goes down a page."""

    def __init__(self, canvas: Canvas, y: float = HEIGHT - 60, x: float = MARGIN) -> None:
        self.canvas, self.y, self.x = canvas, y, x

    def line(self, text: str, font: str = "Times-Roman", size: float = 10) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(self.x, self.y, text)
        self.y -= size * 1.25

    def skip(self, points: float) -> None:
        self.y -= points

    def text(
        self,
        text: str,
        width: float = WIDTH - 2 * MARGIN,
        font: str = "Times-Roman",
        size: float = 10,
    ) -> None:
        for line in simpleSplit(text, font, size, width):
            self.line(line, font, size)
        self.skip(5)


def numbered() -> Booklet:
    """Numbered headings in one style, and a table of contents with dots."""

    def draw(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawRightString(WIDTH - MARGIN, 20, f"Page {document.page} of 3")

    def entry(name: str, number: int) -> Paragraph:
        return Paragraph(f"{name} {'.' * (60 - len(name))} {number}", BODY)

    names = (("1 What a NET is", 2), ("2 Treatment", 2), ("2.1 Somatostatin analogues", 2),
             ("2.2 Surgery", 3), ("3 Follow-up", 3))  # fmt: skip
    story: list[Any] = [
        Paragraph("Understanding NETs", TITLE),
        Paragraph("Contents", H1),
        *(entry(*each) for each in names),
        PageBreak(),
        Paragraph("1 What a NET is", H2),
        *_paragraphs("Cells", 3),
        Paragraph("2 Treatment", H2),
        *_paragraphs("Options", 1),
        Paragraph("2.1 Somatostatin analogues", H2),
        *_paragraphs("Injections", 3),
        PageBreak(),
        Paragraph("2.2 Surgery", H2),
        *_paragraphs("Operations", 2),
        Paragraph("3 Follow-up", H2),
        *_paragraphs("Visits", 2),
    ]
    return Booklet(
        _built(story, draw=draw),
        "Understanding NETs",
        (("Understanding NETs", 0, 1), ("1 What a NET is", 1, 2), ("2 Treatment", 1, 2),
         ("2.1 Somatostatin analogues", 2, 2), ("2.2 Surgery", 2, 3), ("3 Follow-up", 1, 3)),
        ("Cells 1.", "Options 1.", "Injections 3.", "Operations 2.", "Visits 2."),
        (("Injections 1.", 2), ("Visits 2.", 3)),
        (("table of contents", "Contents 1 What a NET is"), ("page number", "Page 2 of 3")),
        ("....",),
    )  # fmt: skip


def run_in() -> Booklet:
    """Headings that begin their paragraph in bold, and emphasis that is none."""
    story = [
        Paragraph("Side effects", TITLE),
        Paragraph("What to watch for", H1),
        Paragraph(f"<b>Tiredness.</b> Most people feel tired. {FILLER}", BODY),
        Paragraph(f"<b>Feeling sick.</b> It passes in a day. {FILLER}", BODY),
        Paragraph(f"<b>Do not</b> stop your tablets without asking. {FILLER}", BODY),
        Paragraph(f"<b>Note:</b> Keep this page at hand. {FILLER}", BODY),
        Paragraph(f"<b>Hair loss.</b> It is rare with this treatment. {FILLER}", BODY),
    ]
    return Booklet(
        _built(story),
        "Side effects",
        (("Side effects", 0, 1), ("What to watch for", 1, 1), ("Tiredness", 2, 1),
         ("Feeling sick", 2, 1), ("Hair loss", 2, 1)),
        ("Most people", "It passes", "Do not stop", "Note: Keep", "It is rare"),
        (("It is rare", 1),),
    )  # fmt: skip


def ruled_table() -> Booklet:
    """A table with rules and wrapped cells that goes on over a page border under its header."""
    cells = [["Medicine", "How it is given", "How often"]]
    cells += [
        [
            f"Medicine {number}",
            "As an injection under the skin or deep into a muscle",
            f"Every {number} weeks",
        ]
        for number in range(1, 19)
    ]
    rows = [[Paragraph(cell, ParagraphStyle("c", BODY, fontName="Helvetica-Bold" if not at else "Times-Roman"))
             for cell in row] for at, row in enumerate(cells)]  # fmt: skip
    table = Table(
        rows,
        colWidths=[80, 150, 90],
        repeatRows=1,
        style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)],
    )
    story = [
        Paragraph("Your medicines", TITLE),
        *_paragraphs("Before", 1),
        table,
        Spacer(1, 12),
        Paragraph("Storing them", H1),
        *_paragraphs("Store", 1),
    ]
    row = "Medicine: Medicine {0}; How it is given: As an injection under the skin or deep into a muscle; How often: Every {0} weeks"
    return Booklet(
        _built(story),
        "Your medicines",
        (("Your medicines", 0, 1), ("Storing them", 1, 2)),
        ("Before 1.", row.format(1), row.format(9), row.format(18), "Store 1."),
        ((row.format(1), 1), (row.format(18), 2)),
    )


def open_table() -> Booklet:
    """Tables without a rule between their cells, one of them with cells of several lines."""
    simple = [["Test", "Result", "Unit"], ["Chromogranin A", "95", "ng/ml"], ["5-HIAA", "12", "mg/day"],
              ["Gastrin", "60", "pg/ml"]]  # fmt: skip
    wide = [[Paragraph(a, BODY), Paragraph(b, BODY)] for a, b in (
        ("<b>Person</b>", "<b>What they do</b>"),
        ("Nurse", "Knows you best, and is the one to call first when something changes at home"),
        ("Dietitian", "Helps you to eat well, and tells you about enzymes and vitamins that you need"),
    )]  # fmt: skip
    story = [
        Paragraph("Tests and people", TITLE),
        Paragraph("Blood tests", H1),
        *_paragraphs("Blood", 1),
        Table(
            simple, colWidths=[110, 70, 70], style=[("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]
        ),
        *_paragraphs("After", 1),
        Paragraph("Your team", H1),
        Table(wide, colWidths=[80, 220], style=[("VALIGN", (0, 0), (-1, -1), "TOP")]),
        *_paragraphs("Team", 1),
    ]
    return Booklet(
        _built(story),
        "Tests and people",
        (("Tests and people", 0, 1), ("Blood tests", 1, 1), ("Your team", 1, 1)),
        ("Blood 1.", "Test: Chromogranin A; Result: 95; Unit: ng/ml", "Test: Gastrin; Result: 60", "After 1.",
         "Person: Nurse; What they do: Knows you best, and is the one to call first when something changes at home",
         "Team 1."),
        (("Test: 5-HIAA", 1),),
    )  # fmt: skip


def letters() -> Booklet:
    """Words parted at line ends, real hyphens, soft hyphens, ligatures, raised numbers."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, invariant=1)
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))  # has ligatures and soft hyphens
    page = _Page(canvas)
    page.line("Lutetium therapy", "Helvetica-Bold", 20)
    page.skip(10)
    for text in (
        "This treatment is also called radio-",
        "nuclide therapy. It needs a somatostatin-",
        "receptor that shows on the scan, or a somatostatin",
        "analogue beforehand. The lanreo-",
        "tide that you have is lanreotide, a long-",
        "acting one; other long-acting ones exist in the hospi\u00ad",
        "tal. That is ﬁne, and a ﬂow as well.",
    ):
        page.line(text, "Vera")
    page.skip(8)
    canvas.setFont("Times-Roman", 6)
    canvas.drawString(MARGIN, page.y + 3.5, "177")
    page.x = MARGIN + canvas.stringWidth("177", "Times-Roman", 6)
    page.line("Lu is given when the count is over 10")
    end = page.x + canvas.stringWidth("Lu is given when the count is over 10", "Times-Roman", 10)
    canvas.setFont("Times-Roman", 6)
    canvas.drawString(end, page.y + 12.5 + 3.5, "9")
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(end + 3.2, page.y + 12.5, "/L.")
    canvas.showPage()
    canvas.save()
    return Booklet(
        stream.getvalue(),
        "Lutetium therapy",
        (("Lutetium therapy", 0, 1),),
        ("called radionuclide therapy", "a somatostatin-receptor that", "The lanreotide that you have",
         "a long-acting one", "in the hospital. That is fine, and a flow as well.", "177Lu is given when the count is over 10⁹/L."),
        (("177Lu is given", 1),),
    )  # fmt: skip


def cover() -> Booklet:
    """A cover with the title in the largest type, and a program's words for the title."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, invariant=1)
    canvas.setTitle("Microsoft Word - net_final_v3.docx")
    page = _Page(canvas, y=HEIGHT - 140)
    page.line("The NET Charity", "Helvetica", 14)
    page.skip(40)
    page.line("Eating well", "Helvetica-Bold", 30)
    page.line("with a NET", "Helvetica-Bold", 30)
    page.skip(10)
    page.line("A booklet for patients and carers", "Helvetica", 16)
    canvas.showPage()
    page = _Page(canvas)
    for name in ("Enzymes", "Vitamins"):
        page.line(name, "Helvetica-Bold", 15)
        page.text(f"{name} matter. {filler(name)}")
    canvas.showPage()
    page = _Page(canvas)
    page.line("About this booklet", "Helvetica-Bold", 15)
    page.text("Last reviewed: 12 March 2025. " + filler("Last rev"))
    canvas.showPage()
    canvas.save()
    return Booklet(
        stream.getvalue(),
        "Eating well with a NET",
        (
            ("Eating well with a NET", 0, 1),
            ("Enzymes", 1, 2),
            ("Vitamins", 1, 2),
            ("About this booklet", 1, 3),
        ),
        ("Enzymes matter.", "Vitamins matter.", "Last reviewed"),
        (("Vitamins matter.", 2), ("Last reviewed", 3)),
    )


def outlined() -> Booklet:
    """Headings in the body's own type, which only the outline names."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, invariant=1)
    canvas.setTitle("Coming home")
    for number, (name, level) in enumerate(
        (("Going home", 0), ("Lifting things", 1), ("Going back to work", 0)), 1
    ):
        page = _Page(canvas)
        page.text(f"Opening of page {number}. {filler(str(number))}")
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(name, f"p{number}", level)
        page.skip(4)
        page.line(name)
        page.skip(4)
        page.text(f"Under {name}. {filler(name)}")
        canvas.showPage()
    canvas.save()
    return Booklet(
        stream.getvalue(),
        "Coming home",
        (("Going home", 0, 1), ("Lifting things", 1, 2), ("Going back to work", 0, 3)),
        (
            "Opening of page 1",
            "Under Going home",
            "Opening of page 2",
            "Under Lifting",
            "Under Going back",
        ),
        (("Under Lifting", 2), ("Under Going back", 3)),
    )


def tagged() -> Booklet:
    """Headings that only its tags name, and a running head that its tags call an artifact."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, invariant=1)
    page = _Page(canvas)
    elements = []
    canvas._code.append("/Artifact BMC")
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(MARGIN, HEIGHT - 30, "Pain leaflet")
    canvas._code.append("EMC")
    for number, (role, text) in enumerate(
        (
            ("H1", "Pain"),
            ("P", "Pain can be treated. " + filler("Pain can")),
            ("H2", "Tablets"),
            ("P", "Tablets help. " + filler("Tablets ")),
        )
    ):
        canvas._code.append(f"/{role} <</MCID {number}>> BDC")
        page.text(text)
        canvas._code.append("EMC")
        elements.append((role, number))
    canvas.showPage()
    document = canvas._doc
    where = document.inForm  # makes sure that the document is one of reportlab's
    assert callable(where)
    first = document.Pages.pages[0] if hasattr(document.Pages, "pages") else None
    root = pdfdoc.PDFDictionary({"Type": pdfdoc.PDFName("StructTreeRoot")})
    kids = [
        pdfdoc.PDFDictionary(
            {"S": pdfdoc.PDFName(role), "K": number, "Pg": document.Reference(first)}
        )
        for role, number in elements
    ]
    root["K"] = pdfdoc.PDFArray(kids)
    document.Catalog.StructTreeRoot = document.Reference(root)
    canvas.save()
    return Booklet(
        stream.getvalue(),
        "Pain",
        (("Pain", 0, 1), ("Tablets", 1, 1)),
        ("Pain can be treated.", "Tablets help."),
        (("Tablets help.", 1),),
        (("running head", "Pain leaflet"),),
    )


def odd_pages() -> Booklet:
    """A turned page, a heading over two lines, a paragraph over a page border, caption, footnote."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A5, invariant=1)
    page = _Page(canvas)
    page.line("Questions to ask", "Helvetica-Bold", 20)
    page.skip(8)
    page.line("What happens if the tumour has spread to", "Helvetica-Bold", 13)
    page.line("the liver or to other organs?", "Helvetica-Bold", 13)
    page.skip(2)
    page.text("Spread is common. " + filler("Spread i"))
    page.text("Figure 1: The liver and what is around it", size=8, font="Times-Italic")
    page.text("A second thought. " + filler("A second"))
    lines = simpleSplit(
        "This paragraph begins on one page and goes on over its border. " + filler("This par"),
        "Times-Roman",
        10,
        WIDTH - 2 * MARGIN,
    )
    for line in lines[:2]:
        page.line(line)
    note = _Page(canvas, y=50)
    note.line("1 Liver embolisation is described in another booklet.", "Times-Roman", 7.5)
    canvas.showPage()
    page = _Page(canvas)
    for line in lines[2:]:
        page.line(line)
    page.skip(6)
    page.line("Who is in charge?", "Helvetica-Bold", 13)
    page.text("One doctor is. " + filler("One doct"))
    canvas.showPage()
    canvas.setPageRotation(90)
    canvas.translate(WIDTH, 0)
    canvas.rotate(90)
    page = _Page(canvas, y=WIDTH - 60)
    page.line("Notes of a turned page", "Helvetica-Bold", 13)
    page.text("It reads as the others do. " + filler("It reads"))
    canvas.showPage()
    canvas.save()
    return Booklet(
        stream.getvalue(),
        "Questions to ask",
        (("Questions to ask", 0, 1),
         ("What happens if the tumour has spread to the liver or to other organs?", 1, 1),
         ("Who is in charge?", 1, 2), ("Notes of a turned page", 1, 3)),
        ("Spread is common.", "Figure 1: The liver", "A second thought.",
         "This paragraph begins on one page and goes on over its border. " + filler("This par"),
         "One doctor is.", "It reads as"),
        (("This paragraph begins", 1), ("One doctor is.", 2), ("It reads as", 3)),
    )  # fmt: skip


BOOKLETS: dict[str, Callable[[], Booklet]] = {
    each.__name__: each
    for each in (
        *(plain, two_columns, sidebar, numbered, run_in, ruled_table, open_table, letters, cover),
        *(outlined, tagged, odd_pages),
    )
}
