"""What an HTTP answer gives: a page to keep, or the reason why it is none."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from indexer.clock import utc_now
from indexer.outcomes import OK, Refusal, Visit, status_refusal
from indexer.records import Drop, Fetched
from indexer.urls import normalise_url

if TYPE_CHECKING:
    from scrapy.http import Headers, Response

NOT_MODIFIED = 304
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
PDF_TYPE = "application/pdf"
# The body has to tell: what is meant to be saved is often a PDF.
_UNTOLD_TYPES = frozenset(
    {
        *("", "binary/octet-stream", "application/octet-stream", "application/x-pdf"),
        *("application/x-download", "application/force-download"),
    }
)
_SNIFFED = 1024  # bytes


def page_of(visit: Visit, response: Response) -> Fetched:
    """The page that an answer brings, or 304 without a body; raises a Refusal for anything else."""
    unchanged = response.status == NOT_MODIFIED and visit.conditional
    if response.status != OK and not unchanged:
        raise status_refusal(response.status)
    tags = response.headers.getlist("X-Robots-Tag")
    return Fetched(
        url=visit.url,
        final_url=normalise_url(response.url),
        status=response.status,
        content_type="" if unchanged else _page_type(response),
        body=b"" if unchanged else response.body,
        etag=header(response.headers, "ETag") or None,
        last_modified=header(response.headers, "Last-Modified") or None,
        # A line each: a robot's name in one header says nothing about the next.
        robots_tag="\n".join(tag.decode("latin-1") for tag in tags),
        fetched_at=utc_now(),
    )


def dropped(url: str, final_url: str, refusal: Refusal) -> Fetched:
    """The outcome of a URL that brings no page."""
    return Fetched(
        url=url,
        final_url=refusal.final_url or final_url,
        status=refusal.status,
        fetched_at=utc_now(),
        drop=refusal.drop,
        detail=refusal.detail,
    )


def may_be_page(headers: Headers) -> bool:
    """Whether the body is worth having, as far as the headers tell."""
    told = media_type(header(headers, "Content-Type"))
    return told in HTML_TYPES | _UNTOLD_TYPES | {PDF_TYPE}


def media_type(content_type: str) -> str:
    """The media type in a Content-Type header, without parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def header(headers: Headers, name: str) -> str:
    """A header's value, "" when it is missing."""
    return (headers.get(name) or b"").decode("latin-1").strip()


def _page_type(response: Response) -> str:
    """The content type of a page as the server sent it or, untold, as its first bytes tell."""
    told = header(response.headers, "Content-Type")
    if media_type(told) in HTML_TYPES | {PDF_TYPE}:
        return told
    if media_type(told) in _UNTOLD_TYPES:
        start = response.body[:_SNIFFED].removeprefix(codecs.BOM_UTF8).lstrip().lower()
        if start.startswith(b"%pdf-"):
            return PDF_TYPE
        if start.startswith((b"<!doctype html", b"<html")):
            return "text/html"
    raise Refusal(Drop.WRONG_TYPE, told or "no content type", status=response.status)
