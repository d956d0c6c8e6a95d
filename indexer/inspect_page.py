"""Trying one page: what extraction keeps of it, what it leaves out, and its passages."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from indexer.audience import audience_of
from indexer.bodies import content_of
from indexer.booklets import UnreadableError, is_pdf
from indexer.chunk import TokenBudget, chunk
from indexer.crawl import crawl
from indexer.encoder import Encoder
from indexer.errors import ConfigurationError, CrawlError
from indexer.extract import decode, is_text
from indexer.records import PageContent
from indexer.sources import CrawlLimits, Source, from_site

_DATES = ("reviewed", "updated", "review_due")


@dataclass(frozen=True, slots=True)
class Inspected:
    """One page: ``shown`` is the command's object; ``html`` is what was read."""

    shown: dict[str, Any]
    content: PageContent
    html: str


def inspect(
    page: str, encoder: Encoder, passage_tokens: int, source: Source | None = None
) -> Inspected:
    """What one page gives, by the rules of its source if one is named.

    Raises ConfigurationError when a file cannot be read, CrawlError when a URL cannot.
    """
    url, body, content_type = _read(page)
    rules = source or from_site("https://example.org/")
    try:
        content = content_of(
            body,
            content_type,
            url,
            selector=rules.content_selector,
            drop_selectors=rules.drop_selectors,
        )
    except UnreadableError as error:
        raise CrawlError(f"{page}: {error.detail} ({error.drop})") from error
    limit = encoder.max_tokens
    budget = TokenBudget(encoder.count_tokens, limit, min(passage_tokens, limit))
    parts = urlsplit(url)
    path = parts.path if parts.scheme != "file" else f"/{Path(parts.path).name}"
    shown = {
        "title": content.title,
        "language": content.language,
        "url": content.url,
        "blocks": [
            {"kind": block.kind, "text": block.text, "headings": list(block.headings)}
            for block in content.blocks
        ],
        "dropped": [{"reason": each.reason, "text": each.text} for each in content.dropped],
        "passages": [
            {
                "text": piece.text,
                "headings": list(piece.headings),
                "tokens": piece.tokens,
                "link": piece.link,
            }
            for piece in chunk(content, budget)
        ],
        "reviewed": content.reviewed,
        "updated": content.updated,
        "review_due": content.review_due,
        "audience": audience_of(content, path, rules),
    }
    html = _as_html(content) if is_pdf(body) else decode(body, content_type)
    return Inspected(shown, content, html)


def _as_html(content: PageContent) -> str:
    """A booklet's blocks as HTML: it has none of its own."""
    runs = (escape(part.run) for block in content.blocks for part in block.parts)
    return "".join(f"<p>{run}</p>" for run in runs)


def _read(page: str) -> tuple[str, bytes, str]:
    """A page's address, its body and what it was served as."""
    if page.lower().startswith(("http://", "https://")):
        source = from_site(page).model_copy(update={"limits": CrawlLimits(pages=1, depth=0)})
        for fetched in crawl(source):
            if fetched.drop is None and fetched.body:
                return fetched.final_url, fetched.body, fetched.content_type
            raise CrawlError(f"{page}: {fetched.detail or fetched.drop}")
        raise CrawlError(f"{page}: no answer")
    file = Path(page)
    try:
        body = file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{page}: {error.strerror}; give a URL, an HTML file or a PDF"
        ) from error
    if not (is_pdf(body) or is_text(body)):
        raise ConfigurationError(f"{page} is neither an HTML page nor a PDF")
    return file.resolve().as_uri(), body, "text/html"


def text(shown: dict[str, Any], *, in_colour: bool = True) -> str:
    """The same for a reader at a terminal; colour only repeats what the words say."""
    lines = [click.style(shown["title"], bold=True), f"{shown['url']} ({shown['language'] or '?'})"]
    dates = [f"{name.replace('_', ' ')} {shown[name]}" for name in _DATES if shown[name]]
    lines.append(", ".join([f"for: {shown['audience']}", *dates]))
    for block in shown["blocks"]:
        colour = "cyan" if block["kind"] == "heading" else "green"
        lines.append(click.style(f"{block['kind']:>11} ", fg=colour) + block["text"])
    lines += [
        click.style(f"   left out ({each['reason']}) ", fg="red") + each["text"][:200]
        for each in shown["dropped"]
    ]
    for number, piece in enumerate(shown["passages"], 1):
        trail = " > ".join(piece["headings"])
        lines.append(
            click.style(f"passage {number}, {piece['tokens']} tokens: ", bold=True) + trail
        )
        lines += [f"   {line}" for line in piece["text"].splitlines()]
        lines.append(click.style(f"   {piece['link']}", fg="blue"))
    said = "\n".join(lines)
    return said if in_colour else click.unstyle(said)
