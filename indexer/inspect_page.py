"""Trying one page: what extraction keeps of it, what it leaves out, and its passages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from indexer.bodies import content_of
from indexer.booklets import UnreadableError, is_pdf
from indexer.chunk import TokenBudget, chunk
from indexer.crawl import crawl
from indexer.encoder import Encoder
from indexer.errors import ConfigurationError, CrawlError
from indexer.extract import is_text
from indexer.sources import CrawlLimits, from_site


def inspect(page: str, encoder: Encoder, passage_tokens: int) -> dict[str, Any]:
    """What one page gives, as the command's contract lays it out.

    Raises ConfigurationError when a file cannot be read, CrawlError when a URL cannot.
    """
    url, body, content_type = _read(page)
    try:
        content = content_of(body, content_type, url)
    except UnreadableError as error:
        raise CrawlError(f"{page}: {error.detail} ({error.drop})") from error
    limit = encoder.max_tokens
    budget = TokenBudget(encoder.count_tokens, limit, min(passage_tokens, limit))
    return {
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
    }


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


def text(shown: dict[str, Any]) -> str:
    """The same for a reader at a terminal, in colour where there is one."""
    lines = [click.style(shown["title"], bold=True), f"{shown['url']} ({shown['language'] or '?'})"]
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
        lines.append(f"   {piece['link']}")
    return "\n".join(lines)
