"""Reranking: a cross-encoder reads question and passage together and reorders the first passages.

It is off unless a model is named, and nothing of it is loaded then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from indexer.errors import EncoderError
from search.rank import Ranking
from search.retrieve import Scores
from search.settings import SearchSettings

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

# What a transformers model is called that can score a pair. Any other, such as a text encoder, is
# loaded all the same, with a random last layer and no more than a warning.
_HEADS = ("ForSequenceClassification", "ForCausalLM")


class Reranker(Protocol):
    """What the engine asks of a reranker."""

    @property
    def name(self) -> str:
        """The setting that it was made from."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """How well each text answers the question, the higher the better; shape (len(texts),)."""


class CrossEncoderReranker:
    """Any sentence-transformers CrossEncoder: a folder, or a name in the local cache.

    The model is loaded at the first text. Raises EncoderError, then or at once, when it cannot be.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder = _folder(name)
        if not _scores_pairs(self._folder, name):
            raise _refused(name, "it is a model, but no cross-encoder")

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        if not texts:
            return np.zeros(0)
        pairs = [(question, text) for text in texts]
        found = np.asarray(self._model.predict(pairs, show_progress_bar=False), dtype=np.float64)
        if found.shape != (len(texts),) or not np.isfinite(found).all():
            raise _refused(self.name, "it does not give one number for a passage")
        return found

    @cached_property
    def _model(self) -> CrossEncoder:
        # Importing torch takes seconds: who only checks the settings must not wait for it.
        import transformers  # noqa: PLC0415
        from safetensors import SafetensorError  # noqa: PLC0415
        from sentence_transformers import CrossEncoder  # noqa: PLC0415

        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        broken = (OSError, ValueError, RuntimeError, LookupError, ImportError, SafetensorError)
        try:
            return CrossEncoder(str(self._folder), device="cpu", local_files_only=True)
        except broken as error:
            raise _refused(self.name, f"it cannot be loaded: {error}") from error


def reranker_of(settings: SearchSettings, before: Reranker | None = None) -> Reranker | None:
    """The reranker that the settings name, ``before`` again if it is that one; None: it is off.

    Raises EncoderError.
    """
    if not settings.reranker:
        return None
    if before is not None and before.name == settings.reranker:
        return before
    return CrossEncoderReranker(settings.reranker)


def rerank(ranking: Ranking, scores: Scores) -> Ranking:
    """The ranking with its first places in the order of these scores, theirs one by one.

    A passage never passes one that has more rare terms. Equal scores leave the order as it was, and
    the places behind the scored ones are left alone.
    """
    first, rest = np.split(ranking.order, [len(scores)])
    order = first[np.lexsort((-scores, -ranking.rare[first]))]
    said = dict(zip(first.tolist(), scores.tolist(), strict=True))
    return replace(ranking, order=np.concatenate([order, rest]), reranker=said)


def _folder(name: str) -> Path:
    folder = Path(name)
    if (folder / "config.json").is_file():
        return folder.resolve()
    from huggingface_hub import snapshot_download  # noqa: PLC0415
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, ValueError) as error:
        raise _refused(name, "it is not there") from error


def _scores_pairs(folder: Path, name: str) -> bool:
    saved_by = folder / "config_sentence_transformers.json"
    if saved_by.is_file() and _read(saved_by, name).get("model_type") == "CrossEncoder":
        return True
    architectures = _read(folder / "config.json", name).get("architectures") or [""]
    return str(architectures[0]).endswith(_HEADS)


def _read(file: Path, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _refused(name, f"cannot read {file}: {error}") from error


def _refused(name: str, why: str) -> EncoderError:
    return EncoderError(
        f"setting NET_RERANKER: {name!r} cannot be used, {why}; give the folder of a"
        " sentence-transformers CrossEncoder, the name of one in the local Hugging Face cache, or"
        " nothing to do without"
    )
