from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer import dense_build
from indexer.dense import Dense, FlatDense, IvfDense
from indexer.dense_build import build
from indexer.encoder import Vectors
from indexer.errors import InexactError
from indexer.filters import Allowed, Filter
from indexer.layout import Generation
from indexer.manifest import DenseRecord
from tests.fakes import passage

MANY = 3000


def _unit(count: int, seed: int) -> Vectors:
    """Unit vectors around a few directions."""
    draw = np.random.default_rng(seed)
    middles = np.random.default_rng(0).normal(size=(30, 16))
    vectors = middles[draw.integers(30, size=count)] + 0.5 * draw.normal(size=(count, 16))
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


VECTORS, QUESTIONS = _unit(MANY, 1), _unit(40, 2)
# One section holds half of all, others few.
SHARES = {"half": 0.5, "few": 0.05, "rare": 0.002}
SECTIONS = np.random.default_rng(4).choice(
    [*SHARES, "rest"], MANY, p=[*SHARES.values(), 1 - sum(SHARES.values())]
)
PASSAGES = [passage(f"passage {row}", section=str(name)) for row, name in enumerate(SECTIONS)]
EXACT, NOT_EXACT = ["flat", "milvus_flat"], ["ivf", "milvus_ivf"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Generation, DenseRecord]:
    """An index that is too large for all to be compared."""
    generation = Generation(tmp_path_factory.mktemp("large"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense_build, "FLAT_UP_TO", MANY - 1)
        return generation, build(VECTORS, generation, QUESTIONS)


@pytest.fixture(scope="module")
def ivf(large: tuple[Generation, DenseRecord]) -> IvfDense:
    generation, record = large
    return IvfDense.read(generation.vectors, generation.whole_vectors, record.probed)


@pytest.fixture(scope="module")
def flat() -> FlatDense:
    return FlatDense.of(VECTORS)


def _on_milvus(address: str, build_id: str, flat_up_to: int) -> Dense:
    from indexer import milvus  # noqa: PLC0415 - an optional package is in it

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dense_build, "FLAT_UP_TO", flat_up_to)
        generation = Generation(Path("/nowhere", build_id), address)
        record = milvus.build(VECTORS, PASSAGES, generation, QUESTIONS)
    return milvus.MilvusDense.open(address, record)


@pytest.fixture(scope="module")
def milvus_flat(milvus: str) -> Dense:
    return _on_milvus(milvus, "dense-flat", MANY)


@pytest.fixture(scope="module")
def milvus_ivf(milvus: str) -> Dense:
    return _on_milvus(milvus, "dense-ivf", MANY - 1)


@pytest.fixture
def dense(request: pytest.FixtureRequest) -> Dense:
    """The kind of dense half that the test is given the name of."""
    found: Dense = request.getfixturevalue(request.param)
    return found


def test_up_to_a_number_all_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flat: FlatDense
) -> None:
    monkeypatch.setattr(dense_build, "FLAT_UP_TO", MANY)
    generation = Generation(tmp_path)
    assert build(VECTORS, generation, QUESTIONS) == DenseRecord(kind="flat")
    read = FlatDense.read(generation.vectors)
    assert read.is_exact
    assert read.nearest(QUESTIONS[0], 5)[0].tolist() == flat.nearest(QUESTIONS[0], 5)[0].tolist()
    assert not generation.whole_vectors.exists()


def test_how_much_is_looked_at_is_measured(large: tuple[Generation, DenseRecord]) -> None:
    _, record = large
    assert record.kind == "ivf_sq8"
    assert record.lists == 219
    assert 0 < record.probed <= record.lists / 2
    assert record.recall >= 0.99


def test_little_is_looked_at_where_little_is_enough(
    large: tuple[Generation, DenseRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense_build, "FLAT_UP_TO", MANY - 1)
    monkeypatch.setattr(dense_build, "_ENOUGH", 0.1)
    little = build(VECTORS, Generation(tmp_path), QUESTIONS)
    assert little.probed < large[1].probed
    assert little.recall < large[1].recall


def _same(one: Dense, other: Dense, allowed: Allowed | None = None) -> float:
    """The share of the other's ten nearest that one has."""
    found = [
        len({*a.nearest(q, 10, allowed)[0].tolist()} & {*b.nearest(q, 10, allowed)[0].tolist()})
        for q in _unit(50, 3)
        for a, b in [(one, other)]
    ]
    return sum(found) / 500


@pytest.mark.parametrize("dense", NOT_EXACT, indirect=True)
def test_an_inverted_file_finds_nearly_all(dense: Dense, flat: FlatDense) -> None:
    assert not dense.is_exact
    assert len(dense) == len(flat) == MANY
    assert dense.dimension == flat.dimension == 16
    assert _same(dense, flat) >= 0.96
    assert len(dense.nearest(QUESTIONS[0], 100)[0]) == 100


@pytest.mark.parametrize("dense", ["milvus_flat"], indirect=True)
def test_where_all_are_compared_all_that_is_near_is_found(dense: Dense, flat: FlatDense) -> None:
    assert dense.is_exact
    assert len(dense) == MANY
    assert dense.dimension == 16
    for question in QUESTIONS[:5]:
        (rows, cosines), (wanted, near) = (each.nearest(question, 200) for each in (dense, flat))
        assert rows.tolist() == wanted.tolist()
        assert cosines == pytest.approx(near, abs=1e-5)


@pytest.mark.parametrize("dense", EXACT, indirect=True)
@pytest.mark.parametrize("least", [0.9, 0.5, -1.0])
def test_what_is_near_enough(dense: Dense, least: float, monkeypatch: pytest.MonkeyPatch) -> None:
    if not isinstance(dense, FlatDense):
        monkeypatch.setattr("indexer.milvus.WINDOW", 1100)
    cosines = VECTORS @ QUESTIONS[0]
    rows = dense.within(QUESTIONS[0], least)
    assert sorted(rows.tolist()) == np.flatnonzero(cosines >= least).tolist()
    assert (np.diff(cosines[rows]) <= 1e-6).all()
    best = float(cosines.max())
    assert len(dense.within(QUESTIONS[0], best + 1e-3)) == 0


def _section(name: str) -> Allowed:
    return Allowed(name == SECTIONS, Filter(equal=(("section", name),)))


@pytest.mark.parametrize("section", SHARES)
@pytest.mark.parametrize("dense", EXACT + NOT_EXACT, indirect=True)
def test_a_filter_leaves_only_what_it_allows_and_loses_nothing(
    dense: Dense, flat: FlatDense, section: str
) -> None:
    allowed = _section(section)
    rows, _ = dense.nearest(QUESTIONS[0], 10, allowed)
    assert len(rows) == min(10, allowed.rows.sum())
    assert allowed.rows[rows].all()
    assert _same(dense, flat, allowed) >= min(0.96, allowed.rows.sum() / 10 * 0.96)
    assert dense.nearest(QUESTIONS[0], 10, _section("of nobody"))[0].tolist() == []


@pytest.mark.parametrize("dense", EXACT + NOT_EXACT, indirect=True)
def test_cosines_are_those_of_the_whole_vectors(dense: Dense, flat: FlatDense) -> None:
    rows, cosines = dense.nearest(QUESTIONS[1], 20)
    assert cosines == pytest.approx(VECTORS[rows] @ QUESTIONS[1], abs=1e-6)
    assert (np.diff(cosines) <= 0).all()
    assert dense.cosines(QUESTIONS[1], rows) == pytest.approx(flat.cosines(QUESTIONS[1], rows))
    assert dense.cosines(QUESTIONS[1], rows[:0]).tolist() == []
    assert np.array_equal(dense.all(), VECTORS)


def test_all_vectors_come_back_even_from_a_pruned_index(
    large: tuple[Generation, DenseRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.dense._BLOCK", 1000)
    copied = Generation(tmp_path / "copy")
    shutil.copytree(large[0].folder, copied.folder)
    ivf = IvfDense.read(copied.vectors, copied.whole_vectors, 8)
    shutil.rmtree(copied.folder)
    assert np.array_equal(ivf.all(), VECTORS)
    assert len(ivf.nearest(QUESTIONS[0], 10)[0]) == 10


def test_a_collection_that_is_not_loaded_any_more_is_loaded_again(
    milvus: str, milvus_flat: Dense
) -> None:
    from indexer.milvus_server import Server  # noqa: PLC0415 - an optional package is in it

    Server(milvus).ask("release_collection", "net_dense_flat")
    assert len(milvus_flat.nearest(QUESTIONS[0], 3)[0]) == 3


@pytest.mark.parametrize("dense", NOT_EXACT, indirect=True)
def test_it_cannot_tell_all_that_is_near(dense: Dense) -> None:
    with pytest.raises(InexactError):
        dense.within(QUESTIONS[0], 0.5)


def test_vectors_that_are_not_whole_are_refused(
    large: tuple[Generation, DenseRecord], tmp_path: Path
) -> None:
    whole = tmp_path / "vectors.f32"
    whole.write_bytes(large[0].whole_vectors.read_bytes()[:-4])
    with pytest.raises(ValueError, match=r"vectors.f32 does not hold 3000 vectors"):
        IvfDense.read(large[0].vectors, whole, 8)
