"""Reading a PDF in a process of its own: what is refused, by name, and that nothing is left behind."""

from __future__ import annotations

import io
import subprocess
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from indexer import booklets
from indexer.bodies import content_of
from indexer.booklets import BookletLimits, UnreadableError, is_pdf, read_booklet
from indexer.pdf.booklet import content_of as content_of_pdf
from indexer.pdf.drawn import read
from indexer.pdf.worker import answer
from indexer.records import Drop
from tests.booklets import sidebar

if TYPE_CHECKING:
    from indexer.records import PageContent

URL = "https://example.org/a.pdf"


def _pdf(text: str = "Words about treatment", pages: int = 1, **made: Any) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1, **made)
    for _ in range(pages):
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _raw(content: bytes, coding: bytes = b"/FlateDecode") -> bytes:
    """A PDF of one page whose content is given as it is stored."""
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F1 " + font + b">> >> >>",
        b"<</Length %d/Filter %s>>stream\n" % (len(content), coding) + content + b"\nendstream",
    )
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 5\n0000000000 65535 f \n" + table + b"trailer<</Size 5/Root 1 0 R>>\n"
        b"startxref\n%d\n%%%%EOF" % len(out)
    )


def _answer(body: bytes, **limits: int) -> tuple[str | None, str]:
    job = {"url": URL, "pages": 5, "stream": 10_000_000, "memory": 1 << 30, **limits}
    head, _ = answer(job, body)
    return head["drop"], head.get("detail", "")


@pytest.mark.parametrize(
    ("body", "drop", "detail"),
    [
        (_pdf(encrypt=StandardEncryption("word", "owner")), Drop.ENCRYPTED, "password"),
        (_pdf(encrypt=StandardEncryption("", "owner", canCopy=0)), Drop.ENCRYPTED, "permit"),
        (_pdf(text=""), Drop.NO_TEXT, "no text in it"),
        (b"%PDF-1.4 and nothing else", Drop.BROKEN, "Root"),
        (_pdf()[:700], Drop.BROKEN, ""),
        (_pdf(pages=6), Drop.TOO_MANY_PAGES, "more than 5 pages"),
        (_raw(zlib.compress(b" " * 20_000_000)), Drop.TOO_LARGE, "10,000,000 bytes"),
        (
            _raw(zlib.compress(zlib.compress(b" " * 20_000_000)), b"[/FlateDecode/FlateDecode]"),
            *(Drop.TOO_LARGE, "10,000,000 bytes"),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(body: bytes, drop: Drop, detail: str) -> None:
    found, said = _answer(body)
    assert found == drop
    assert detail in said


def test_a_scan() -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    from PIL import Image  # noqa: PLC0415 - comes with reportlab
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415

    canvas.drawImage(ImageReader(Image.new("L", (8, 8))), 0, 0, 500, 700)
    canvas.save()
    assert _answer(stream.getvalue()) == (
        Drop.NO_TEXT,
        "no text in 1 pages and 1 pictures, as a scan has",
    )


def test_what_opens_without_a_password_and_may_be_copied_is_read() -> None:
    assert _answer(_pdf(encrypt=StandardEncryption("", "owner", canCopy=1))) == (None, "")


def test_the_process_gives_what_reading_here_gives() -> None:
    body = sidebar().body
    found: PageContent = read_booklet(body, URL)
    assert found == content_of_pdf(read(body, 500, 10**8), URL)
    assert content_of(body, "application/octet-stream", URL) == found


@pytest.mark.parametrize(
    ("limits", "drop"),
    [
        (BookletLimits(seconds=0.01), Drop.TOO_SLOW),
        (BookletLimits(memory=50 << 20), Drop.BROKEN),
        (BookletLimits(pages=0), Drop.TOO_MANY_PAGES),
    ],
)
def test_limits_end_the_process(limits: BookletLimits, drop: Drop) -> None:
    with pytest.raises(UnreadableError) as caught:
        read_booklet(_pdf(), URL, limits)
    assert caught.value.drop == drop or (
        limits.memory < 1 << 30 and caught.value.drop == Drop.TOO_LARGE
    )


@pytest.mark.parametrize(
    ("status", "drop"), [(-24, Drop.TOO_SLOW), (-11, Drop.BROKEN), (1, Drop.BROKEN)]
)
def test_a_process_that_breaks(monkeypatch: pytest.MonkeyPatch, status: int, drop: Drop) -> None:
    done = subprocess.CompletedProcess([], status, b"\x00\x00", b"Traceback\nError: x\n")
    monkeypatch.setattr(booklets.subprocess, "run", lambda *_, **__: done)
    with pytest.raises(UnreadableError) as caught:
        read_booklet(b"%PDF-", URL)
    assert caught.value.drop == drop
    if drop == Drop.BROKEN:
        assert "Error: x" in caught.value.detail


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"%PDF-1.7", True), (b"\n\xef\xbb\xbf%PDF-", True), (b" " * 1024 + b"%PDF-", False)],
)
def test_is_pdf(body: bytes, expected: bool) -> None:
    assert is_pdf(body) is expected


def test_what_is_served_as_a_pdf_and_is_none() -> None:
    with pytest.raises(UnreadableError, match="no PDF") as caught:
        content_of(b"<p>Not found</p>", "application/pdf", URL)
    assert caught.value.drop == Drop.BROKEN
