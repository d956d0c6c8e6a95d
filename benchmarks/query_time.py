"""Time a query's path beside the plain recipe on the same index, question by question.

    python -m benchmarks.query_time --data DIR

The plain recipe encodes the question with the same encoder and asks FAISS for ten passages. Both
are timed in turn on every question, so that what else the machine does hits both alike; the ratio
of the pairs is what counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import click

from indexer.encoder import SentenceTransformerEncoder
from indexer.layout import DataFolder
from indexer.reader import IndexReader
from search.engine import Engine
from search.evaluate import read_judgments
from search.request import SearchRequest
from search.settings import load_settings


@click.command()
@click.option("--data", help="Data folder.")
@click.option("--questions", type=click.Path(path_type=Path), default="corpus/judgments.jsonl")
@click.option("--rounds", default=3, show_default=True)
def main(data: str | None, questions: Path, rounds: int) -> None:
    """Print medians in milliseconds and the median ratio to the plain recipe."""
    settings = load_settings(data=data)
    encoder = SentenceTransformerEncoder(settings.encoder)
    index = IndexReader.open(DataFolder(settings.data).live(), encoder)
    engine = Engine(index, encoder, settings)
    asked = [judgment.query for judgment in read_judgments(questions)]
    ways: dict[str, Callable[[str], object]] = {
        "plain": lambda q: index.nearest(encoder.encode([q])[0], 10),
        "semantic": lambda q: engine.search(SearchRequest(q=q, mode="semantic")),
        "keyword": lambda q: engine.search(SearchRequest(q=q, mode="keyword")),
        "hybrid": lambda q: engine.search(SearchRequest(q=q)),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for question in asked:  # not counted: everything is loaded and cached once
        for way in ways.values():
            way(question)
    for _ in range(rounds):
        for question in asked:
            for name, way in ways.items():
                began = time.perf_counter()
                way(question)
                times[name].append((time.perf_counter() - began) * 1000)
    click.echo(f"{len(asked)} questions, {rounds} rounds, {len(index)} passages")
    for name, values in times.items():
        pairs = [a / b for a, b in zip(values, times["plain"], strict=True)]
        worst = statistics.quantiles(values, n=20)[-1]
        click.echo(
            f"{name:9} median {statistics.median(values):6.1f} ms  p95 {worst:6.1f} ms"
            f"  ratio to plain {statistics.median(pairs):.2f}"
        )


if __name__ == "__main__":
    main()
