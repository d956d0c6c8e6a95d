"""Index passages for a Haystack hybrid pipeline.

    python haystack_index.py PASSAGES.jsonl FOLDER MODEL

The components are those of https://haystack.deepset.ai/tutorials/33_hybrid_retrieval with their own
defaults; the store is written to disk, for every worker of the service to read.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from haystack import Document, Pipeline
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
)


def main(passages: Path, folder: Path, model: str) -> None:
    """Index, and print the seconds from the texts to an index on disk."""
    with passages.open(encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    store = InMemoryDocumentStore()
    embedder = SentenceTransformersDocumentEmbedder(
        model=model, local_files_only=True, progress_bar=False
    )
    embedder.warm_up()
    embedder.run([Document(content="a first text loads what is loaded late")])
    began = time.perf_counter()
    pipeline = Pipeline()
    pipeline.add_component("embedder", embedder)
    pipeline.add_component("writer", DocumentWriter(store))
    pipeline.connect("embedder", "writer")
    documents = [Document(id=each["id"], content=each["text"]) for each in texts]
    pipeline.run({"embedder": {"documents": documents}})
    store.save_to_disk(str(folder / "store.json"))
    seconds = time.perf_counter() - began
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
