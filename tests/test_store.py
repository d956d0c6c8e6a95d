from __future__ import annotations

import sqlite3
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
    store.put(replace(FULL, robots_tag=""))
    store.put(StoredPage("/b", "site", "dropped", etag='"2"'))
    store.put(StoredPage("/c", "other", "active", body=b"c"))
    # Whether its header still holds, an answer that nothing has changed would not say.
    store.put(replace(FULL, url="/site/told/", robots_tag="noindex"))
    assert store.validators("site") == {
        "/site/a/": Validators(FULL.etag, FULL.last_modified, None, FULL.lastmod),
        "/site/told/": Validators(None, None, None, FULL.lastmod),
    }


def test_a_new_store_keeps_out_what_the_service_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "withdrawn.json").write_text('["/site/a/", "/site/b\'s/"]\n')
    for _ in range(2):
        store = Store(tmp_path / "store.sqlite")
        assert store.withdrawn() == {"/site/a/", "/site/b's/"}
        store.close()
    (tmp_path / "store.sqlite").rename(tmp_path / "away")
    (tmp_path / "withdrawn.json").write_text("no list")
    for _ in range(2):  # and not only once
        with pytest.raises(StoreError, match=r"list of withdrawn pages .*withdrawn\.json"):
            Store(tmp_path / "store.sqlite")


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


# A store of the version before.

VERSION_1 = """
CREATE TABLE page (
    url TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    detail TEXT NOT NULL DEFAULT '',
    status INTEGER,
    content_type TEXT NOT NULL DEFAULT '',
    robots_tag TEXT NOT NULL DEFAULT '',
    body BLOB,
    etag TEXT,
    last_modified TEXT,
    lastmod TEXT,
    fetched_at TEXT NOT NULL DEFAULT '',
    content_hash TEXT,
    links TEXT
) STRICT;
CREATE TABLE withdrawn (url TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
CREATE TABLE derived (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE source (name TEXT PRIMARY KEY, config TEXT NOT NULL, prefix TEXT NOT NULL) STRICT;
CREATE INDEX page_source ON page (source);
CREATE TABLE vector (
    content_hash TEXT NOT NULL,
    encoder TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (content_hash, encoder)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 1;
"""


def _version_1(path: Path) -> None:
    """A store as the version before wrote it, with the page ``FULL`` in it."""
    values = [getattr(FULL, name) for name in StoredPage.__dataclass_fields__][:-1]
    values[8], values[14] = zlib.compress(FULL.body or b""), '["/b"]'
    database = sqlite3.connect(path)
    database.executescript(VERSION_1)
    database.execute(f"INSERT INTO page VALUES ({', '.join('?' * 15)})", values)
    database.execute("INSERT INTO withdrawn VALUES ('/out', '2024-01-01T00:00:00Z')")
    database.execute("INSERT INTO source VALUES ('site', '{}', '/site/')")
    one = np.array([1, 0], "<f4").tobytes()
    database.execute("INSERT INTO vector VALUES ('a', 'e', ?)", (one,))
    database.commit()
    database.close()


def _shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table with the name, type and default of its columns."""
    database = sqlite3.connect(path)
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema ORDER BY 1")]
    shape = {name: database.execute(f"PRAGMA table_info({name})").fetchall() for name in tables}
    shape["version"] = database.execute("PRAGMA user_version").fetchall()
    database.close()
    return shape


def test_a_store_of_the_version_before_keeps_all_it_knows(data: DataFolder) -> None:
    _version_1(data.store)
    opened = Store(data.store)
    assert opened.page(FULL.url) == replace(FULL, links=("/b",), changed_at="")
    assert opened.withdrawn() == {"/out"}
    assert opened.sources() == [("{}", "/site/")]
    assert opened.vectors(["a"], "e")["a"].tolist() == [1, 0]
    opened.close()


def test_a_store_of_the_version_before_becomes_one_of_this(
    data: DataFolder, tmp_path: Path
) -> None:
    _version_1(data.store)
    Store(data.store).close()
    fresh = tmp_path / "fresh.sqlite"
    Store(fresh).close()
    assert _shape(data.store) == _shape(fresh)
    assert _shape(fresh)["version"] == [(2,)]
    assert {"crawl", "visit"} < _shape(fresh).keys()
    again = Store(data.store)  # and is not brought up to date a second time
    page = replace(FULL, changed_at="2024-02-02T00:00:00Z")
    again.put(page)
    assert again.page(FULL.url) == page
    assert again.begin_crawl("site", EARLY, EARLY) == {}
    again.close()


# The crawl that is under way.

EARLY, LATER, LATEST = (f"2024-01-02T0{hour}:00:00Z" for hour in (1, 2, 3))


def test_a_crawl_that_was_cut_off_is_gone_on_with(data: DataFolder) -> None:
    first = Store(data.store)
    assert first.begin_crawl("site", EARLY, EARLY) == {}
    first.put_visit("site", "/a", "one")
    first.put_visit("site", "/b", "two")
    first.put_visit("site", "/a", "again")
    first.close()
    second = Store(data.store)
    assert second.begin_crawl("site", LATER, EARLY) == {"/a": "again", "/b": "two"}
    second.put_visit("site", "/c", "three")
    assert set(second.begin_crawl("site", LATER, EARLY)) == {"/a", "/b", "/c"}
    second.close()


def test_a_crawl_that_began_too_long_ago_begins_anew(store: Store) -> None:
    store.begin_crawl("site", EARLY, EARLY)
    store.put_visit("site", "/a", "one")
    assert store.begin_crawl("site", LATEST, LATER) == {}
    store.put_visit("site", "/b", "two")
    assert store.begin_crawl("site", LATEST, LATER) == {"/b": "two"}


def test_a_crawl_is_as_old_as_its_beginning_however_often_it_is_gone_on_with(store: Store) -> None:
    store.begin_crawl("site", EARLY, EARLY)
    store.put_visit("site", "/a", "one")
    assert store.begin_crawl("site", LATER, EARLY) == {"/a": "one"}
    assert store.begin_crawl("site", LATEST, LATER) == {}


def test_crawls_of_two_sources_are_apart_and_end_together(store: Store) -> None:
    for source in ("one", "two"):
        store.begin_crawl(source, EARLY, EARLY)
        store.put_visit(source, "/a", source)
    assert store.begin_crawl("one", LATEST, LATER) == {}
    assert store.begin_crawl("two", LATER, EARLY) == {"/a": "two"}
    store.put_visit("one", "/a", "one")
    store.end_crawls()
    for source in ("one", "two"):
        assert store.begin_crawl(source, EARLY, EARLY) == {}


# Copies.


def test_a_copy_is_of_one_moment_while_another_writes(store: Store, tmp_path: Path) -> None:
    store.put(FULL)
    store.put_vectors("e", {"a": np.array([1, 0], np.float32)})
    writer = Store(tmp_path / "data" / "store.sqlite")
    copied = tmp_path / "copy.sqlite"
    with writer.transaction():
        writer.put(StoredPage("/half", "site", "active"))
        store.copy_to(copied)
        writer.put(StoredPage("/other half", "site", "active"))
    writer.close()
    copy = Store(copied)
    assert list(copy.pages()) == [FULL]
    assert copy.vectors(["a"], "e")["a"].tolist() == [1, 0]
    copy.put(StoredPage("/only here", "site", "active"))
    assert [page.url for page in store.pages()] == ["/half", "/other half", "/site/a/"]
    copy.close()


def test_what_a_copy_worked_out_is_taken_over_and_nothing_else(
    store: Store, tmp_path: Path
) -> None:
    one, two, other = (np.array(each, np.float32) for each in ((1, 0), (0, 1), (0.6, 0.8)))
    store.put(FULL)
    store.put_vectors("e", {"a": one})
    store.put_derived("k", b"own")
    store.copy_to(tmp_path / "copy.sqlite")
    copy = Store(tmp_path / "copy.sqlite")
    copy.put_vectors("e", {"a": other, "b": two})
    copy.put_vectors("e2", {"a": other})
    copy.put_derived("k", b"the copy's")
    copy.put_derived("l", b"new")
    copy.put(StoredPage("/site/a/", "site", "dropped"))
    copy.withdraw("/x", EARLY)
    copy.put_source("site", "{}", "")
    copy.begin_crawl("site", EARLY, EARLY)
    copy.put_visit("site", "/a", "one")
    copy.close()
    for _ in range(2):  # the second time there is nothing new
        store.adopt_memory(tmp_path / "copy.sqlite")
        found = store.vectors(["a", "b"], "e")
        assert {key: value.tolist() for key, value in found.items()} == {"a": [1, 0], "b": [0, 1]}
        assert store.vectors(["a"], "e2")["a"].tolist() == other.tolist()
        assert (store.derived("k"), store.derived("l")) == (b"own", b"new")
        assert list(store.pages()) == [FULL]
        assert (store.withdrawn(), store.sources()) == (frozenset(), [])
    assert store.begin_crawl("site", EARLY, EARLY) == {}


@pytest.mark.parametrize("version", [0, 1])
def test_a_store_is_opened_from_several_places_at_once(tmp_path: Path, version: int) -> None:
    """One of them makes it or brings it up to date; the others find it done."""
    for number in range(5):
        file = tmp_path / f"{number}.sqlite"
        if version:
            _version_1(file)
        barrier = threading.Barrier(4)

        def opened(file: Path = file, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            Store(file).close()

        with ThreadPoolExecutor(4) as pool:
            for each in [pool.submit(opened) for _ in range(4)]:
                each.result()
        store = Store(file)
        assert len(list(store.pages())) == version, "a page is there where there was one"
        store.close()
