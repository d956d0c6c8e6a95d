"""A corpus of any size that is like a real one: its passages with their sentences exchanged.

Each page is modelled on a page of a real index and keeps its headings. In each of its passages a
third to two thirds of the sentences give way to as many of a passage that is near it in meaning,
and now and then a name is put in that no other page holds, so that the vocabulary grows with the
text as that of a language does. Nothing is embedded: a passage's vector is the mean of those of
the two it is made of, by their share of the words, and what such a mean lacks. That is drawn from
the differences between the means and the real vectors of a few hundred passages made in this way,
which the encoder reads: any two of these, mixed at a random angle, have their mean and covariance.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.embed import content_hash
from indexer.encoder import Encoder, Vectors
from indexer.records import Passage
from indexer.sentences import sentences

_NEAR = 40  # nearest passages of which another one's sentences are taken
_LEAST, _MOST = 1 / 3, 2 / 3  # share of the words that give way
_READ = 512  # passages that the encoder reads, to learn what a mean of vectors lacks
# Words met once in real text: V = K n ** B (Heaps) of 10 to 100 in English; new ones a passage.
_NAMES_FIRST, _NAMES_DECAY = 0.6, 0.45
_SYLLABLES = [a + b for a in "bcdfglmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "ir")]


@dataclass(frozen=True, slots=True)
class _Made:
    passage: Passage
    one: int  # rows of the real passages that it is made of
    two: int
    share: float  # of the words that are the second one's


class Grower:
    """Makes passages and vectors like those of a real index; the same ones for the same seed."""

    def __init__(
        self, passages: list[Passage], vectors: Vectors, encoder: Encoder, seed: int = 0
    ) -> None:
        self._passages = passages
        self._vectors = vectors
        self._sentences = [
            [each for line in p.text.split("\n") for each in sentences(line)] for p in passages
        ]
        self._near = _nearest(vectors)
        self._seed = seed
        pages: dict[str, list[int]] = defaultdict(list)
        for row, passage in enumerate(passages):
            pages[passage.url].append(row)
        self._pages = list(pages.values())
        self._lacking = self._differences(encoder)

    def passages(self, count: int) -> Iterator[Passage]:
        """The first so many passages, page by page."""
        return (each.passage for each in self._made(count))

    def grown(self, count: int) -> tuple[list[Passage], Vectors]:
        """The first so many passages with their vectors, shape (count, dimension)."""
        made = list(self._made(count))
        vectors = self._mixed(made)
        draw = np.random.default_rng((self._seed, 1))
        for start in range(0, count, 10_000):
            part = vectors[start : start + 10_000]
            angle = draw.uniform(0, 2 * np.pi, (len(part), 1)).astype(np.float32)
            first, second = draw.integers(len(self._lacking), size=(2, len(part)))
            lacking = self._lacking
            part += np.cos(angle) * lacking[first] + np.sin(angle) * lacking[second]
            part /= np.linalg.norm(part, axis=1, keepdims=True)
        return [each.passage for each in made], vectors

    def _differences(self, encoder: Encoder) -> Vectors:
        sample = list(self._made(_READ * 40))[::40]
        real = encoder.encode([each.passage.embedded_text for each in sample])
        self.error = real - self._mixed(sample)
        return np.asarray(self.error - self.error.mean(axis=0), dtype=np.float32)

    def _mixed(self, made: list[_Made]) -> Vectors:
        """The unit means of both passages' vectors, by their share of the words."""
        one, two = ([getattr(each, name) for each in made] for name in ("one", "two"))
        share = np.array([each.share for each in made], dtype=np.float32)[:, None]
        mixed = (1 - share) * self._vectors[one] + share * self._vectors[two]
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True), dtype=np.float32)

    def _made(self, count: int) -> Iterator[_Made]:
        draw = np.random.default_rng((self._seed, 0))
        done = number = 0
        while done < count:
            rows = self._pages[int(draw.integers(len(self._pages)))][: count - done]
            number += 1
            for at, row in enumerate(rows):
                yield self._passage(row, (number, at, done + at), draw)
            done += len(rows)

    def _passage(self, row: int, place: tuple[int, int, int], draw: np.random.Generator) -> _Made:
        number, at, before = place
        real = self._passages[row]
        other = int(self._near[row, draw.integers(self._near.shape[1])])
        text, share = self._exchanged(row, other, draw)
        if draw.random() < _NAMES_FIRST * (1 + before / 1000) ** -_NAMES_DECAY:
            name = "".join(draw.choice(_SYLLABLES, size=int(draw.integers(3, 6))))
            text += f" {name.capitalize()} is named here."
        path = f"/{number % 12}/{number}/"
        made = replace(
            real,
            id=f"{number:x}-{at}",
            url=f"https://grown.example{path}",
            path=path,
            link=f"https://grown.example{path}#{at}",
            title=f"{real.title} {number}",
            text=text,
            position=at,
            section=f"section {number % 12}",
            audience=("patient", "carer", "clinician")[number // 12 % 3],
        )
        made = replace(made, content_hash=content_hash(made.embedded_text))
        return _Made(made, row, other, share)

    def _exchanged(self, row: int, other: int, draw: np.random.Generator) -> tuple[str, float]:
        """The text of a passage with some sentences of another, and their share of the words."""
        own, foreign = list(self._sentences[row]), self._sentences[other]
        wanted = max(1, round(len(own) * draw.uniform(_LEAST, _MOST)))
        places = draw.permutation(len(own))[:wanted].tolist()
        start = int(draw.integers(len(foreign))) if foreign else 0
        new = 0
        for turn, place in enumerate(places):
            own[place] = foreign[(start + turn) % len(foreign)]
            new += len(own[place])
        return " ".join(own), new / max(sum(map(len, own)), 1)


def _nearest(vectors: Vectors) -> NDArray[np.int64]:
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    _, rows = index.search(vectors, min(_NEAR, len(vectors) - 1) + 1)
    return np.asarray(rows[:, 1:], dtype=np.int64)
