"""Serve in a process of its own, as an operator does, and speak to it byte by byte."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from tests.search_index import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

DEADLINE = 60  # seconds after which a process that does not answer has failed
POLL = 0.01  # seconds between two looks
_ANNOUNCED = re.compile(r"http://127\.0\.0\.1:(\d+)/")
# All that a service imports but what counts: where it does is decided when it is imported.
_IMPORTED = ["search.__main__", "search.worker", "indexer.__main__", "flask_compress", "flask_cors"]


class Served:
    """A service on a free port of 127.0.0.1 while entered: ``python`` with these arguments.

    Of the test's own environment it gets no settings but those to ``keep``.
    """

    def __init__(self, *arguments: str, keep: tuple[str, ...] = ()) -> None:
        self._arguments = arguments
        self._environment = {**environment(), **{name: os.environ[name] for name in keep}}
        self.said = ""  # what it wrote to standard error until now
        self.port = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, *self._arguments],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            env=self._environment,
            encoding="utf-8",
        )
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        try:
            self.port = self._announced()
        except BaseException:
            self.stop(signal.SIGKILL)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop(signal.SIGKILL)

    def stop(self, sent: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit status."""
        self._process.send_signal(sent)
        status = self._process.wait(DEADLINE)
        self._listener.join(DEADLINE)
        return status

    def send(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """The answer to some bytes: status, headers by their names in lower case, and body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as connection:
            connection.sendall(request)
            answer = b""
            while block := connection.recv(65536):
                answer += block
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        return int(status.split()[1]), {name.lower(): value for name, value in pairs}, body

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """The answer to a well-formed request."""
        return self.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    def json(self, path: str) -> Any:
        """The JSON object that a path answers with."""
        return json.loads(self.get(path)[2])

    def _announced(self) -> int:
        """The port it says it listens on. A request sent from then on waits until it is ready."""
        until(lambda: _ANNOUNCED.search(self.said) or not self._listener.is_alive())
        found = _ANNOUNCED.search(self.said)
        assert found, f"the service did not start: {self.said}"
        return int(found[1])

    def _listen(self) -> None:
        """Read what it writes as it comes: with a full pipe it would wait, and answer nothing."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self.said += line


class Forked(Served):
    """A Python script in a copy of a process that has imported all already: no second is lost.

    ``log`` is the file for what it writes; ``settings`` are its environment besides.
    """

    def __init__(self, script: str, *arguments: str, log: Path, **settings: str) -> None:
        super().__init__()
        given = {**self._environment, **settings}
        self._log = log
        with mock.patch.dict(os.environ, environment(), clear=True):
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([*_IMPORTED, "tests.serving", "tests.fakes"])
            forkserver.ensure_running()
        log.touch()
        self._forked = context.Process(
            target=_execute, args=(script, arguments, given, str(log)), daemon=True
        )

    def __enter__(self) -> Self:
        self._forked.start()
        try:
            until(lambda: self.ended or _ANNOUNCED.search(self.written))
            announced = _ANNOUNCED.search(self.written)
            assert announced, f"the service did not start: {self.written}"
        except BaseException:
            self.stop(signal.SIGKILL)
            raise
        self.port = int(announced[1])
        return self

    def __exit__(self, *_: object) -> None:
        workers = self.workers
        if not self.ended:
            self.stop(signal.SIGKILL)
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)

    def stop(self, sent: signal.Signals) -> int:
        """Send a signal and wait for the end; the exit status."""
        self.signal(sent)
        return self.end()

    def signal(self, sent: signal.Signals) -> None:
        """Send a signal to the first process."""
        assert self._forked.pid
        os.kill(self._forked.pid, sent)

    def end(self) -> int:
        """Wait for the end, started here if it was not; the exit status."""
        if self._forked.pid is None:
            self._forked.start()
        self._forked.join(DEADLINE)
        assert self._forked.exitcode is not None, "it does not end"
        self.said = self.written
        return self._forked.exitcode

    @property
    def ended(self) -> bool:
        return self._forked.exitcode is not None

    @property
    def written(self) -> str:
        """What it wrote until now."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def workers(self) -> set[int]:
        """The processes it has forked that are there now."""
        pid = self._forked.pid
        try:
            return {*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())}
        except FileNotFoundError:
            return set()


def _execute(script: str, arguments: tuple[str, ...], settings: dict[str, str], log: str) -> None:
    os.environ.clear()
    os.environ.update(settings)
    tempfile.tempdir = None  # as the environment says now
    sys.argv = ["-c", *arguments]
    with open(log, "ab", buffering=0) as file:  # noqa: PTH123 - nothing more may be imported
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})


def until(holds: Callable[[], Any], otherwise: str = "it does not come about") -> Any:
    """What ``holds`` gives as soon as it is true of something."""
    deadline = time.monotonic() + DEADLINE
    while not (found := holds()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(POLL)
    return found


def environment() -> dict[str, str]:
    """The environment without settings of whoever runs the tests, for one core."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NET_")}
    return {**kept, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """``python -m search`` to its end, with some settings in the environment."""
    return subprocess.run(
        [sys.executable, "-m", "search", *arguments],
        cwd=ROOT,
        env={**environment(), **settings},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
