"""The service's settings as data: name, default and meaning, in one place.

Each is read from the environment as ``NET_`` and its name in capitals, or from the settings file;
options of the command line win. README's table is generated from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import EnvSettingsSource
from pydantic_settings import SettingsError as NotJsonError

from indexer.encoder import DEFAULT_ENCODER
from indexer.settings_file import Settings, named, shown
from search.errors import SettingsError

# Scheme, host and port, in lower case as browsers send them: a path, or a star for all, would be a
# mistake.
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


class Weights(BaseModel):
    """What each feature of a passage counts in the learned fusion; docs/ranking.md says how found.

    ``section``, ``parent`` and ``page`` weigh the best passage under the same heading, under the
    one above it, and on the same page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    meaning: float = Field(1.35, ge=0)
    words: float = Field(0.39, ge=0)
    coverage: float = Field(1.55, ge=0)
    aspect: float = Field(0.23, ge=0)
    section: float = Field(0.76, ge=0)
    parent: float = Field(1.66, ge=0)
    page: float = Field(2.52, ge=0)

    @property
    def most(self) -> float:
        """The score of a passage that has everything."""
        own = self.meaning + self.words + self.coverage + self.aspect
        return max(own * (1 + self.section + self.parent + self.page), 1e-9)


class SearchSettings(Settings):
    """Settings of ``python -m search``."""

    half = "search"

    encoder: str = Field(DEFAULT_ENCODER, description="the encoder the index was made by")
    host: str = Field("127.0.0.1", description="address the service listens on")
    port: int = Field(8000, ge=0, le=65535, description="port the service listens on")
    operator_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="opens the operator's routes to who sends it; they are off without one",
    )
    workers: int = Field(2, ge=1, le=64, description="processes that answer")
    threads: int = Field(2, ge=1, le=64, description="searches one process works on at once")
    queue: int = Field(
        32, ge=0, le=500, description="searches that may wait for a turn; others get 503 at once"
    )
    rate_limit: int = Field(
        120,
        ge=0,
        le=60_000,
        description="searches a minute for one client, suggestions five times as many; 0: no limit;"
        " this machine itself has none",
    )
    proxies: int = Field(
        0,
        ge=0,
        le=8,
        description="reverse proxies in front, each adding to X-Forwarded-For; without them that"
        " header is not believed",
    )
    origins: tuple[str, ...] = Field(
        (), description="sites whose pages may call the API, as a JSON list of origins"
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="auto: text on a terminal, JSON elsewhere"
    )
    gaps: bool = Field(
        False, description="count what is looked for and not found: `python -m search gaps`"
    )
    question_cache: int = Field(
        256,
        ge=0,
        le=100_000,
        description="vectors of the last questions each process keeps in memory, never their text;"
        " 0: none",
    )
    fusion: Literal["learned", "weighted", "ranks"] = Field(
        "learned",
        description="how the halves become one score: learned; or, to compare, a weighted sum or"
        " reciprocal ranks of meaning and words alone",
    )
    weights: Weights = Field(
        Weights(), description="of the learned fusion's features, as a JSON object"
    )
    semantic_weight: float = Field(
        0.6, ge=0, le=1, description="share of the meaning in the weighted fusion"
    )
    expansions: bool = Field(
        True, description="whether other names of what is asked are looked for"
    )
    expansion_weight: float = Field(
        0.8, ge=0, le=1, description="what another name of a word counts beside the word"
    )
    spelling: bool = Field(True, description="whether words that nobody knows are corrected")
    title_boost: float = Field(0.5, ge=0, description="weight of a word in the page's title")
    headings_boost: float = Field(1.0, ge=0, description="weight of a word in the headings")
    text_boost: float = Field(1.0, ge=0, description="weight of a word in the passage")
    candidates: int = Field(200, ge=10, description="passages taken from the semantic half")
    keyword_candidates: int = Field(1000, ge=10, description="passages taken from the keyword half")
    semantic_reach: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of the best passage's cosine that one without the words must have",
    )
    rare_passages: int = Field(
        5, ge=0, description="a word in at most this many passages puts them first; 0: off"
    )
    reranker: str = Field(
        "",
        description="sentence-transformers CrossEncoder that reorders the first passages: a folder"
        " or a cached name; off without one",
    )
    rerank_passages: int = Field(20, ge=2, description="passages that the reranker reorders")
    site_name: str = Field("NET resource search", description="name on the search page")
    examples: tuple[str, ...] = Field(
        (
            "side effects of PRRT",
            "lanreotide",
            "who is in my care team",
            "what to eat with carcinoid syndrome",
            "how is the grade of a tumour found",
            "SSTR2",
        ),
        description="questions offered on the search page, as a JSON list",
    )
    helpline: str = Field(
        "If you need to talk to someone, contact your treatment team or a cancer support line.",
        description="shown where the site does not answer a question",
    )

    review_months: int = Field(
        36,
        ge=0,
        description="months until a review is overdue, where a page names no date; 0: never",
    )

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for each in origins:
            if not _ORIGIN.fullmatch(each):
                raise ValueError(f"{each!r} is no origin such as https://www.example.org")
        return origins


def load_settings(written: Mapping[str, str] | None = None, /, **given: Any) -> SearchSettings:
    """Settings from file and environment, and from what the command line gave (None: not given).

    ``written`` are values by name as the environment would hold them; they win over all others.
    Raises SettingsError that names the setting, or ConfigurationError that names the file.
    """
    for name in written or {}:
        if name not in SearchSettings.model_fields:
            names = ", ".join(SearchSettings.model_fields)
            raise SettingsError(f"there is no setting {name!r}; there are {names}")
    values = {name: value for name, value in given.items() if value is not None}
    try:
        values |= _read(written or {})
        return SearchSettings(**values)
    except NotJsonError as error:
        name = str(error).split('"')[1].upper()
        raise SettingsError(f"setting NET_{name}: not JSON: {error.__cause__}") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(map(str, first["loc"])).upper()
        value = "" if name == "OPERATOR_TOKEN" else f", not {shown(first['input'])}"
        raise SettingsError(f"setting {named(name, values)}: {first['msg']}{value}") from error


def _read(written: Mapping[str, str]) -> dict[str, Any]:
    """Values as pydantic-settings reads them from an environment that holds these."""
    source = EnvSettingsSource(SearchSettings)
    source.env_vars = {f"net_{name}": value for name, value in written.items()}
    return source()
