"""Send a service hostile questions, and look for failures and for traces of them afterwards.

    python -m benchmarks.fuzz_queries --data DIR [--count 100000] [--seed N]

Starts the service for the data folder on a free port of 127.0.0.1, with its settings from the
environment. Each question holds a mark of its own; at the end its log, its metrics and every file
of the data folder and of its temporary folder are searched for the marks. Exit status 1 when
anything is wrong: a status but 200, 400 and 414, an error in another shape, no answer in time, a
service that is not ready at the end, or a mark. The same seed and index give the same questions.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import click

from benchmarks.hostile_queries import query, target
from indexer.layout import DataFolder
from indexer.processes import environment, module
from indexer.reader import read_passages, terms

PATIENCE = 10  # seconds for an answer
START = 120  # seconds for the service to be ready
CLIENTS = 3
EXPECTED = {HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_URI_TOO_LONG}


def words_of(data: DataFolder) -> list[str]:
    """The words of the live index."""
    texts = (passage.embedded_text for passage in read_passages(data.live()))
    return sorted({text[each.start : each.end] for text in texts for each in terms(text)})


def is_error(body: bytes) -> bool:
    """Whether a body is the API's error object."""
    try:
        error = json.loads(body)["error"]
        return set(error) == {"code", "message", "field", "request_id"}
    except (ValueError, KeyError, TypeError):
        return False


def traces(run: str, folders: Sequence[Path], said: bytes) -> list[str]:
    """Where marks of a run are: files of the folders, or in what was said."""
    mark = run.encode()
    found = ["the log or the metrics"] if mark in said.lower() else []
    for folder in folders:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            with suppress(FileNotFoundError):  # deleted meanwhile
                found += [str(file)] if mark in file.read_bytes().lower() else []
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question; the status is 0 where nothing came."""

    number: int
    kind: str
    begins: str  # the address
    size: int  # bytes of the address
    status: int
    seconds: float
    well_formed: bool

    @property
    def wrong(self) -> str:
        """What is wrong with it; "" for nothing."""
        if not self.status:
            return "no answer"
        if self.status not in EXPECTED:
            return f"status {self.status}"
        if self.seconds > PATIENCE:
            return "late"
        return "" if self.well_formed else "another shape"

    @property
    def text(self) -> str:
        return (
            f"{self.seconds * 1000:6.0f} ms  {self.status}  number {self.number}, {self.kind},"
            f" {self.size} bytes: {self.begins}"
        )


class Client:
    """Asks over one connection for as long as it is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, address: str) -> tuple[int, bytes]:
        """Status and body; (0, b"") when none came within ``PATIENCE``."""
        line = f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("latin-1")
        for _ in range(2):  # a connection that was kept may be closed by now
            kept = self._socket is not None
            try:
                return self._ask(line)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if not kept or isinstance(error, TimeoutError):
                    break
        return 0, b""

    def close(self) -> None:
        """End the connection."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def _ask(self, line: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=PATIENCE)
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was read
            self._socket.sendall(line)
        response = http.client.HTTPResponse(self._socket, method="GET")
        try:
            response.begin()
            body = response.read()
            if response.will_close:
                self.close()
            return response.status, body
        finally:
            response.close()


@contextmanager
def served(data: Path, log: Path, temporary: Path) -> Iterator[int]:
    """The port of a service, while entered; what it says goes to a file."""
    command = module("search", "serve", "--data", str(data), "--port", "0")
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, env={**environment(), "TMPDIR": str(temporary)}, stdout=file, stderr=file
        )
    try:
        until = time.monotonic() + START
        while not (found := re.search(rb"http://127\.0\.0\.1:(\d+)/", log.read_bytes())):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"the service did not start: {log.read_text(errors='replace')}")
            time.sleep(0.1)
        yield int(found[1])
    finally:
        process.terminate()
        process.wait(60)


@dataclass
class Fuzz:
    """A run of questions against a service."""

    port: int
    words: list[str]
    run: str
    seed: int
    count: int
    answers: list[Answer] = field(default_factory=list)

    def ask_all(self) -> None:
        """Ask every question, from a few threads."""
        numbers = iter(range(self.count))
        lock = threading.Lock()

        def client() -> None:
            one = Client(self.port)
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return one.close()
                self.answers.append(self._ask(one, number))

        threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _ask(self, client: Client, number: int) -> Answer:
        asked = query(number, self.words, self.run, self.seed)
        address = target(number, asked, self.words, self.seed)
        began = time.monotonic()
        status, body = client.ask(address)
        seconds = time.monotonic() - began
        is_page = address.startswith("/?") and b"<!doctype html>" in body[:99]
        well_formed = status == HTTPStatus.OK or is_error(body) or is_page
        return Answer(number, asked.kind, address[:120], len(address), status, seconds, well_formed)


def report(fuzz: Fuzz, found: list[str], *, ready: bool) -> bool:
    """Print what came of it; whether all is well."""
    kinds: dict[str, list[float]] = defaultdict(list)
    for each in fuzz.answers:
        kinds[each.kind].append(each.seconds * 1000)
    statuses = sorted(Counter(each.status for each in fuzz.answers).items())
    counts = ", ".join(f"{count} of {status}" for status, count in statuses)
    click.echo(f"{len(fuzz.answers)} questions, seed {fuzz.seed}: {counts}")
    for kind, times in sorted(kinds.items(), key=lambda pair: -max(pair[1])):
        middle = statistics.median(times)
        click.echo(
            f"  {kind:20} {len(times):6}  median {middle:6.0f} ms  longest {max(times):6.0f} ms"
        )
    click.echo("longest answers:")
    for each in sorted(fuzz.answers, key=lambda each: -each.seconds)[:10]:
        click.echo(f"  {each.text}")
    wrong = [each for each in fuzz.answers if each.wrong]
    click.echo(f"wrong answers: {len(wrong)}")
    for each in wrong[:20]:
        click.echo(f"  {each.wrong}: {each.text}")
    click.echo(f"ready at the end: {'yes' if ready else 'NO'}")
    click.echo(f"traces of questions: {', '.join(found) or 'none'}")
    return ready and not wrong and not found


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), required=True, help="Data folder."
)
@click.option("--count", default=100_000, show_default=True, help="Questions asked.")
@click.option("--seed", default=0, show_default=True, help="Other questions for each.")
def main(data: Path, count: int, seed: int) -> None:
    """Ask, look for traces, and print what was found."""
    with tempfile.TemporaryDirectory() as folder:
        log, temporary = Path(folder) / "log", Path(folder) / "temporary"
        temporary.mkdir()
        # Letters and digits, so that no spelling or analysis makes it another word.
        run = f"zq{os.urandom(5).hex()}"
        with served(data, log, temporary) as port:
            fuzz = Fuzz(port, words_of(DataFolder(data)), run, seed, count)
            fuzz.ask_all()
            ready = Client(port).ask("/readyz")[0] == HTTPStatus.OK
            said = Client(port).ask("/metrics")[1]
            found = traces(run, [data, temporary], said)
        found += traces(run, [data], log.read_bytes())
        sys.exit(0 if report(fuzz, sorted(set(found)), ready=ready) else 1)


if __name__ == "__main__":
    main()
