"""A PDF's bytes in, what its pages draw out. Only this and its neighbours know pdfminer.

It runs in the process of ``indexer.pdf.worker``, under its limits: the bytes are hostile.
"""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Sequence
from itertools import islice
from types import SimpleNamespace

from pdfminer import pdftypes
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFNoOutlines
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.psexceptions import PSException

from indexer.pdf.device import Device, RefusedError
from indexer.pdf.metadata import MOST_ENTRIES, described, heading_levels, links_of, outline_of
from indexer.pdf.shapes import Document, Sheet
from indexer.records import Drop


def read(body: bytes, most_pages: int, most_bytes: int) -> Document:
    """What a PDF draws and says of itself. ``most_bytes`` is for one stream, unpacked.

    Raises RefusedError.
    """
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    pdftypes.zlib = _bounded(most_bytes)  # type: ignore[assignment, attr-defined]
    try:
        return _read(body, most_pages)
    except (RefusedError, MemoryError):
        raise
    except RecursionError as error:
        raise RefusedError(Drop.BROKEN, "its parts are nested too deeply") from error
    # A broken PDF breaks the parser anywhere, with any error: here is the border of one page.
    except Exception as error:
        raise RefusedError(Drop.BROKEN, f"{type(error).__name__}: {error}"[:300]) from error


def _bounded(most: int) -> SimpleNamespace:
    """What pdfminer needs of zlib, that never unpacks more than so many bytes at once."""

    def decompress(data: bytes) -> bytes:
        worker = zlib.decompressobj()
        found = worker.decompress(data, most)
        if worker.unconsumed_tail:
            raise RefusedError(Drop.TOO_LARGE, f"more than {most:,} bytes in one unpacked stream")
        if not worker.eof:
            raise zlib.error("the stream ends before its end")
        return found

    return SimpleNamespace(
        decompress=decompress, decompressobj=zlib.decompressobj, error=zlib.error
    )


def _read(body: bytes, most_pages: int) -> Document:
    document = _open(body)
    pages = list(islice(PDFPage.create_pages(document), most_pages + 1))
    if len(pages) > most_pages:
        raise RefusedError(Drop.TOO_MANY_PAGES, f"more than {most_pages} pages")
    if not pages:
        raise RefusedError(Drop.BROKEN, "it has no pages")
    numbers = {page.pageid: number for number, page in enumerate(pages, 1)}
    resources = PDFResourceManager()
    device = Device(resources, heading_levels(document))
    interpreter = PDFPageInterpreter(resources, device)
    sheets = []
    failures: list[Exception] = []
    for number, page in enumerate(pages, 1):
        try:
            interpreter.process_page(page)
        except (RefusedError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - one broken page does not cost the others
            failures.append(error)
        sheets.append(device.sheet(number))
    if failures and not any(sheet.glyphs for sheet in sheets):
        raise failures[0]
    _check_text(sheets, device)
    title, language = described(document)
    try:
        outline = tuple(
            outline_of(islice(document.get_outlines(), MOST_ENTRIES), document, numbers)
        )
    except (PDFNoOutlines, PSException, RecursionError, TypeError, ValueError, KeyError):
        outline = ()
    return Document(tuple(sheets), title, language, outline, links_of(pages))


def _open(body: bytes) -> PDFDocument:
    try:
        document = PDFDocument(PDFParser(io.BytesIO(body)))
    except PDFEncryptionError as error:
        raise RefusedError(Drop.ENCRYPTED, "it opens with a password only") from error
    if not document.is_extractable:
        raise RefusedError(Drop.ENCRYPTED, "its author does not permit that its text is copied")
    return document


def _check_text(sheets: Sequence[Sheet], device: Device) -> None:
    letters = sum(glyph.text.isalnum() for sheet in sheets for glyph in sheet.glyphs)
    if device.unknown > letters:
        raise RefusedError(Drop.NO_TEXT, "its fonts do not say which letters they show")
    if not letters:
        pictures = sum(sheet.pictures for sheet in sheets)
        scanned = f"no text in {len(sheets)} pages and {pictures} pictures, as a scan has"
        raise RefusedError(Drop.NO_TEXT, scanned if pictures else "no text in it")
