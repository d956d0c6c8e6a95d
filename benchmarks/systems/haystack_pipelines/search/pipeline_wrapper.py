"""A Haystack hybrid pipeline for hayhooks, which serves it at ``POST /search/run``.

The pipeline is that of https://haystack.deepset.ai/tutorials/33_hybrid_retrieval: BM25 and vectors,
joined; without its ranker, which would be another model. ``BENCH_STORE`` names the store that
``haystack_index.py`` wrote, ``BENCH_MODEL`` the folder of the encoder.
"""

# ruff: noqa: INP001 - hayhooks takes a folder for a pipeline, not for a package
from __future__ import annotations

import os
from typing import Any

from hayhooks import BasePipelineWrapper
from haystack import Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersTextEmbedder,
)

BEST = 10


class PipelineWrapper(BasePipelineWrapper):
    """What hayhooks loads once in every worker."""

    def setup(self) -> None:
        """Make the pipeline and load its model."""
        store = InMemoryDocumentStore.load_from_disk(os.environ["BENCH_STORE"])
        embedder = SentenceTransformersTextEmbedder(
            model=os.environ["BENCH_MODEL"], local_files_only=True, progress_bar=False
        )
        pipeline = Pipeline()
        pipeline.add_component("embedder", embedder)
        pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store))
        pipeline.add_component("words", InMemoryBM25Retriever(store))
        pipeline.add_component(
            "joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=BEST)
        )
        pipeline.connect("embedder", "vectors")
        pipeline.connect("vectors", "joiner")
        pipeline.connect("words", "joiner")
        pipeline.warm_up()
        self.pipeline = pipeline

    def run_api(self, question: str) -> list[dict[str, Any]]:
        """The ten best passages of both retrievers, joined."""
        found = self.pipeline.run({"embedder": {"text": question}, "words": {"query": question}})
        return [
            {"id": each.id, "score": each.score, "text": each.content}
            for each in found["joiner"]["documents"]
        ]
