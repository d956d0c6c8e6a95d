"""Prove that the live index is whole: every structure holds the same passages in the same rows."""

from __future__ import annotations

import numpy as np

from indexer.errors import IndexerError, IndexInvalidError
from indexer.layout import DataFolder
from indexer.reader import IndexReader
from indexer.store import Store

_NAMED = 10  # rows of a kind that are named


def verify(data: DataFolder) -> list[str]:
    """What is wrong with the live index and those kept for rollback; empty when nothing is.

    Raises IndexNotFoundError when there is no index.
    """
    live = data.live()
    wrong = []
    for generation in data.generations():
        try:
            reader = IndexReader.open(generation, None)
        except IndexInvalidError as error:
            wrong.append(str(error))
            continue
        if generation.build_id == live.build_id:
            wrong += _rows(reader, data)
    if live.build_id not in {each.build_id for each in data.generations()}:
        wrong.append(f"the live index {live.build_id} is not there")
    return wrong


def _rows(reader: IndexReader, data: DataFolder) -> list[str]:
    """Differences between the structures of one index, and between it and the store."""
    store = Store(data.store)
    try:
        withdrawn = store.withdrawn()
        hashes = [each.content_hash for each in reader.passages]
        stored = store.vectors(list(dict.fromkeys(hashes)), reader.manifest.encoder.id)
    except IndexerError as error:
        return [str(error)]
    finally:
        store.close()
    kinds: dict[str, list[str]] = {"keyword row": [], "vector": [], "withdrawn page": []}
    for row, (passage, vector) in enumerate(zip(reader.passages, reader.vectors(), strict=True)):
        if reader.keyword.row_of(passage.id) != row:
            kinds["keyword row"].append(str(row))
        known = stored.get(passage.content_hash)
        if known is not None and not np.array_equal(known, vector):
            kinds["vector"].append(str(row))
        if passage.url in withdrawn:
            kinds["withdrawn page"].append(passage.url)
    return [
        f"index {reader.version}: wrong {kind}: {', '.join(dict.fromkeys(names[:_NAMED]))}"
        for kind, names in kinds.items()
        if names
    ]
