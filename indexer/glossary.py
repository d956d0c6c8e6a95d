"""The reviewed glossary, ``corpus/glossary.toml``: other names of what people ask for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from indexer.errors import ConfigurationError
from indexer.terms import terms

GLOSSARY = Path(__file__).resolve().parent.parent / "corpus" / "glossary.toml"


class Entry(BaseModel):
    """One name and what pages may say for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    written: str = Field(alias="from", min_length=1)
    to: tuple[str, ...] = Field(min_length=1)
    kind: Literal["abbreviation", "brand", "generic", "class", "lay", "clinical", "disease", "test"]
    direction: Literal["both", "forward"]
    source: str = Field(min_length=1, description="where a reviewer can check it")
    near: tuple[str, ...] = Field(
        (), description="words one of which makes it this one though it is an everyday word"
    )

    @model_validator(mode="after")
    def _names(self) -> Entry:
        names = {name: [term.stem for term in terms(name)] for name in (self.written, *self.to)}
        for name, stems in names.items():
            if not stems:
                raise ValueError(f"{name!r} holds no word")
        if any(names[name] == names[self.written] for name in self.to):
            raise ValueError(f"{self.written!r} stands for itself")
        return self


def read_glossary(file: Path = GLOSSARY) -> list[Entry]:
    """The entries of a glossary. Raises ConfigurationError that names the entry."""
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8")).get("entry", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"cannot read the glossary {file}: {error}") from error
    entries: list[Entry] = []
    seen: set[str] = set()
    for number, each in enumerate(given, 1):
        try:
            entry = Entry.model_validate(each)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            message = first["msg"].removeprefix("Value error, ")
            raise ConfigurationError(f"{file}, entry {number}: {where}: {message}") from error
        if entry.written.casefold() in seen:
            raise ConfigurationError(f"{file}, entry {number}: {entry.written!r} is there twice")
        seen.add(entry.written.casefold())
        entries.append(entry)
    return entries
