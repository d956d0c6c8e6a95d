"""Embed stage: vectors for passages, computed only where the store has none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from indexer.encoder import Encoder, Vectors
from indexer.errors import EncoderError
from indexer.store import Store

_AT_ONCE = 256  # texts between two writes: what a kill can lose


def content_hash(text: str) -> str:
    """The key of a text's vector."""
    return hashlib.sha256(text.encode()).hexdigest()


def embed(
    texts: Sequence[str],
    encoder: Encoder,
    store: Store,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> tuple[Vectors, int]:
    """One unit vector a text, shape (len(texts), dimension), and how many were computed now.

    Raises EncoderError when the encoder gives vectors that cannot be compared.
    """
    keys = [content_hash(text) for text in texts]
    known = store.vectors(list(dict.fromkeys(keys)), encoder.id)
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    # By length over the whole run, so that a batch holds texts of a size and little padding.
    queue = sorted(missing.items(), key=lambda item: len(item[1]), reverse=True)
    for start in range(0, len(queue), _AT_ONCE):
        some = queue[start : start + _AT_ONCE]
        vectors = _checked(_encoded([text for _, text in some], encoder), len(some), encoder)
        fresh = {key: vector for (key, _), vector in zip(some, vectors, strict=True)}
        store.put_vectors(encoder.id, fresh)
        known.update(fresh)
        progress(min(start + _AT_ONCE, len(queue)), len(queue))
    shape = (len(texts), encoder.dimension)
    rows = np.array([known[key] for key in keys], dtype=np.float32)
    return rows.reshape(shape), len(queue)


def _encoded(texts: list[str], encoder: Encoder) -> Vectors:
    try:
        return encoder.encode(texts)
    except (RuntimeError, ValueError) as error:  # torch's and the tokenizer's
        raise EncoderError(f"encoder {encoder.id} failed: {error}") from error


def _checked(vectors: Vectors, count: int, encoder: Encoder) -> Vectors:
    if vectors.shape != (count, encoder.dimension):
        raise EncoderError(
            f"encoder {encoder.id} gave vectors of shape {vectors.shape} for {count} texts,"
            f" expected ({count}, {encoder.dimension})"
        )
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3):
        raise EncoderError(f"encoder {encoder.id} gave vectors that are not of unit length")
    return vectors
