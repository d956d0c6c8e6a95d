"""The index at ten thousand, a hundred thousand and a million passages: what grows, and how.

    python -m benchmarks.scale --data DIR --work FOLDER [--passages 10000,100000,1000000]

``DIR`` holds an index of real passages, which ``grow`` makes many of; nothing but a few hundred of
them is embedded. Of each size all that comes after embedding is run: publish, start and answers of
the service, and a second publish in which 100 passages are others. ``FOLDER`` takes what is made,
some 6 GB for a million passages; publishing those takes up to 16 GB of memory. Recall and times are
of the judged questions, by which nothing of an index is set. The curves go to docs/scale.svg and
the table into docs/performance.md.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import click

from benchmarks.grow import Grower
from benchmarks.load_service import ours
from benchmarks.machine import machine
from benchmarks.marked import replaced
from benchmarks.scale_report import BEGIN, END, as_markdown, draw
from indexer.converted_encoder import convert, fastest
from indexer.dense import FlatDense
from indexer.embed import content_hash, embed
from indexer.encoder import Encoder, SentenceTransformerEncoder, Vectors
from indexer.judgments import read_judgments
from indexer.layout import DataFolder
from indexer.publish import Contents, build, promote, prune
from indexer.reader import IndexReader
from indexer.records import Passage
from indexer.store import Store
from search.engine import Engine
from search.settings import load_settings

DOCUMENT = Path("docs/performance.md")
CHANGED = 100  # passages of the second publish that are others than in the first
ROUNDS = 3  # in which each question is asked once
_AT_ONCE = 50_000  # vectors put into the store by one write
Measured = dict[str, Any]


class AsGrown:
    """The encoder, but that it gives grown passages the vectors that they were given.

    A new index must find passages by their own texts before it is published.
    """

    def __init__(self, encoder: Encoder, store: Store) -> None:
        self._encoder = encoder
        self._store = store
        self.id = encoder.id
        self.weights_digest = encoder.weights_digest
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._encoder.count_tokens(text)

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = self._encoder.encode(texts)
        keys = [content_hash(text) for text in texts]
        known = self._store.vectors(keys, self.id)
        for row, key in enumerate(keys):
            vectors[row] = known.get(key, vectors[row])
        return vectors


def _encoder(work: Path) -> Encoder:
    plain = SentenceTransformerEncoder(load_settings().encoder)
    convert(plain, DataFolder(work).encoders)
    return fastest(plain, DataFolder(work).encoders)


def published(real: Path, work: Path, count: int) -> Measured:
    """Grow so many passages, publish them twice, and see how good the dense half is."""
    data = DataFolder(work)
    data.create()
    encoder = _encoder(work)
    index = IndexReader.open(DataFolder(real).live(), None)
    passages, vectors = Grower(list(index.passages), index.vectors(), encoder).grown(count)
    store = Store(data.store)
    for start in range(0, count, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        keys = [each.content_hash for each in passages[some]]
        store.put_vectors(encoder.id, dict(zip(keys, vectors[some], strict=True)))
    del vectors
    measured: Measured = {"passages": count}
    known = AsGrown(encoder, store)
    measured["publish s"], contents = _publish(data, passages, known, store)
    live = data.live()
    measured["disk MB"] = sum(f.stat().st_size for f in live.folder.rglob("*")) / 2**20
    measured |= _recall(IndexReader.open(live, encoder), contents, encoder)
    del contents
    step = count // CHANGED
    for row in range(0, step * CHANGED, step):
        text = f"Edited since. {passages[row].text}"
        edited = replace(passages[row], text=text)
        passages[row] = replace(edited, content_hash=content_hash(edited.embedded_text))
    measured["again s"], _ = _publish(data, passages, known, store, CHANGED)
    store.close()
    measured["publish peak GB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return measured


def _publish(
    data: DataFolder, passages: list[Passage], encoder: Encoder, store: Store, new: int = 0
) -> tuple[float, Contents]:
    began = time.perf_counter()
    vectors, embedded = embed([each.embedded_text for each in passages], encoder, store)
    if embedded != new:
        raise SystemExit(f"{embedded} passages were embedded, where {new} are new")
    contents = Contents(passages, vectors, ("grown",), {})
    promote(data, build(data, contents, encoder, store))
    prune(data, 1)
    return time.perf_counter() - began, contents


def _recall(index: IndexReader, contents: Contents, encoder: Encoder) -> Measured:
    """How many of the true ten nearest passages the dense half finds, and the time it takes."""
    exact = FlatDense.of(contents.vectors)
    times, right = [], 0
    asked = encoder.encode(_questions())
    for vector in asked:
        began = time.perf_counter()
        found, _ = index.nearest(vector, 10)
        times.append(time.perf_counter() - began)
        right += len({*found.tolist()}.intersection(exact.nearest(vector, 10)[0].tolist()))
    kind = index.manifest.dense
    return {
        "recall@10": right / (10 * len(asked)),
        "dense ms": statistics.median(times) * 1000,
        "kind": f"{kind.kind} {kind.probed}/{kind.lists}" if kind.lists else kind.kind,
    }


def _questions() -> list[str]:
    return [each.query for each in read_judgments(Path("corpus/judgments.jsonl"))]


def served(work: Path) -> Measured:
    """Start the service and ask it; times, and the memory of all its processes."""
    settings = load_settings(data=work)
    began = time.perf_counter()
    with ours(settings) as service:
        measured: Measured = {"start s": time.perf_counter() - began}
        target = service.path
        filters = "&audience=carer&section=section%207"
        for name, more, first in (("", "", 0), ("filtered ", filters, ROUNDS)):
            times = []
            for turn in range(first, first + ROUNDS):
                for question in _questions():
                    # In other words each time, so that no answer is one that was kept.
                    q = quote_plus(question + "?" * turn)
                    began = time.perf_counter()
                    connection = HTTPConnection("127.0.0.1", service.port, timeout=60)
                    connection.request("GET", f"{target}{q}{more}")
                    answer = connection.getresponse()
                    body = answer.read()
                    times.append((time.perf_counter() - began) * 1000)
                    connection.close()
                    if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                        raise SystemExit(f"{question}: {body!r}")
            cuts = statistics.quantiles(times, n=100)
            for cut in (50, 95, 99):
                measured[f"{name}p{cut} ms"] = cuts[cut - 1]
        measured["memory MB"] = sum(each["pss"] for each in service.memory())
    return measured


def swapped(work: Path) -> Measured:
    """How long a running service works on taking a new index in the place of the old."""
    settings = load_settings(data=work)
    engine = Engine.load(settings)
    began = time.perf_counter()
    Engine.load(settings, engine)
    return {"swap s": time.perf_counter() - began}


def _apart(work: Callable[..., Measured], *given: Any) -> Measured:
    """In a process of its own, whose memory is its own too."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(work, *given).result()


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--work", type=click.Path(path_type=Path), required=True)
@click.option("--passages", default="10000,100000,1000000", show_default=True)
@click.option("--keep/--no-keep", default=False, help="Keep the indexes made.")
def main(data: Path, work: Path, passages: str, *, keep: bool) -> None:
    """Measure some sizes, print them, and write all that FOLDER has into the documentation."""
    for count in map(int, passages.split(",")):
        folder = work / str(count)
        measured = _apart(published, data, folder, count)
        measured |= _apart(served, folder) | _apart(swapped, folder)
        measured["load"] = os.getloadavg()[2]
        line = json.dumps(measured)
        click.echo(line)
        (work / f"{count}.json").write_text(line, encoding="utf-8")
        if not keep:
            shutil.rmtree(folder)
    found = [json.loads(file.read_text(encoding="utf-8")) for file in work.glob("*.json")]
    sizes = sorted(found, key=lambda each: each["passages"])
    draw(sizes, DOCUMENT.with_name("scale.svg"))
    made = f"{date.today():%Y-%m-%d}, {machine()}"  # noqa: DTZ011 - the day of who measures
    text = DOCUMENT.read_text(encoding="utf-8")
    part = as_markdown(sizes, made)
    DOCUMENT.write_text(replaced(text, BEGIN, END, part), encoding="utf-8")


if __name__ == "__main__":
    main()
