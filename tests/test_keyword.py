from __future__ import annotations

from pathlib import Path

import pytest
import tantivy

from indexer import keyword
from indexer.analyse import analyse
from indexer.keyword import KeywordIndex, KeywordQuery, WeightedName
from indexer.terms import stem
from tests.fakes import passage

ALL = {"title": 1.0, "headings": 1.0, "text": 1.0}
PASSAGES = [
    passage("Lutetium-177 is given four times", title="PRRT", headings=["Treatments", "PRRT"]),
    passage("A scan shows tumours; scans are painless", title="Scans", headings=["Gallium scan"]),
    passage("Octreotide octreotide octreotide", title="Injections"),
    passage("Tumor markers and a scan", title="Tests"),
    passage("Ki67 is a marker", title="Tests"),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> KeywordIndex:
    folder = tmp_path_factory.mktemp("keyword") / "index"
    keyword.build(analyse(PASSAGES), folder)
    return KeywordIndex(folder)


def _query(*words: str, **boosts: float) -> KeywordQuery:
    return KeywordQuery(tuple(WeightedName((stem(word),)) for word in words), boosts or ALL)


def test_row_i_is_passage_i(index: KeywordIndex) -> None:
    assert len(index) == len(PASSAGES)
    assert index.rows_in_order()


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["177lu"], [0]),
        (["tumor"], [1, 3]),
        (["scanning"], [1, 3]),  # by its stem
        (["octreotide"], [2]),
        (["prrt"], [0]),
        (["tumor", "ki67"], [1, 3, 4]),
        (["nothing"], []),
        ([], []),
    ],
)
def test_search_finds_any_word_in_any_field(
    index: KeywordIndex, words: list[str], rows: list[int]
) -> None:
    hits, found = index.search(_query(*words), 10)
    assert sorted(row for row, _ in hits) == rows
    assert found == len(rows)
    scores = [score for _, score in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(score > 0 for score in scores)


def test_only_the_best_are_named_and_all_are_counted(index: KeywordIndex) -> None:
    hits, found = index.search(_query("tumor", "scan"), 1)
    assert (len(hits), found) == (1, 2)


def test_boosts_choose_fields(index: KeywordIndex) -> None:
    assert [row for row, _ in index.search(_query("prrt", headings=1.0), 5)[0]] == [0]
    assert index.search(_query("prrt", text=1.0), 5) == ([], 0)
    assert index.search(_query("prrt", headings=0.0), 5) == ([], 0)
    low, high = (index.search(_query("prrt", headings=boost), 5)[0][0][1] for boost in (1.0, 3.0))
    assert high == pytest.approx(3 * low)


def test_weights_of_names_decide(index: KeywordIndex) -> None:
    def first(weight: float) -> int:
        names = (WeightedName(("octreotid",)), WeightedName(("177lu",), weight))
        return index.search(KeywordQuery(names, {"text": 1.0}), 5)[0][0][0]

    assert (first(0.01), first(100.0)) == (2, 0)


def test_frequencies(index: KeywordIndex) -> None:
    assert index.frequency("tumor") == 1  # "tumours" is another word than "tumour"
    assert index.frequency_of_stem("tumor") == 2
    assert index.frequency("octreotide") == 1
    assert index.frequency("prrt") == 0  # headings are not text
    assert index.frequency_of_stem("octreotid") == 1
    assert index.frequency_of_stem("noth") == 0


def test_a_name_of_several_words_stands_as_it_does(index: KeywordIndex) -> None:
    def rows(*stems: str, **boosts: float) -> list[int]:
        hits, _ = index.search(KeywordQuery((WeightedName(stems),), boosts or ALL), 5)
        return [row for row, _ in hits]

    assert rows("show", "tumor") == [1]
    assert rows("tumor", "show") == []
    assert rows("gallium", "scan") == [1]
    assert rows("gallium", "scan", text=1.0) == []


def test_of_other_names_the_best_in_a_passage_counts(index: KeywordIndex) -> None:
    octreotide, lutetium = WeightedName(("octreotid",), 0.5), WeightedName(("177lu",), 0.25)
    both = WeightedName(("scan",)), WeightedName(("tumor",))

    def scores(
        *others: tuple[WeightedName, ...], names: tuple[WeightedName, ...] = ()
    ) -> dict[int, float]:
        return dict(index.search(KeywordQuery(names, {"text": 1.0}, others), 5)[0])

    one, two = scores((octreotide,)), scores((lutetium,))
    assert scores((octreotide, lutetium)) == pytest.approx({**one, **two})
    # In one passage the better of two counts, not their sum; they add up to other names' scores.
    alone = [scores((each,)) for each in both]
    assert scores(both) == pytest.approx({row: max(each[row] for each in alone) for row in (1, 3)})
    added = {row: sum(each[row] for each in alone) for row in (1, 3)}
    assert scores((both[0],), (both[1],)) == pytest.approx(added)
    assert scores((both[0],), names=(both[1],)) == pytest.approx(added)
    assert scores((WeightedName(("scan",), 0.0),), ()) == {}


@pytest.mark.parametrize(
    ("stems", "count"),
    [
        (["tumor"], 2),
        (["scan"], 2),  # text, title and headings of one passage are one
        (["prrt"], 1),
        (["treatment", "prrt"], 1),
        (["gallium", "scan"], 1),
        (["show", "tumor"], 1),
        (["tumor", "show"], 0),
        (["test"], 2),
        (["noth"], 0),
    ],
)
def test_the_passages_with_a_name(index: KeywordIndex, stems: list[str], count: int) -> None:
    assert index.passages_with(stems) == count


@pytest.mark.parametrize(
    ("words", "where", "rows"),
    [
        (["scan"], "text", [1, 3]),
        (["scans"], "text", [1]),
        (["a", "scan"], "text", [1, 3]),
        (["scan", "a"], "text", []),
        (["177lu", "is", "given"], "text", [0]),
        (["gallium", "scan"], "headings", [1]),
        (["treatments", "prrt"], "headings", [0]),
        (["nothing"], "text", []),
    ],
)
def test_exact_words_and_phrases(
    index: KeywordIndex, words: list[str], where: str, rows: list[int]
) -> None:
    assert index.holding(words, where) == rows


def test_an_index_of_nothing(tmp_path: Path) -> None:
    keyword.build(analyse([]), tmp_path / "index")
    empty = KeywordIndex(tmp_path / "index")
    assert len(empty) == 0
    assert empty.search(_query("a"), 5) == ([], 0)
    assert empty.holding(["a"]) == []
    assert empty.passages_with(["a", "b"]) == 0
    assert empty.rows_in_order()


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r".+"):
        KeywordIndex(tmp_path)


def test_an_index_is_not_written_over_another(tmp_path: Path) -> None:
    keyword.build(analyse(PASSAGES), tmp_path / "index")
    with pytest.raises(FileExistsError):
        keyword.build(analyse(PASSAGES), tmp_path / "index")


@pytest.mark.parametrize(
    ("segments", "in_order"),
    [
        ([[0, 1], [2, 3]], True),
        ([[2, 3], [0, 1]], True),  # a segment of many that was written first
        ([[1, 0]], False),
        ([[0, 0]], False),
        ([[0], [2]], False),
    ],
)
def test_rows_are_one_each_and_in_order(
    tmp_path: Path, segments: list[list[int]], *, in_order: bool
) -> None:
    index = tantivy.Index(keyword._schema(), path=str(tmp_path))
    keyword._register(index)
    writer = index.writer(num_threads=1)
    for rows in segments:
        for row in rows:
            document = tantivy.Document(id=str(row))
            document.add_unsigned("row", row)
            writer.add_document(document)
        writer.commit()
    writer.wait_merging_threads()
    assert keyword.KeywordIndex(tmp_path).rows_in_order() is in_order
