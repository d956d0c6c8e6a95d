"""The gap report: what people looked for and did not find, and nothing about any one of them.

Until a term was missed on ``gap_terms.DAYS`` distinct days only a short keyed hash of it is on
disk. Of a question nothing else is kept: not its text, order, time or sender, nor which terms came
together.
"""

from __future__ import annotations

import fcntl
import json
import logging
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

import numpy as np

from indexer.errors import BusyError, StoreError
from indexer.layout import DataFolder, try_lock
from search.gap_terms import Hashes, hashes_of, of_enough_days, terms_of, times_missed

KEPT = 90  # days that a count is kept
_DAY_TERMS = 20_000  # in a day: a flood must not make chance meetings likely, nor a note slow
_PATIENCE = 0.2  # seconds that a search waits for other processes
_STEPS = (5, 10, 20, 50, 100)
_FEWEST, _MANY = 20, 1000  # searches of which a share is given; to the per cent
# Rows without an order of arrival: a day is one sorted array, so that not even the place of a
# hash on its page tells which came before or together.
_SCHEMA = (
    """CREATE TABLE day (
    day INTEGER PRIMARY KEY,    -- date.toordinal
    searches INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    terms BLOB NOT NULL         -- uint32, little endian, sorted: a hash for each time missed
) STRICT""",
    """CREATE TABLE secret (
    key BLOB NOT NULL,          -- of the hashes
    shown TEXT NOT NULL         -- JSON, sorted: the terms that may be read
) STRICT""",
    "PRAGMA user_version = 1",
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gap:
    """A term that was missed on at least ``gap_terms.DAYS`` days; counts are rough on purpose."""

    term: str
    searches: str  # a range: "5-9", "100+"
    days: int  # at least so many
    since: date  # the Monday of the first of these weeks


@dataclass(frozen=True, slots=True)
class Share:
    """How many searches had no answer; None where there were too few to say."""

    since: date  # a Monday
    searches: int | None  # one or two significant digits
    unanswered: int | None  # per cent; in steps of 5 below 1,000 searches


@dataclass(frozen=True, slots=True)
class GapReport:
    """The last ``KEPT`` days. ``overall`` is None when nothing was recorded in them."""

    gaps: tuple[Gap, ...] = ()  # most missed first
    weeks: tuple[Share, ...] = ()  # oldest first
    overall: Share | None = None


def _utc_today() -> date:
    return datetime.now(UTC).date()


class GapLog:
    """Counts searches without an answer, from any number of threads and processes at once.

    A connection lives for one call: none crosses a fork or outlasts ``forget``.
    """

    def __init__(self, data: DataFolder, *, today: Callable[[], date] = _utc_today) -> None:
        self._file = data.gaps
        self._lock = data.gaps.with_name(f".{data.gaps.name}.lock")
        self._today = today
        self._has_failed = False

    def note(self, words: Sequence[str], *, found: bool) -> None:
        """Count one search. ``words``: its content words in order, in lower case.

        Never raises: what cannot be written at once is not counted.
        """
        try:
            with self._database() as database:
                _count(database, self._today().toordinal(), None if found else terms_of(words))
        except (BusyError, OSError, ValueError, sqlite3.Error) as error:
            if not self._has_failed:
                self._has_failed = True
                # Only what kind of failure: a message can quote what could not be written.
                _log.warning("searches are not counted for the gap report: %s", _kind(error))

    def report(self) -> GapReport:
        """What may be read. Raises StoreError when the file cannot be read and brought up to date.

        Old counts are deleted first, for a service that is off deletes none.
        """
        if not self._file.exists():
            return GapReport()
        try:
            with self._database() as database:
                _prune(database, self._today().toordinal())
                return _report(database)
        except (OSError, ValueError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot read {self._file} ({_kind(error)}); it holds counts only:"
                " `python -m search gaps --forget` deletes it and counting begins anew"
            ) from error

    def forget(self) -> bool:
        """Delete all that was recorded, and the key; whether there was anything.

        A running service begins anew. Raises StoreError when that is impossible.
        """
        # The journal first: beside a new database an old one would bring its pages back.
        ends = ("-journal", "-wal", "-shm", "")
        files = [self._file.with_name(self._file.name + end) for end in ends]
        there = [file for file in files if file.exists()]
        try:
            if there:
                with self._lock.open("a") as turn:
                    fcntl.flock(turn, fcntl.LOCK_EX)
                    for file in files:
                        file.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"cannot delete {self._file}: {error.strerror}") from error
        return bool(there)

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone in the file. Raises BusyError while it is being deleted."""
        with self._lock.open("a") as turn:
            if not try_lock(turn, fcntl.LOCK_SH):
                raise BusyError(f"{self._file} is being deleted")
            opened = sqlite3.connect(self._file, timeout=_PATIENCE, isolation_level=None)
            with closing(opened) as database:
                database.execute("PRAGMA secure_delete = ON").fetchall()
                # 0.5 ms a search instead of 8. A power cut may cost the counts, a kill does not.
                # A rollback journal, not WAL: it is gone when a transaction ends.
                database.execute("PRAGMA synchronous = OFF")
                database.execute("BEGIN IMMEDIATE")
                if database.execute("PRAGMA user_version").fetchone() == (0,):
                    self._file.chmod(0o600)
                    for statement in _SCHEMA:
                        database.execute(statement)
                    new = (secrets.token_bytes(32), "[]")
                    database.execute("INSERT INTO secret VALUES (?, ?)", new)
                yield database
                database.execute("COMMIT")


def _kind(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", type(error).__name__)


def _secret(database: sqlite3.Connection) -> tuple[bytes, list[str]]:
    """The key and the terms that may be read."""
    ((key, shown),) = database.execute("SELECT key, shown FROM secret").fetchall()
    return key, json.loads(shown)


def _show(database: sqlite3.Connection, terms: Collection[str]) -> None:
    database.execute("UPDATE secret SET shown = ?", (json.dumps(sorted(terms)),))


def _missed(database: sqlite3.Connection) -> dict[int, Hashes]:
    rows = database.execute("SELECT day, terms FROM day ORDER BY day")
    return {day: np.frombuffer(terms, "<u4") for day, terms in rows}


def _prune(database: sqlite3.Connection, today: int) -> None:
    """Delete what is too old, and terms without enough days left."""
    if database.execute("DELETE FROM day WHERE day < ?", (today - KEPT,)).rowcount:
        key, shown = _secret(database)
        _show(database, of_enough_days(key, shown, _missed(database)))


def _count(database: sqlite3.Connection, today: int, terms: Sequence[str] | None) -> None:
    """Count a search on a day; ``terms``: those it missed, None when it had an answer."""
    _prune(database, today)
    database.execute(
        "INSERT INTO day VALUES (?, 1, ?, x'') ON CONFLICT DO UPDATE"
        " SET searches = searches + 1, unanswered = unanswered + excluded.unanswered",
        (today, terms is not None),
    )
    if not terms:
        return
    missed = _missed(database)
    if len(missed[today]) + len(terms) > _DAY_TERMS:
        return
    key, shown = _secret(database)
    missed[today] = np.sort(np.append(missed[today], hashes_of(key, today, terms)))
    written = missed[today].astype("<u4").tobytes()
    database.execute("UPDATE day SET terms = ? WHERE day = ?", (written, today))
    others = [term for term in terms if term not in shown]
    if new := of_enough_days(key, others, missed):
        _show(database, new.union(shown))


def _report(database: sqlite3.Connection) -> GapReport:
    key, shown = _secret(database)
    missed = _missed(database)
    days = list(missed)
    found = []
    for term, times in zip(shown, times_missed(key, shown, missed), strict=True):
        on = np.flatnonzero(times)
        gap = Gap(term, _range(int(times.sum())), _at_least(len(on)), _monday(days[on[0]]))
        found.append((-_at_least(int(times.sum())), -gap.days, term, gap))
    rows = database.execute("SELECT day, searches, unanswered FROM day ORDER BY day").fetchall()
    weeks = groupby(rows, key=lambda row: _monday(row[0]))
    return GapReport(
        gaps=tuple(gap for *_, gap in sorted(found, key=lambda each: each[:3])),
        weeks=tuple(_share(list(week)) for _, week in weeks),
        overall=_share(rows) if rows else None,
    )


def _share(rows: Sequence[tuple[int, int, int]]) -> Share:
    """Rows of (day, searches, unanswered), oldest first."""
    searches, unanswered = sum(row[1] for row in rows), sum(row[2] for row in rows)
    since = _monday(rows[0][0])
    if searches < _FEWEST:
        return Share(since, None, None)
    unit = 10 ** max(len(str(searches)) - 2, 1)
    step = 1 if searches >= _MANY else 5
    percent = step * round(100 * unanswered / searches / step)
    return Share(since, unit * round(searches / unit), percent)


def _monday(day: int) -> date:
    return date.fromordinal(day - date.fromordinal(day).weekday())


def _at_least(count: int) -> int:
    return max(step for step in _STEPS if step <= count)


def _range(count: int) -> str:
    low = _at_least(count)
    return next((f"{low}-{step - 1}" for step in _STEPS if step > low), f"{low}+")
