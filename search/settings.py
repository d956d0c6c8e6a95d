"""The service's settings as data: name, default and meaning, in one place.

Each is read from the environment as ``NET_`` and its name in capitals; options of the command
line win. README's table is generated from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as NotJsonError

from indexer.encoder import DEFAULT_ENCODER
from search.errors import SettingsError


class SearchSettings(BaseSettings):
    """Settings of ``python -m search``."""

    model_config = SettingsConfigDict(env_prefix="NET_", frozen=True, extra="ignore")

    data: Path = Field(Path("data"), description="folder of everything generated")
    encoder: str = Field(DEFAULT_ENCODER, description="the encoder the index was made by")
    host: str = Field("127.0.0.1", description="address the service listens on")
    port: int = Field(8000, ge=0, le=65535, description="port the service listens on")
    operator_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="opens the operator's routes to who sends it; they are off without one",
    )
    workers: int = Field(2, ge=1, le=64, description="processes that answer")
    threads: int = Field(2, ge=1, le=64, description="requests one process works on at once")
    semantic_weight: float = Field(
        0.6, ge=0, le=1, description="share of the meaning in the hybrid score; the rest is words"
    )
    title_boost: float = Field(0.5, ge=0, description="weight of a word in the page's title")
    headings_boost: float = Field(1.0, ge=0, description="weight of a word in the headings")
    text_boost: float = Field(1.0, ge=0, description="weight of a word in the passage")
    candidates: int = Field(200, ge=10, description="passages taken from the semantic half")
    semantic_reach: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of the best passage's cosine that one without the words must have",
    )
    rare_passages: int = Field(
        5, ge=0, description="a word in at most this many passages puts them first; 0: off"
    )
    site_name: str = Field("NET resource search", description="name on the search page")
    examples: tuple[str, ...] = Field(
        ("side effects of PRRT", "lanreotide", "who is in my care team"),
        description="questions offered on the search page, as a JSON list",
    )
    helpline: str = Field(
        "If you need to talk to someone, contact your treatment team or a cancer support line.",
        description="shown where the site does not answer a question",
    )


def load_settings(**given: Any) -> SearchSettings:
    """Settings from the environment and from what the command line gave (None: not given).

    Raises SettingsError that names the setting.
    """
    try:
        return SearchSettings(**{name: value for name, value in given.items() if value is not None})
    except NotJsonError as error:
        name = str(error).split('"')[1].upper()
        raise SettingsError(f"setting NET_{name}: not JSON: {error.__cause__}") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(map(str, first["loc"])).upper()
        raise SettingsError(
            f"setting NET_{name}: {first['msg']}, not {first['input']!r}"
        ) from error
