"""The indexer's settings as data: name, default and meaning, in one place.

Each is read from the environment as ``NET_`` and its name in capitals, or from the settings file;
options of the command line win. README's table is generated from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from indexer.encoder import DEFAULT_ENCODER
from indexer.errors import ConfigurationError
from indexer.settings_file import Settings, named, shown


class IndexerSettings(Settings):
    """Settings of ``python -m indexer``."""

    half = "indexer"

    sources: Path = Field(Path("corpus/sources.toml"), description="sites to index without --site")
    encoder: str = Field(
        DEFAULT_ENCODER,
        description="sentence-transformers model: the embedded default, a folder or a cached name",
    )
    batch_size: int = Field(32, ge=1, le=1024, description="passages encoded at once")
    passage_tokens: int = Field(
        254, ge=32, description="tokens of text in a passage, at most what the encoder reads"
    )
    keep_generations: int = Field(
        3, ge=1, description="indexes kept for rollback, the live one too"
    )
    little_text: float = Field(
        0.2, ge=0, le=1, description="share of a page's last good text below which it is kept"
    )
    judgments: Path = Field(
        Path("corpus/judgments.jsonl"), description="judged questions that guard a publish"
    )
    judged_margin: float = Field(
        0.03, ge=0, le=1, description="nDCG@10 on judged questions that a publish may lose"
    )
    lost_share: float = Field(
        0.1, ge=0, le=1, description="share of a section's pages that a publish may lose"
    )
    lost_pages: int = Field(2, ge=0, description="pages of a section that a publish may lose")
    failed_share: float = Field(
        0.1, ge=0, le=1, description="share of a site's addresses that may give no answer"
    )
    failed_pages: int = Field(5, ge=0, description="addresses of a site that may give no answer")


def load_settings(**given: Any) -> IndexerSettings:
    """Settings from file and environment, and from what the command line gave (None: not given).

    Raises ConfigurationError that names the setting.
    """
    values = {name: value for name, value in given.items() if value is not None}
    try:
        return IndexerSettings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(map(str, first["loc"])).upper()
        raise ConfigurationError(
            f"setting {named(name, values)}: {first['msg']}, not {shown(first['input'])}"
        ) from error
