"""Floors: the least that the measures may be and the most that the error rates may be.

They hold for one file of judged questions only, so a file of floors names it by its digest.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from indexer.errors import ConfigurationError, IndexerError, JudgmentsError
from indexer.layout import sha256_of

_Rate = Annotated[float, Field(ge=0, le=1)]
_Measure = Literal["nDCG@10", "success@1", "success@3", "MRR@10"]
_Error = Literal["false_answers", "false_refusals"]


class BelowFloorError(IndexerError):
    """A ranking that is worse than its floors allow."""

    exit_status = 3


class Floors(BaseModel):
    """A file of floors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judgments_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    floors: dict[_Measure, _Rate] = {}
    ceilings: dict[_Error, _Rate] = {}

    def missed(self, measured: Mapping[str, float | None]) -> list[str]:
        """Each bound that the summary of an evaluation is on the wrong side of, in words.

        One that could not be measured, for want of such questions, is missed as well.
        """
        found = []
        for name, least in self.floors.items():
            value = measured[name]
            if value is None or value < least:
                found.append(f"{name} is {_shown(value)}, below its floor of {least:g}")
        for error, most in self.ceilings.items():
            value = measured[error]
            if value is None or value > most:
                found.append(f"{error} is {_shown(value)}, above its ceiling of {most:g}")
        return found


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4g}"


def read_floors(file: Path, judgments: Path) -> Floors:
    """The floors of a file, for these judged questions.

    Raises ConfigurationError for a file that cannot be used, and JudgmentsError when the questions
    are not those that the floors were set with.
    """
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        floors = Floors.model_validate(values)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"cannot read the floors {file}: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigurationError(f"{file}: {where}: {first['msg']}") from error
    if (found := sha256_of(judgments)) != floors.judgments_sha256:
        raise JudgmentsError(
            f"the yardstick moved: {judgments} has the SHA-256 {found}, but the floors in {file}"
            f" were set with {floors.judgments_sha256}; measure anew and set them anew"
        )
    return floors
