"""Publish again and again under load: no answer may fail or mix two indexes, and no memory stay.

    python -m benchmarks.publish_under_load [--clients 8] [--publishes 30]

The sample's passages are published with another mark in every text each time; each answer's hits
must all bear the mark of the version that it names. Clients ask at 127.0.0.1 only and end when the
publishes do. Memory is the workers' resident set, before the load and after it.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

import click

from indexer.embed import content_hash, embed
from indexer.encoder import SentenceTransformerEncoder
from indexer.judgments import read_judgments
from indexer.layout import DataFolder
from indexer.pipeline import run
from indexer.processes import environment, module
from indexer.progress import Progress
from indexer.publish import Contents, prune, publish
from indexer.reader import read_passages
from indexer.settings import load_settings
from indexer.sources import load
from indexer.store import Store

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
SETTLE = 10.0  # seconds of load before memory is read
PATIENCE = 120  # seconds for all workers to take a version


@dataclass
class Load:
    """What the clients saw."""

    port: int
    questions: list[str]
    times: list[tuple[float, float]] = field(default_factory=list)  # when, seconds
    failed: list[str] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)  # a version, and a mark in its answer
    stop: threading.Event = field(default_factory=threading.Event)

    def client(self, number: int) -> None:
        """Ask one question after another until stopped."""
        at = number
        while not self.stop.is_set():
            question = self.questions[at % len(self.questions)]
            at += 1
            began = time.monotonic()
            try:
                answer = self.ask(f"/api/v1/search?q={quote(question)}&per_page=5")
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failed.append(f"{type(error).__name__}: {error}")
                continue
            self.times.append((began, time.monotonic() - began))
            version = answer["index_version"]
            self.seen |= {(version, hit["text"].rpartition(" ")[2]) for hit in answer["hits"]}

    def ask(self, path: str) -> dict:
        """The JSON object that a path answers with; ValueError when it is an error's."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            if response.status != http.HTTPStatus.OK:
                raise ValueError(f"{response.status} {body[:200]!r}")
            return json.loads(body)
        finally:
            connection.close()

    def wait_for(self, version: str) -> None:
        """Return when many answers in a row come from a version: then all workers have it."""
        until, row = time.monotonic() + PATIENCE, 0
        while row < 8 * WORKERS:
            row = row + 1 if self.ask("/readyz")["index_version"] == version else 0
            if time.monotonic() > until:
                raise TimeoutError(f"not every worker took {version}")
            time.sleep(0.02)


def memory(process: int) -> int:
    """Resident bytes of a process's children: the workers."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    pages = [
        Path(f"/proc/{child}/statm").read_text(encoding="ascii").split()[1] for child in children
    ]
    return sum(map(int, pages)) * os.sysconf("SC_PAGE_SIZE")


def serve(data: Path) -> tuple[subprocess.Popen[str], int]:
    """The service on a free port."""
    arguments = ["serve", "--data", str(data), "--port", "0", "--workers", str(WORKERS)]
    process = subprocess.Popen(  # noqa: S603 - our own program
        module("search", *arguments), env=environment(), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, int(found[1])
    raise SystemExit("the service did not start")


@click.command()
@click.option("--clients", default=8, show_default=True, help="Who ask at the same time.")
@click.option("--publishes", default=30, show_default=True, help="One after another.")
def main(clients: int, publishes: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), clients, publishes)


class Sample:
    """The sample's index, published again and again with another mark in every text."""

    def __init__(self, folder: Path) -> None:
        self._encoder = SentenceTransformerEncoder()
        self._data = DataFolder(folder)
        sources = load(ROOT / "corpus" / "sources.toml")
        run(sources, load_settings(data=folder), self._encoder, Progress())
        self._store = Store(self._data.store)
        self._passages = read_passages(self._data.live())
        # The mark is not embedded: publishing is to be timed, not the encoder.
        texts = [each.embedded_text for each in self._passages]
        self._vectors, _ = embed(texts, self._encoder, self._store)
        self.marks: dict[str, str] = {}  # version to its mark

    def publish(self) -> str:
        """Publish with the next mark; the version."""
        mark = f"mark-{len(self.marks):04}"
        marked = [replace(each, text=f"{each.text} {mark}") for each in self._passages]
        marked = [replace(e, content_hash=content_hash(e.embedded_text)) for e in marked]
        contents = Contents(marked, self._vectors, ("sample",), {})
        version = publish(self._data, contents, self._encoder, self._store).build_id
        prune(self._data, 3)
        self.marks[version] = mark
        return version


def measure(folder: Path, clients: int, publishes: int) -> None:
    """Serve the sample from a folder, load it and publish."""
    sample = Sample(folder)
    first = sample.publish()
    process, port = serve(folder)
    questions = [each.query for each in read_judgments(ROOT / "corpus" / "judgments.jsonl")]
    seen = Load(port, questions)
    threads = [threading.Thread(target=seen.client, args=(n,)) for n in range(clients)]
    swaps = []
    try:
        seen.wait_for(first)
        for thread in threads:
            thread.start()
        time.sleep(SETTLE)
        before = memory(process.pid)
        for _ in range(publishes):
            began = time.monotonic()
            seen.wait_for(sample.publish())
            swaps.append((began, time.monotonic()))
        time.sleep(SETTLE)
        after = memory(process.pid)
    finally:
        seen.stop.set()
        for thread in filter(threading.Thread.is_alive, threads):
            thread.join()
        process.terminate()
        process.wait(60)
    report(seen, sample.marks, swaps, (before, after))


def report(
    seen: Load, marks: dict[str, str], swaps: list[tuple[float, float]], memory_: tuple[int, int]
) -> None:
    """Print what was seen."""
    mixed = {version for version, mark in seen.seen if marks[version] != mark}
    during = [spent for at, spent in seen.times if any(begin <= at <= end for begin, end in swaps)]
    rest = [spent for at, spent in seen.times if at < swaps[0][0] or at > swaps[-1][1]]
    click.echo(
        f"answers: {len(seen.times)}, failed: {len(seen.failed)}, mixed versions: {len(mixed)}"
    )
    for failure in seen.failed[:5]:
        click.echo(f"  {failure}")
    click.echo(f"publishes: {len(swaps)}, versions answered: {len({v for v, _ in seen.seen})}")
    for name, times in (("while publishing", during), ("else", rest)):
        click.echo(
            f"answer time {name}: median {statistics.median(times) * 1000:.0f} ms,"
            f" longest {max(times) * 1000:.0f} ms"
        )
    before, after = memory_
    click.echo(
        f"memory of the workers: {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after,"
        f" ratio {after / before:.3f}"
    )


if __name__ == "__main__":
    main()
