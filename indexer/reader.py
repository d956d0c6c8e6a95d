"""The index reader: one generation, checked and opened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoder, Vectors
from indexer.errors import IndexInvalidError
from indexer.folder import file_of as folder_file
from indexer.keyword import KeywordIndex, KeywordQuery, WeightedName
from indexer.layout import Generation
from indexer.lexicon import Equivalent, Lexicon
from indexer.manifest import Evidence, Manifest
from indexer.outline import Outline
from indexer.records import Passage
from indexer.terms import STOPWORDS, Term, terms

# Bytes from which vectors are mapped, so that processes share them also after a publish. Smaller
# ones are read: whoever cuts a mapped file off ends every process that looks at it.
_MAPPED_FROM = 64 << 20
BEST = 10  # passages of each half that answerability looks at
__all__ = [
    "STOPWORDS",
    "Equivalent",
    "Evidence",
    "IndexReader",
    "KeywordQuery",
    "Lexicon",
    "Outline",
    "Term",
    "WeightedName",
    "folder_file",
    "read_passages",
    "terms",
]


def read_passages(generation: Generation) -> list[Passage]:
    """The passages of a generation in order. Raises IndexInvalidError when they are not there."""
    try:
        with generation.passages.open(encoding="utf-8") as file:
            return [Passage(**json.loads(line)) for line in file]
    except (OSError, ValueError, TypeError) as error:
        raise IndexInvalidError(
            f"index {generation.build_id} cannot be opened: its passages: {error}"
        ) from error


class IndexReader:
    """A complete index in memory. Row i of vectors, keyword index and passages is passage i."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each file
        self,
        manifest: Manifest,
        passages: list[Passage],
        vectors: faiss.Index,
        keyword: KeywordIndex,
        lexicon: Lexicon,
        outline: Outline,
    ) -> None:
        self.manifest = manifest
        self.passages = passages
        self.keyword = keyword
        self.lexicon = lexicon
        self.outline = outline
        self._vectors = vectors

    @classmethod
    def open(cls, generation: Generation, encoder: Encoder | None) -> IndexReader:
        """Open a generation for questions encoded by ``encoder`` (None: only to inspect it).

        Raises IndexInvalidError when a file is missing or altered, counts disagree, or the index
        was made by another encoder.
        """
        manifest = Manifest.read(generation.manifest)
        if encoder and (encoder.id, encoder.weights_digest) != (
            manifest.encoder.id,
            manifest.encoder.weights_digest,
        ):
            raise IndexInvalidError(
                f"index {manifest.build_id} was made by the encoder {manifest.encoder.id}, not by"
                f" {encoder.id}; set NET_ENCODER to the one it was made by, or index again"
            )
        found = generation.digests()
        wrong = sorted(
            name
            for name in {*found, *manifest.digests}
            if found.get(name) != manifest.digests.get(name)
        )
        if wrong:
            raise IndexInvalidError(
                f"index {manifest.build_id} is damaged: {', '.join(wrong[:5])} missing or altered;"
                " publish it again or roll back"
            )
        return cls.load(generation, manifest)

    @classmethod
    def load(cls, generation: Generation, manifest: Manifest) -> IndexReader:
        """Load the files of a generation whose digests are known to be right."""
        try:
            passages = read_passages(generation)
            vectors = _read_vectors(generation.vectors)
            keyword = KeywordIndex(generation.keyword)
            lexicon = Lexicon.read(generation.lexicon)
            outline = Outline.read(generation.outline)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise IndexInvalidError(
                f"index {manifest.build_id} cannot be opened: {error}"
            ) from error
        counts = {len(passages), vectors.ntotal, len(keyword), len(outline), manifest.passages}
        if len(counts) != 1 or vectors.d != manifest.encoder.dimension:
            raise IndexInvalidError(
                f"index {manifest.build_id}: {len(passages)} passages, {vectors.ntotal} vectors of"
                f" {vectors.d}, {len(keyword)} keyword entries, {manifest.passages} of"
                f" {manifest.encoder.dimension} in the manifest"
            )
        return cls(manifest, passages, vectors, keyword, lexicon, outline)

    def __len__(self) -> int:
        return len(self.passages)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.manifest.encoder.dimension

    @property
    def version(self) -> str:
        """The build id."""
        return self.manifest.build_id

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[int, float]]:
        """The rows nearest to a question's vector with their cosines, best first."""
        if not len(self):
            return []  # nothing is left when the last page is withdrawn
        scores, rows = self._vectors.search(_one(vector), min(limit, len(self)))
        return [
            (int(row), float(score))
            for row, score in zip(rows[0], scores[0], strict=True)
            if row >= 0
        ]

    def within(self, vector: Vectors, reach: float) -> NDArray[np.int64]:
        """The rows whose cosine is at least ``reach`` times the best one's, best first."""
        best = self.nearest(vector, 1)
        least = reach * max(best[0][1], 0.0) if best else 0.0
        if not best or best[0][1] < least:
            return np.zeros(0, dtype=np.int64)
        # FAISS leaves out what is exactly on the border.
        below = np.nextafter(np.float32(least), np.float32(-1))
        _, cosines, rows = self._vectors.range_search(_one(vector), below)
        return np.asarray(rows[np.lexsort((rows, -cosines))], dtype=np.int64)

    def cosines(self, vector: Vectors, rows: Sequence[int] | NDArray[np.int64]) -> Vectors:
        """The cosines of some rows with a question's vector, shape (rows,)."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        chosen = self._vectors.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        product: Vectors = chosen @ vector.reshape(-1)
        return product

    def vectors(self) -> Vectors:
        """All vectors in order, shape (passages, dimension)."""
        if not len(self):
            return np.zeros((0, self.manifest.encoder.dimension), dtype=np.float32)
        return np.ascontiguousarray(self._vectors.reconstruct_n(0, len(self)), dtype=np.float32)

    @staticmethod
    def terms(text: str) -> list[Term]:
        """The tokens of a text as the keyword index knows them, with their offsets."""
        return terms(text)

    @staticmethod
    def content_terms(question: str) -> list[Term]:
        """The question's words that carry meaning, each once, in order; all if none does."""
        words = list({term.exact: term for term in terms(question)}.values())
        return [word for word in words if word.exact not in STOPWORDS] or words

    def rarity(self, stem: str) -> float:
        """Inverse document frequency of a stem, as in BM25; at least 0."""
        frequency = self.keyword.frequency_of_stem(stem)
        return float(np.log(1 + (len(self) - frequency + 0.5) / (frequency + 0.5)))

    def coverage(self, rows: NDArray[np.int64], words: Mapping[str, float]) -> NDArray[np.float64]:
        """The share of a question's words that each row holds anywhere; shape (rows,).

        ``words`` gives for each stem what it counts, as the share is weighed.
        """
        weights = np.array(list(words.values()), dtype=np.float64)
        if not weights.sum():
            return np.zeros(len(rows))
        held: NDArray[np.float64] = self.outline.holds(rows, list(words)) @ weights / weights.sum()
        return held

    def evidence(self, question: str, vector: Vectors) -> Evidence:
        """What the answerability model weighs, of the best passages of either half."""
        near = self.nearest(vector, BEST)
        wanted = self.content_terms(question)
        words = {term.stem: self.rarity(term.stem) for term in wanted}
        names = tuple(WeightedName((stem,)) for stem in words)
        found, _ = self.keyword.search(KeywordQuery(names, {"headings": 1.0, "text": 1.0}), BEST)
        rows = np.array([row for row, _ in [*near, *found]], dtype=np.int64)
        best = float(self.coverage(rows, words).max(initial=0.0))
        return Evidence(near[0][1] if near else 0.0, best, best * sum(words.values()))


def _read_vectors(file: Path) -> faiss.Index:
    is_large = file.stat().st_size >= _MAPPED_FROM
    return faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC if is_large else 0)


def _one(vector: Vectors) -> Vectors:
    """A question's vector as FAISS takes it, shape (1, dimension)."""
    return np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
