"""The way of an index wherever its vectors are: published, filtered, withdrawn, rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pytest

from indexer.backup import backup
from indexer.columns import NAMES
from indexer.embed import embed
from indexer.errors import IndexInvalidError, VectorsUnreachableError
from indexer.history import rollback
from indexer.layout import DataFolder, Generation
from indexer.publish import Contents, build, clear_unfinished, prune, publish
from indexer.reader import IndexReader
from indexer.store import Store, StoredPage
from indexer.verify import verify
from indexer.withdraw import withdraw
from search.app import create_app
from search.engine import Engine
from search.live import LiveEngine
from tests.fakes import FakeEncoder, passage
from tests.search_index import ask, settings
from tests.test_crash import edition, edition_of, runner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from indexer.encoder import Vectors
    from indexer.records import Passage
    from search.schema import Results

TOLERANCE = 1e-5  # of a cosine
_TOPICS = ("scan", "injection", "diet", "surgery", "nurse", "dose", "liver", "flushing")
SECTIONS = ("care", "treatments", 'a "quoted" one\\')


def _passage(number: int) -> Passage:
    draw = np.random.default_rng(number)
    words = " ".join(draw.choice(_TOPICS, 5))
    return passage(
        f"{words} {' '.join(map(str, draw.integers(99, size=6)))}",
        id=f"{number:016x}",
        url=f"/site/{number // 4}/",
        path=f"/{number // 4}/",
        headings=["Page", words.split()[0]],
        title=f"Page {number // 4}",
        section=SECTIONS[number % 3],
        audience="patient" if number % 2 else "general",
        reviewed=f"2024-0{1 + number % 9}-01" if number % 5 else None,
    )


PASSAGES = tuple(map(_passage, range(60)))
QUESTIONS = [f"{one} {other}" for one in _TOPICS for other in _TOPICS if one < other][:12]
FILTERS: list[dict[str, Any]] = [
    {},
    {"audience": "patient"},
    {"section": SECTIONS[2], "reviewed_after": "2024-03-01"},
    {"url": "/site/3/"},
    {"source": "nowhere"},
]


class SmoothEncoder(FakeEncoder):
    """A direction for each word: no two texts are equally near, as with the real encoder."""

    id = "smooth@1"

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension))
        for row, text in enumerate(texts):
            for word in text.lower().split() or ["none"]:
                vectors[row] += np.random.default_rng(crc32(word.encode())).normal(size=16)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit.astype(np.float32)


@pytest.fixture
def folder(data: DataFolder, place: str) -> DataFolder:
    return DataFolder(data.root, place)


def _published(data: DataFolder, passages: tuple[Passage, ...] = PASSAGES) -> Generation:
    encoder, store = SmoothEncoder(), Store(data.store)
    for url in {each.url for each in passages}:
        if store.page(url) is None:
            store.put(StoredPage(url, "site", "active"))
    vectors, _ = embed([each.embedded_text for each in passages], encoder, store)
    made = publish(data, Contents(passages, vectors, ("site",), {}), encoder, store)
    store.close()
    return made


def _engine(data: DataFolder, encoder: FakeEncoder) -> Engine:
    asked = settings(data=data.root, index=data.vectors_at)
    return Engine(IndexReader.open(data.live(), encoder), encoder, asked)


def _same_results(one: Results, other: Results) -> None:
    """The same hits in the same order, but for such as are equally good within the tolerance."""
    for name in ("found", "found_relation", "answerable", "facets"):
        assert one[name] == other[name]  # type: ignore[literal-required]
    for mine, theirs in zip(one["hits"], other["hits"], strict=True):
        if mine["id"] != theirs["id"]:
            assert mine["score"] == pytest.approx(theirs["score"], abs=TOLERANCE)
        else:
            assert mine["why"]["semantic"] == pytest.approx(
                theirs["why"]["semantic"], abs=TOLERANCE
            )
    assert {hit["id"] for hit in one["hits"]} == {hit["id"] for hit in other["hits"]}


def test_results_are_those_of_the_embedded_index(
    data: DataFolder, milvus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _published(data)
    embedded = _engine(data, SmoothEncoder())
    there = DataFolder(data.root, milvus)
    _published(there)
    on_milvus = _engine(there, SmoothEncoder())
    assert on_milvus.index.dense.is_exact
    for engine in (embedded, on_milvus):
        engine.withdraw(frozenset({"/site/1/", "/site/never indexed/"}))
    for q in QUESTIONS:
        for filters in FILTERS if q == QUESTIONS[0] else FILTERS[:1]:
            for mode in ("hybrid", "semantic"):
                given = {"mode": mode, "group_by": "none", "per_page": 50, **filters}
                _same_results(ask(on_milvus, q, **given), ask(embedded, q, **given))
    # As where not all are compared: the filters are then Milvus's.
    monkeypatch.setattr("indexer.milvus.MilvusDense.is_exact", False)
    monkeypatch.setattr("indexer.dense.FlatDense.is_exact", False)
    for filters in FILTERS:
        given = {"group_by": "none", "per_page": 50, **filters}
        _same_results(ask(on_milvus, QUESTIONS[1], **given), ask(embedded, QUESTIONS[1], **given))


def test_a_way_from_publish_to_prune(folder: DataFolder, tmp_path: Path) -> None:
    first, second = _published(folder), _published(folder, PASSAGES[:50])
    encoder = SmoothEncoder()
    assert folder.live() == second
    assert verify(folder) == []
    assert withdraw(folder, "/site/2/", encoder) == "/site/2/"
    assert len(IndexReader.open(folder.live(), encoder)) == 46
    assert verify(folder) == []
    # Back to the first, without the page that was withdrawn since: a fourth one.
    assert rollback(folder, first.build_id, encoder) == folder.live().build_id
    assert len(IndexReader.open(folder.live(), encoder)) == 56
    assert verify(folder) == []
    assert backup(folder, tmp_path / "copy") == folder.live().build_id
    copy = DataFolder(tmp_path / "copy", folder.vectors_at)
    assert len(IndexReader.open(copy.live(), encoder)) == 56
    kept = {each.build_id for each in folder.generations()}
    assert len(kept) == 4
    assert set(prune(folder, 1)) == kept - {folder.live().build_id}
    assert verify(folder) == []
    assert rollback(folder, folder.live().build_id, encoder) == folder.live().build_id
    assert ask(_engine(folder, encoder), "scan")["hits"]


def test_a_last_page_can_be_withdrawn(folder: DataFolder) -> None:
    _published(folder, PASSAGES[:4])
    withdraw(folder, "/site/0/", SmoothEncoder())
    assert verify(folder) == []
    assert ask(_engine(folder, SmoothEncoder()), "scan")["hits"] == []


def _collections(address: str) -> tuple[set[str], dict[str, str]]:
    from indexer.milvus_server import Server  # noqa: PLC0415

    server = Server(address)
    return set(server.ask("list_collections")), server.aliases()


def _names(data: DataFolder) -> tuple[str, str]:
    """The live collection and the alias of a data folder."""
    from indexer import milvus, milvus_server  # noqa: PLC0415

    live = data.live().build_id
    return milvus.collection_of(live), milvus_server.alias_of(data.root)


def test_collections_live_and_die_with_their_indexes(data: DataFolder, milvus: str) -> None:
    data, before = DataFolder(data.root, milvus), _collections(milvus)[0]
    encoder, store = SmoothEncoder(), Store(data.store)
    for count in (60, 50):
        _published(data, PASSAGES[:count])
        live, alias = _names(data)
        assert _collections(milvus)[1][alias] == live
    vectors, _ = embed([each.embedded_text for each in PASSAGES], encoder, store)
    contents = Contents(PASSAGES, vectors, ("site",), {})
    unfinished = build(data, contents, encoder, store)
    assert len(_collections(milvus)[0] - before) == 3
    assert _collections(milvus)[1][alias] == live, "what is not published answers nobody"
    _published(data)
    assert not unfinished.folder.exists()
    with data.scratch(clear_unfinished) as scratch:
        tried = build(scratch, contents, encoder, store)
        assert len(_collections(milvus)[0] - before) == 4
    assert not tried.folder.exists()
    assert len(_collections(milvus)[0] - before) == 3
    store.close()
    prune(data, 1)
    assert _collections(milvus)[0] - before == {_names(data)[0]}
    rollback(data, data.live().build_id, encoder)
    assert _collections(milvus)[1][alias] == _names(data)[0]


def test_what_the_server_has_otherwise_is_found(data: DataFolder, milvus: str) -> None:
    from indexer.milvus_server import Server  # noqa: PLC0415

    data = DataFolder(data.root, milvus)
    build_id = _published(data).build_id
    collection, alias = _names(data)
    server = Server(milvus)
    fields = ["row", "vector", "id", "url", "passage", *NAMES]
    entity = server.ask("query", collection, filter="row == 7", output_fields=fields)[0]
    server.ask("upsert", collection, [{**entity, "section": "another"}])
    server.ask("create_collection", "net_other", dimension=2)
    server.switch(alias, "net_other")
    assert verify(data) == [
        f"index {build_id}: wrong entity: 7",
        f"index {build_id}: wrong alias: {alias}",
    ]
    server.ask("drop_alias", alias)
    server.ask("drop_collection", collection)
    with pytest.raises(IndexInvalidError, match=f"has no collection {collection}: publish the in"):
        IndexReader.open(data.live(), None)


def test_an_index_made_elsewhere_says_what_to_do(data: DataFolder, milvus: str) -> None:
    there = DataFolder(data.root, milvus)
    _published(data)
    with pytest.raises(IndexInvalidError, match="NET_INDEX=embedded, or run the indexer again"):
        IndexReader.open(there.live(), None)
    _published(there)
    with pytest.raises(IndexInvalidError, match="has its vectors on Milvus, and NET_INDEX says"):
        IndexReader.open(data.live(), None)


def test_a_server_that_is_away_is_503_and_waited_for(
    data: DataFolder, milvus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: SmoothEncoder())
    there = DataFolder(data.root, milvus)
    first = _published(there)
    asked = settings(data=data.root, index=milvus)
    live = LiveEngine(asked)
    live.load()
    client = create_app(asked, live.engine, watch=False).test_client()
    assert client.get("/api/v1/search?q=scan").status_code == 200
    second = _published(there, PASSAGES[:20])

    def away(*_: object, **__: object) -> None:
        raise VectorsUnreachableError("Milvus at 127.0.0.1:1 fails")

    with monkeypatch.context() as down:
        down.setattr("indexer.milvus_server.Server.ask", away)
        answer = client.get("/api/v1/search?q=scan")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.get_json()["error"]["code"] == "index_unreachable"
        assert "127.0.0.1" not in answer.get_data(as_text=True)
        assert client.get("/?q=scan").status_code == 503
        live.look()
        assert live.engine is not None
        assert live.engine.index.version == first.build_id
        with pytest.raises(VectorsUnreachableError):
            LiveEngine(asked).load()
        with pytest.raises(VectorsUnreachableError):
            _published(there)
        assert there.live() == second, "what was live is live"
    live.look()
    assert live.engine.index.version == second.build_id


def test_killed_between_a_collection_and_its_alias(
    data: DataFolder, milvus: str, tmp_path: Path
) -> None:
    there, site = DataFolder(data.root, milvus), tmp_path / "clinic"
    before = _collections(milvus)[0]
    edition(site, 0)
    with runner(there, str(site)) as run:
        assert run() == 0
        live, alias = _names(there)
        edition(site, 1)
        assert run("after dense_place.build 1") == -9
        assert _names(there) == (live, alias)
        assert len(_collections(milvus)[0] - before) == 2
        assert _collections(milvus)[1][alias] == live
        assert edition_of(there) == "0"
        assert ask(_engine(there, FakeEncoder()), "nurse")["hits"]
        assert run() == 0
    assert edition_of(there) == "1"
    assert not there.unfinished()
    made, aliases = _collections(milvus)
    assert len(made - before) == len(there.generations()) == 2
    assert aliases[alias] == _names(there)[0]
    assert verify(there) == []


def test_cut_off_between_alias_and_folder(
    data: DataFolder, milvus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alias is ahead, of a whole index; the next thing made live sets it right."""
    there = DataFolder(data.root, milvus)
    first = _published(there)
    live, alias = _names(there)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as cut:
        cut.setattr("indexer.publish.write_durably", full)
        with pytest.raises(OSError, match="No space"):
            _published(there, PASSAGES[:20])
    assert there.live() == first
    assert _collections(milvus)[1][alias] != live
    assert verify(there) == [f"index {first.build_id}: wrong alias: {alias}"]
    rollback(there, first.build_id, SmoothEncoder())
    assert _collections(milvus)[1][alias] == live
    assert verify(there) == []
