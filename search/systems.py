"""The systems that an evaluation measures, as a command line names them.

A system is an index, the settings it is asked with, and the mode.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from indexer.layout import Generation
from search.engine import Engine
from search.errors import SettingsError
from search.request import SearchRequest
from search.settings import SearchSettings, load_settings

MODES: tuple[str, ...] = get_args(SearchRequest.model_fields["mode"].annotation)


@dataclass(frozen=True, slots=True)
class System:
    """One system, ready to be asked."""

    engine: Engine
    settings: SearchSettings
    mode: str
    generation: Generation  # what the engine was loaded from

    @classmethod
    def load(cls, settings: SearchSettings, mode: str, index: Path | None) -> System:
        """The live index of the data folder, or the one in the folder ``index``.

        Raises what loading an engine does.
        """
        generation = Generation(index, settings.index) if index else settings.folder.live()
        return cls(Engine.load(settings, generation=generation), settings, mode, generation)

    def other(self, spec: str) -> System:
        """The same system but for what ``spec`` says: its index, or its settings and mode.

        ``spec`` is the build id of a kept index, the folder of one, or NAME=VALUE,NAME=VALUE.
        Raises SettingsError, and what loading an engine does.
        """
        kept = {each.build_id: each for each in self.settings.folder.generations()}
        generation = kept.get(spec)
        if generation is None and spec and Path(spec).is_dir():
            generation = Generation(Path(spec), self.settings.index)
        if generation is not None:
            engine = Engine.load(self.settings, self.engine, generation)
            return System(engine, self.settings, self.mode, generation)
        if "=" not in spec:
            raise SettingsError(
                f"--against {spec!r} is no kept index (there {', '.join(kept) or 'is none'}),"
                " no folder and no NAME=VALUE"
            )
        return self._changed(named(spec.split(",")))

    def _changed(self, changes: dict[str, str]) -> System:
        mode = changes.pop("mode", self.mode)
        if mode not in MODES:
            raise SettingsError(f"mode: there are {', '.join(MODES)}, not {mode!r}")
        before, after = self.settings, load_settings(changes, **dict(self.settings))
        if after == before:
            return System(self.engine, before, mode, self.generation)
        # The very same index, whatever was published meanwhile, unless another folder is named.
        same = after.folder == before.folder
        generation = self.generation if same else after.folder.live()
        encoder_of = self.engine if after.encoder == before.encoder else None
        return System(Engine.load(after, encoder_of, generation), after, mode, generation)


def named(changes: Iterable[str]) -> dict[str, str]:
    """Values by name, each written NAME=VALUE. Raises SettingsError for one that is not."""
    found = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not (name and equals):
            raise SettingsError(f"{change!r} is not NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
