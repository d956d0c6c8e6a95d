from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from indexer import keyword
from indexer.analyse import analyse
from indexer.errors import IndexInvalidError
from indexer.layout import Generation
from indexer.outline import Outline
from indexer.reader import IndexReader
from tests.conftest import Published
from tests.fakes import AngleEncoder, FakeEncoder, passage


@pytest.fixture
def reader(published: Published) -> IndexReader:
    return IndexReader.open(published.generation, published.encoder)


def _towards(degrees: float) -> Any:
    return AngleEncoder().encode([f"{degrees}"])[0]


def test_an_index_comes_back_as_it_was_published(published: Published, reader: IndexReader) -> None:
    assert list(reader.passages) == list(published.passages)
    assert len(reader) == 4
    assert reader.version == published.generation.build_id
    assert reader.keyword.rows_in_order()


def test_without_an_encoder_it_can_be_inspected(published: Published) -> None:
    assert len(IndexReader.open(published.generation, None)) == 4


# The passages lie at 0, 30, 60 and 90 degrees.
@pytest.mark.parametrize(
    ("degrees", "limit", "rows"),
    [(10, 4, [0, 1, 2, 3]), (80, 4, [3, 2, 1, 0]), (40, 2, [1, 2]), (40, 100, [1, 2, 0, 3])],
)
def test_nearest(reader: IndexReader, degrees: int, limit: int, rows: list[int]) -> None:
    found, scores = reader.nearest(_towards(degrees), limit)
    assert found.tolist() == rows
    cosines = [np.cos(np.radians(30 * row - degrees)) for row in rows]
    assert scores.tolist() == pytest.approx(cosines, abs=1e-6)


@pytest.mark.parametrize(
    ("degrees", "reach", "rows"),
    [
        (0, 0.5, [0, 1, 2]),  # cosines 1, 0.87, 0.5 and 0
        (0, 0.51, [0, 1]),
        (0, 1.0, [0]),
        (0, 0.0, [0, 1, 2, 3]),
        (45, 1.0, [1, 2]),  # both are as near
        (200, 0.0, []),  # away from everything
    ],
)
def test_within(reader: IndexReader, degrees: int, reach: float, rows: list[int]) -> None:
    found = reader.within(_towards(degrees), reach - 1e-6 if reach else 0.0)
    assert found.tolist() == rows


def test_cosines(reader: IndexReader) -> None:
    found = reader.cosines(_towards(0), [3, 0, 2])
    assert found == pytest.approx([0, 1, 0.5], abs=1e-6)
    assert reader.cosines(_towards(0), []).shape == (0,)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the octreotide scan?", ["octreotide", "scan"]),
        ("scan, Scan, SCANS", ["scan", "scans"]),
        ("what is it", ["what", "is", "it"]),
        ("177Lu tumour", ["177lu", "tumor"]),
        ("?", []),
    ],
)
def test_content_terms(reader: IndexReader, question: str, words: list[str]) -> None:
    assert [term.exact for term in reader.content_terms(question)] == words
    assert [term.exact for term in reader.terms("177Lu tumour")] == ["177lu", "tumor"]


def test_a_rare_word_weighs_more(reader: IndexReader) -> None:
    never, rare, common = map(reader.rarity, ("noth", "177lu", "octreotid"))
    assert never > rare > common > 0
    assert rare == pytest.approx(np.log(1 + 3.5 / 1.5))
    assert reader.rarity("direction") > 0  # in every passage


def test_evidence(reader: IndexReader) -> None:
    known = sum(map(reader.rarity, ("octreotid", "scan")))
    assert reader.evidence("octreotide scans", _towards(60)) == pytest.approx((1, 1, known))
    _, unknown, information = reader.evidence("octreotide xylophone", _towards(60))
    assert 0 < unknown < 0.5  # the rarest word is in no passage
    assert information == pytest.approx(reader.rarity("octreotid"))
    assert reader.evidence("?", _towards(60)) == pytest.approx((1, 0, 0))
    # A word of the title counts as well: PRRT.
    assert reader.evidence("prrt", _towards(90)).coverage == 1


def test_evidence_weighs_all_words_on_one_passage(reader: IndexReader) -> None:
    # "lanreotide" and "177lu" are both said, but nowhere together.
    found = reader.evidence("lanreotide 177lu", _towards(0))
    assert found.coverage == pytest.approx(0.5)


def test_coverage_weighs_words_as_they_count(reader: IndexReader) -> None:
    rows = np.array([2, 0, 3])
    found = reader.coverage(rows, {"octreotid": 3.0, "scan": 1.0})
    assert found.tolist() == [1, 0.75, 0]
    assert reader.coverage(rows, {}).tolist() == [0, 0, 0]
    assert reader.coverage(rows, {"scan": 0.0}).tolist() == [0, 0, 0]
    assert reader.coverage(rows[:0], {"scan": 1.0}).tolist() == []


def test_the_lexicon_and_the_outline_are_those_of_the_passages(reader: IndexReader) -> None:
    assert reader.lexicon.words["177lu"].passages == 1
    assert reader.lexicon.words["octreotide"].passages == 2
    # The project's own glossary is in it.
    assert {each.source for each in reader.lexicon.equivalents} == {"glossary"}
    assert len(reader.outline) == 4
    assert reader.outline.page.tolist() == [0, 0, 1, 2]
    assert reader.outline.mean_vector.shape == (reader.dimension,) == (2,)


# Damage: the name of the test, what is done, and what the refusal says.


def _alter(path: Callable[[Generation], Path]) -> Callable[[Generation], None]:
    def change(generation: Generation) -> None:
        body = bytearray(path(generation).read_bytes())
        body[len(body) // 2] ^= 1
        path(generation).write_bytes(body)

    return change


def _rewrite(**changes: Any) -> Callable[[Generation], None]:
    def change(generation: Generation) -> None:
        manifest = json.loads(generation.manifest.read_text(encoding="utf-8"))
        for name, value in changes.items():
            inner, _, last = name.rpartition("__")
            (manifest[inner] if inner else manifest)[last] = value
        generation.manifest.write_text(json.dumps(manifest), encoding="utf-8")

    return change


def _any_keyword_file(generation: Generation) -> Path:
    return max(generation.keyword.iterdir(), key=lambda file: file.stat().st_size)


def _unreadable(generation: Generation) -> None:
    generation.lexicon.unlink()
    generation.lexicon.symlink_to("/proc/self/mem")  # nothing is at its beginning: EIO


DAMAGE: dict[str, tuple[Callable[[Generation], Any], str]] = {
    "no folder": (lambda g: shutil.rmtree(g.folder), "cannot read the manifest"),
    "no manifest": (lambda g: g.manifest.unlink(), "cannot read the manifest"),
    "no passages": (lambda g: g.passages.unlink(), "passages.jsonl missing or altered"),
    "no vectors": (lambda g: g.vectors.unlink(), "vectors.faiss missing or altered"),
    "no keyword index": (lambda g: shutil.rmtree(g.keyword), "keyword/.* missing or altered"),
    "one keyword file less": (lambda g: _any_keyword_file(g).unlink(), "keyword/.* missing"),
    "altered passages": (_alter(lambda g: g.passages), "passages.jsonl missing or altered"),
    "altered vectors": (_alter(lambda g: g.vectors), "vectors.faiss missing or altered"),
    "no lexicon": (lambda g: g.lexicon.unlink(), "lexicon.json missing or altered"),
    "no outline": (lambda g: g.outline.unlink(), "outline.npz missing or altered"),
    "altered lexicon": (_alter(lambda g: g.lexicon), "lexicon.json missing or altered"),
    "altered outline": (_alter(lambda g: g.outline), "outline.npz missing or altered"),
    "altered keyword file": (_alter(_any_keyword_file), "keyword/.* missing or altered"),
    "cut vectors": (lambda g: g.vectors.write_bytes(g.vectors.read_bytes()[:-1]), "vectors.faiss"),
    "a file that the disk does not give": (_unreadable, "cannot be read: .*Input/output error"),
    "a file too many": (lambda g: (g.folder / "more").touch(), "more missing or altered"),
    "another schema": (_rewrite(schema_version=1), "has schema 1"),
    "another encoder": (
        _rewrite(encoder__id="other@1"),
        "made by the encoder other@1, not by angle@1",
    ),
    "other weights": (_rewrite(encoder__weights_digest="0"), "made by the encoder"),
    "other count": (_rewrite(passages=5), "4 passages, 4 vectors of 2, 4 keyword entries, 5 of 2"),
    "other dimension": (_rewrite(encoder__dimension=3), "4 of 3 in the manifest"),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_refused(
    published: Published, damage: Callable[[Generation], Any], message: str
) -> None:
    damage(published.generation)
    with pytest.raises(IndexInvalidError, match=message) as caught:
        IndexReader.open(published.generation, published.encoder)
    assert published.generation.build_id in str(caught.value)


def test_another_encoder_is_refused_with_what_to_do(published: Published) -> None:
    with pytest.raises(IndexInvalidError, match="set NET_ENCODER"):
        IndexReader.open(published.generation, FakeEncoder())


# Files that are whole, but do not belong together: their digests are right.


def _fewer_vectors(generation: Generation) -> None:
    index = faiss.IndexFlatIP(2)
    index.add(np.eye(2, dtype=np.float32))
    faiss.write_index(index, str(generation.vectors))


def _fewer_keyword_rows(generation: Generation) -> None:
    shutil.rmtree(generation.keyword)
    keyword.build(analyse([passage("alone")]), generation.keyword)


def _fewer_outlined(generation: Generation) -> None:
    encode = AngleEncoder().encode
    Outline.of(analyse([passage("alone")]), encode(["alone"])).write(generation.outline)


MISMATCH: dict[str, tuple[Callable[[Generation], Any], str]] = {
    "vectors": (_fewer_vectors, "4 passages, 2 vectors"),
    "keyword rows": (_fewer_keyword_rows, "1 keyword entries"),
    "passages": (lambda g: g.passages.write_text(""), "0 passages"),
    "outline": (_fewer_outlined, "4 passages, 4 vectors"),
    "no lexicon": (lambda g: g.lexicon.unlink(), "cannot be opened"),
    "empty lexicon": (lambda g: g.lexicon.write_text(""), "cannot be opened"),
    "other lexicon": (lambda g: g.lexicon.write_text('{"words": {}}'), "cannot be opened"),
    "no outline": (lambda g: g.outline.unlink(), "cannot be opened"),
    "cut outline": (lambda g: g.outline.write_bytes(g.outline.read_bytes()[:99]), "be opened"),
    "empty outline": (lambda g: g.outline.write_bytes(b""), "cannot be opened"),
    "other outline": (lambda g: np.savez(g.outline, page=np.zeros(4)), "cannot be opened"),
    "fields": (lambda g: g.passages.write_text('{"id": "x"}\n'), "cannot be opened"),
    "json": (lambda g: g.passages.write_text("{\n"), "cannot be opened"),
    "faiss": (lambda g: g.vectors.write_bytes(b"no index"), "cannot be opened"),
    "tantivy": (lambda g: (g.keyword / "meta.json").write_text("{}"), "cannot be opened"),
}


@pytest.mark.parametrize(("change", "message"), MISMATCH.values(), ids=MISMATCH)
def test_files_that_do_not_belong_together_are_refused(
    published: Published, change: Callable[[Generation], Any], message: str
) -> None:
    change(published.generation)
    _rewrite(digests=published.generation.digests())(published.generation)
    with pytest.raises(IndexInvalidError, match=message):
        IndexReader.open(published.generation, published.encoder)


def test_large_vectors_are_mapped_and_answer_alike(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = IndexReader.open(published.generation, None)
    monkeypatch.setattr("indexer.dense.MAPPED_FROM", 0)
    monkeypatch.setattr("indexer.arrays.MAPPED_FROM", 0)
    mapped = IndexReader.open(published.generation, None)
    assert published.generation.vectors.name in Path("/proc/self/maps").read_text()
    shutil.rmtree(published.generation.folder)  # as prune does
    for degrees in (0, 50):
        for found, known in zip(
            mapped.nearest(_towards(degrees), 4), read.nearest(_towards(degrees), 4), strict=True
        ):
            assert found.tolist() == known.tolist()
        assert (
            mapped.within(_towards(degrees), 0.5).tolist()
            == read.within(_towards(degrees), 0.5).tolist()
        )
    assert mapped.vectors().tolist() == read.vectors().tolist()
