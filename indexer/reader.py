"""The index reader: one generation, checked and opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized

import numpy as np
from numpy.typing import NDArray

from indexer import dense_place
from indexer.columns import Column, Columns
from indexer.dense import NO_ROWS, Dense, Rows
from indexer.encoder import Encoder, Vectors
from indexer.errors import IndexInvalidError
from indexer.filters import Allowed, Filter
from indexer.folder import file_of as folder_file
from indexer.keyword import KeywordIndex, KeywordQuery, WeightedName
from indexer.layout import Generation
from indexer.lexicon import Equivalent, Lexicon
from indexer.manifest import Evidence, Manifest
from indexer.outline import Outline
from indexer.passage_file import PassageFile
from indexer.records import Passage
from indexer.terms import STOPWORDS, Term, terms

BEST = 10  # passages of each half that answerability looks at
__all__ = [
    "NO_ROWS",
    "STOPWORDS",
    "Allowed",
    "Column",
    "Columns",
    "Equivalent",
    "Evidence",
    "Filter",
    "IndexReader",
    "KeywordQuery",
    "Lexicon",
    "Outline",
    "Rows",
    "Term",
    "WeightedName",
    "folder_file",
    "passages_of",
    "read_passages",
    "terms",
]


def read_passages(generation: Generation) -> list[Passage]:
    """The passages of a generation in order. Raises IndexInvalidError when they are not there."""
    return list(passages_of(generation))


def passages_of(generation: Generation) -> Iterator[Passage]:
    """The same one at a time: all of a large index take gigabytes."""
    try:
        yield from PassageFile(generation.passages)
    except (OSError, ValueError, TypeError) as error:
        raise IndexInvalidError(
            f"index {generation.build_id} cannot be opened: its passages: {error}"
        ) from error


class IndexReader:
    """A complete index in memory. Row i of vectors, keyword index and passages is passage i."""

    def __init__(  # noqa: PLR0913, PLR0917 - one for each file
        self,
        manifest: Manifest,
        passages: Sequence[Passage],
        dense: Dense,
        keyword: KeywordIndex,
        lexicon: Lexicon,
        outline: Outline,
        columns: Columns,
    ) -> None:
        self.manifest = manifest
        self.passages = passages
        self.keyword = keyword
        self.lexicon = lexicon
        self.outline = outline
        self.columns = columns
        self.dense = dense

    @classmethod
    def open(cls, generation: Generation, encoder: Encoder | None) -> IndexReader:
        """Open a generation for questions encoded by ``encoder`` (None: only to inspect it).

        Raises IndexInvalidError when a file is missing or altered, counts disagree, or the index
        was made by another encoder or elsewhere; VectorsUnreachableError.
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
        try:
            found = generation.digests()
        except OSError as error:  # a disk that fails, or files that are being deleted
            raise IndexInvalidError(
                f"index {manifest.build_id} cannot be read: {error}; publish it again or roll back"
            ) from error
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
            passages = PassageFile(generation.passages)
            dense = dense_place.read(generation, manifest)
            keyword = KeywordIndex(generation.keyword)
            lexicon = Lexicon.read(generation.lexicon)
            outline = Outline.read(generation.outline)
            columns = Columns.read(generation.columns)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
            raise IndexInvalidError(
                f"index {manifest.build_id} cannot be opened: {error}"
            ) from error
        parts: list[Sized] = [passages, dense, keyword, outline]
        counts = {*map(len, parts), columns.passages, manifest.passages}
        if len(counts) != 1 or dense.dimension != manifest.encoder.dimension:
            raise IndexInvalidError(
                f"index {manifest.build_id}: {len(passages)} passages, {len(dense)} vectors of"
                f" {dense.dimension}, {len(keyword)} keyword entries, {manifest.passages} of"
                f" {manifest.encoder.dimension} in the manifest"
            )
        return cls(manifest, passages, dense, keyword, lexicon, outline, columns)

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

    def nearest(
        self, vector: Vectors, limit: int, allowed: Allowed | None = None
    ) -> tuple[Rows, Vectors]:
        """The rows nearest to a question's vector with their cosines, best first.

        ``allowed`` says which may be among them.
        """
        if not len(self):
            return NO_ROWS, np.zeros(0, dtype=np.float32)  # the last page may be withdrawn
        return self.dense.nearest(vector, limit, allowed)

    def within(self, vector: Vectors, reach: float) -> Rows:
        """The rows whose cosine is at least ``reach`` times the best one's, best first."""
        best = self.nearest(vector, 1)[1]
        least = reach * max(float(best[0]), 0.0) if len(best) else 0.0
        return self.dense.within(vector, least) if len(best) and best[0] >= least else NO_ROWS

    def cosines(self, vector: Vectors, rows: Sequence[int] | Rows) -> Vectors:
        """The cosines of some rows with a question's vector, shape (rows,)."""
        if not len(rows):
            return np.zeros(0, dtype=np.float32)
        return self.dense.cosines(vector, np.asarray(rows, dtype=np.int64))

    def vectors(self) -> Vectors:
        """All vectors in order, shape (passages, dimension)."""
        return self.dense.all() if len(self) else np.zeros((0, self.dimension), dtype=np.float32)

    def passages_by_page(self) -> dict[str, int]:
        """How many passages each page has, by its address."""
        outline = self.outline
        counts = np.bincount(outline.page, minlength=len(outline.urls)).tolist()
        return dict(zip(outline.urls, counts, strict=True))

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
        near, cosines = self.nearest(vector, BEST)
        wanted = self.content_terms(question)
        words = {term.stem: self.rarity(term.stem) for term in wanted}
        names = tuple(WeightedName((stem,)) for stem in words)
        found, _ = self.keyword.search(KeywordQuery(names, {"headings": 1.0, "text": 1.0}), BEST)
        rows = np.array([*near.tolist(), *(row for row, _ in found)], dtype=np.int64)
        best = float(self.coverage(rows, words).max(initial=0.0))
        return Evidence(float(cosines.max(initial=0.0)), best, best * sum(words.values()))
