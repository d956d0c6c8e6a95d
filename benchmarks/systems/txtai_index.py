"""Index passages for txtai's hybrid search, and write the configuration that serves them.

    python txtai_index.py PASSAGES.jsonl FOLDER MODEL

Hybrid and content are what https://neuml.github.io/txtai/embeddings/ recommends for search by words
and meaning; everything else is as it is by default. Served by txtai's own API:
``CONFIG=FOLDER/config.yml uvicorn txtai.api:app``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from txtai import Embeddings


def main(passages: Path, folder: Path, model: str) -> None:
    """Index, and print the seconds from the texts to an index on disk."""
    with passages.open(encoding="utf-8") as file:
        texts = [json.loads(line) for line in file]
    options = {"path": model, "hybrid": True, "content": True}
    embeddings = Embeddings(**options)
    embeddings.batchtransform(["a first text loads what is loaded late"])
    began = time.perf_counter()
    embeddings.index((each["id"], each["text"], None) for each in texts)
    embeddings.save(str(folder / "index"))
    seconds = time.perf_counter() - began
    # YAML reads JSON.
    config = {"path": str(folder / "index"), "writable": False, "embeddings": options}
    (folder / "config.yml").write_text(json.dumps(config), encoding="utf-8")
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
