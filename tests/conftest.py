"""Fixtures that several files share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from indexer.embed import embed
from indexer.layout import DataFolder, Generation
from indexer.publish import Contents, publish
from indexer.settings import IndexerSettings
from indexer.store import Store
from search.settings import SearchSettings
from tests.fakes import AngleEncoder, FakeEncoder, passage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from indexer.records import Passage

# The same examples on every run and machine; no deadline, for a busy machine is not a failure.
settings.register_profile("tests", derandomize=True, deadline=None, max_examples=60)
settings.register_profile("search-for-bugs", deadline=None, max_examples=300)
settings.load_profile("tests")

# Directions in the plane are in the texts, so the ranking of any question can be worked out by hand.
PASSAGES = (
    passage("Octreotide is injected every month, direction 0", title="Injections"),
    passage("Lanreotide is injected as well, direction 30", title="Injections", position=1),
    passage(
        "The octreotide scan, direction 60",
        url="/site/scans/",
        path="/scans/",
        headings=["Scans", "Octreotide scan"],
        title="Scans",
        section="scans",
    ),
    passage("PRRT uses 177Lu, direction 90", url="/site/prrt/", path="/prrt/", title="PRRT"),
)


@dataclass(frozen=True)
class Published:
    """A data folder with one live generation."""

    data: DataFolder
    generation: Generation
    encoder: AngleEncoder
    passages: tuple[Passage, ...]


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests gets into them."""
    monkeypatch.delenv("NET_SETTINGS", raising=False)
    for name in (*IndexerSettings.model_fields, *SearchSettings.model_fields):
        monkeypatch.delenv(f"NET_{name.upper()}", raising=False)


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    """An empty data folder."""
    folder = DataFolder(tmp_path / "data")
    folder.create()
    return folder


@pytest.fixture
def store(data: DataFolder) -> Iterator[Store]:
    opened = Store(data.store)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _published(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    folder = DataFolder(tmp_path_factory.mktemp("published"))
    folder.create()
    encoder = AngleEncoder()
    store = Store(folder.store)
    vectors, _ = embed([each.embedded_text for each in PASSAGES], encoder, store)
    publish(folder, Contents(PASSAGES, vectors, ("site",), {"/site/": "/a"}), encoder, store)
    store.close()
    return folder


@pytest.fixture
def published(_published: DataFolder, tmp_path: Path) -> Published:
    """A small index of ``PASSAGES``, this test's own copy."""
    data = DataFolder(tmp_path / "published")
    shutil.copytree(_published.root, data.root)
    return Published(data, data.live(), AngleEncoder(), PASSAGES)
