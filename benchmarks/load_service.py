"""The two services that are put under load, in processes of their own, and their memory."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from typing import Self
from urllib.parse import quote_plus

from benchmarks.load_client import Post, Target
from indexer.processes import environment, module
from search.settings import SearchSettings

START = 120  # seconds until a service is loaded
END = 40  # seconds until it has stopped; gunicorn gives its requests 30
BARE_THREADS = 2  # of a worker: one reads and writes while the other encodes
_LOOK = 0.5  # seconds between two looks at whether it is loaded
_TICKS = os.sysconf("SC_CLK_TCK") * _LOOK / 10  # of the processor; what does less is idle


class Service:
    """A service on a free port of 127.0.0.1 while entered; its workers are loaded by then."""

    def __init__(self, name: str, path: str, command: list[str], workers: int) -> None:
        self.name = name
        self.path = path  # a question is put behind it
        self.field = ""  # of a JSON body that a question is posted in, where the path has no place
        self.env: dict[str, str] = {}  # on top of this process's own
        self.port = 0  # 0: it says on which it listens
        self._waits = True
        self._command = command
        self.workers = workers
        self._said: deque[str] = deque(maxlen=20)

    def __enter__(self) -> Self:
        # Torch's threads of all workers together are no more than there are cores, in both.
        threads = str(max(1, len(os.sched_getaffinity(0)) // self.workers))
        given = {"OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false"}
        self._process = subprocess.Popen(  # noqa: S603 - our own programs
            self._command,
            env=given | environment() | self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def at_once(self) -> Self:
        """Itself, but that it is not waited for: whoever enters may ask as soon as it listens."""
        self._waits = False
        return self

    def request(self, question: str) -> Target:
        """What is sent to ask a question."""
        if self.field:
            return Post(self.path, json.dumps({self.field: question}))
        return self.path + quote_plus(question)

    def processes(self) -> list[int]:
        """Its master and every process below it, the master first."""
        found = [self._process.pid]
        for process in found:
            children = Path(f"/proc/{process}/task/{process}/children")
            found += map(int, _read(children).split())
        return found

    def memory(self) -> list[dict[str, float]]:
        """PSS and RSS of each of its processes in MB, the master first."""
        return [memory(process) for process in self.processes()]

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(END)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # a session of its own: nobody else's
            self._process.wait(END)

    def _wait(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._waits:
            return
        until = time.monotonic() + START
        idle = 0
        # It listens before its workers are loaded, and one that is loaded does nothing.
        while idle < 2:  # noqa: PLR2004 - in a row
            before = self._ticks()
            time.sleep(_LOOK)
            if self._process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{self.name} did not start: {''.join(self._said)}")
            there = self.port and len(self.processes()) > self.workers
            idle = idle + 1 if there and self._ticks() - before < _TICKS else 0

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:  # to its end: a full pipe would stop the service
            self._said.append(line)
            if not self.port and (found := re.search(r"http://127\.0\.0\.1:(\d+)", line)):
                self.port = int(found[1])

    def _ticks(self) -> int:
        stats = [_read(Path(f"/proc/{each}/stat")) for each in self.processes()]
        return sum(sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats)


def memory(process: int) -> dict[str, float]:
    """PSS and RSS of a process in MB; 0 when it has ended."""
    lines = _read(Path(f"/proc/{process}/smaps_rollup")).splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return {name.lower(): round(kilobytes.get(name, 0) / 1024, 1) for name in ("Pss", "Rss")}


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return ""


def ours(settings: SearchSettings) -> Service:
    """The service for a data folder."""
    options = ["--data", str(settings.data), "--port", "0", "--workers", str(settings.workers)]
    command = module("search", "serve", *options)
    return Service("ours", "/api/v1/search?q=", command, settings.workers)


def bare(settings: SearchSettings) -> Service:
    """The bare recipe for a data folder."""
    flags = ["--workers", str(settings.workers), "--threads", str(BARE_THREADS)]
    application = (
        f"benchmarks.bare_service:create_app({str(settings.data)!r}, {settings.encoder!r})"
    )
    command = module("gunicorn", *flags, "--bind", "127.0.0.1:0", application)
    return Service("bare", "/search?q=", command, settings.workers)
