"""What the operator's page reads from the data folder. Nothing here writes to it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from indexer.errors import IndexerError, IndexInvalidError, StoreError
from indexer.layout import DataFolder, Generation
from indexer.manifest import Manifest
from indexer.reader import passages_of
from indexer.runs import read_run

_RUNS = 12  # the last ones


@dataclass(frozen=True, slots=True)
class Build:
    """An index that is kept; ``error`` is why it cannot be used."""

    build_id: str
    is_live: bool
    created_at: str = ""
    pages: int = 0
    passages: int = 0
    encoder: str = ""
    sources: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class PageState:
    """What the store knows of a page, without its text."""

    url: str
    state: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Stored:
    """The pages by address, and those that were withdrawn with the time of that."""

    pages: tuple[PageState, ...] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """The pages by which an index differs from the one before it."""

    before: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def builds(data: DataFolder) -> list[Build]:
    """The indexes that are kept, newest first; none when nothing was published."""
    try:
        live = data.live().build_id
    except IndexerError:
        live = ""
    return [_build(each, is_live=each.build_id == live) for each in reversed(data.generations())]


def _build(generation: Generation, *, is_live: bool) -> Build:
    try:
        manifest = Manifest.read(generation.manifest)
    except IndexInvalidError as error:
        return Build(generation.build_id, is_live, error=str(error))
    return Build(
        generation.build_id,
        is_live,
        manifest.created_at,
        manifest.pages,
        manifest.passages,
        manifest.encoder.id,
        manifest.sources,
        manifest.forced,
    )


def runs(data: DataFolder) -> list[dict[str, Any]]:
    """The records of the last runs, newest first; one that cannot be read is left out."""
    names = sorted((file.stem for file in data.runs.glob("*Z*.json")), reverse=True)
    return [found for name in names[:_RUNS] if (found := run(data, name))]


def run(data: DataFolder, run_id: str) -> dict[str, Any] | None:
    """One run's record; None when there is none, or none that can be read."""
    try:
        return read_run(data, run_id)
    except (OSError, ValueError, LookupError, AttributeError):
        return None


def said(data: DataFolder, run_id: str) -> list[str]:
    """The last lines of what a background run that is known said while it worked."""
    try:
        text = (data.runs / f"{run_id}.log").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.strip().splitlines()[-12:]


def stored(data: DataFolder) -> Stored:
    """Every page of the store. Raises StoreError when it cannot be read.

    Not by the store's own class: that one writes when it opens, and reads the text of every page.
    """
    if not data.store.exists():
        return Stored()
    try:
        with closing(sqlite3.connect(f"{data.store.resolve().as_uri()}?mode=ro", uri=True)) as file:
            return Stored(tuple(_pages(file)), dict(file.execute("SELECT url, at FROM withdrawn")))
    except sqlite3.Error as error:
        raise StoreError(f"the store of pages cannot be read: {error}") from error


def _pages(file: sqlite3.Connection) -> Iterator[PageState]:
    rows = file.execute("SELECT url, state, reason, detail FROM page ORDER BY url")
    for url, state, reason, detail in rows:
        yield PageState(url, state, reason or "", detail)


def difference(data: DataFolder, build_id: str) -> Difference | None:
    """How an index differs from the one before it; None when one of them is not kept any more."""
    kept = [each.build_id for each in data.generations()]
    if build_id not in kept[1:]:
        return None
    before = kept[kept.index(build_id) - 1]
    try:
        return _difference(data.index / before, data.index / build_id)
    except IndexInvalidError:
        return None


@lru_cache(maxsize=16)  # an index never changes
def _difference(before: Path, after: Path) -> Difference:
    old, new = (_texts(Generation(folder)) for folder in (before, after))
    return Difference(
        before.name,
        tuple(url for url in new if url not in old),
        tuple(url for url in new if url in old and new[url] != old[url]),
        tuple(url for url in old if url not in new),
    )


def _texts(generation: Generation) -> dict[str, list[str]]:
    """The digests of each page's passages."""
    pages: dict[str, list[str]] = {}
    for passage in passages_of(generation):
        pages.setdefault(passage.url, []).append(passage.content_hash)
    return pages


def plan_made(text: str) -> dict[str, Any] | None:
    """A plan as its command printed it; None when that is no whole plan."""
    try:
        made = json.loads(text)
    except ValueError:
        return None
    return made if isinstance(made, dict) and "publishes" in made else None
