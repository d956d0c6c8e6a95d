"""A PDF as drawn to what a page gives: blocks under their headings, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from indexer import dates
from indexer.date_text import is_day_first
from indexer.pdf.compose import Composer
from indexer.pdf.contents_list import contents_lists
from indexer.pdf.drafts import Draft, as_blocks, split_run_ins
from indexer.pdf.frame import without_frame
from indexer.pdf.headings import Typography, folded
from indexer.pdf.hyphens import Hyphens
from indexer.pdf.lines import lines_of, pitch
from indexer.pdf.order import in_order, text_lines
from indexer.pdf.shapes import Document, Entry, Line, body_size
from indexer.records import Dropped, PageContent
from indexer.text import collapse
from indexer.urls import resolve_url

_COVER = 500  # letters on a first page that is a cover, at most


def content_of(document: Document, url: str) -> PageContent:
    """What a PDF gives at an address."""
    pages = [lines_of(sheet) for sheet in document.sheets]
    body = body_size(line for lines in pages for line in lines)
    heights = [sheet.height for sheet in document.sheets]
    kept, dropped = without_frame(pages, heights, body)
    kept, listed, entries = _without_contents(kept)
    dropped += listed
    dropped += [Dropped("turned text", s.turned) for s in document.sheets if s.turned]
    pieces = [
        in_order(sheet, lines, body) for sheet, lines in zip(document.sheets, kept, strict=True)
    ]
    flat = [line for page in pieces for line in text_lines(page)]
    typography = Typography.of(flat, body, [*document.outline, *entries])
    composer = Composer(typography, Hyphens(line.text for line in flat), pitch(flat))
    for page in pieces:
        composer.page(page)
    drafts = _cover(composer.drafts, typography)
    title = document.title or _title(drafts)
    blocks = as_blocks(split_run_ins(drafts, typography), typography)
    said = "\n".join(line.text for lines in pages for line in lines)
    host = urlsplit(url).hostname or ""
    own = dates.said(said, day_first=is_day_first(document.language, host, said))
    heading = next((block.text for block in blocks if block.kind == "heading"), "")
    return PageContent(
        url=url,
        title=title or heading,
        language=document.language,
        blocks=tuple(blocks),
        dropped=tuple(Dropped(each.reason, collapse(each.text)) for each in dropped),
        links=tuple(
            dict.fromkeys(found for each in document.links if (found := resolve_url(url, each)))
        ),
        reviewed=own.reviewed,
        updated=own.updated,
        review_due=own.review_due,
    )


def _without_contents(
    pages: Sequence[Sequence[Line]],
) -> tuple[list[list[Line]], list[Dropped], list[Entry]]:
    """The pages without their table of contents, what it said, and the headings it names."""
    kept, dropped, entries = [], [], []
    known = {folded(line.marked) for lines in pages for line in lines}
    for lines in pages:
        gone: set[int] = set()
        for listed, named in contents_lists(lines, known):
            gone.update(map(id, listed))
            rows = sorted(listed, key=lambda line: (round(line.y), line.x0))
            dropped.append(Dropped("table of contents", " ".join(line.marked for line in rows)))
            entries += named
        kept.append([line for line in lines if id(line) not in gone])
    return kept, dropped, entries


def _cover(drafts: list[Draft], typography: Typography) -> list[Draft]:
    """A cover's only heading is its title: what else is large there heads nothing."""
    first = [draft for draft in drafts if draft.texts and draft.page == 1]
    letters = sum(len(text.text) for draft in first for text in draft.texts)
    heads = [draft for draft in first if draft.heading]
    if not heads or letters > _COVER or len(first) == len(drafts):
        return drafts
    largest = max(draft.size for draft in heads)
    for draft in heads:
        assert draft.heading is not None
        named = typography.entry(draft.heading.text, 1)
        if draft.size < largest - 1 and not named and not draft.heading.lines[0].level:
            draft.kind, draft.heading = "paragraph", None
    return drafts


def _title(drafts: Sequence[Draft]) -> str:
    """The largest heading of the first page that has text."""
    page = next((draft.page for draft in drafts), 1)
    heads = [draft for draft in drafts if draft.heading and draft.page == page]
    largest = max((draft.size for draft in heads), default=0.0)
    title = next((d.texts[0].text for d in heads if d.size > largest - 1), "")
    return collapse(title)
