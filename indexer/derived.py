"""What extraction and chunking gave before, by everything that it depends on.

Both are pure, so the same page under the same rules gives the same again: an unchanged page costs a
look-up. A key holds the versions of the code, so that a change of either does its work anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from pydantic import TypeAdapter

from indexer.booklets import BOOKLET_VERSION
from indexer.chunk import CHUNKER_VERSION, TokenBudget, chunk
from indexer.encoder import Encoder
from indexer.extract import EXTRACTOR_VERSION
from indexer.pages import Left, read_page
from indexer.records import Chunk, PageContent
from indexer.repeated import find_repeated
from indexer.site import Site
from indexer.store import Store, StoredPage

_CONTENT = TypeAdapter(PageContent)
_CHUNKS = TypeAdapter(list[Chunk])


class Derived:
    """Extraction and chunking with a memory in the store."""

    def __init__(self, store: Store, encoder: Encoder, target: int) -> None:
        self._store = store
        self._used: set[str] = set()
        self._budget = TokenBudget(
            encoder.count_tokens, encoder.max_tokens, min(target, encoder.max_tokens)
        )
        self._rules = repr((CHUNKER_VERSION, encoder.id, self._budget.limit, self._budget.target))

    def content(self, page: StoredPage, site: Site, *, keep: bool = True) -> PageContent | Left:
        """What ``read_page`` gives; not to ``keep`` it is for a page about to be replaced."""
        source = site.source
        rules = repr(
            (
                EXTRACTOR_VERSION,
                BOOKLET_VERSION,
                site.read_at(page.url),
                page.content_type,
                page.robots_tag,
                source.content_selector,
                source.drop_selectors,
            )
        )
        key = self._key(rules, page.body or b"", keep=keep)
        if known := self._store.derived(key):
            return _CONTENT.validate_json(known)
        found = read_page(page, site)
        if isinstance(found, PageContent):
            self._store.put_derived(key, _CONTENT.dump_json(found))
        return found

    def chunks(self, content: PageContent) -> list[Chunk]:
        """What ``chunk`` gives."""
        key = self._key(self._rules, _CONTENT.dump_json(content))
        if known := self._store.derived(key):
            return _CHUNKS.validate_json(known)
        found = chunk(content, self._budget)
        self._store.put_derived(key, _CHUNKS.dump_json(found))
        return found

    def repeated(self, site: Site, pages: Sequence[PageContent]) -> frozenset[str]:
        """What ``find_repeated`` gives, knowing what it gave in the last run."""
        key = self._key(f"repeated {EXTRACTOR_VERSION}", site.source.name.encode())
        known = self._store.derived(key)
        before: frozenset[str] = frozenset(json.loads(known)) if known else frozenset()
        found = find_repeated(pages, before)
        if known is None or found != before:
            self._store.put_derived(key, json.dumps(sorted(found), ensure_ascii=False).encode())
        return found

    def forget_unused(self) -> None:
        """Delete what no page of this run needed."""
        self._store.keep_derived(self._used)

    def _key(self, rules: str, data: bytes, *, keep: bool = True) -> str:
        key = hashlib.sha256(rules.encode() + b"\x00" + data).hexdigest()
        if keep:
            self._used.add(key)
        return key
