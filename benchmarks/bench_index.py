"""Index passages for the service, or for the bare recipe, as ``benchmarks.systems`` do for others.

    python -m benchmarks.bench_index ours DATA FOLDER
    python -m benchmarks.bench_index bare DATA FOLDER

The passages are those of the live index of ``DATA``; the service's encoder is the one that was
converted there. ``FOLDER`` is new. What is printed is the seconds from the texts to an index on
disk, all that a publish does with it, checks and fits included.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import faiss

from indexer.converted_encoder import fastest
from indexer.embed import embed
from indexer.encoder import SentenceTransformerEncoder
from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.publish import Contents, publish
from indexer.reader import read_passages
from indexer.records import Passage
from indexer.store import Store
from search.settings import load_settings

FIRST = "a first text loads what is loaded late"


def ours(passages: list[Passage], given: DataFolder, folder: DataFolder) -> float:
    """Embed into a new store and publish; the seconds that it took."""
    encoder = fastest(SentenceTransformerEncoder(load_settings().encoder), given.encoders)
    encoder.encode([FIRST])
    manifest = Manifest.read(given.live().manifest)
    folder.create()
    began = time.perf_counter()
    store = Store(folder.store)
    try:
        vectors, _ = embed([each.embedded_text for each in passages], encoder, store)
        contents = Contents(passages, vectors, manifest.sources, manifest.folders)
        publish(folder, contents, encoder, store)
    finally:
        store.close()
    return time.perf_counter() - began


def bare(passages: list[Passage], folder: Path) -> float:
    """Encode by sentence-transformers into a flat index; the seconds that it took."""
    encoder = SentenceTransformerEncoder(load_settings().encoder)
    encoder.encode([FIRST])
    folder.mkdir(parents=True)
    began = time.perf_counter()
    index = faiss.IndexFlatIP(encoder.dimension)
    index.add(encoder.encode([each.embedded_text for each in passages]))
    faiss.write_index(index, str(folder / "vectors.faiss"))
    with (folder / "passages.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(each)) + "\n" for each in passages)
    return time.perf_counter() - began


def main(system: str, data: str, folder: str) -> None:
    """Index and print."""
    given = DataFolder(Path(data))
    passages = read_passages(given.live())
    if system == "ours":
        seconds = ours(passages, given, DataFolder(Path(folder)))
    else:
        seconds = bare(passages, Path(folder))
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
