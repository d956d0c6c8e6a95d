"""The keyword index: BM25 over title, headings and text, and exact terms.

Row i of it is passage i: documents are added in order, and each carries its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Occur, Query

from indexer.analyse import Analysed
from indexer.errors import StoreError

_STEMMED = ("title", "headings", "text")
_EXACT = ("exact_headings", "exact_text")
# Bytes of memory in which documents are gathered: what fits makes one segment, in which equal
# scores are in the order of the rows.
_LEAST_HEAP, _HEAP_OF_PASSAGE, _MOST_HEAP = 64_000_000, 4_000, 2_000_000_000


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True, indexed=True, fast=True)
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    for name in _STEMMED:
        builder.add_text_field(name, tokenizer_name="words")
    for name in _EXACT:
        builder.add_text_field(name, tokenizer_name="words")
    return builder.build()


def _register(index: tantivy.Index) -> tantivy.Index:
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("words", words)
    return index


def build(analysed: Analysed, folder: Path) -> None:
    """Write a keyword index of the passages, in order, into a new folder.

    Raises StoreError when that is impossible.
    """
    folder.mkdir()
    try:
        _write(analysed, folder)
    except ValueError as error:  # tantivy's, as on a full disk
        raise StoreError(f"cannot write the keyword index: {error}") from error


def _write(analysed: Analysed, folder: Path) -> None:
    index = _register(tantivy.Index(_schema(), path=str(folder)))
    # One thread: within a segment rows are in the order of adding.
    heap = min(max(_LEAST_HEAP, _HEAP_OF_PASSAGE * len(analysed)), _MOST_HEAP)
    writer = index.writer(heap_size=heap, num_threads=1)
    for row, passage in enumerate(analysed.passages):
        headings, text = analysed.headings(row), analysed.text(row)
        document = tantivy.Document(
            id=passage.id,
            title=analysed.joined(analysed.stem[analysed.title(row)]),
            headings=analysed.joined(analysed.stem[headings]),
            text=analysed.joined(analysed.stem[text]),
            exact_headings=analysed.joined(analysed.exact[headings]),
            exact_text=analysed.joined(analysed.exact[text]),
        )
        # As a keyword argument it would be a signed number, which an unsigned field panics on.
        document.add_unsigned("row", row)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()


@dataclass(frozen=True, slots=True)
class WeightedName:
    """One word of a question, or several that must stand together, and how much it counts."""

    stems: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class KeywordQuery:
    """What the keyword index is asked: any of the names, in any of the fields.

    Of other names for one thing, the best that a passage holds counts.
    """

    names: tuple[WeightedName, ...]
    boosts: Mapping[str, float]  # of title, headings and text
    others: tuple[tuple[WeightedName, ...], ...] = ()


class KeywordIndex:
    """A keyword index opened for reading."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError when the folder holds none."""
        self._index = _register(tantivy.Index.open(str(folder)))
        self._schema = _schema()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return self._searcher.num_docs

    def search(
        self, query: KeywordQuery, limit: int, among: Sequence[int] | None = None
    ) -> tuple[list[tuple[int, float]], int]:
        """The best rows with their BM25 scores, best first, and how many rows match in all.

        ``among``: the only rows that are looked for.
        """
        clauses = [each for name in query.names for each in self._anywhere(name, query.boosts)]
        for names in query.others:
            found = [
                Query.boolean_query(clause)
                for name in names
                if (clause := self._anywhere(name, query.boosts))
            ]
            if found:
                clauses.append((Occur.Should, Query.disjunction_max_query(found)))
        if not clauses or not len(self):
            return [], 0
        asked = Query.boolean_query(clauses)
        if among is not None:
            these = Query.const_score_query(Query.term_set_query(self._schema, "row", [*among]), 0)
            asked = Query.boolean_query([(Occur.Must, asked), (Occur.Must, these)])
        result = self._searcher.search(asked, limit=limit, count=True)
        rows = self._rows([address for _, address in result.hits])
        scores = [float(score) for score, _ in result.hits]
        return list(zip(rows, scores, strict=True)), int(result.count or 0)  # type: ignore[attr-defined]

    def passages_with(self, stems: Sequence[str]) -> int:
        """Number of passages with these stems one after another, in text, headings or title."""
        fields = [(Occur.Should, self._name(field, stems)) for field in _STEMMED]
        return self._count(Query.boolean_query(fields))

    def frequency(self, exact: str) -> int:
        """Number of passages whose text holds a term."""
        return self._searcher.doc_freq("exact_text", exact)

    def frequency_of_stem(self, stem: str) -> int:
        """Number of passages whose text holds any inflection of a term."""
        return self._searcher.doc_freq("text", stem)

    def holding(self, words: Sequence[str], where: str = "text") -> list[int]:
        """The rows that hold a word, or several words one after another, in text or headings."""
        if not len(self):
            return []
        query = self._name(f"exact_{where}", words)
        hits = self._searcher.search(query, limit=len(self), count=False).hits
        return sorted(self._rows([address for _, address in hits]))

    def many_holding(self, words: Sequence[str], where: str = "text") -> int:
        """How many rows these are."""
        return self._count(self._name(f"exact_{where}", words))

    def row_of(self, passage_id: str) -> int | None:
        """The row of a passage by its id."""
        hits = self._searcher.search(self._term("id", passage_id), limit=1, count=False).hits
        return self._rows([address for _, address in hits])[0] if hits else None

    def rows_in_order(self) -> bool:
        """Whether there is one document a row, in the order of the rows within each segment."""
        hits = self._searcher.search(Query.all_query(), limit=max(len(self), 1), count=False).hits
        addresses = sorted((address for _, address in hits), key=lambda a: (a.segment_ord, a.doc))
        rows = np.array(self._rows(addresses), dtype=np.int64)
        segments = np.array([address.segment_ord for address in addresses], dtype=np.int64)
        falls = (np.diff(rows) < 0) & (np.diff(segments) == 0)
        return not falls.any() and np.array_equal(np.sort(rows), np.arange(len(self)))

    def _count(self, query: Query) -> int:
        if not len(self):
            return 0
        result = self._searcher.search(query, limit=1, count=True)
        return int(result.count or 0)  # type: ignore[attr-defined]

    def _anywhere(
        self, name: WeightedName, boosts: Mapping[str, float]
    ) -> list[tuple[Occur, Query]]:
        return [
            (Occur.Should, Query.boost_query(self._name(field, name.stems), boost * name.weight))
            for field, boost in boosts.items()
            if boost * name.weight > 0
        ]

    def _name(self, field: str, words: Sequence[str]) -> Query:
        if len(words) == 1:
            return self._term(field, words[0])
        return Query.phrase_query(self._schema, field, list(words))

    def _term(self, name: str, value: str) -> Query:
        return Query.term_query(self._schema, name, value)

    def _rows(self, addresses: list[tantivy.DocAddress]) -> list[int]:
        return [int(row or 0) for row in self._searcher.fast_field_values("row", addresses)]
