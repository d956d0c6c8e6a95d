"""The encoder without torch: the same model, converted once and run by OpenVINO.

A question is encoded in a fraction of the time, and a service that never imports torch starts
sooner and needs less memory. Conversion happens where passages are embedded, beside the store, and
is believed only where its vectors are those of the model itself; without it the model itself is
used. Vectors of both are compared with each other: they are the same but for rounding.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.encoder import Encoder, SentenceTransformerEncoder, Vectors
from indexer.errors import EncoderError
from indexer.layout import sha256_of

if TYPE_CHECKING:
    import openvino

_MODEL = "model.xml"
_RECORD = "conversion.json"
_ALIKE = 0.9999  # least cosine of a text's two vectors; rounding to 16 bits costs 0.00002
_BATCH_TOKENS = 2048  # tokens of one batch, padding counted: more does not fit into the caches
_PROBES = (
    "",
    "PRRT",
    "what are the side effects of PRRT?",
    "é ¹⁷⁷Lu-DOTATATE, 5-HIAA (24 h urine)",
    "A neuroendocrine tumour grows from cells that make hormones. " * 4,
    "scan " * 400,
)

Numbers = NDArray[np.int64]


class ConvertedEncoder:
    """An encoder whose model runs in OpenVINO; everything but the vectors it asks of the plain one.

    With ``threads=1`` texts are encoded in the thread that asks, so the processes forked from one
    that has encoded something share the model. Raises EncoderError when the converted files are
    not there or not those that were written.
    """

    def __init__(self, plain: SentenceTransformerEncoder, folder: Path, threads: int) -> None:
        self.id = plain.id
        self.weights_digest = plain.weights_digest
        self.dimension = plain.dimension
        self.max_tokens = plain.max_tokens
        self.count_tokens = plain.count_tokens
        self._plain = plain
        self._folder = folder
        self._threads = threads
        self._of_thread = threading.local()
        self._check()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), float32, C order."""
        tokens = [np.array(ids) for ids in self._tokens(texts)]
        vectors = np.zeros((len(tokens), self.dimension), dtype=np.float32)
        for rows in _batches([len(each) for each in tokens]):
            ids = np.zeros((len(rows), len(tokens[rows[0]])), dtype=np.int64)
            mask = np.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row])] = tokens[row]
                mask[place, : len(tokens[row])] = 1
            vectors[rows] = self._infer(ids, mask)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = vectors / np.maximum(lengths, np.finfo(np.float32).tiny)
        return unit

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if self._threads == 1:
            # A batch starts threads, which do not come along into a forked process.
            return [self._tokenizer.encode(text).ids for text in texts]
        return [each.ids for each in self._tokenizer.encode_batch(list(texts))]

    def _infer(self, ids: Numbers, mask: Numbers) -> Vectors:
        # A request is for one thread at a time, and what it gives is its own until the next one.
        if not hasattr(self._of_thread, "request"):
            self._of_thread.request = self._compiled.create_infer_request()
        vectors: Vectors = self._of_thread.request.infer({0: ids, 1: mask})[0]
        return vectors

    def _check(self) -> None:
        try:
            record = json.loads((self._folder / _RECORD).read_text(encoding="utf-8"))
            sound = record["encoder"] == self.id and all(
                sha256_of(self._folder / name) == digest
                for name, digest in record["digests"].items()
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EncoderError(f"no converted encoder in {self._folder}: {error}") from error
        if not sound:
            raise EncoderError(f"the converted encoder in {self._folder} was altered")

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._plain.folder / "tokenizer.json"))
        tokenizer.no_padding()
        marks = tokenizer.num_special_tokens_to_add(is_pair=False)
        tokenizer.enable_truncation(self.max_tokens + marks)
        return tokenizer

    @cached_property
    def _compiled(self) -> openvino.CompiledModel:
        config: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": 0 if self._threads == 1 else 1,  # 0: in the thread that asks
        }
        return _openvino().Core().compile_model(self._folder / _MODEL, "CPU", config)


def fastest(plain: Encoder, folder: Path, threads: int | None = None) -> Encoder:
    """The converted form of an encoder where there is one under ``folder``, else itself.

    ``threads`` are all cores of the machine where not given.
    """
    if not isinstance(plain, SentenceTransformerEncoder):
        return plain
    try:
        _openvino()
        return ConvertedEncoder(plain, folder / plain.id, threads or os.cpu_count() or 1)
    except (EncoderError, ImportError):
        return plain


def convert(plain: Encoder, folder: Path) -> None:
    """Write the converted form of an encoder under ``folder``, where it is not there already.

    Raises EncoderError when it cannot be converted, or gives other vectors.
    """
    if not isinstance(plain, SentenceTransformerEncoder) or fastest(plain, folder) is not plain:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as given:
        made = Path(given) / plain.id
        made.mkdir()
        try:
            _write(plain, made / _MODEL)
        except Exception as error:  # whatever the libraries raise, the plain encoder goes on
            raise EncoderError(f"{plain.id} cannot be converted: {error}") from error
        files = {each.name: sha256_of(each) for each in sorted(made.iterdir())}
        version = importlib.metadata.version("openvino")
        record = {"encoder": plain.id, "openvino": version, "digests": files}
        (made / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        vectors = ConvertedEncoder(plain, made, threads=1).encode(_PROBES)
        alike = float((vectors * plain.encode(_PROBES)).sum(axis=1).min())
        if not alike >= _ALIKE:
            raise EncoderError(
                f"{plain.id} gives other vectors when converted: cosine {alike:.4f}, not {_ALIKE}"
            )
        shutil.rmtree(folder / plain.id, ignore_errors=True)
        made.rename(folder / plain.id)


def _write(plain: SentenceTransformerEncoder, file: Path) -> None:
    import torch  # noqa: PLC0415 - takes seconds, and is needed here only

    class Pooled(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = plain.model.eval()

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            types = torch.zeros_like(input_ids)
            given = {
                "input_ids": input_ids,
                "attention_mask": attention_mask,
                "token_type_ids": types,
            }
            vectors: torch.Tensor = self.model(given)["sentence_embedding"]
            return vectors

    example = torch.ones((2, 8), dtype=torch.int64)
    runtime = _openvino()
    # Of what tracing takes for constant it warns; whether that matters the probes tell.
    with warnings.catch_warnings(action="ignore"):
        converted = runtime.convert_model(Pooled(), example_input=(example, example))
    runtime.save_model(converted, file, compress_to_fp16=False)


def _openvino() -> Any:
    # At its import the library would tell its maker of it over the network; without this module,
    # which does that, it does not.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino  # noqa: PLC0415

    return openvino


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of like length together, longest first, each batch of at most so many tokens."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        size = max(1, _BATCH_TOKENS // max(lengths[order[0]], 1))
        yield order[:size]
        order = order[size:]
