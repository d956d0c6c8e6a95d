"""The dense half on Milvus: one collection for each index, whose entities never change.

An entity has the row as its key, the vector, what filters ask, and the whole passage, so that a
machine without the data folder could answer as well. Up to some number of passages the index is
Milvus's FLAT, which compares all; beyond that IVF_FLAT, looked into as far as was measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from pymilvus import DataType, MilvusClient

from indexer import dense_build
from indexer.columns import NAMES
from indexer.dense import NO_ROWS, Rows, lists_looked_at
from indexer.encoder import Vectors
from indexer.errors import IndexInvalidError, InexactError, VectorsUnreachableError
from indexer.filters import Allowed
from indexer.layout import Generation
from indexer.manifest import DenseRecord
from indexer.milvus_server import LONG_PATIENCE, Server
from indexer.records import Passage

WINDOW = 16_384  # hits of one search, and entities of one query: Milvus gives no more
_BLOCK = 1000  # entities sent or fetched at once, some megabytes
_PART = 1 << 30  # bytes of vectors that Milvus by default indexes together
_LONGEST = 65_535  # bytes of a text, the most that Milvus allows
# A collection is whole before anybody knows of it, and so need not wait for the newest writes.
_READ: dict[str, Any] = {"consistency_level": "Eventually"}


def collection_of(build_id: str) -> str:
    """The collection of a build: names there have no hyphens."""
    return f"net_{build_id.replace('-', '_')}"


class MilvusDense:
    """A question is compared by the server."""

    def __init__(self, server: Server, record: DenseRecord, dimension: int, passages: int) -> None:
        self._server = server
        self._record = record
        self._dimension = dimension
        self._passages = passages

    @classmethod
    def open(cls, address: str, record: DenseRecord) -> MilvusDense:
        """The collection of a record. Raises VectorsUnreachableError, or IndexInvalidError."""
        server, name = Server(address), record.collection
        if not server.has(name):
            raise IndexInvalidError(
                f"Milvus at {server} has no collection {name}: publish the index again, roll back,"
                " or let NET_INDEX name the server it was made on"
            )
        server.ask("load_collection", name, patience=LONG_PATIENCE)
        fields = server.ask("describe_collection", name)["fields"]
        dimension = next(int(f["params"]["dim"]) for f in fields if f["name"] == "vector")
        # With no weaker consistency: whoever asks later sees at least what this has seen.
        counted = server.ask("query", name, filter="", output_fields=["count(*)"])
        return cls(server, record, dimension, int(counted[0]["count(*)"]))

    @property
    def is_exact(self) -> bool:
        return not self._record.lists

    @property
    def dimension(self) -> int:
        return self._dimension

    def __len__(self) -> int:
        return self._passages

    def nearest(
        self, vector: Vectors, limit: int, allowed: Allowed | None = None
    ) -> tuple[Rows, Vectors]:
        """As the protocol says; never more than ``WINDOW``."""
        limit = min(limit, WINDOW, len(self))
        if not limit or (allowed is not None and not allowed.rows.any()):
            return NO_ROWS, np.zeros(0, dtype=np.float32)
        expression = "" if allowed is None else allowed.meaning.expression()
        rows, cosines = self._search(vector, limit, expression, self._looking(allowed))
        best = np.lexsort((rows, -cosines))
        return rows[best], cosines[best]

    def within(self, vector: Vectors, least: float) -> Rows:
        """As the protocol says, by one range search for each ``WINDOW`` of rows."""
        if not self.is_exact:
            raise InexactError
        # Milvus as well leaves out what is exactly on the border.
        near = {"radius": float(np.nextafter(np.float32(least), np.float32(-1)))}
        found = [
            self._search(vector, WINDOW, span, near if least > -1 else {})
            for span in _spans(len(self), WINDOW)
        ]
        rows = np.concatenate([NO_ROWS, *(each for each, _ in found)])
        cosines = np.concatenate([np.zeros(0, np.float32), *(each for _, each in found)])
        return rows[np.lexsort((rows, -cosines))]

    def cosines(self, vector: Vectors, rows: Rows) -> Vectors:
        whole = {}
        for first in range(0, len(rows), _BLOCK):
            wanted = rows[first : first + _BLOCK].tolist()
            for entity in self._query(f"row in {wanted}", ["vector"]):
                whole[entity["row"]] = entity["vector"]
        held = np.array([whole[row] for row in rows.tolist()], dtype=np.float32)
        product: Vectors = held.reshape(-1, self.dimension) @ vector.reshape(-1)
        return product

    def all(self) -> Vectors:
        vectors = np.zeros((len(self), self.dimension), dtype=np.float32)
        for entity in self._entities(["vector"]):
            vectors[entity["row"]] = entity["vector"]
        return vectors

    def differing(self, passages: Sequence[Passage]) -> list[int]:
        """The rows whose entity is not as the passage in it says, but for the vector."""
        held = {e.pop("row"): e for e in self._entities([*_texts(passages[0]), "passage"])}
        return [
            row
            for row, each in enumerate(passages)
            if held.get(row) != {**_texts(each), "passage": asdict(each)}
        ]

    def _looking(self, allowed: Allowed | None) -> dict[str, Any]:
        """How far to look."""
        if self.is_exact:
            return {}
        return {"nprobe": lists_looked_at(self._record.probed, self._record.lists, allowed)}

    def _search(
        self, vector: Vectors, limit: int, expression: str, params: dict[str, Any]
    ) -> tuple[Rows, Vectors]:
        hits = self._ask(
            "search",
            data=[np.ascontiguousarray(vector, dtype=np.float32).reshape(-1)],
            anns_field="vector",
            filter=expression,
            limit=limit,
            output_fields=["row"],
            search_params={"metric_type": "IP", "params": params},
            **_READ,
        )[0]
        rows = np.array([hit["row"] for hit in hits], dtype=np.int64)
        return rows, np.array([hit["distance"] for hit in hits], dtype=np.float32)

    def _query(self, expression: str, fields: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._ask(
            "query", filter=expression, output_fields=["row", *fields], **_READ
        )
        return found

    def _ask(self, method: str, **named: Any) -> Any:
        name = self._record.collection
        try:
            return self._server.ask(method, name, **named)
        except VectorsUnreachableError:
            # One that was started again may have it on disk only.
            self._server.ask("load_collection", name)
            return self._server.ask(method, name, **named)

    def _entities(self, fields: list[str]) -> Iterator[dict[str, Any]]:
        for span in _spans(len(self), _BLOCK):
            yield from self._query(span, fields)


def build(
    vectors: Vectors, passages: Sequence[Passage], generation: Generation, questions: Vectors
) -> DenseRecord:
    """Write vectors, shape (passages, dimension), and passages into a new collection.

    How much of an inverted file is looked at is set by ``questions``, shape (n, dimension). Raises
    VectorsUnreachableError.
    """
    server, name = Server(generation.vectors_at), collection_of(generation.build_id)
    server.ask("create_collection", name, schema=_schema(vectors.shape[1]))
    for first in range(0, len(passages), _BLOCK):
        entities = [
            {"row": row, "vector": vectors[row], **_texts(each), "passage": asdict(each)}
            for row, each in enumerate(passages[first : first + _BLOCK], first)
        ]
        server.ask("insert", name, entities, patience=LONG_PATIENCE)
    server.ask("flush", name, patience=LONG_PATIENCE)
    lists = 0 if len(vectors) <= dense_build.FLAT_UP_TO else _lists(vectors)
    params = MilvusClient.prepare_index_params()
    kind = (
        {"index_type": "IVF_FLAT", "params": {"nlist": lists}} if lists else {"index_type": "FLAT"}
    )
    params.add_index("vector", metric_type="IP", **kind)
    server.ask("create_index", name, params, patience=LONG_PATIENCE)
    record = DenseRecord(kind="milvus", collection=name, lists=lists, probed=lists)
    opened = MilvusDense.open(generation.vectors_at, record)
    if not lists:
        return record

    def looking_at(probed: int) -> MilvusDense:
        looked = record.model_copy(update={"probed": probed})
        return MilvusDense(server, looked, opened.dimension, len(opened))

    probed, recall = dense_build.enough(looking_at, lists, questions, vectors)
    return record.model_copy(update={"probed": probed, "recall": recall})


def _lists(vectors: Vectors) -> int:
    """Points that vectors are filed under, in each of the parts that Milvus indexes by itself."""
    return dense_build.lists_of(min(len(vectors), _PART // (vectors.itemsize * vectors.shape[1])))


def _schema(dimension: int) -> Any:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
    for name in ("id", "url", *NAMES):
        schema.add_field(name, DataType.VARCHAR, max_length=_LONGEST)
    # As large as the vectors and asked for by nobody who has the folder: not held in memory.
    schema.add_field("passage", DataType.JSON, mmap_enabled=True)
    return schema


def _texts(passage: Passage) -> dict[str, str]:
    """What filters ask of a passage, and its name."""
    return {name: getattr(passage, name) or "" for name in ("id", "url", *NAMES)}


def _spans(passages: int, size: int) -> list[str]:
    """Expressions that together mean all rows, so many each."""
    return [f"row >= {at} and row < {at + size}" for at in range(0, passages, size)]
