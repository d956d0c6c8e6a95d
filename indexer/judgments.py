"""Judged questions: which passages answer them. The record of DESIGN section 4."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from indexer.errors import JudgmentsError

LONGEST_QUESTION = 4000  # characters: a pasted letter of 600 words


class Relevant(BaseModel):
    """A heading of a page that answers a question: 2 the best, 1 useful as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    heading: str
    grade: int = 1


class Judgment(BaseModel):
    """One judged question. Nothing relevant means that nothing on the site answers it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    query: str
    relevant: tuple[Relevant, ...]

    @field_validator("query")
    @classmethod
    def _askable(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("is empty")
        if len(value) > LONGEST_QUESTION:
            raise ValueError(f"has {len(value)} characters; at most {LONGEST_QUESTION} are read")
        if any(
            unicodedata.category(each) in {"Cc", "Cs"} and each not in "\t\n\r" for each in value
        ):
            raise ValueError("holds a control character or half of a character")
        return value

    def grade(self, path: str, headings: Sequence[str]) -> int:
        """How well a passage answers: the best grade of a judged heading it is under, else 0."""
        grades = (r.grade for r in self.relevant if r.path == path and r.heading in headings)
        return max(grades, default=0)


def read_judgments(file: Path) -> list[Judgment]:
    """The questions of a JSON lines file. Raises JudgmentsError that names the line."""
    found = []
    try:
        # Not splitlines, which cuts at characters that JSON text may hold, such as U+2028.
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise JudgmentsError(f"cannot read the judgments {file}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Judgment.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise JudgmentsError(f"{file}, line {number}: {where}: {first['msg']}") from error
    if not found:
        raise JudgmentsError(f"{file} holds no judged questions")
    ids = [judgment.id for judgment in found]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise JudgmentsError(f"{file}: the id {min(twice)} is used twice")
    return found
