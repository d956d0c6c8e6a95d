"""What a PDF says of itself: title, language, dates, outline, links and tagged headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFObjRef, PDFStream, resolve1
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from indexer.pdf.shapes import Entry
from indexer.text import collapse

MOST_ENTRIES = 5000  # of an outline; one that leads back into itself has no end
_MOST_ELEMENTS = 200_000  # of a structure tree
_MOST_LINKS = 10_000
# What programs put for a title when nobody gave one.
_NO_TITLE = re.compile(
    r"untitled.*|\(?anonymous\)?|microsoft (?:word|powerpoint|publisher).*"
    r"|(?:print|layout|document)\s*\d*"
    r"|.*\.(?:docx?|pdf|indd|pub|pptx?|odt|rtf|qxd|tmp)|\S*[_\d]\S*|template|title|cover",
    re.IGNORECASE,
)


def described(document: PDFDocument) -> tuple[str, str]:
    """Title and language; "" where it does not say."""
    info: dict[str, Any] = {}
    for each in document.info:
        if isinstance(found := resolve1(each), dict):
            info.update(found)
    title = _text(info.get("Title")) or _xmp(document, "title")
    if _NO_TITLE.fullmatch(title):
        title = ""
    return title, _text(document.catalog.get("Lang"))


def _xmp(document: PDFDocument, name: str) -> str:
    stream = resolve1(document.catalog.get("Metadata"))
    if not isinstance(stream, PDFStream):
        return ""
    try:
        text = stream.get_data()[:100_000].decode("utf-8", "replace")
    except (PSException, ValueError):
        return ""
    found = re.search(rf"<dc:{name}>.*?<rdf:li[^>]*>([^<]*)</rdf:li>", text, re.DOTALL)
    return collapse(found[1]) if found else ""


def _text(value: Any) -> str:
    value = resolve1(value)
    try:
        return collapse(decode_text(value)) if isinstance(value, bytes) else ""
    except ValueError:
        return ""


def outline_of(
    entries: Iterable[Any], document: PDFDocument, numbers: Mapping[object, int]
) -> Iterator[Entry]:
    """The outline's headings; ``numbers`` are the pages' by their objects' ids."""
    for level, title, dest, action, _ in entries:
        act = resolve1(action)
        target = dest if dest is not None else act.get("D") if isinstance(act, dict) else None
        if text := collapse(title):
            yield Entry(text, max(level, 1), _page_of(target, document, numbers))


def _page_of(target: Any, document: PDFDocument, numbers: Mapping[object, int]) -> int | None:
    target = resolve1(target)
    try:
        if isinstance(target, bytes):
            target = resolve1(document.get_dest(target))
        elif target is not None and hasattr(target, "name"):
            target = resolve1(document.get_dest(target.name))
    except (PSException, KeyError, TypeError, ValueError):
        return None
    if isinstance(target, dict):
        target = resolve1(target.get("D"))
    if isinstance(target, list) and target and isinstance(target[0], PDFObjRef):
        return numbers.get(target[0].objid)
    return None


def links_of(pages: Sequence[PDFPage]) -> tuple[str, ...]:
    """The addresses that the pages link to, as they are written, each once."""
    found: dict[str, None] = {}
    for page in pages:
        listed = resolve1(page.annots)
        for each in listed if isinstance(listed, list) else ():
            note = resolve1(each)
            action = resolve1(note.get("A")) if isinstance(note, dict) else None
            uri = resolve1(action.get("URI")) if isinstance(action, dict) else None
            if isinstance(uri, bytes) and len(found) < _MOST_LINKS:
                found[uri.decode("utf-8", "replace")] = None
    return tuple(found)


def heading_levels(document: PDFDocument) -> dict[tuple[object, int], int]:
    """The heading level of tagged content, by its page's object id and its number there."""
    root = resolve1(document.catalog.get("StructTreeRoot"))
    if not isinstance(root, dict):
        return {}
    roles = resolve1(root.get("RoleMap"))
    found: dict[tuple[object, int], int] = {}
    waiting: list[tuple[Any, object, int]] = [(root.get("K"), None, 0)]
    seen = 0
    while waiting and seen < _MOST_ELEMENTS:
        kid, page, level = waiting.pop()
        seen += 1
        kid = resolve1(kid)
        if isinstance(kid, list):
            waiting += [(each, page, level) for each in kid[:_MOST_ELEMENTS]]
        elif isinstance(kid, int) and level and page is not None:
            found[page, kid] = level
        elif isinstance(kid, dict):
            where = kid.get("Pg")
            page = where.objid if isinstance(where, PDFObjRef) else page
            if isinstance(number := kid.get("MCID"), int):
                waiting.append((number, page, level))
            else:
                level = _level(getattr(resolve1(kid.get("S")), "name", ""), roles) or level
                waiting.append((kid.get("K"), page, level))
    return found


def _level(role: Any, roles: Any) -> int:
    if isinstance(roles, dict) and role in roles:
        role = getattr(resolve1(roles[role]), "name", role)
    if role in {"H", "Title"}:
        return 1
    found = re.fullmatch(r"H([1-6])", str(role))
    return int(found[1]) if found else 0
