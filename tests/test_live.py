"""The service takes a new generation between two requests, and never a broken one."""

from __future__ import annotations

import gc
import logging
import shutil
import threading
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexer.embed import content_hash
from indexer.errors import IndexInvalidError
from indexer.layout import DataFolder, Generation
from indexer.publish import Contents, publish
from indexer.reader import IndexReader
from indexer.store import Store
from search.app import create_app
from search.engine import Engine
from search.live import LiveEngine
from search.request import SearchRequest
from search.settings import SearchSettings
from tests.fakes import AngleEncoder
from tests.serving import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published


def load(
    settings: SearchSettings, before: Engine | None, generation: Generation | None = None
) -> Engine:
    """The engine of an index, by default of what is live, with the encoder of the tests."""
    encoder = before.encoder if before else AngleEncoder()
    chosen = generation or DataFolder(settings.data).live()
    return Engine(IndexReader.open(chosen, encoder), encoder, settings)


def publish_marked(published: Published, mark: str) -> str:
    """Publish the same passages with a word in each text; the build id."""
    marked = [replace(each, text=f"{each.text} {mark}") for each in published.passages]
    passages = [replace(each, content_hash=content_hash(each.embedded_text)) for each in marked]
    store = Store(published.data.store)
    try:
        vectors = np.ascontiguousarray(
            published.encoder.encode([each.embedded_text for each in passages])
        )
        contents = Contents(passages, vectors, ("site",), {})
        return publish(published.data, contents, published.encoder, store).build_id
    finally:
        store.close()


def live_engine(published: Published) -> LiveEngine:
    live = LiveEngine(SearchSettings(data=published.data.root), load)
    live.engine = load(SearchSettings(data=published.data.root), None)
    return live


def version(live: LiveEngine) -> str:
    assert live.engine is not None
    return live.engine.index.version


def test_a_new_generation_is_taken_and_the_old_one_freed(published: Published) -> None:
    live = live_engine(published)
    old = weakref.ref(live.engine)
    live.look()
    assert version(live) == published.generation.build_id
    build_id = publish_marked(published, "second")
    live.look()
    assert version(live) == build_id
    gc.collect()
    assert old() is None
    answer = live.engine.search(SearchRequest(q="octreotide")) if live.engine else None
    assert answer is not None
    assert answer["index_version"] == build_id
    assert "second" in answer["hits"][0]["text"]


def test_a_broken_generation_is_refused_once_and_logged(
    published: Published, caplog: pytest.LogCaptureFixture
) -> None:
    live = live_engine(published)
    before = version(live)
    broken = publish_marked(published, "broken")
    vectors = published.data.index / broken / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1])
    with caplog.at_level(logging.ERROR):
        live.look()
        live.look()
    assert version(live) == before
    (record,) = caplog.records
    assert broken in record.getMessage()
    assert "vectors.faiss" in record.getMessage()
    whole = publish_marked(published, "whole")
    live.look()
    assert version(live) == whole


def test_a_missing_generation_leaves_the_old_one_answering(published: Published) -> None:
    live = live_engine(published)
    before = version(live)
    published.data.current.write_text("20260101T000000Z-00000000\n")
    live.look()
    published.data.current.unlink()
    live.look()
    assert version(live) == before


def test_a_service_without_an_index_takes_the_first_one(
    tmp_path: Path, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.live.threading.Thread.start", lambda _self: None)
    live = LiveEngine(SearchSettings(data=tmp_path / "later"), load)
    live.load()
    assert live.engine is None
    assert "no index" in live.why_not
    published.data.root.rename(tmp_path / "later")
    live.look()
    assert version(live) == published.generation.build_id


def test_a_broken_index_at_start_is_an_error(published: Published) -> None:
    published.generation.manifest.unlink()
    with pytest.raises(IndexInvalidError):
        LiveEngine(SearchSettings(data=published.data.root), load).load()


def test_answers_are_of_one_version_while_generations_change(published: Published) -> None:
    live = live_engine(published)
    app = create_app(SearchSettings(data=published.data.root), live.engine)
    app.extensions["live"] = live
    marks = {version(live): ""}
    stop = threading.Event()
    wrong: list[object] = []
    answered = 0

    def ask() -> None:
        nonlocal answered
        client = app.test_client()
        while not stop.is_set():
            answer = client.get("/api/v1/search?q=octreotide&group_by=none")
            body = answer.get_json()
            answered += 1
            mark = marks.get(body.get("index_version", ""))
            texts = [hit["text"] for hit in body.get("hits", [])]
            if mark is None or not texts or not all(text.endswith(mark) for text in texts):
                wrong.append((answer.status_code, body))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        for number in range(5):
            mark = f"mark{number}"
            build_id = publish_marked(published, mark)
            marks[build_id] = mark
            live.look()
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert wrong == []
    assert answered >= len(clients)
    assert version(live) == build_id


def test_the_thread_outlives_a_failing_look(
    published: Published, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked = threading.Event()
    calls = []

    def look(_self: LiveEngine) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("once")
        looked.set()

    monkeypatch.setattr("search.live.EVERY", 0.001)
    monkeypatch.setattr(LiveEngine, "look", look)
    live = LiveEngine(SearchSettings(data=published.data.root), load)
    live.watch()
    try:
        assert looked.wait(30)
    finally:
        live.stop()
    assert "could not look" in caplog.text


def test_a_page_is_withdrawn_while_a_new_index_is_loaded(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading, loaded = threading.Event(), threading.Event()

    def slowly(
        settings: SearchSettings, before: Engine | None, generation: Generation | None = None
    ) -> Engine:
        if before:
            loading.set()
            assert loaded.wait(30)
        return load(settings, before, generation)

    def withdrawn() -> frozenset[str]:
        return live.engine.withdrawn if live.engine else frozenset()

    monkeypatch.setattr("search.live.EVERY", 0.001)
    live = LiveEngine(SearchSettings(data=published.data.root), slowly)
    live.load()
    build_id = publish_marked(published, "second")
    watch = threading.Thread(target=live.watch)
    watch.start()
    try:
        assert loading.wait(30)
        published.data.withdrawn.write_text('["/site/prrt/"]')
        until(lambda: withdrawn() == {"/site/prrt/"})
        assert version(live) == published.generation.build_id
    finally:
        loaded.set()
        watch.join(30)
        live.stop()
    assert version(live) == build_id
    assert withdrawn() == {"/site/prrt/"}


# Started while the live index is broken.


def _break(published: Published, build_id: str) -> None:
    vectors = published.data.index / build_id / "vectors.faiss"
    vectors.write_bytes(vectors.read_bytes()[:-1])


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread looks for new indexes: the test does."""
    monkeypatch.setattr("search.live.threading.Thread.start", lambda _self: None)


@pytest.mark.usefixtures("unwatched")
def test_with_a_broken_live_index_the_newest_sound_one_answers(
    published: Published, caplog: pytest.LogCaptureFixture
) -> None:
    oldest = published.generation.build_id
    sound, broken, newest = (publish_marked(published, word) for word in ("one", "two", "three"))
    for build_id in (broken, newest):
        _break(published, build_id)
    live = LiveEngine(SearchSettings(data=published.data.root), load)
    with caplog.at_level(logging.ERROR):
        live.load()
    assert version(live) == sound != oldest
    assert live.why_not == ""
    (record,) = caplog.records
    assert record.getMessage().startswith(f"index {newest} is refused, {sound} answers: ")
    assert "vectors.faiss" in record.getMessage()


@pytest.mark.usefixtures("unwatched")
def test_the_broken_index_is_not_tried_again_and_the_next_sound_one_is_taken(
    published: Published, caplog: pytest.LogCaptureFixture
) -> None:
    broken = publish_marked(published, "broken")
    _break(published, broken)
    tried: list[str] = []

    def counted(
        settings: SearchSettings, before: Engine | None, generation: Generation | None = None
    ) -> Engine:
        tried.append((generation or DataFolder(settings.data).live()).build_id)
        return load(settings, before, generation)

    live = LiveEngine(SearchSettings(data=published.data.root), counted)
    live.load()
    live.look()
    live.look()
    assert tried == [broken, published.generation.build_id]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    whole = publish_marked(published, "whole")
    live.look()
    assert version(live) == whole


@pytest.mark.usefixtures("unwatched")
def test_a_live_index_that_is_gone_is_a_broken_one(published: Published) -> None:
    gone = publish_marked(published, "gone")
    shutil.rmtree(published.data.index / gone)
    live = LiveEngine(SearchSettings(data=published.data.root), load)
    live.load()
    assert version(live) == published.generation.build_id


@pytest.mark.usefixtures("unwatched")
def test_what_was_withdrawn_stays_out_of_the_one_that_answers_instead(
    published: Published,
) -> None:
    _break(published, publish_marked(published, "broken"))
    published.data.withdrawn.write_text('["/site/scans/"]')
    live = LiveEngine(SearchSettings(data=published.data.root), load)
    live.load()
    assert live.engine is not None
    assert live.engine.withdrawn == {"/site/scans/"}
    found = live.engine.search(SearchRequest(q="octreotide scan"))
    assert "/site/scans/" not in {hit["url"] for hit in found["hits"]}


def test_with_no_sound_index_the_start_fails_and_names_the_live_one(published: Published) -> None:
    newest = publish_marked(published, "newest")
    for build_id in (published.generation.build_id, newest):
        _break(published, build_id)
    live = LiveEngine(SearchSettings(data=published.data.root), load)
    with pytest.raises(IndexInvalidError, match=newest):
        live.load()
    assert live.engine is None
