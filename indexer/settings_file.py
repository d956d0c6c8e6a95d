"""Settings from a file: TOML named by ``NET_SETTINGS``, for those that are not in the environment.

What both halves read stands at the top, the rest under ``[indexer]`` or ``[search]``.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection, Container
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from indexer.errors import ConfigurationError
from indexer.layout import EMBEDDED, DataFolder

VARIABLE = "NET_SETTINGS"
_INDEX = r"^(embedded|milvus\+https?://[^/?#\s]+(/\w*)?|milvus\+file:.+\.db)$"
_HALVES = ("indexer", "search")


class Settings(BaseSettings):
    """Settings of one half: the command line wins over the environment, and that over the file."""

    model_config = SettingsConfigDict(env_prefix="NET_", frozen=True, extra="ignore")
    half: ClassVar[str]

    data: Path = Field(Path("data"), description="folder of everything generated")
    index: str = Field(
        EMBEDDED,
        pattern=_INDEX,
        description="where vectors are: `embedded` in that folder, on the Milvus server"
        " `milvus+http://HOST:19530`, or in the Milvus Lite file `milvus+file:PATH.db`",
    )

    @property
    def folder(self) -> DataFolder:
        """The data folder."""
        return DataFolder(self.data, self.index)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Raises ConfigurationError when the file cannot be used as it is."""
        file = InitSettingsSource(settings_cls, _values(cls.half, cls.model_fields))
        return init_settings, env_settings, file


def shown(value: object) -> str:
    """A setting's wrong value as it may be shown: an address without its password."""
    return re.sub(r"//[^/@]*@", "//…@", repr(value))


def _values(half: str, known: Collection[str]) -> dict[str, Any]:
    """What the file has for one half, of which these settings are known."""
    file = Path(os.environ.get(VARIABLE, ""))
    if not file.name:
        return {}
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{VARIABLE}: cannot read {file}: {error}") from error
    own = written.get(half, {})
    shared = {name: value for name, value in written.items() if name not in _HALVES}
    for name in shared:
        if name not in known:
            raise ConfigurationError(
                f"{file}: {name!r} is no setting of both halves; put it under [indexer] or"
                " [search], or mend its name"
            )
    if not isinstance(own, dict):
        raise ConfigurationError(f"{file}: {half} is no table of settings")
    if unknown := sorted(set(own) - set(known)):
        raise ConfigurationError(
            f"{file}: [{half}] has no setting {unknown[0]!r}; there are {', '.join(known)}"
        )
    return {**shared, **own}


def named(name: str, given: Container[str]) -> str:
    """How an error names a setting: as whoever set it knows it (``given``: the command line)."""
    variable = f"NET_{name.upper()}"
    file = os.environ.get(VARIABLE, "")
    elsewhere = variable in os.environ or name.lower() in given
    return variable if not file or elsewhere else f"{variable} ({file})"
