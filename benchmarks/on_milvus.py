"""Compare the live index of a data folder on Milvus with the embedded one: results and times.

    python -m benchmarks.on_milvus --data DIR --index milvus+http://127.0.0.1:19530 JUDGMENTS.jsonl…

Works on copies of the folder, which are deleted, with their collection, at the end.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np

from indexer import dense_place
from indexer.cli import encoder_of
from indexer.encoder import Encoder, Vectors
from indexer.judgments import read_judgments
from indexer.layout import EMBEDDED, DataFolder, Generation
from indexer.publish import Contents, build
from indexer.reader import IndexReader
from indexer.settings import IndexerSettings
from indexer.store import Store
from search.engine import Engine
from search.request import SearchRequest
from search.settings import SearchSettings


@contextmanager
def built(data: DataFolder, index: str, encoder: Encoder) -> Iterator[tuple[Generation, float]]:
    """The live index built anew elsewhere, and the seconds that took."""
    live = IndexReader.open(data.live(), encoder)
    made = live.manifest
    contents = Contents(live.passages, live.vectors(), made.sources, made.folders, made.notices)
    with tempfile.TemporaryDirectory() as folder:
        copy = DataFolder(Path(folder), index)
        copy.create()
        shutil.copy(data.store, copy.store)
        store = Store(copy.store)
        began = time.perf_counter()
        generation = build(copy, contents, encoder, store)
        seconds = time.perf_counter() - began
        store.close()
        try:
            yield generation, seconds
        finally:
            dense_place.delete(generation)


def compare(ours: Engine, theirs: Engine, questions: Sequence[str]) -> dict[str, float]:
    """What ``theirs`` gives otherwise over these questions, and how long a search takes, in ms."""
    spent: dict[Engine, list[float]] = {ours: [], theirs: []}
    same, worst = 0, 0.0
    for question in questions:
        found = []
        for engine, times in spent.items():
            began = time.perf_counter()
            found.append(engine.search(SearchRequest(q=question)))
            times.append(1000 * (time.perf_counter() - began))
        ids = [[hit["id"] for hit in each["hits"]] for each in found]
        says = [(each["found"], each["answerable"], each["facets"]) for each in found]
        same += ids[0] == ids[1] and says[0] == says[1]
        worst = max(worst, _apart(ours, theirs, question))
    numbers = {"questions": len(questions), "same": same, "cosines_apart": worst}
    for name, engine in (("embedded", ours), ("milvus", theirs)):
        middle, slow = np.percentile(spent[engine], [50, 95]).tolist()
        numbers |= {f"{name}_median_ms": round(middle, 1), f"{name}_p95_ms": round(slow, 1)}
    return numbers


def _apart(ours: Engine, theirs: Engine, question: str) -> float:
    """The largest difference of a cosine among the nearest 200, which are unrounded."""
    vector: Vectors = ours.encoder.encode([question])[0]
    rows, cosines = ours.index.nearest(vector, 200)
    _, others = theirs.index.nearest(vector, 200)
    return float(
        max(
            np.abs(cosines - others).max(initial=0.0),
            np.abs(cosines - theirs.index.cosines(vector, rows)).max(initial=0.0),
        )
    )


@click.command()
@click.argument("judgments", nargs=-1, type=click.Path(path_type=Path), required=True)
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"))
@click.option("--index", required=True, help="As NET_INDEX names Milvus.")
def main(judgments: tuple[Path, ...], data: Path, index: str) -> None:
    """Print what differs and how long a search takes, for each file of questions."""
    settings = IndexerSettings(data=data)
    encoder = encoder_of(settings)
    engines = []
    with (
        built(DataFolder(data), EMBEDDED, encoder) as (here, here_took),
        built(DataFolder(data), index, encoder) as (there, there_took),
    ):
        click.echo(f"built in {here_took:.1f} s embedded, {there_took:.1f} s on Milvus")
        for generation in (here, there):
            reader = IndexReader.open(generation, encoder)
            engines.append(Engine(reader, encoder, SearchSettings(data=data)))
            engines[-1].warm_up()
        for file in judgments:
            questions = [each.query for each in read_judgments(file)]
            click.echo(f"{file.name}: {compare(engines[0], engines[1], questions)}")


if __name__ == "__main__":
    main()
