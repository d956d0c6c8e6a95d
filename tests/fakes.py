"""Deterministic stand-ins for the encoder, and values to test with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from indexer.embed import content_hash
from indexer.records import Passage
from indexer.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.encoder import Vectors


class FakeEncoder:
    """A hashed bag of words: texts that share words are near. A token is a word."""

    id = "fake@1"
    weights_digest = "f" * 64
    dimension = 16
    max_tokens = 60

    def __init__(self) -> None:
        self.encoded: list[str] = []  # every text that was asked for

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, 0] = 0.1  # a text without words has a direction too
            for term in terms(text):
                vectors[row, 1 + crc32(term.stem.encode()) % (self.dimension - 1)] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class AngleEncoder(FakeEncoder):
    """Two dimensions: the last number in a text is its direction in degrees, 45 without one."""

    id = "angle@1"
    weights_digest = "a" * 64
    dimension = 2

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        numbers = [re.findall(r"\d+", text) or ["45"] for text in texts]
        angles = np.radians([float(found[-1]) for found in numbers])
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32).reshape(-1, 2)


def passage(text: str, **changes: Any) -> Passage:
    """A passage of the page ``/a/``; anything else as given."""
    values: dict[str, Any] = {
        "id": f"{crc32(text.encode()):016x}",
        "url": "/site/a/",
        "path": "/a/",
        "link": "/site/a/",
        "title": "",
        "headings": [],
        "position": 0,
        "tokens": len(text.split()),
        "source": "site",
        "audience": "general",
        "section": "a",
        "reviewed": None,
        "fetched_at": "2024-01-02T03:04:05Z",
        **changes,
    }
    made = Passage(text=text, content_hash="", **values)
    values["content_hash"] = content_hash(made.embedded_text)
    return Passage(text=text, **values)
