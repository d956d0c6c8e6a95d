"""The live engine: a new generation is loaded beside the old one and taken between requests."""

from __future__ import annotations

import gc
import json
import logging
import threading
from collections.abc import Callable
from contextlib import suppress

from indexer.errors import (
    IndexerError,
    IndexInvalidError,
    IndexNotFoundError,
    VectorsUnreachableError,
)
from indexer.layout import Generation
from search.engine import Engine
from search.memory import give_back
from search.settings import SearchSettings

_logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds between two looks at what is live


class LiveEngine:
    """Holds the engine that answers. A request takes it once and keeps it to its end.

    ``load`` makes the engine of an index (None: the live one), given the one before (None at
    first).
    """

    def __init__(
        self,
        settings: SearchSettings,
        load: Callable[[SearchSettings, Engine | None, Generation | None], Engine] = Engine.load,
    ) -> None:
        self._settings = settings
        self._load = load
        self._list = ""  # of withdrawn pages, as it was read last
        self._refused = ""  # the build that could not be loaded: it is not tried again
        self._waits_for = ""  # why the last look could not load what is live, but a later one may
        self.engine: Engine | None = None
        self._stopped = threading.Event()
        self._withdrawing = threading.Lock()  # two threads tell an engine what is withdrawn
        self.why_not = ""  # there is no engine

    def load(self) -> None:
        """Load what is live now.

        With no index yet there is no engine until one is published. When the live one is broken,
        the newest of the others answers: a worker that is started again must not end the service.
        Raises IndexInvalidError, StoreError, EncoderError or VectorsUnreachableError when none
        can be loaded.
        """
        try:
            self.engine = self._first()
            self._look_at_withdrawn()
        except IndexNotFoundError as error:
            self.why_not = str(error)

    def watch(self) -> None:
        """Look for a new index now, and from now on in a thread of its own.

        In a process that was forked a while ago, what it has may be long gone. In another thread
        what is withdrawn is looked at, which must not wait until a new index is loaded.
        """
        looks = {"withdrawn pages": self._look_at_withdrawn, "live index": self.look}
        for name, look in looks.items():
            self._try(look)
            threading.Thread(target=self._watch, args=(look,), name=name, daemon=True).start()

    def _first(self) -> Engine:
        data = self._settings.folder
        try:
            return self._load(self._settings, None, None)
        except IndexInvalidError as error:
            self._refused = data.live().build_id
            for generation in reversed(data.generations()):
                if generation.build_id != self._refused:
                    with suppress(IndexInvalidError):
                        engine = self._load(self._settings, None, generation)
                        _logger.error(  # noqa: TRY400 - the message says all
                            "index %s is refused, %s answers: %s",
                            *(self._refused, generation.build_id, error),
                        )
                        return engine
            raise

    @property
    def refused(self) -> str:
        """The build that was live and could not be loaded; "" when there is none."""
        return self._refused

    def stop(self) -> None:
        """Look no more; the engine answers on."""
        self._stopped.set()

    def look(self) -> None:
        """Load and take the live generation if it is another one than is answering.

        One that cannot be loaded is refused and logged; the old one answers on. Pages that were
        withdrawn are left out of answers from the next request on.
        """
        self._look_at_withdrawn()
        try:
            build_id = self._settings.folder.live().build_id
        except IndexerError:
            return  # nothing there, or in the middle of being restored: what is loaded answers on
        version = self.engine.index.version if self.engine else ""
        if build_id in {version, self._refused}:
            return
        try:
            fresh = self._load(self._settings, self.engine, None)
        except VectorsUnreachableError as error:
            if str(error) != self._waits_for:
                self._waits_for = str(error)
                _logger.error("index %s waits, %s answers on: %s", build_id, version, error)  # noqa: TRY400 - the message says all
            return  # it may be there at the next look
        except IndexerError as error:
            self._refused = build_id
            _logger.error("index %s is refused, %s answers on: %s", build_id, version, error)  # noqa: TRY400 - the message says all
            return
        with self._withdrawing:
            fresh.withdraw(self._withdrawn())
            # One assignment: a request sees the old engine or the new one, never parts of both.
            self.engine, self._refused, self._waits_for = fresh, "", ""
        _logger.warning("index %s answers", fresh.index.version)
        gc.collect()  # the old one's, now rather than when many more objects were made
        give_back()

    def _look_at_withdrawn(self) -> None:
        with self._withdrawing:
            withdrawn = self._withdrawn()
            if self.engine is not None and withdrawn != self.engine.withdrawn:
                self.engine.withdraw(withdrawn)

    def _withdrawn(self) -> frozenset[str]:
        """The withdrawn pages; those known before when the list cannot be read."""
        data = self._settings.folder
        try:
            self._list = data.withdrawn.read_text(encoding="utf-8")
        except FileNotFoundError:
            if data.store.exists():  # else the folder is away, as while a backup is put in place
                self._list = ""
        except (OSError, UnicodeDecodeError) as error:
            _logger.error("the list of withdrawn pages cannot be read: %s", error)  # noqa: TRY400
        return frozenset(json.loads(self._list)) if self._list else frozenset()

    def _watch(self, look: Callable[[], None]) -> None:
        while not self._stopped.wait(EVERY):
            self._try(look)

    @staticmethod
    def _try(look: Callable[[], None]) -> None:
        try:
            look()
        except Exception:
            # The border of the thread: without it one bad look would end all later ones.
            _logger.exception("could not look for a new index")
