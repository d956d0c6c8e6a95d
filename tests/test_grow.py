from __future__ import annotations

import numpy as np
import pytest

from benchmarks.grow import Grower
from indexer.embed import content_hash
from indexer.encoder import Vectors
from indexer.records import Passage
from tests.fakes import FakeEncoder, passage

WORDS = "dose scan liver month drug care team food sleep pain".split()


@pytest.fixture(scope="module")
def real() -> list[Passage]:
    draw = np.random.default_rng(0)
    texts = [" ".join(f"The {word} is seen." for word in draw.choice(WORDS, 6)) for _ in range(60)]
    return [
        passage(text, url=f"/{row // 4}/", title=f"Page {row // 4}", headings=["Page", "Care"])
        for row, text in enumerate(texts)
    ]


def _grower(real: list[Passage], seed: int = 0) -> Grower:
    return Grower(real, FakeEncoder().encode([p.embedded_text for p in real]), FakeEncoder(), seed)


@pytest.fixture(scope="module")
def grown(real: list[Passage]) -> tuple[list[Passage], Vectors]:
    return _grower(real).grown(1000)


def test_passages_are_new_and_whole(
    real: list[Passage], grown: tuple[list[Passage], Vectors]
) -> None:
    passages, vectors = grown
    assert len(passages) == len(vectors) == len({each.id for each in passages}) == 1000
    assert all(each.content_hash == content_hash(each.embedded_text) for each in passages)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(1000), abs=1e-5)
    known = {sentence for each in real for sentence in each.text.split(". ")}
    kept = [len(known & {*each.text.split(". ")}) for each in passages]
    assert min(kept) >= 1
    assert len({each.text for each in passages}) > 900
    assert [each.headings for each in passages] == [["Page", "Care"]] * 1000


def test_the_same_seed_grows_the_same(
    real: list[Passage], grown: tuple[list[Passage], Vectors]
) -> None:
    again = _grower(real).grown(1000)
    assert again[0] == grown[0]
    assert np.array_equal(again[1], grown[1])
    assert [*_grower(real).passages(10)] == grown[0][:10]
    assert [*_grower(real, seed=1).passages(10)] != grown[0][:10]


def test_names_come_ever_more_seldom(grown: tuple[list[Passage], Vectors]) -> None:
    named = np.array(["is named here" in each.text for each in grown[0]])
    assert 0.3 < named[:500].mean() < 0.8
    assert named[500:].mean() < named[:500].mean()


def test_vectors_lie_as_real_ones_do(grown: tuple[list[Passage], Vectors]) -> None:
    passages, vectors = grown
    true = FakeEncoder().encode([each.embedded_text for each in passages[:300]])
    made = vectors[:300]
    assert (made @ made.T).mean() == pytest.approx((true @ true.T).mean(), abs=0.05)
