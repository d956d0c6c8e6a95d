"""Questions as directions: their readings encoded, and those of the last questions kept in memory.

Whoever narrows a search, turns its page or goes back asks the same again. What is kept is a vector
under a keyed hash, in this process only: the question itself is not.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from indexer.encoder import Encoder, Vectors
from search.question import mean_direction

_FAR_LONGER = 2


class Directions:
    """Encodes questions, and knows the last ``kept`` of them again (0: none)."""

    def __init__(self, encoder: Encoder, kept: int) -> None:
        self._encoder = encoder
        self._kept = kept
        self._salt = os.urandom(32)
        self._known: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, readings: Sequence[str]) -> Vectors:
        """The mean direction of a question's readings, shape (1, dimension)."""
        if not self._kept:
            return self._encoded(readings)
        text = "\0".join(readings).encode("utf-8", "surrogatepass")
        key = blake2b(text, digest_size=16, key=self._salt).digest()
        with self._lock:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
        direction = self._encoded(readings)
        with self._lock:
            self._known[key] = direction
            if len(self._known) > self._kept:
                self._known.popitem(last=False)
        return direction

    def _encoded(self, readings: Sequence[str]) -> Vectors:
        lengths = [len(text) for text in readings]
        if max(lengths) > _FAR_LONGER * min(lengths):
            # In one batch the short one would be filled up to the length of the long.
            return mean_direction(np.vstack([self._encoder.encode([text]) for text in readings]))
        return mean_direction(self._encoder.encode(readings))
