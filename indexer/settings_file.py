"""Settings from a file: TOML named by ``NET_SETTINGS``, for those that are not in the environment.

What both halves read stands at the top, the rest under ``[indexer]`` or ``[search]``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from indexer.errors import ConfigurationError

VARIABLE = "NET_SETTINGS"
_HALVES = ("indexer", "search")


class SettingsFile(PydanticBaseSettingsSource):
    """The values that the file has for one half's settings."""

    def __init__(self, settings: type[BaseSettings], half: str) -> None:
        super().__init__(settings)
        self._half = half

    def __call__(self) -> dict[str, Any]:
        """Values by name. Raises ConfigurationError when the file cannot be used as it is."""
        file = Path(os.environ.get(VARIABLE, ""))
        if not file.name:
            return {}
        try:
            written = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{VARIABLE}: cannot read {file}: {error}") from error
        own = written.get(self._half, {})
        shared = {name: value for name, value in written.items() if name not in _HALVES}
        known = self.settings_cls.model_fields
        for name in shared:
            if name not in known:
                raise ConfigurationError(
                    f"{file}: {name!r} is no setting of both halves; put it under [indexer] or"
                    " [search], or mend its name"
                )
        if not isinstance(own, dict):
            raise ConfigurationError(f"{file}: {self._half} is no table of settings")
        if unknown := sorted(set(own) - set(known)):
            raise ConfigurationError(
                f"{file}: [{self._half}] has no setting {unknown[0]!r}; there are"
                f" {', '.join(known)}"
            )
        return {**shared, **own}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not asked: ``__call__`` gives all values at once."""
        raise NotImplementedError


def named(name: str, given: Container[str]) -> str:
    """How an error names a setting: as whoever set it knows it (``given``: the command line)."""
    variable = f"NET_{name.upper()}"
    file = os.environ.get(VARIABLE, "")
    elsewhere = variable in os.environ or name.lower() in given
    return variable if not file or elsewhere else f"{variable} ({file})"
