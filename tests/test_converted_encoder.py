"""The encoder without torch: the same vectors, in any thread and process, or none at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import converted_encoder
from indexer.converted_encoder import ConvertedEncoder, _batches, convert, fastest
from indexer.encoder import SentenceTransformerEncoder
from indexer.errors import EncoderError
from tests.fakes import FakeEncoder
from tests.search_index import ROOT, sample_data
from tests.serving import DEADLINE, environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from indexer.encoder import Vectors

TEXTS = [
    "",
    "scan",
    "What are the side effects of PRRT?",
    "é ¹⁷⁷Lu " * 300,
    "A tumour that makes hormones. " * 12,
    "神经内分泌肿瘤 👩🏽‍⚕️",
]


@pytest.fixture(scope="module")
def plain() -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a run has put the converted default encoder."""
    return sample_data(tmp_path_factory) / "encoders"


@pytest.fixture
def copied(made: Path, plain: SentenceTransformerEncoder, tmp_path: Path) -> Path:
    shutil.copytree(made / plain.id, tmp_path / plain.id)
    return tmp_path


@pytest.mark.model
def test_a_run_converts_and_the_vectors_are_the_same(
    made: Path, plain: SentenceTransformerEncoder
) -> None:
    for threads in (1, 2):
        encoder = fastest(plain, made, threads)
        assert isinstance(encoder, ConvertedEncoder)
        vectors = encoder.encode(TEXTS)
        assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 384), np.float32)
        assert vectors.flags.c_contiguous
        cosines = (vectors * plain.encode(TEXTS)).sum(axis=1)
        assert cosines.min() > 0.9999
        alone = np.vstack([encoder.encode([text]) for text in TEXTS])
        np.testing.assert_allclose(alone, vectors, atol=1e-2)
        assert encoder.encode([]).shape == (0, 384)
        assert encoder.id == plain.id
        assert (encoder.dimension, encoder.max_tokens) == (plain.dimension, plain.max_tokens)
        assert encoder.count_tokens("scan " * 1000) == 1000


@pytest.mark.model
def test_it_needs_no_torch_and_tells_nobody(made: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from indexer.encoder import SentenceTransformerEncoder as E;"
        "from indexer.converted_encoder import fastest;"
        f"fastest(E(), Path({str(made)!r}), 1).encode(['a scan']);"
        "sys.exit(str([n for n, m in sys.modules.items() if m and n.split('.')[0] in"
        " ('torch', 'transformers', 'sentence_transformers', 'openvino_telemetry')] or ''))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.stderr.strip() == ""


# As the service does it: encoded once, then forked, then asked by several threads at once.
FORKED = """
import os, sys, threading
from pathlib import Path
import numpy as np
from indexer.converted_encoder import fastest
from indexer.encoder import SentenceTransformerEncoder
TEXTS = ["scan", "a question of many words, asked of no one", "two words"]
encoder = fastest(SentenceTransformerEncoder(), Path(sys.argv[1]), 1)
expected = encoder.encode(TEXTS)
wrong = []
def work():
    for shift in range(len(TEXTS)):
        vectors = encoder.encode(TEXTS[shift:] + TEXTS[:shift])
        if not np.allclose(np.roll(vectors, shift, axis=0), expected, atol=1e-5):
            wrong.append(shift)
children = []
for _ in range(2):
    if child := os.fork():
        children.append(child)
        continue
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os._exit(len(wrong))
work()
sys.exit(str([os.waitpid(child, 0)[1] for child in children] + wrong))
"""


@pytest.mark.model
def test_threads_and_forked_processes_share_it(made: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", FORKED, str(made)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.stderr.strip() == "[0, 0]"


@pytest.mark.model
@pytest.mark.parametrize("harm", ["model.bin", "model.xml", "conversion.json", "id"])
def test_what_is_missing_or_altered_is_not_used(
    copied: Path, plain: SentenceTransformerEncoder, harm: str
) -> None:
    record = copied / plain.id / "conversion.json"
    assert fastest(plain, copied) is not plain
    if harm == "id":
        record.write_text(record.read_text().replace(plain.id, "other@1"))
    else:
        file = copied / plain.id / harm
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert fastest(plain, copied) is plain
    for name in ("model.bin", "conversion.json"):
        (copied / plain.id / name).unlink()
        assert fastest(plain, copied) is plain


@pytest.mark.model
def test_an_altered_one_is_made_again(copied: Path, plain: SentenceTransformerEncoder) -> None:
    record = copied / plain.id / "conversion.json"
    record.write_text("{}")
    convert(plain, copied)
    assert json.loads(record.read_text())["encoder"] == plain.id
    assert fastest(plain, copied) is not plain
    assert [each.name for each in copied.iterdir()] == [plain.id], "nothing is left lying about"


@pytest.mark.model
def test_one_that_gives_other_vectors_is_refused(
    made: Path, plain: SentenceTransformerEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy(_: object, file: Path) -> None:
        for each in ("model.xml", "model.bin"):
            shutil.copy(made / plain.id / each, file.parent)

    def other(_: object, texts: Sequence[str]) -> Vectors:
        return np.roll(fastest(plain, made).encode(texts), 1, axis=1)

    monkeypatch.setattr(converted_encoder, "_write", copy)
    monkeypatch.setattr(SentenceTransformerEncoder, "encode", other)
    with pytest.raises(EncoderError, match=r"gives other vectors when converted: cosine -?0\.\d+"):
        convert(plain, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_be_converted_says_why(
    tmp_path: Path, plain: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no such operation")

    monkeypatch.setattr(converted_encoder, "_write", fail)
    with pytest.raises(EncoderError, match="cannot be converted: no such operation"):
        convert(plain, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_the_plain_one_is_used(
    tmp_path: Path, plain: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    assert fastest(plain, tmp_path) is plain


def test_another_kind_of_encoder_is_left_as_it_is(tmp_path: Path) -> None:
    fake = FakeEncoder()
    convert(fake, tmp_path / "none")
    assert fastest(fake, tmp_path) is fake
    assert not (tmp_path / "none").exists()


@given(st.lists(st.integers(0, 256), max_size=300))
def test_batches_hold_every_text_once_and_little_padding(lengths: list[int]) -> None:
    batches = list(_batches(lengths))
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        longest = lengths[rows[0]]
        assert longest == max(lengths[row] for row in rows)
        assert len(rows) == 1 or len(rows) * longest <= 2048
