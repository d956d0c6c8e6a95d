"""The store: every page ever seen with its last good body, and every vector ever computed."""

from __future__ import annotations

import fcntl
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.clock import utc_now
from indexer.errors import StoreError
from indexer.frames import Validators
from indexer.layout import WITHDRAWN
from indexer.store_schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class StoredPage:
    """One page as the store knows it."""

    url: str
    source: str
    state: str
    reason: str | None = None
    detail: str = ""
    status: int | None = None
    content_type: str = ""
    robots_tag: str = ""
    body: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None
    lastmod: str | None = None
    fetched_at: str = ""
    content_hash: str | None = None
    links: tuple[str, ...] | None = None
    changed_at: str = ""


_PATIENCE = 60  # seconds that another process may hold the file
_COLUMNS = tuple(StoredPage.__dataclass_fields__)


class Store:
    """A SQLite file in WAL mode; one writer, any number of readers."""

    def __init__(self, path: Path) -> None:
        """Open or create it. Raises StoreError when that is impossible."""
        try:
            # One at a time: two that find an old store would both bring it up to date.
            with path.with_name(f".{path.name}.lock").open("w") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                version = self._open(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot open the store {path}: {error}; check that it is a readable, writable"
                " file, or move it away to start anew"
            ) from error
        if version not in {0, SCHEMA_VERSION, *MIGRATIONS}:
            raise StoreError(
                f"the store {path} has schema {version}; this program reads {SCHEMA_VERSION}"
            )

    def _open(self, path: Path) -> int:
        """Open the file, bring it up to date, and give the version that it had."""
        self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if script := {0: SCHEMA, **MIGRATIONS}.get(version):
            script += "" if version else _withdrawn_before(path.with_name(WITHDRAWN))
            self._db.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )
        return version

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Group writes: all of them are kept, or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def page(self, url: str) -> StoredPage | None:
        """One page, or None when it was never seen."""
        row = self._db.execute(f"SELECT {', '.join(_COLUMNS)} FROM page WHERE url = ?", (url,))  # noqa: S608
        found = row.fetchone()
        return _page(found) if found else None

    def pages(self, sources: Iterable[str] | None = None) -> Iterator[StoredPage]:
        """Every page of the given sources (None: of all), by URL."""
        wanted = None if sources is None else set(sources)
        rows = self._db.execute(f"SELECT {', '.join(_COLUMNS)} FROM page ORDER BY url")  # noqa: S608
        for row in rows:
            if wanted is None or row[1] in wanted:
                yield _page(row)

    def put(self, page: StoredPage) -> None:
        """Write one page, in place of what was known of it."""
        values = [getattr(page, name) for name in _COLUMNS]
        values[_COLUMNS.index("body")] = None if page.body is None else zlib.compress(page.body, 6)
        values[_COLUMNS.index("links")] = None if page.links is None else json.dumps(page.links)
        marks = ", ".join("?" * len(_COLUMNS))
        self._db.execute(
            f"INSERT OR REPLACE INTO page VALUES ({marks})",  # noqa: S608 - only marks
            values,
        )

    def derived(self, key: str) -> bytes | None:
        """A value worked out before, or None."""
        row = self._db.execute("SELECT value FROM derived WHERE key = ?", (key,)).fetchone()
        return zlib.decompress(row[0]) if row else None

    def put_derived(self, key: str, value: bytes) -> None:
        """Keep a value that follows from what its key is a digest of."""
        row = (key, zlib.compress(value, 1))
        self._db.execute("INSERT OR REPLACE INTO derived VALUES (?, ?)", row)

    def keep_derived(self, keys: set[str]) -> None:
        """Delete all derived values but these."""
        with self.transaction():
            known = {key for (key,) in self._db.execute("SELECT key FROM derived")}
            self._db.executemany(
                "DELETE FROM derived WHERE key = ?", [(key,) for key in known - keys]
            )

    def withdrawn(self) -> frozenset[str]:
        """The pages that the operator took out."""
        return frozenset(url for (url,) in self._db.execute("SELECT url FROM withdrawn"))

    def withdraw(self, url: str, at: str) -> None:
        """Take a page out, until it is restored."""
        self._db.execute("INSERT OR IGNORE INTO withdrawn VALUES (?, ?)", (url, at))

    def restore(self, url: str) -> None:
        """Let a page in again."""
        self._db.execute("DELETE FROM withdrawn WHERE url = ?", (url,))

    def sources(self) -> list[tuple[str, str]]:
        """Configuration and prefix of every source, by name."""
        return list(self._db.execute("SELECT config, prefix FROM source ORDER BY name"))

    def put_source(self, name: str, config: str, prefix: str) -> None:
        """Remember a source as it is indexed now."""
        self._db.execute("INSERT OR REPLACE INTO source VALUES (?, ?, ?)", (name, config, prefix))

    def forget(self, source: str) -> None:
        """Delete a source's pages. Their vectors stay: they belong to texts, not to addresses."""
        self._db.execute("DELETE FROM page WHERE source = ?", (source,))
        self._db.execute("DELETE FROM visit WHERE source = ?", (source,))

    def validators(self, source: str) -> dict[str, Validators]:
        """URL to validators of every page of a source whose body is kept.

        A page that came with robots rules in a header has none: an answer that nothing has changed
        would not say whether they still hold.
        """
        rows = self._db.execute(
            "SELECT url, CASE robots_tag WHEN '' THEN etag END,"
            " CASE robots_tag WHEN '' THEN last_modified END, links, lastmod FROM page"
            " WHERE source = ? AND body IS NOT NULL",
            (source,),
        )
        return {
            url: Validators(etag, modified, tuple(json.loads(links)) if links else None, lastmod)
            for url, etag, modified, links, lastmod in rows
        }

    def begin_crawl(self, source: str, at: str, since: str) -> dict[str, str]:
        """Begin a source's crawl, or go on with one that began at or after ``since``.

        What was visited in that one, as ``put_visit`` kept it, by URL. Times are UTC, ISO 8601.
        """
        with self.transaction():
            row = self._db.execute("SELECT began_at FROM crawl WHERE source = ?", (source,))
            began = row.fetchone()
            if began is None or began[0] < since:
                self._db.execute("DELETE FROM visit WHERE source = ?", (source,))
                self._db.execute("INSERT OR REPLACE INTO crawl VALUES (?, ?)", (source, at))
            rows = self._db.execute("SELECT url, outcome FROM visit WHERE source = ?", (source,))
            return dict(rows.fetchall())

    def put_visit(self, source: str, url: str, outcome: str) -> None:
        """Keep what a URL answered in the crawl that is under way."""
        self._db.execute("INSERT OR REPLACE INTO visit VALUES (?, ?, ?)", (source, url, outcome))

    def end_crawls(self) -> None:
        """End all crawls: the next ones begin anew."""
        with self.transaction():
            self._db.execute("DELETE FROM visit")
            self._db.execute("DELETE FROM crawl")

    def vectors(self, hashes: Sequence[str], encoder: str) -> dict[str, NDArray[np.float32]]:
        """The stored vectors among those asked for, by content hash."""
        found = {}
        for start in range(0, len(hashes), 500):
            some = hashes[start : start + 500]
            marks = ", ".join("?" * len(some))
            rows = self._db.execute(
                f"SELECT content_hash, vector FROM vector WHERE encoder = ?"  # noqa: S608
                f" AND content_hash IN ({marks})",
                (encoder, *some),
            )
            found.update({key: np.frombuffer(value, dtype="<f4") for key, value in rows})
        return found

    def put_vectors(self, encoder: str, vectors: dict[str, NDArray[np.float32]]) -> None:
        """Keep vectors by content hash."""
        rows = [(key, encoder, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        with self.transaction():
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?)", rows)

    def copy_to(self, file: Path) -> None:
        """Write a consistent copy, while others read and write. Raises sqlite3.Error."""
        copy = sqlite3.connect(file)
        try:
            self._db.backup(copy)
        finally:
            copy.close()

    def adopt_memory(self, other: Path) -> None:
        """Take over what a copy has worked out since: it follows from content, not from a run."""
        self._db.execute("ATTACH ? AS other", (str(other),))
        with self.transaction():
            for table in ("vector", "derived"):
                self._db.execute(f"INSERT OR IGNORE INTO {table} SELECT * FROM other.{table}")  # noqa: S608
        self._db.execute("DETACH other")


def _withdrawn_before(listed: Path) -> str:
    """SQL by which a new store keeps out what the service does, where the old one was moved away.

    Raises StoreError when the list cannot be read.
    """
    if not listed.exists():
        return ""
    try:
        urls = [str(url) for url in json.loads(listed.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(
            f"a new store needs the list of withdrawn pages {listed}: {error}; mend it, or delete"
            " it if no page is to stay out"
        ) from error
    now = utc_now()
    rows = ("('{}', '{}')".format(url.replace("'", "''"), now) for url in urls)
    # A script takes no parameters, and only within it is all of this one step.
    return "".join(f"INSERT OR IGNORE INTO withdrawn VALUES {row};" for row in rows)  # noqa: S608


def _page(row: Sequence[object]) -> StoredPage:
    values = dict(zip(_COLUMNS, row, strict=True))
    if isinstance(body := values["body"], bytes):
        values["body"] = zlib.decompress(body)
    if isinstance(links := values["links"], str):
        values["links"] = tuple(json.loads(links))
    return StoredPage(**values)  # type: ignore[arg-type]
