from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import StoreError
from indexer.frames import Validators
from indexer.layout import DataFolder
from indexer.store import Store, StoredPage

FULL = StoredPage(
    url="/site/a/",
    source="site",
    state="stale",
    reason="http_error",
    detail="HTTP 503",
    status=503,
    content_type="text/html",
    robots_tag="nofollow\nbot: noindex",
    body="é\x00 body".encode() * 100,
    etag='W/"1"',
    last_modified="Mon, 01 Jan 2024 00:00:00 GMT",
    lastmod="2024-01-01",
    fetched_at="2024-01-01T00:00:00Z",
    content_hash="0f",
)


def test_a_page_comes_back_as_it_was_put(data: DataFolder) -> None:
    bare = StoredPage("/site/b/", "site", "dropped")
    first = Store(data.store)
    first.put(FULL)
    first.put(bare)
    first.close()
    again = Store(data.store)
    assert again.page("/site/a/") == FULL
    assert again.page("/site/b/") == bare
    assert again.page("/site/c/") is None
    again.close()


def test_an_empty_body_is_a_body(store: Store) -> None:
    page = StoredPage("/a", "site", "active", body=b"")
    store.put(page)
    assert store.page("/a") == page


def test_a_page_is_written_in_place_of_what_was_known(store: Store) -> None:
    store.put(FULL)
    store.put(StoredPage("/site/a/", "site", "dropped"))
    assert list(store.pages()) == [StoredPage("/site/a/", "site", "dropped")]


def test_pages_by_source(store: Store) -> None:
    for url, source in (("/c", "x"), ("/a", "x"), ("/b", "y")):
        store.put(StoredPage(url, source, "active"))
    assert [page.url for page in store.pages()] == ["/a", "/b", "/c"]
    assert [page.url for page in store.pages(["x"])] == ["/a", "/c"]
    assert [page.url for page in store.pages(iter(["y", "z"]))] == ["/b"]
    assert list(store.pages([])) == []


def test_validators_of_pages_with_a_body(store: Store) -> None:
    store.put(FULL)
    store.put(StoredPage("/b", "site", "dropped", etag='"2"'))
    store.put(StoredPage("/c", "other", "active", body=b"c"))
    assert store.validators("site") == {
        "/site/a/": Validators(FULL.etag, FULL.last_modified, None, FULL.lastmod)
    }


def test_what_is_known_of_a_source_is_forgotten_as_a_whole(store: Store) -> None:
    store.put(FULL)
    store.put(StoredPage("/c", "other", "active"))
    store.forget("site")
    assert [page.url for page in store.pages()] == ["/c"]


def test_sources_are_remembered(store: Store) -> None:
    store.put_source("b", "{}", "/site/")
    store.put_source("a", "{1}", "")
    store.put_source("b", "{2}", "/site/b/")
    assert store.sources() == [("{1}", ""), ("{2}", "/site/b/")]


def test_vectors_are_by_text_and_encoder(data: DataFolder) -> None:
    one, two = np.array([1, 0], np.float32), np.array([0.6, 0.8], np.float32)
    first = Store(data.store)
    first.put_vectors("e1", {"a": one, "b": two})
    first.put_vectors("e2", {"a": two})
    first.close()
    again = Store(data.store)
    found = again.vectors(["a", "b", "c"], "e1")
    assert {key: value.tolist() for key, value in found.items()} == {
        "a": one.tolist(),
        "b": two.tolist(),
    }
    assert again.vectors(["a"], "e2")["a"].tolist() == two.tolist()
    assert again.vectors(["b"], "e2") == {}
    assert again.vectors([], "e1") == {}
    again.close()


def test_many_vectors_at_once(store: Store) -> None:
    given = {str(number): np.full(2, number, np.float32) for number in range(1201)}
    store.put_vectors("e", given)
    found = store.vectors(list(given), "e")
    assert found.keys() == given.keys()
    assert all(found[key][0] == int(key) for key in given)


def test_derived_values(store: Store) -> None:
    store.put_derived("a", b"one")
    store.put_derived("b", b"two")
    store.put_derived("b", b"three")
    assert (store.derived("a"), store.derived("b"), store.derived("c")) == (b"one", b"three", None)
    store.keep_derived({"b", "c"})
    assert (store.derived("a"), store.derived("b")) == (None, b"three")


class _FaultError(Exception):
    pass


def _fail_halfway(store: Store) -> None:
    with store.transaction():
        store.put(StoredPage("/a", "site", "active"))
        store.put(StoredPage("/b", "site", "active"))
        raise _FaultError


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    store.put(FULL)
    with pytest.raises(_FaultError):
        _fail_halfway(store)
    assert [page.url for page in store.pages()] == ["/site/a/"]
    with store.transaction():
        store.put(StoredPage("/c", "site", "active"))
    assert [page.url for page in store.pages()] == ["/c", "/site/a/"]


def test_what_was_not_closed_is_kept(data: DataFolder) -> None:
    writer = Store(data.store)
    writer.put(FULL)
    reader = Store(data.store)
    assert reader.page(FULL.url) == FULL
    reader.close()
    writer.close()


def test_files_that_are_no_store(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.sqlite"
    garbage.write_bytes(b"this is no database, and long enough for a header" * 50)
    for path in (garbage, tmp_path, tmp_path / "none" / "store.sqlite"):
        with pytest.raises(StoreError, match="cannot open the store") as caught:
            Store(path)
        assert str(path) in str(caught.value)
    assert garbage.read_bytes().startswith(b"this is no database")


def test_a_store_of_another_version(data: DataFolder) -> None:
    Store(data.store).close()
    database = sqlite3.connect(data.store)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match="schema 99"):
        Store(data.store)
