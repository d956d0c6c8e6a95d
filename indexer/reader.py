"""The index reader: one generation, checked and opened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.encoder import Encoder, Vectors
from indexer.errors import IndexInvalidError
from indexer.folder import file_of as folder_file
from indexer.keyword import KeywordIndex, KeywordQuery, WeightedTerm
from indexer.layout import Generation
from indexer.manifest import Manifest
from indexer.records import Passage
from indexer.terms import STOPWORDS, Term, terms

__all__ = ["IndexReader", "KeywordQuery", "WeightedTerm", "folder_file", "read_passages"]


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

    def __init__(
        self,
        manifest: Manifest,
        passages: list[Passage],
        vectors: faiss.Index,
        keyword: KeywordIndex,
    ) -> None:
        self.manifest = manifest
        self.passages = passages
        self.keyword = keyword
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
            vectors = faiss.read_index(str(generation.vectors))
            keyword = KeywordIndex(generation.keyword)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise IndexInvalidError(
                f"index {manifest.build_id} cannot be opened: {error}"
            ) from error
        counts = {len(passages), vectors.ntotal, len(keyword), manifest.passages}
        if len(counts) != 1 or vectors.d != manifest.encoder.dimension:
            raise IndexInvalidError(
                f"index {manifest.build_id}: {len(passages)} passages, {vectors.ntotal} vectors of"
                f" {vectors.d}, {len(keyword)} keyword entries, {manifest.passages} of"
                f" {manifest.encoder.dimension} in the manifest"
            )
        return cls(manifest, passages, vectors, keyword)

    def __len__(self) -> int:
        return len(self.passages)

    @property
    def version(self) -> str:
        """The build id."""
        return self.manifest.build_id

    def nearest(
        self, vector: Vectors, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> list[tuple[int, float]]:
        """The rows nearest to a question's vector with their cosines, best first.

        ``allowed`` (shape: passages) leaves only some rows to choose from.
        """
        if not len(self):
            return []  # nothing is left when the last page is withdrawn
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParameters(sel=selector)
        question = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        scores, rows = self._vectors.search(question, min(limit, len(self)), params=parameters)
        return [
            (int(row), float(score))
            for row, score in zip(rows[0], scores[0], strict=True)
            if row >= 0
        ]

    def cosines(self, vector: Vectors, rows: Sequence[int]) -> Vectors:
        """The cosines of some rows with a question's vector, shape (rows,)."""
        if not rows:
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

    def content_terms(self, question: str) -> list[str]:
        """The question's words that carry meaning, each once, in order; all if none does."""
        words = list(dict.fromkeys(term.exact for term in terms(question)))
        return [word for word in words if word not in STOPWORDS] or words

    def rarity(self, exact: str) -> float:
        """Inverse document frequency of a word's inflections, as in BM25; at least 0."""
        frequency = self.keyword.frequency_of_stem(exact)
        return float(np.log(1 + (len(self) - frequency + 0.5) / (frequency + 0.5)))

    def evidence(
        self, question: str, vector: Vectors, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[float, float]:
        """What the answerability model weighs: best cosine, and best coverage of the words.

        Coverage is the largest share, by rarity, of the question's words that one of the best
        passages of either half holds in text or headings.
        """
        near = self.nearest(vector, 10, allowed)
        words = self.content_terms(question)
        weights = {term.stem: self.rarity(term.exact) for term in terms(" ".join(words))}
        total = sum(weights.values())
        if not near or not total:
            return (near[0][1] if near else 0.0), 0.0
        query = KeywordQuery(tuple(map(WeightedTerm, words)), {"headings": 1.0, "text": 1.0})
        rows = {row for row, _ in [*near, *self.keyword.search(query, 10)[0]]}
        rows = rows if allowed is None else {row for row in rows if allowed[row]}
        best = max(
            sum(weight for word, weight in weights.items() if word in self._stems[row])
            for row in rows
        )
        return near[0][1], best / total

    @cached_property
    def _stems(self) -> _Stems:
        return _Stems(self.passages)


class _Stems:
    """The stems of a passage's headings and text, worked out when asked for and then kept."""

    def __init__(self, passages: list[Passage]) -> None:
        self._passages = passages
        self._known: dict[int, frozenset[str]] = {}

    def __getitem__(self, row: int) -> frozenset[str]:
        if row not in self._known:
            passage = self._passages[row]
            text = "\n".join([passage.title, *passage.headings, passage.text])
            self._known[row] = frozenset(term.stem for term in terms(text))
        return self._known[row]
