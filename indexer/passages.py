"""A page's chunks as passages, with everything that an answer says of them."""

from __future__ import annotations

import hashlib

from indexer.audience import audience_of
from indexer.embed import content_hash
from indexer.language import main_part
from indexer.pages import Kept
from indexer.records import Chunk, Passage
from indexer.site import Site


def passages_of(kept: Kept, chunks: list[Chunk], site: Site) -> list[Passage]:
    """The passages of one page, with everything an answer says of them."""
    found = []
    page = kept.page
    path = site.path(page.url)
    audience = audience_of(kept.content, path, site.source)
    for position, piece in enumerate(chunks):
        key = "\x00".join([page.url, *piece.headings, piece.text, str(position)])
        found.append(
            Passage(
                id=hashlib.sha256(key.encode()).hexdigest()[:16],
                url=page.url,
                path=path,
                link=piece.link,
                title=kept.content.title,
                headings=list(piece.headings),
                text=piece.text,
                position=position,
                tokens=piece.tokens,
                content_hash=content_hash(piece.embedded_text),
                source=site.source.name,
                audience=audience,
                section=site.source.section_of(path),
                reviewed=kept.content.reviewed,
                updated=kept.content.updated,
                review_due=kept.content.review_due,
                fetched_at=page.changed_at,
                context=piece.context,
                language=main_part(kept.content.language),
            )
        )
    return found
