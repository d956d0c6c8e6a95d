from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from indexer import encoder as encoder_module
from indexer.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
from indexer.errors import EncoderError


@pytest.fixture(scope="module")
def real() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.mark.model
def test_the_embedded_default(real: SentenceTransformerEncoder) -> None:
    assert real.id == "all-MiniLM-L6-v2@53aa51172d14"
    assert len(real.weights_digest) == 64
    assert real.dimension == 384
    assert real.max_tokens == 254  # 256 with the two marks around a text
    assert real.count_tokens("") == 0
    assert real.count_tokens("Lutetium") > 1
    # What is longer than the encoder reads is counted all the same.
    assert real.count_tokens("scan " * 1000) == 1000


@pytest.mark.model
def test_unit_vectors_whatever_stands_beside_a_text(real: SentenceTransformerEncoder) -> None:
    texts = ["What are the side effects of PRRT?", "scan", "", "é ¹⁷⁷Lu " * 300]
    vectors = real.encode(texts)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    # A question, alone, is encoded as the passages are, in their batches.
    np.testing.assert_allclose(real.encode(texts[:1])[0], vectors[0], atol=1e-5)
    assert real.encode([]).shape == (0, 384)


@pytest.mark.model
def test_meaning_is_near(real: SentenceTransformerEncoder) -> None:
    question, answer, other = real.encode(
        ["Will I lose my hair?", "Hair loss is a side effect.", "The car park is behind the shop."]
    )
    assert question @ answer > question @ other + 0.3


@pytest.mark.model
def test_counting_tokens_does_not_wait_for_the_model() -> None:
    code = (
        "import sys; from indexer.encoder import SentenceTransformerEncoder as E;"
        "e = E(); e.count_tokens('a'); e.dimension; e.max_tokens; sys.exit('torch' in sys.modules)"
    )
    root = str(Path(__file__).parent.parent)
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_altered_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(encoder_module, "_folder", lambda _name: tmp_path)
    with pytest.raises(
        EncoderError, match=r"not the upstream file's: SHA-256 [0-9a-f]{64}, expected"
    ):
        SentenceTransformerEncoder()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "_DEFAULT_PACKAGE", "no_such_package")
    with pytest.raises(EncoderError, match=f"package of {DEFAULT_ENCODER} is missing"):
        SentenceTransformerEncoder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sentence-transformers model without a network: tokenizer and configuration."""
    root = tmp_path / "tiny-model"
    (root / "1_Pooling").mkdir(parents=True)
    (root / "modules.json").write_text("[]")
    (root / "1_Pooling" / "config.json").write_text('{"word_embedding_dimension": 7}')
    (root / "sentence_bert_config.json").write_text('{"max_seq_length": 12}')
    (root / "model.safetensors").write_bytes(b"weights")
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.enable_truncation(5)
    tokenizer.enable_padding(length=5)
    tokenizer.save(str(root / "tokenizer.json"))
    return root


def test_a_model_of_ones_own(folder: Path) -> None:
    own = SentenceTransformerEncoder(str(folder))
    assert own.id == f"tiny-model@{own.weights_digest[:12]}"
    assert (own.dimension, own.max_tokens) == (7, 10)
    assert own.count_tokens("one two three four five six seven") == 7
    assert own.count_tokens("one") == 1


def test_other_weights_are_another_encoder(folder: Path) -> None:
    before = SentenceTransformerEncoder(str(folder)).id
    (folder / "model.safetensors").write_bytes(b"trained further")
    assert SentenceTransformerEncoder(str(folder)).id != before


def test_weights_in_several_files_count_all(folder: Path) -> None:
    one = SentenceTransformerEncoder(str(folder)).weights_digest
    (folder / "model-2.safetensors").write_bytes(b"more")
    assert SentenceTransformerEncoder(str(folder)).weights_digest != one


def test_weights_of_the_older_kind_name_the_encoder_too(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderError, match="tiny-model: no weights"):
        _ = SentenceTransformerEncoder(str(folder)).id
    (folder / "pytorch_model.bin").write_bytes(b"weights")
    one = SentenceTransformerEncoder(str(folder)).id
    (folder / "pytorch_model.bin").write_bytes(b"trained further")
    assert SentenceTransformerEncoder(str(folder)).id != one


@pytest.mark.parametrize("content", [None, "{"])
def test_a_model_without_configuration(folder: Path, content: str | None) -> None:
    file = folder / "1_Pooling" / "config.json"
    file.unlink() if content is None else file.write_text(content)
    with pytest.raises(EncoderError, match=r"cannot read .*config\.json"):
        _ = SentenceTransformerEncoder(str(folder)).dimension


@pytest.mark.parametrize("name", ["no-such/model", "./nowhere", "not a name"])
def test_a_model_that_is_nowhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EncoderError, match=f"no encoder '{name}': give {DEFAULT_ENCODER}"):
        SentenceTransformerEncoder(name)


def test_vectors_are_cut_and_typed_as_the_rest_expects(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    class Model:
        def encode(self, texts: list[str], **options: object) -> np.ndarray:
            asked.update(options, texts=texts)
            return np.asfortranarray(np.ones((len(texts), 7), dtype=np.float64))

    own = SentenceTransformerEncoder(str(folder), batch_size=3)
    monkeypatch.setitem(own.__dict__, "model", Model())
    vectors = own.encode(("a", "b"))
    assert (vectors.shape, vectors.dtype) == ((2, 7), np.float32)
    assert vectors.flags.c_contiguous
    assert asked["texts"] == ["a", "b"]
    assert asked["batch_size"] == 3
    assert asked["normalize_embeddings"] is True
    assert asked["show_progress_bar"] is False
