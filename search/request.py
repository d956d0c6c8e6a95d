"""A search request: its parameters, their limits, and the clear error for each that is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from indexer.judgments import LONGEST_QUESTION
from search.errors import RequestError

MOST_PER_PAGE = 50
LAST_PAGE = 1000
MOST_SUGGESTIONS = 20
_PASTED = frozenset("\t\n\r")  # control characters that come with pasted text
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
# For whoever reads OpenAPI: some character that is no space, and no control characters.
_TEXT = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*"
_ASKED = rf"^{_TEXT}[^\s\x00-\x1f\x7f-\x9f]{_TEXT}$"


def _whole(value: object) -> object:
    # pydantic alone would also take 1.0, " 1" and 1_0, and refuse long ones in other words.
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("is not a valid integer")
    return value


def _true_or_false(value: object) -> object:
    if isinstance(value, str) and value.lower() not in {"true", "false"}:
        raise ValueError("is not a boolean, true or false")
    return value


Number = Annotated[int, BeforeValidator(_whole)]
Switch = Annotated[bool, BeforeValidator(_true_or_false)]


Request = TypeVar("Request", bound=BaseModel)


class SearchRequest(BaseModel):
    """What one search asks."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = Field(
        description="question in free text",
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_QUESTION, "pattern": _ASKED},
    )
    page: Number = Field(1, ge=1, le=LAST_PAGE, description="page of results, from 1")
    per_page: Number = Field(10, ge=1, le=MOST_PER_PAGE, description="results on a page")
    mode: Literal["hybrid", "semantic", "keyword"] = Field(
        "hybrid", description="which halves rank: meaning and words, or one of them"
    )
    expand: Switch = Field(True, description="also look for other names of what is asked")
    correct: Switch = Field(True, description="correct words that nobody knows")
    group_by: Literal["page", "none"] = Field(
        "page", description="one result a page, or every passage by itself"
    )
    audience: str = Field("", max_length=100, description="only what is written for them")
    source: str = Field("", max_length=100, description="only this site")
    section: str = Field("", max_length=200, description="only this section of the site")
    language: str = Field("", max_length=100, description="only pages in it: en, it, zh")
    reviewed_after: date | None = Field(None, description="only pages reviewed on or after it")
    url: str = Field("", max_length=2000, description="only this page, by its address")
    typed: Switch = Field(False, description="it is still being typed: no answer is then no gap")

    @property
    def narrowed(self) -> bool:
        """Whether only a part of the index is searched."""
        given = (self.audience, self.source, self.section, self.language, self.url)
        return any(given) or self.reviewed_after is not None

    @field_validator("q")
    @classmethod
    def _question(cls, value: str) -> str:
        text = _text(value)
        if not text:
            raise ValueError("is empty; ask something")
        return text

    @field_validator("reviewed_after", mode="before")
    @classmethod
    def _date(cls, value: object) -> object:
        # pydantic alone would take a number for seconds since 1970.
        if isinstance(value, str) and not _DATE.fullmatch(value):
            raise ValueError("is not a date such as 2024-06-01")
        return value


class SuggestRequest(BaseModel):
    """What was typed so far."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = Field(
        description="what was typed so far",
        json_schema_extra={"maxLength": LONGEST_QUESTION, "pattern": f"^{_TEXT}$"},
    )
    limit: Number = Field(8, ge=1, le=MOST_SUGGESTIONS, description="suggestions at most")

    @field_validator("q")
    @classmethod
    def _typed(cls, value: str) -> str:
        # A space at the end says that the last word is whole.
        return _text(value) + " " * bool(value.strip() and value[-1].isspace())


def _text(value: str) -> str:
    """A question as one line. Raises ValueError that says what is wrong with it."""
    wrong = next((c for c in value if unicodedata.category(c) == "Cc" and c not in _PASTED), "")
    if wrong:
        raise ValueError(f"holds the control character U+{ord(wrong):04X}; take it out")
    # A lone surrogate is what is left of bytes that were no UTF-8.
    if any(unicodedata.category(c) == "Cs" for c in value):
        raise ValueError("is not valid Unicode text")
    if len(value) > LONGEST_QUESTION:
        raise ValueError(f"has {len(value)} characters; at most {LONGEST_QUESTION} are read")
    return " ".join(value.split())


def parse(arguments: Mapping[str, str]) -> SearchRequest:
    """The search that query parameters ask. Raises RequestError that names the parameter."""
    return _read(SearchRequest, arguments)


def parse_suggest(arguments: Mapping[str, str]) -> SuggestRequest:
    """The completion that query parameters ask. Raises RequestError that names the parameter."""
    return _read(SuggestRequest, arguments)


def _read(model: type[Request], arguments: Mapping[str, str]) -> Request:
    if "q" not in arguments:
        raise RequestError("missing_q", "the parameter q (the question) is missing", "q")
    given = {
        name: value
        for name, value in arguments.items()
        if name in model.model_fields and (value != "" or name == "q")
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        message = first["msg"].removeprefix("Value error, ")
        message = message[0].lower() + message[1:]
        raise RequestError(f"invalid_{name}", f"{name}: {message}", name) from error
