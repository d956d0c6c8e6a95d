"""Extract stage: one HTML page in, its title, headings and blocks of main content out.

Pure: takes text, returns values, fetches nothing.
"""

from __future__ import annotations

import codecs
import re
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from w3lib.encoding import html_to_unicode

from indexer import audience, dates, language
from indexer.anchors import heading_anchors
from indexer.blocks import blocks
from indexer.content import add_name, find_main, outside, page_name
from indexer.edges import trim
from indexer.panels import find_panels
from indexer.prune import prune
from indexer.records import Block, Dropped, PageContent
from indexer.robots import PRODUCT, robots_directives
from indexer.selectors import INVISIBLE
from indexer.text import collapse, link_share, plain, runs
from indexer.tree import parse
from indexer.urls import resolve_url

_SUPERSCRIPTS = str.maketrans("0123456789+-\u2212\u2013", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
EXTRACTOR_VERSION = 6  # raised when the same page would give other blocks


def decode(body: bytes, content_type: str = "") -> str:
    """A page's text: by byte order mark, HTTP header, meta tag, in the order browsers use.

    Where the bytes speak against what is declared, they are believed: text that happens to be valid
    UTF-8 beyond ASCII is UTF-8, and bytes that are not are Windows-1252.
    """
    if not body:
        return ""
    if not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if not text.isascii() or "\x1b" not in text:
                return text
    encoding, text = html_to_unicode(content_type, body, auto_detect_fun=_guess)
    if encoding == "utf-8" and "\ufffd" in text:
        return body.decode("utf-8", errors="cp1252")
    return str(text)


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error("cp1252", _as_cp1252)


def is_text(body: bytes) -> bool:
    """Whether a body can be a page: no PDF, and hardly a control character but white space."""
    start = body[:4096]
    if start.startswith(b"%PDF-"):
        return False
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True  # UTF-16 with its mark, of which every second byte may be zero
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start)  # noqa: PLR2004
    return control * 100 <= len(start)


def _guess(body: bytes) -> str | None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def extract(
    html: str, url: str, *, selector: str | None = None, drop_selectors: tuple[str, ...] = ()
) -> PageContent:
    """What one page gives.

    ``selector`` names the main content where its source knows it; ``drop_selectors`` name parts
    to leave out beside the ones known everywhere.
    """
    soup = parse(html)
    links, canonical = _links(soup, url)
    title, title_parts = _title(soup)
    asked = soup.select(f'meta[name="robots" i], meta[name="{PRODUCT}" i]')
    robots = robots_directives(str(tag.get("content", "")) for tag in asked)
    declared = language.declared(soup)
    own = dates.page_dates(soup, url, declared)
    for_whom = audience.declared(soup)
    for tag in soup.find_all(_is_invisible):
        tag.decompose()
    page_runs = tuple(runs(soup))
    anchors = heading_anchors(soup)
    panels = find_panels(soup)
    name = page_name(soup, title_parts)
    dropped = prune(soup, drop_selectors, panels, name)
    main, said = find_main(soup, selector)
    add_name(main, name)
    dropped += outside(soup, main)
    share = link_share(main)
    _raise_exponents(main)
    named = plain(name) if name is not None and not name.decomposed else None
    within, trimmed = trim(blocks(main, anchors, panels, urlsplit(url).netloc), named, marked=said)
    dropped += trimmed
    found = _without_dates(within, dropped)
    heading = next((b.text for b in found if b.kind == "heading"), "")
    return PageContent(
        url=url,
        title=_page_title(title, title_parts, heading, [d.text for d in dropped]),
        language=language.language_of(declared, "\n".join(block.text for block in found)),
        blocks=found,
        dropped=tuple(dropped),
        runs=page_runs,
        links=links,
        canonical=canonical,
        noindex=robots.noindex,
        reviewed=own.reviewed,
        updated=own.updated,
        review_due=own.review_due,
        audience=for_whom,
        link_share=share,
        main_is_marked=said,
    )


def _is_invisible(tag: Tag) -> bool:
    return tag.name in INVISIBLE


def _without_dates(found: list[Block], dropped: list[Dropped]) -> tuple[Block, ...]:
    """The blocks but those that say nothing but when the page was reviewed and the like."""
    kept = []
    for block in found:
        if block.kind != "heading" and all(dates.is_date_line(part.text) for part in block.parts):
            dropped.append(Dropped("date line", block.text))
        else:
            kept.append(block)
    return tuple(kept)


def _raise_exponents(main: Tag) -> None:
    """Write numbers set as superscripts so in plain text too: 10<sup>9</sup> is not 109.

    One before a letter stays: it is an isotope's mass, which <sup>177</sup>Lu is written with.
    """
    for tag in main.find_all("sup"):
        text = tag.get_text().strip()
        after = tag.next_sibling
        before_letter = after is not None and after.get_text()[:1].isalpha()
        if re.fullmatch(r"[0-9+\-\u2212\u2013]{1,4}", text) and not before_letter:
            tag.string = text.translate(_SUPERSCRIPTS)


def _links(soup: BeautifulSoup, url: str) -> tuple[tuple[str, ...], str | None]:
    base_tag = soup.select_one("base[href]")
    base = (resolve_url(url, str(base_tag["href"])) if base_tag else None) or url
    found: dict[str, None] = {}
    for tag in soup.select("a[href], area[href]"):
        target = resolve_url(base, str(tag["href"]))
        if target:
            found[target] = None
    canonical = soup.select_one("link[rel~=canonical][href]")
    return tuple(found), resolve_url(base, str(canonical["href"])) if canonical else None


def _title(soup: BeautifulSoup) -> tuple[str, list[str]]:
    tag = soup.find("title")
    title = collapse(tag.get_text()) if isinstance(tag, Tag) else ""
    return title, [part for part in re.split(r"\s+[|\u2013\u2014\u00bb\u00b7-]\s+", title) if part]


def _page_title(title: str, parts: list[str], heading: str, around: list[str]) -> str:
    """The title without the site's name: a last part that the page's frame repeats."""
    if not title:
        return heading
    if len(parts) > 1 and any(parts[-1].casefold() in text.casefold() for text in around):
        return title[: title.rindex(parts[-1])].rstrip(" |\u2013\u2014\u00bb\u00b7-")
    return title
