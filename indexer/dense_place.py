"""Where the dense half of an index is: in its folder, or on the server that the settings name.

What is elsewhere than the folder lives and dies with it, and that is seen to here.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from indexer import dense_build
from indexer.dense import Dense, FlatDense, IvfDense
from indexer.encoder import Vectors
from indexer.errors import IndexInvalidError
from indexer.layout import EMBEDDED, DataFolder, Generation
from indexer.manifest import DenseRecord, Manifest
from indexer.records import Passage

if TYPE_CHECKING:
    from indexer.milvus_server import Server

_ON_MILVUS = "milvus"


def build(
    vectors: Vectors, passages: Sequence[Passage], generation: Generation, questions: Vectors
) -> DenseRecord:
    """Write the dense half of an index: row i of ``vectors`` is passage i.

    Raises VectorsUnreachableError.
    """
    if generation.vectors_at == EMBEDDED:
        return dense_build.build(vectors, generation, questions)
    from indexer import milvus  # noqa: PLC0415

    return milvus.build(vectors, passages, generation, questions)


def read(generation: Generation, manifest: Manifest) -> Dense:
    """The dense half of an index as its manifest records it.

    Raises OSError, ValueError or RuntimeError when files are not as they should be,
    IndexInvalidError when it is elsewhere than the settings say, or not there, and
    VectorsUnreachableError.
    """
    record = manifest.dense
    if (record.kind == _ON_MILVUS) == (generation.vectors_at == EMBEDDED):
        made = "on Milvus" if record.kind == _ON_MILVUS else "in its folder"
        wanted = "milvus+http://HOST:19530" if record.kind == _ON_MILVUS else EMBEDDED
        raise IndexInvalidError(
            f"index {manifest.build_id} has its vectors {made}, and NET_INDEX says otherwise;"
            f" set NET_INDEX={wanted}, or run the indexer again"
        )
    if record.kind == "flat":
        return FlatDense.read(generation.vectors)
    if record.kind == "ivf_sq8":
        return IvfDense.read(generation.vectors, generation.whole_vectors, record.probed)
    from indexer import milvus  # noqa: PLC0415

    return milvus.MilvusDense.open(generation.vectors_at, record)


def make_live(data: DataFolder, generation: Generation) -> None:
    """Let the server's alias name the collection of what is made live. Idempotent."""
    if server := _server(data.vectors_at):
        from indexer import milvus, milvus_server  # noqa: PLC0415

        collection = milvus.collection_of(generation.build_id)
        server.switch(milvus_server.alias_of(data.root), collection)


def delete(generation: Generation) -> None:
    """Delete an index: what it has on the server first, for the folder says that it is there."""
    if server := _server(generation.vectors_at):
        from indexer import milvus  # noqa: PLC0415

        server.drop(milvus.collection_of(generation.build_id))
    shutil.rmtree(generation.folder)


def wrong(data: DataFolder, dense: Dense, passages: Sequence[Passage]) -> dict[str, list[str]]:
    """What the server has otherwise than the live index, by kind; nothing without a server."""
    if not (server := _server(data.vectors_at)):
        return {}
    from indexer import milvus, milvus_server  # noqa: PLC0415

    alias, live = milvus_server.alias_of(data.root), milvus.collection_of(data.live().build_id)
    assert isinstance(dense, milvus.MilvusDense)
    return {
        "entity": [str(row) for row in dense.differing(passages)] if passages else [],
        # A folder that was moved, or is a copy, has none until something is made live in it.
        "alias": [] if server.aliases().get(alias, live) == live else [alias],
    }


def let_go(generation: Generation) -> None:
    """Let another process open what only one can have open at a time."""
    if server := _server(generation.vectors_at):
        server.let_go()


def _server(address: str) -> Server | None:
    if address == EMBEDDED:
        return None
    from indexer.milvus_server import Server  # noqa: PLC0415

    return Server(address)
