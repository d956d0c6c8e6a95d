"""Time a query's path beside plain fusion on the same index, question by question.

    python -m benchmarks.query_time --data DIR

Plain fusion encodes the question, asks both halves, adds their scores and builds the ten results:
no query understanding, no features, no question of whether there is an answer. ``vectors`` is less
still: the encoder and FAISS. All are timed in turn on every question, so that what else the machine
does hits them alike; the ratio of the pairs is what counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np

from indexer.encoder import SentenceTransformerEncoder
from indexer.judgments import read_judgments
from indexer.reader import IndexReader
from search.engine import Engine
from search.fuse import weighted
from search.question import Question
from search.rank import rank
from search.request import SearchRequest
from search.results import group, hit
from search.retrieve import Candidates, retrieve
from search.schema import Hit
from search.settings import SearchSettings, load_settings


def plain_fusion(engine: Engine, settings: SearchSettings, q: str) -> list[Hit]:
    """The ten results of a weighted sum of both halves."""
    index = engine.index
    words = {term.stem: 1.0 for term in index.content_terms(q)}
    question = Question(q, words=words)
    vector = engine.encoder.encode([q])
    matches = retrieve(index, question, vector, None, settings)
    nothing = np.zeros(len(matches.rows))
    semantic = np.asarray(index.cosines(vector, matches.rows), dtype=np.float64)
    found = Candidates(matches, semantic, nothing, nothing, 0.0)
    ranking = rank(found, weighted(found, settings.semantic_weight), (), index)
    groups = group(found, ranking, index, by_page=True)[:10]
    return [hit(each, question, (found, ranking), index) for each in groups]


@click.command()
@click.option("--data", help="Data folder.")
@click.option("--questions", type=click.Path(path_type=Path), default="corpus/judgments.jsonl")
@click.option("--rounds", default=3, show_default=True)
def main(data: str | None, questions: Path, rounds: int) -> None:
    """Print medians in milliseconds and the median ratio to plain fusion."""
    settings = load_settings(data=data, question_cache=0)  # a question is encoded each time
    encoder = SentenceTransformerEncoder(settings.encoder)
    index = IndexReader.open(settings.folder.live(), encoder)
    engine = Engine(index, encoder, settings)
    asked = [judgment.query for judgment in read_judgments(questions)]
    ways: dict[str, Callable[[str], object]] = {
        "plain fusion": lambda q: plain_fusion(engine, settings, q),
        "vectors": lambda q: index.nearest(encoder.encode([q])[0], 10),
        "keyword": lambda q: engine.search(SearchRequest(q=q, mode="keyword")),
        "ranking": lambda q: engine.search(SearchRequest(q=q)),
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
        pairs = [a / b for a, b in zip(values, times["plain fusion"], strict=True)]
        worst = statistics.quantiles(values, n=20)[-1]
        click.echo(
            f"{name:12} median {statistics.median(values):6.1f} ms  p95 {worst:6.1f} ms"
            f"  ratio to plain fusion {statistics.median(pairs):.2f}"
        )


if __name__ == "__main__":
    main()
