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


def measure(folder: Path, clients: int, publishes: int) -> None:
    """Serve the sample from a folder, load it and publish."""
    settings = load_settings(data=folder)
    encoder = SentenceTransformerEncoder()
    sources = load(ROOT / "corpus" / "sources.toml")
    run(sources, settings, encoder, Progress())
    data = DataFolder(folder)
    store = Store(data.store)
    passages = read_passages(data.live())
    # The mark is not embedded: publishing is to be timed, not the encoder.
    vectors, _ = embed([each.embedded_text for each in passages], encoder, store)

    def publish_marked(mark: str) -> str:
        marked = [replace(each, text=f"{each.text} {mark}") for each in passages]
        marked = [replace(e, content_hash=content_hash(e.embedded_text)) for e in marked]
        contents = Contents(marked, vectors, ("sample",), {})
        version = publish(data, contents, encoder, store).build_id
        prune(data, 3)
        return version

    marks: dict[str, str] = {}

    def publish_next(number: int) -> str:
        mark = f"mark-{number:04}"
        version = publish_marked(mark)
        marks[version] = mark
        return version

    first = publish_next(0)
    process, port = serve(folder)
    try:
        questions = [each.query for each in read_judgments(ROOT / "corpus" / "judgments.jsonl")]
        load_ = Load(port, questions)
        load_.wait_for(first)
        threads = [threading.Thread(target=load_.client, args=(n,)) for n in range(clients)]
        for thread in threads:
            thread.start()
        time.sleep(SETTLE)
        before = memory(process.pid)
        swaps = []
        for number in range(1, publishes + 1):
            began = time.monotonic()
            load_.wait_for(publish_next(number))
            swaps.append((began, time.monotonic()))
        time.sleep(SETTLE)
        after = memory(process.pid)
        load_.stop.set()
        for thread in threads:
            thread.join()
        report(load_, marks, swaps, (before, after))
    finally:
        process.terminate()
        process.wait(60)
        store.close()


def report(
    load_: Load, marks: dict[str, str], swaps: list[tuple[float, float]], memory_: tuple[int, int]
) -> None:
    """Print what was seen."""
    mixed = {version for version, mark in load_.seen if marks[version] != mark}
    during = [spent for at, spent in load_.times if any(begin <= at <= end for begin, end in swaps)]
    rest = [spent for at, spent in load_.times if at < swaps[0][0] or at > swaps[-1][1]]
    click.echo(
        f"answers: {len(load_.times)}, failed: {len(load_.failed)}, mixed versions: {len(mixed)}"
    )
    for failure in load_.failed[:5]:
        click.echo(f"  {failure}")
    click.echo(f"publishes: {len(swaps)}, versions answered: {len({v for v, _ in load_.seen})}")
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
