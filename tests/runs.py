"""Whole runs for tests: folder sites written on the spot, and what the live index then holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Unpack

from indexer.answerability import labelled_questions
from indexer.derived import Derived
from indexer.glossary import read_glossary
from indexer.pipeline import How, run
from indexer.progress import Progress
from indexer.reader import IndexReader
from indexer.report import RunReport
from indexer.runs import read_run
from indexer.settings import IndexerSettings
from indexer.store import Store, StoredPage
from indexer.work import Work
from tests.fakes import FakeEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.encoder import Encoder
    from indexer.glossary import Entry
    from indexer.layout import DataFolder
    from indexer.records import Passage
    from indexer.sources import Source


@cache
def few_names() -> list[Entry]:
    """Some of the glossary: to read and write all of it is half of the publish of a small site."""
    return read_glossary()[::20]


@cache
def few_questions() -> list[tuple[str, bool]]:
    """Some of the labelled questions, of each kind as many as a fit needs."""
    given = labelled_questions()
    return given[:12] + given[-12:]


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files by their paths in a folder; the folder."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def html(title: str, body: str, head: str = "") -> str:
    """A page that says where its main content is."""
    return (
        f"<!doctype html><html lang='en'><head><title>{title}</title>{head}</head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )


def work_of(store: Store, *sources: str) -> Work:
    """What a stage works with, for tests of one stage."""
    encoder, settings = FakeEncoder(), IndexerSettings()
    derived = Derived(store, encoder, settings.passage_tokens)
    report = RunReport("1", list(sources))
    return Work(settings, encoder, Progress(quiet=True), store, report, derived)


@dataclass
class Runs:
    """Runs into one data folder."""

    data: DataFolder
    encoder: Encoder = field(default_factory=FakeEncoder)

    def __call__(self, *sources: Source, **how: Unpack[How]) -> RunReport:
        settings = IndexerSettings(data=self.data.root)
        return run(list(sources), settings, self.encoder, Progress(quiet=True), **how)

    @property
    def live(self) -> IndexReader:
        """The live index, opened with every check."""
        return IndexReader.open(self.data.live(), self.encoder)

    @property
    def passages(self) -> list[Passage]:
        return self.live.passages

    @property
    def urls(self) -> list[str]:
        """The addresses of the live index, each once, in order."""
        return list(dict.fromkeys(passage.url for passage in self.passages))

    @property
    def stored(self) -> dict[str, StoredPage]:
        """Every page of the store by its address."""
        store = Store(self.data.store)
        try:
            return {page.url: page for page in store.pages()}
        finally:
            store.close()

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records of all runs, oldest first."""
        names = sorted(file.stem for file in self.data.runs.glob("*.json"))
        return [found for name in names if (found := read_run(self.data, name))]

    def state(self, url: str) -> tuple[str, str | None]:
        """State and reason of a page."""
        page = self.stored[url]
        return page.state, page.reason
