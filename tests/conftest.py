"""Fixtures that several files share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from indexer.embed import embed
from indexer.layout import EMBEDDED, DataFolder, Generation
from indexer.publish import Contents, publish
from indexer.settings import IndexerSettings
from indexer.store import Store
from search.settings import SearchSettings
from tests.browsing import chromium
from tests.fakes import AngleEncoder, FakeEncoder, passage
from tests.forks import Forks
from tests.milvus import milvus_lite, need_milvus
from tests.runs import few_names, few_questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put those that run a model first: then one of the processes loads it, and not all."""
    items.sort(key=lambda item: item.get_closest_marker("model") is None)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Thread pools of a size with the machine, in every process, fight over its cores."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests gets into them."""
    monkeypatch.delenv("NET_SETTINGS", raising=False)
    for name in (*IndexerSettings.model_fields, *SearchSettings.model_fields):
        monkeypatch.delenv(f"NET_{name.upper()}", raising=False)


@pytest.fixture(autouse=True)
def _few_names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published knows few names and questions, but for the sample's index, which has all."""
    if not request.node.get_closest_marker("model"):
        _know_few(monkeypatch)


def _know_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.publish.read_glossary", few_names)
    monkeypatch.setattr("indexer.answerability.labelled_questions", few_questions)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    with Forks() as started:
        yield started


@pytest.fixture
def quick_crawls(forks: Forks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crawls whose processes are forked."""
    monkeypatch.setattr("indexer.crawl._start", forks.start)


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
    with pytest.MonkeyPatch.context() as patch:
        _know_few(patch)
        publish(folder, Contents(PASSAGES, vectors, ("site",), {"/site/": "/a"}), encoder, store)
    store.close()
    return folder


@pytest.fixture
def published(_published: DataFolder, tmp_path: Path) -> Published:
    """A small index of ``PASSAGES``, this test's own copy."""
    data = DataFolder(tmp_path / "published")
    shutil.copytree(_published.root, data.root)
    return Published(data, data.live(), AngleEncoder(), PASSAGES)


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Milvus Lite server."""
    need_milvus()
    with (
        milvus_lite(tmp_path_factory.mktemp("milvus")) as address,
        pytest.MonkeyPatch.context() as p,
    ):
        # The client sleeps before it asks whether an index is built, as it is when Lite answers.
        built = "pymilvus.client.grpc_handler.GrpcHandler.wait_for_creating_index"
        p.setattr(built, lambda *_, **__: (True, ""))
        yield address


@pytest.fixture(params=[EMBEDDED, "milvus"])
def place(request: pytest.FixtureRequest) -> str:
    """Each place where the vectors of an index may be."""
    return EMBEDDED if request.param == EMBEDDED else request.getfixturevalue("milvus")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, for tests that are marked ``IN_BROWSER``."""
    with chromium() as started:
        yield started
