"""Publish the live index's passages anew, so that an answer that mixes two indexes shows.

    python -m benchmarks.load_publish DATA MARK

Every row holds another passage than before, and every title bears the mark. Titles are shown and
found, but not embedded: no vector has to be made anew, and no passage gets another id.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.load_client import PATIENCE, ask
from indexer.embed import embed
from indexer.encoder import SentenceTransformerEncoder
from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.processes import environment, module
from indexer.publish import Contents, prune, publish
from indexer.reader import read_passages
from indexer.records import Passage
from indexer.store import Store
from search.settings import load_settings

MARK = "mark-"
_LONGEST = 300.0  # seconds that a publish may take
_KEPT = 3  # generations
_TAKEN = 60.0  # seconds in which all workers take a version
_ROW = 16  # answers of one version, for each worker, after which all workers have it


class PublishError(Exception):
    """A publish failed; the message says how."""


def publish_apart(data: Path, mark: str) -> str:
    """Publish in a process of its own, as a run is one; the version. Raises PublishError."""
    command = module("benchmarks.load_publish", str(data), mark)
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, env=environment(), capture_output=True, text=True, timeout=_LONGEST, check=True
        )
    except subprocess.TimeoutExpired as error:
        raise PublishError("it took too long") from error
    except subprocess.CalledProcessError as error:
        raise PublishError("".join(error.stderr.splitlines()[-1:])) from error
    return done.stdout.strip()


async def all_answer(port: int, version: str, workers: int) -> bool:
    """Whether all workers answer from a version: as many answers in a row as are no chance."""
    loop = asyncio.get_running_loop()
    until, row = loop.time() + _TAKEN, 0
    while row < _ROW * workers and loop.time() < until:
        answer = await ask(port, "/readyz")
        row = row + 1 if answer.headers.get("x-index-version") == version else 0
        await asyncio.sleep(0.02)
    return row >= _ROW * workers


def moved(passages: list[Passage]) -> list[int]:
    """The rows in an order in which each is elsewhere: the first page comes last."""
    first = [row for row, each in enumerate(passages) if each.url == passages[0].url]
    return [*sorted(set(range(len(passages))) - set(first)), *first]


def publish_marked(data: DataFolder, mark: str) -> str:
    """Publish with a mark and in another order; the version."""
    encoder = SentenceTransformerEncoder(load_settings().encoder)
    with data.locked(patience=PATIENCE):
        live = data.live()
        before = read_passages(live)
        passages = [before[row] for row in moved(before)]
        titles = [each.title.partition(MARK)[0].rstrip() for each in passages]
        passages = [
            replace(each, title=f"{title} {MARK}{mark}".lstrip())
            for each, title in zip(passages, titles, strict=True)
        ]
        manifest = Manifest.read(live.manifest)
        store = Store(data.store)
        try:
            vectors, _ = embed([each.embedded_text for each in passages], encoder, store)
            contents = Contents(passages, vectors, manifest.sources, manifest.folders)
            version = publish(data, contents, encoder, store).build_id
        finally:
            store.close()
        prune(data, _KEPT)
    return version


if __name__ == "__main__":
    sys.stdout.write(publish_marked(DataFolder(Path(sys.argv[1])), sys.argv[2]) + "\n")
