from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from indexer import embed as embed_module
from indexer.embed import content_hash, embed
from indexer.encoder import Vectors
from indexer.errors import EncoderError
from indexer.store import Store
from tests.fakes import AngleEncoder, FakeEncoder

TEXTS = ["one tumour", "a longer text of several words", "three"]


def test_a_vector_for_each_text_in_order(encoder: FakeEncoder, store: Store) -> None:
    vectors, computed = embed(TEXTS, encoder, store)
    assert computed == 3
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, FakeEncoder().encode(TEXTS), atol=1e-6)


def test_only_what_is_missing_is_encoded(encoder: FakeEncoder, store: Store) -> None:
    embed(TEXTS[:2], encoder, store)
    encoder.encoded.clear()
    vectors, computed = embed([*TEXTS, "new", "new"], encoder, store)
    assert computed == 2
    assert sorted(encoder.encoded) == ["new", "three"]
    np.testing.assert_allclose(vectors[3], vectors[4])
    assert embed(TEXTS, encoder, store)[1] == 0


def test_another_encoder_has_its_own_vectors(store: Store) -> None:
    embed(TEXTS, FakeEncoder(), store)
    vectors, computed = embed(TEXTS, AngleEncoder(), store)
    assert computed == 3
    assert vectors.shape == (3, 2)


def test_nothing_to_embed(encoder: FakeEncoder, store: Store) -> None:
    vectors, computed = embed([], encoder, store)
    assert (vectors.shape, computed) == ((0, 16), 0)


def test_the_key_is_the_text(encoder: FakeEncoder, store: Store) -> None:
    embed(["é"], encoder, store)
    assert content_hash("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    assert list(store.vectors([content_hash("é")], encoder.id)) == [content_hash("é")]


class _Faulty(FakeEncoder):
    """Gives what it is told to from a number of texts on."""

    def __init__(self, wrong: str, after: int = 0) -> None:
        super().__init__()
        self._wrong = wrong
        self._after = after

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = super().encode(texts)
        if len(self.encoded) <= self._after:
            return vectors
        match self._wrong:
            case "a row less":
                return vectors[:-1]
            case "another dimension":
                return vectors[:, :-1]
            case "too long":
                return vectors * np.float32(1.1)
            case "zero":
                return vectors * np.float32(0)
            case "not a number":
                return vectors * np.float32("nan")
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("a row less", r"fake@1 gave vectors of shape \(2, 16\) for 3 texts, expected \(3, 16\)"),
        ("another dimension", r"shape \(3, 15\)"),
        ("too long", "not of unit length"),
        ("zero", "not of unit length"),
        ("not a number", "not of unit length"),
    ],
)
def test_vectors_that_cannot_be_compared_are_refused(
    wrong: str, message: str, store: Store
) -> None:
    with pytest.raises(EncoderError, match=message):
        embed(TEXTS, _Faulty(wrong), store)
    assert store.vectors([content_hash(text) for text in TEXTS], "fake@1") == {}


@pytest.mark.parametrize("wrong", ["interrupt", "zero"])
def test_what_was_embedded_before_a_failure_is_kept(
    wrong: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed_module, "_AT_ONCE", 2)
    texts = ["a", "bb", "ccc", "dddd", "eeeee"]
    with pytest.raises((KeyboardInterrupt, EncoderError)):
        embed(texts, _Faulty(wrong, after=2), store)
    again = FakeEncoder()
    assert embed(texts, again, store)[1] == 3
    assert sorted(again.encoded) == ["a", "bb", "ccc"]  # the longest went first


def test_progress_is_told(
    encoder: FakeEncoder, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed_module, "_AT_ONCE", 2)
    told: list[tuple[int, int]] = []
    embed(TEXTS, encoder, store, lambda done, total: told.append((done, total)))
    assert told == [(2, 3), (3, 3)]
