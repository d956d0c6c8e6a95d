"""What a body holds, whatever kind it is: the one place that tells HTML from PDF."""

from __future__ import annotations

from indexer.booklets import UnreadableError, is_pdf, read_booklet
from indexer.extract import decode, extract, is_text
from indexer.markup import overfull
from indexer.records import Drop, PageContent


def content_of(
    body: bytes,
    content_type: str,
    url: str,
    *,
    selector: str | None = None,
    drop_selectors: tuple[str, ...] = (),
) -> PageContent:
    """What a page gives, as ``extract`` does; ``content_type`` is what it was served as.

    Raises UnreadableError for what gives no content.
    """
    if is_pdf(body):  # whatever it is served as
        return read_booklet(body, url)
    kind = content_type.lower()
    if "pdf" in kind:
        raise UnreadableError(Drop.BROKEN, "no PDF, though it is served as one")
    if "html" not in kind:
        raise UnreadableError(Drop.WRONG_TYPE, content_type or "no content type")
    if not is_text(body):
        raise UnreadableError(Drop.WRONG_TYPE, "not text, though it is served as HTML")
    html = decode(body, content_type)
    if reason := overfull(html):
        raise UnreadableError(Drop.TOO_LARGE, reason)
    try:
        return extract(html, url, selector=selector, drop_selectors=drop_selectors)
    # One hostile or broken page must not stop the run for all others, whatever it brings about.
    except RecursionError as error:
        raise UnreadableError(Drop.UNREADABLE, "its elements are nested too deeply") from error
    except Exception as error:
        detail = f"the program failed on it: {type(error).__name__}: {error}"
        raise UnreadableError(Drop.UNREADABLE, detail) from error
