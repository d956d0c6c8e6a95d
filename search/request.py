"""A search request: its parameters, their limits, and the clear error for each that is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from search.errors import RequestError

LONGEST_QUESTION = 4000  # characters: a pasted letter of 600 words
MOST_PER_PAGE = 50
LAST_PAGE = 1000
_PASTED = frozenset("\t\n\r")  # control characters that come with pasted text
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class SearchRequest(BaseModel):
    """What one search asks."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: str = Field(description="question in free text")
    page: int = Field(1, ge=1, le=LAST_PAGE, description="page of results, from 1")
    per_page: int = Field(10, ge=1, le=MOST_PER_PAGE, description="results on a page")
    mode: Literal["hybrid", "semantic", "keyword"] = "hybrid"
    expand: bool = Field(True, description="also look for other names of what is asked")
    correct: bool = Field(True, description="correct words that nobody knows")
    group_by: Literal["page", "none"] = "page"
    audience: str = Field("", max_length=100)
    source: str = Field("", max_length=100)
    section: str = Field("", max_length=200)
    reviewed_after: date | None = Field(None, description="only pages reviewed on or after it")

    @field_validator("q")
    @classmethod
    def _question(cls, value: str) -> str:
        wrong = next((c for c in value if unicodedata.category(c) == "Cc" and c not in _PASTED), "")
        if wrong:
            raise ValueError(f"holds the control character U+{ord(wrong):04X}; take it out")
        # A lone surrogate is what is left of bytes that were no UTF-8.
        if any(unicodedata.category(c) == "Cs" for c in value):
            raise ValueError("is not valid Unicode text")
        if not value.strip():
            raise ValueError("is empty; ask something")
        if len(value) > LONGEST_QUESTION:
            raise ValueError(f"has {len(value)} characters; at most {LONGEST_QUESTION} are read")
        return " ".join(value.split())

    @field_validator("reviewed_after", mode="before")
    @classmethod
    def _date(cls, value: object) -> object:
        # pydantic alone would take a number for seconds since 1970.
        if isinstance(value, str) and not _DATE.fullmatch(value):
            raise ValueError("is not a date such as 2024-06-01")
        return value


def parse(arguments: Mapping[str, str]) -> SearchRequest:
    """The request that query parameters ask. Raises RequestError that names the parameter."""
    if "q" not in arguments:
        raise RequestError("missing_q", "the parameter q (the question) is missing", "q")
    given = {
        name: value
        for name, value in arguments.items()
        if name in SearchRequest.model_fields and (value != "" or name == "q")
    }
    try:
        return SearchRequest.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        message = first["msg"].removeprefix("Value error, ")
        message = message[0].lower() + message[1:]
        raise RequestError(f"invalid_{name}", f"{name}: {message}", name) from error
