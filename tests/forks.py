"""Crawling processes forked from one that has imported all they need: ``python -m tests.forks``.

To import Scrapy takes longer than to crawl a small site. Only the start is another one: a crawling
process reads its job, answers and ends as ``indexer.crawl_worker`` does. Nothing that starts
threads or a reactor runs before a fork.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

from indexer.processes import environment, module

if TYPE_CHECKING:
    from typing import Self

_NEEDED = (
    "indexer.crawl_worker",
    "indexer.middlewares",
    "indexer.spider",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.scheduler",
    "scrapy.crawler",
)
NAMES = "TEST_NAMES"  # in a crawl's environment: host names with their addresses
_NUMBER = struct.Struct("i")


class Forks:
    """Starts crawling processes while entered."""

    def __enter__(self) -> Self:
        self._asked, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._parent = subprocess.Popen(module("tests.forks"), stdin=theirs, env=environment())
        return self

    def __exit__(self, *_: object) -> None:
        self._asked.close()
        self._parent.wait(30)

    def start(self) -> Forked:
        """What ``indexer.crawl`` starts, in the environment as it is now."""
        pipes = [os.pipe() for _ in range(4)]
        ours = [pipes[0][1], *(read for read, _ in pipes[1:])]
        theirs = [pipes[0][0], *(write for _, write in pipes[1:])]
        socket.send_fds(self._asked, [json.dumps(environment()).encode()], theirs)
        for number in theirs:
            os.close(number)
        return Forked(*ours)


class Forked:
    """As much of ``subprocess.Popen`` as ``indexer.crawl`` uses."""

    def __init__(self, stdin: int, stdout: int, stderr: int, told: int) -> None:
        self.stdin = os.fdopen(stdin, "wb")
        self.stdout = os.fdopen(stdout, "rb")
        self.stderr = os.fdopen(stderr, "rb")
        self.returncode: int | None = None
        self._told = os.fdopen(told, "rb", buffering=0)
        self.pid = self._number()

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._told], [], [], 0)[0]:
            self.returncode = os.waitstatus_to_exitcode(self._number())
            self._told.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            select.select([self._told], [], [], timeout)
        if (status := self.poll()) is None:
            raise subprocess.TimeoutExpired("a crawl", timeout or 0)
        return status

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def _number(self) -> int:
        """The process's id first, then its exit status."""
        (number,) = _NUMBER.unpack(self._told.read(_NUMBER.size))
        return int(number)


def _crawl(environ: dict[str, str], streams: list[int]) -> None:
    """Be the crawling process, to its end."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    if names := environ.get(NAMES):
        importlib.import_module("tests.names").pretend(json.loads(names))
    importlib.import_module("indexer.crawl_worker").main()


def main() -> None:
    """Fork a process for every message; return in it, or when no more can come."""
    for name in _NEEDED:
        importlib.import_module(name)
    asked = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that keep a crawl
    while True:
        message, streams, *_ = socket.recv_fds(asked, 1 << 20, 4)
        if not message:
            return
        if not os.fork():
            break
        for number in streams:
            os.close(number)
    # This process keeps the crawl, and tells its id and how it ended.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked.close()
    told = streams.pop()
    child = os.fork()
    if not child:
        os.close(told)
        _crawl(json.loads(message), streams)
        return
    for number in streams:
        os.close(number)
    os.write(told, _NUMBER.pack(child))
    os.write(told, _NUMBER.pack(os.waitpid(child, 0)[1]))
    os._exit(0)


if __name__ == "__main__":
    main()
    sys.exit()
