"""A generation's manifest: what the index was made of, by whom, and how to check it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from indexer.errors import IndexInvalidError

SCHEMA_VERSION = 4
_Model = TypeVar("_Model", bound=BaseModel)
COMPLETE = 0.999  # share of a question's words, by rarity, that counts as all of them


class EncoderRecord(BaseModel):
    """The encoder of an index; vectors of another are never compared with its own."""

    model_config = ConfigDict(frozen=True)

    id: str
    weights_digest: str
    dimension: int


class DenseRecord(BaseModel):
    """How the vectors of an index are looked through."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["flat", "ivf_sq8", "milvus"] = Field(
        description="all compared; an inverted file; or on a server"
    )
    collection: str = Field("", description="its name on the server")
    lists: int = Field(0, description="points that vectors are filed under")
    probed: int = Field(0, description="points around which is looked")
    recall: float = Field(
        1.0, description="share of the true ten nearest that is found, over the labelled questions"
    )


class Evidence(NamedTuple):
    """What speaks for a question's being answered by an index."""

    cosine: float  # of the best passage with the question
    coverage: float  # the largest share, by rarity, of its words that one good passage holds
    information: float  # the sum of the rarities of those words, in nats


class Answerability(BaseModel):
    """A logistic model of "does this index answer the question?", fitted on this index.

    The features of a question are those of ``Evidence``, and whether a passage holds all of its
    words. ``threshold`` is a probability.
    """

    model_config = ConfigDict(frozen=True)

    intercept: float
    cosine: float
    coverage: float
    information: float
    complete: float
    threshold: float
    questions: int = Field(description="labelled questions it was fitted on")
    false_answers: float = Field(description="share of unanswerable ones taken as answerable")
    false_refusals: float = Field(description="share of answerable ones refused")

    def says(self, evidence: Evidence) -> bool:
        """Whether a question with this evidence is answered."""
        logit = (
            self.intercept
            + self.cosine * evidence.cosine
            + self.coverage * evidence.coverage
            + self.information * evidence.information
            + self.complete * float(evidence.coverage > COMPLETE)
        )
        return 1 / (1 + math.exp(-logit)) >= self.threshold


class JudgedQuestion(BaseModel):
    """What an index gives for one judged question."""

    model_config = ConfigDict(frozen=True)

    ndcg: float | None = Field(description="nDCG@10; None where nothing on the site answers")
    first: tuple[str, ...] = Field(description="the first three results, by page and heading")


class Judged(BaseModel):
    """What an index gives for the judged questions that guard a publish, by question."""

    model_config = ConfigDict(frozen=True)

    yardstick: str = Field(description="SHA-256 of the judgments")
    questions: dict[str, JudgedQuestion]


class Manifest(BaseModel):
    """Everything a reader must know before it trusts the files beside it."""

    model_config = ConfigDict(frozen=True)

    schema_version: int
    build_id: str
    created_at: str
    encoder: EncoderRecord
    dense: DenseRecord
    passages: int
    pages: int
    extractor_version: int
    chunker_version: int
    analysis_version: int
    glossary: str = Field(description="SHA-256 of the glossary in its lexicon")
    labelled: str = Field(description="SHA-256 of the questions that answerability was fitted on")
    source_commit: str | None
    sources: tuple[str, ...]
    folders: dict[str, str] = Field({}, description="URL prefix to the folder served under it")
    notices: tuple[str, ...] = Field((), description="what visitors must know of the text")
    forced: tuple[str, ...] = Field((), description="what gates said and --force overruled")
    answerability: Answerability | None
    judged: Judged | None = None
    digests: dict[str, str] = Field(description="SHA-256 of every other file of the generation")

    @classmethod
    def read(cls, file: Path) -> Manifest:
        """Raises IndexInvalidError when it is missing, broken or of another schema."""
        text = _text(file)
        made = _parsed(_Made, text, file)
        if made.schema_version != SCHEMA_VERSION:
            raise IndexInvalidError(
                f"index {made.build_id} has schema {made.schema_version}, this program"
                f" reads {SCHEMA_VERSION}; run the indexer again"
            )
        return _parsed(cls, text, file)


class _Made(BaseModel):
    """What every schema's manifest has."""

    schema_version: int
    build_id: str
    sources: tuple[str, ...]


def sources_of(file: Path) -> tuple[str, ...]:
    """The sources of an index, also of another schema: a run goes on with them.

    Raises IndexInvalidError when the manifest is missing or broken.
    """
    return _parsed(_Made, _text(file), file).sources


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise IndexInvalidError(f"cannot read the manifest {file}: {error}") from error


def _parsed(model: type[_Model], text: str, file: Path) -> _Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise IndexInvalidError(f"manifest {file}: {where}: {first['msg']}") from error
