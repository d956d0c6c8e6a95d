"""Time the converted encoder beside the plain one, in turn on the same texts, and compare both.

    python -m benchmarks.encoding --data DIR

Questions are encoded one by one, passages all at once, as a service and a run do. Then every judged
question is answered with either, and those of which the first three results differ are named.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import click
import numpy as np

from indexer.converted_encoder import convert, fastest
from indexer.encoder import Encoder, SentenceTransformerEncoder
from indexer.judgments import read_judgments
from indexer.reader import IndexReader
from search.engine import Engine
from search.request import SearchRequest
from search.settings import load_settings


def seconds(encoder: Encoder, texts: list[str]) -> float:
    """Wall-clock time of encoding some texts together."""
    began = time.perf_counter()
    encoder.encode(texts)
    return time.perf_counter() - began


def show(name: str, pairs: list[tuple[float, float]], texts: int) -> None:
    """Medians, and the median ratio of the pairs: plain, then converted."""
    plain, converted = zip(*pairs, strict=True)
    ratios = [b / a for a, b in pairs]
    each = [statistics.median(values) / texts * 1000 for values in (plain, converted)]
    ratio = statistics.median(ratios)
    click.echo(
        f"{name:24} plain {each[0]:7.2f} ms each  converted {each[1]:7.2f} ms each"
        f"  time ratio {ratio:.2f} (speed {1 / ratio:.2f})"
    )


@click.command()
@click.option("--data", help="Data folder.")
@click.option("--questions", type=click.Path(path_type=Path), default="corpus/judgments.jsonl")
@click.option("--passages", default=256, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(data: str | None, questions: Path, passages: int, rounds: int) -> None:
    """Print times, the least cosine of both vectors of a text, and the rankings that differ."""
    import torch  # noqa: PLC0415 - seconds that --help need not take

    settings = load_settings(data=data)
    folder = settings.folder
    plain = SentenceTransformerEncoder(settings.encoder)
    convert(plain, folder.encoders)
    index = IndexReader.open(folder.live(), plain)
    step = max(1, len(index) // passages)
    texts = [each.embedded_text for each in index.passages[::step]][:passages]
    asked = [each.query for each in read_judgments(questions)]
    cores = os.cpu_count() or 1
    for threads in dict.fromkeys((1, cores)):
        torch.set_num_threads(threads)
        converted = fastest(plain, folder.encoders, threads)
        for encoder in (plain, converted):
            encoder.encode(asked[:4])
        pairs = [(seconds(plain, [q]), seconds(converted, [q])) for q in asked for _ in range(2)]
        show(f"a question, {threads} thread(s)", pairs, 1)
        pairs = [(seconds(plain, texts), seconds(converted, texts)) for _ in range(rounds)]
        show(f"passages, {threads} thread(s)", pairs, len(texts))
    both = [encoder.encode([*asked, *texts]) for encoder in (plain, converted)]
    click.echo(f"least cosine of a text's two vectors: {(both[0] * both[1]).sum(axis=1).min():.6f}")
    engines = [Engine(index, encoder, settings) for encoder in (plain, converted)]
    for question in asked:
        answers = [each.search(SearchRequest(q=question, per_page=3)) for each in engines]
        first, second = ([hit["id"] for hit in answer["hits"]] for answer in answers)
        if first != second or answers[0]["answerable"] != answers[1]["answerable"]:
            click.echo(f"differs: {question}")
    click.echo(f"{len(asked)} questions ranked by both; {len(np.unique(texts))} passages encoded")


if __name__ == "__main__":
    main()
