"""Prove that the live index is whole: every structure holds the same passages in the same rows."""

from __future__ import annotations

import json

import numpy as np

from indexer import dense_place
from indexer.embed import content_hash
from indexer.errors import IndexerError, IndexInvalidError
from indexer.layout import DataFolder
from indexer.reader import IndexReader
from indexer.store import Store

_NAMED = 10  # rows of a kind that are named
_KINDS = ("keyword row", "vector", "text", "page", "filter")  # what may be wrong of a row


def verify(data: DataFolder) -> list[str]:
    """What is wrong with the live index and those kept for rollback; empty when nothing is.

    Of a withdrawn page, the live index may hold no passage, vector or keyword entry; which it had
    is known from the indexes that are kept. Raises IndexNotFoundError when there is no index.
    """
    live = data.live()
    wrong: list[str] = []
    opened: list[IndexReader] = []
    for generation in data.generations():
        try:
            opened.append(IndexReader.open(generation, None))
        except IndexInvalidError as error:
            wrong.append(str(error))
    found = [reader for reader in opened if reader.version == live.build_id]
    if found:
        wrong += _rows(found[0], data)
        wrong += _withdrawn(found[0], opened, data)
        wrong += _named(found[0], dense_place.wrong(data, found[0].dense, found[0].passages))
    elif not live.folder.exists():
        wrong.append(f"the live index {live.build_id} is not there")
    return wrong


def _rows(reader: IndexReader, data: DataFolder) -> list[str]:
    """Differences between the structures of one index, and between it and the store."""
    store = Store(data.store)
    try:
        hashes = [each.content_hash for each in reader.passages]
        stored = store.vectors(list(dict.fromkeys(hashes)), reader.manifest.encoder.id)
    except IndexerError as error:
        return [str(error)]
    finally:
        store.close()
    kinds: dict[str, list[str]] = {name: [] for name in _KINDS}
    outline = reader.outline
    columns = {name: column.at(range(len(reader))) for name, column in reader.columns.items()}
    for row, (passage, vector) in enumerate(zip(reader.passages, reader.vectors(), strict=True)):
        if outline.urls[outline.page[row]] != passage.url:
            kinds["page"].append(str(row))
        if any((getattr(passage, name) or "") != of[row] for name, of in columns.items()):
            kinds["filter"].append(str(row))
        if reader.keyword.row_of(passage.id) != row:
            kinds["keyword row"].append(str(row))
        known = stored.get(passage.content_hash)
        if known is not None and not np.array_equal(known, vector):
            kinds["vector"].append(str(row))
        if content_hash(passage.embedded_text) != passage.content_hash:
            kinds["text"].append(str(row))
    return _named(reader, kinds)


def _withdrawn(reader: IndexReader, opened: list[IndexReader], data: DataFolder) -> list[str]:
    """What the live index, or the list that the service goes by, still has of withdrawn pages.

    That no vector is theirs follows from the rows: there are as many as passages, each its own.
    """
    store = Store(data.store)
    try:
        urls = store.withdrawn()
    finally:
        store.close()
    had = {each.id: each.url for old in opened for each in old.passages if each.url in urls}
    kinds = {
        "withdrawn page": [each.url for each in reader.passages if each.url in urls],
        "keyword entry of a withdrawn page": [
            url for passage, url in had.items() if reader.keyword.row_of(passage) is not None
        ],
        "list for the service, which lacks": sorted(urls - _told(data)),
    }
    return _named(reader, kinds)


def _told(data: DataFolder) -> set[str]:
    try:
        return set(json.loads(data.withdrawn.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return set()


def _named(reader: IndexReader, kinds: dict[str, list[str]]) -> list[str]:
    return [
        f"index {reader.version}: wrong {kind}: {', '.join(list(dict.fromkeys(names))[:_NAMED])}"
        for kind, names in kinds.items()
        if names
    ]
