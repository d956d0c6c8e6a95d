"""Serving: gunicorn around the application, loaded once and shared by every worker process."""

from __future__ import annotations

import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from threadpoolctl import threadpool_limits

from indexer.errors import IndexerError, IndexNotFoundError, VectorsUnreachableError
from search.errors import SettingsError
from search.logs import set_up_logs
from search.memory import give_back, keep_heap_small
from search.settings import SearchSettings

_logger = logging.getLogger("search")

_LONGEST_LINE = 8190  # bytes of a request line, the most that gunicorn allows
_TIMEOUT = 30  # seconds after which a worker that does not answer is replaced
_MORE_THREADS = 16  # beside those that search and wait: for suggestions, health and refusals


class _Server(BaseApplication):  # type: ignore[misc]
    def __init__(
        self, read: Callable[[], SearchSettings], settings: SearchSettings, loaded: Flask
    ) -> None:
        self._read = read
        self._settings = settings
        super().__init__()
        self.callable = loaded

    def load_config(self) -> None:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        options = {
            "bind": f"{host}:{settings.port}",
            "workers": settings.workers,
            "threads": settings.threads + settings.queue + _MORE_THREADS,
            "worker_class": "search.worker.Worker",
            "logger_class": "search.worker.Log",
            "timeout": _TIMEOUT,
            "graceful_timeout": _TIMEOUT,
            "limit_request_line": _LONGEST_LINE,
            "accesslog": None,  # an access log would hold every question
            "loglevel": "warning",
            "preload_app": True,
            "control_socket_disable": True,  # a thread beside forks, a file in somebody's home
            "when_ready": _announce,
            "post_fork": _begin,
            "child_exit": _end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def reload(self) -> None:
        """Take new settings and the live index; with what cannot be used, go on as before."""
        try:
            settings = self._read()
            loaded = application(settings)
        except (SettingsError, IndexerError) as error:
            _logger.error("not reloaded, the old settings answer on: %s", error)  # noqa: TRY400
        else:
            self.callable, self._settings = loaded, settings
            # What was frozen is never collected, and the application of before is no more.
            gc.unfreeze()
            _settle()
            set_up_logs(settings.log_format)
            _logger.warning("reloaded")
        super().reload()


def application(settings: SearchSettings) -> Flask:
    """The application, loaded and warm, in memory that processes forked from here share.

    Raises IndexNotFoundError, IndexInvalidError, StoreError, EncoderError or
    VectorsUnreachableError when no index can be served: a broken live one is no reason while
    another one is sound. Raises SettingsError for a place of vectors that several processes cannot
    share.
    """
    # Imported late: where metrics are counted must be known before.
    from search.app import create_app  # noqa: PLC0415

    if settings.index.startswith("milvus+file:"):
        raise SettingsError(
            "NET_INDEX: one process alone can open a Milvus Lite file, and the service is several;"
            " start `milvus-lite server --data-dir PATH.db --host 127.0.0.1` and set"
            " NET_INDEX=milvus+http://127.0.0.1:19530"
        )
    app = create_app(settings, watch=False)
    if why_not := app.extensions["live"].why_not:
        raise IndexNotFoundError(why_not)
    _settle()
    return app


def _settle() -> None:
    """Free what is not used, and keep the rest from the collector.

    It would write to, and so copy, the memory that workers share.
    """
    gc.collect()
    gc.freeze()
    give_back()


def serve(read: Callable[[], SearchSettings]) -> None:
    """Answer until stopped, with the settings that ``read`` gives, now and at each reload.

    Raises SettingsError, and as ``application`` does; does not return otherwise.
    """
    settings = read()
    set_up_logs(settings.log_format)
    # One thread each: pools of a size with the machine, in every worker, fight over its cores. And
    # a copy of a process that has made such threads, which do not come along, waits for them.
    threadpool_limits(1)  # of what is loaded already: NumPy and FAISS
    os.environ["OMP_NUM_THREADS"] = "1"  # of what is loaded from here on: torch
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    sys.argv = sys.argv[:1]  # gunicorn reads the command line of whoever starts it
    # Each worker counts in files of its own here; whoever is asked adds them up.
    counts, process = tempfile.mkdtemp(prefix="net-search-"), os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    try:
        _Server(read, settings, application(settings)).run()
    finally:
        if os.getpid() == process:  # workers end here as well
            shutil.rmtree(counts, ignore_errors=True)


def _announce(server: Any) -> None:
    for listener in server.LISTENERS:
        _logger.warning("Search page: %s/ (Ctrl-C stops it)", listener)


def _begin(_: Any, worker: Any) -> None:
    """In a new worker process, before its first request."""
    # Until it has its own handlers a new worker has those of the first process, and would miss how
    # that one ends it: TERM, or QUIT when a terminal's Ctrl-C ended the first.
    for ends in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        signal.signal(ends, signal.SIG_DFL)
    keep_heap_small()
    extensions = worker.app.wsgi().extensions
    extensions["admission"].use(worker.age)
    live = extensions["live"]
    live.watch()
    if live.engine:
        with suppress(VectorsUnreachableError):  # it answers with 503 until that is back
            live.engine.warm_up()  # takes what it writes to out of the shared memory, in time


def _end(server: Any, worker: Any) -> None:
    """In the first process, when a worker process ended, however that came."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    server.app.wsgi().extensions["admission"].forget(worker.age)
    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
