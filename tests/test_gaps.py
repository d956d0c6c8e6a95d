"""What the gap report counts, what may be read from its file, and what becomes of it when it fails."""

from __future__ import annotations

import fcntl
import json
import logging
import multiprocessing
import os
import random
import resource
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from indexer.errors import BusyError, StoreError
from indexer.layout import DataFolder, try_lock
from search import gaps
from search.gaps import Gap, GapLog, GapReport, Share

FIRST = date(2026, 3, 4)  # a Wednesday
MONDAY = date(2026, 3, 2)
SEPARATOR = "0777123456"  # never counted: no pair spans it


class Diary:
    """A gap log whose today is told."""

    def __init__(self, data: DataFolder) -> None:
        self.data = data
        self.day = 0
        self.log = GapLog(data, today=lambda: FIRST + timedelta(self.day))

    def miss(self, *questions: str, days: Iterable[int] = (0,)) -> None:
        for self.day in days:
            for question in questions:
                self.log.note(question.split(), found=False)

    def shown(self) -> list[str]:
        return [gap.term for gap in self.log.report().gaps]

    def all_bytes(self) -> bytes:
        return b"".join(f.read_bytes() for f in sorted(self.data.root.rglob("*")) if f.is_file())

    def rows(
        self, sql: str = "SELECT day, searches, unanswered, terms FROM day"
    ) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.data.gaps)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()


@pytest.fixture
def diary(data: DataFolder) -> Diary:
    return Diary(data)


def in_child(work: Callable[[], None], processes: int = 1) -> list[int | None]:
    """Does the same in forked processes at once; their exit statuses."""
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=work) for _ in range(processes)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [child.exitcode for child in children]


# When a term shows.


def test_a_term_shows_on_its_fifth_day_and_not_before(diary: Diary) -> None:
    diary.miss("insurance", days=range(4))
    assert diary.shown() == []
    assert b"insurance" not in diary.all_bytes()
    diary.miss("insurance", days=[4])
    assert diary.log.report().gaps == (Gap("insurance", "5-9", 5, MONDAY),)


def test_days_need_not_follow_each_other(diary: Diary) -> None:
    diary.miss("insurance", days=(0, 20, 40, 60, 80))
    assert diary.shown() == ["insurance"]


def test_many_questions_on_one_day_show_nothing(diary: Diary) -> None:
    diary.miss(*["insurance"] * 50, days=range(4))
    assert diary.shown() == []
    assert b"insurance" not in diary.all_bytes()


def test_an_answered_question_counts_as_a_search_only(diary: Diary) -> None:
    for diary.day in range(6):
        diary.log.note(["insurance"], found=True)
    assert diary.shown() == []
    assert [row[1:] for row in diary.rows()] == [(1, 0, b"")] * 6


def test_a_question_counts_a_term_once(diary: Diary) -> None:
    diary.miss("insurance insurance insurance", days=range(5))
    (word, _pair) = diary.log.report().gaps
    assert word == Gap("insurance", "5-9", 5, MONDAY)


def test_most_missed_come_first_and_equal_ranges_are_in_order_of_the_alphabet(diary: Diary) -> None:
    diary.miss("zinc", "zinc", "zinc", "yoga", "yoga", "acid", days=range(6))
    assert diary.log.report().gaps == (
        Gap("yoga", "10-19", 5, MONDAY),
        Gap("zinc", "10-19", 5, MONDAY),
        Gap("acid", "5-9", 5, MONDAY),
    )


# What is on disk.


def test_a_thousand_questions_leave_no_trace(diary: Diary) -> None:
    chance = random.Random(1)
    names = ["wilhelmina", "featherstonehaugh", "ødegård", "o'shaughnessy"]
    phones = ["07700900123", "+442079460958", "020-7946-0958"]
    mails = ["wilhelmina@example.org", "w.feather@clinic.example", "xq@zz"]
    for _ in range(1000):
        words = [*chance.sample(names, 2), chance.choice(phones), chance.choice(mails), "scan"]
        chance.shuffle(words)
        diary.log.note(words, found=chance.random() < 0.1)
        if chance.random() < 0.02:
            assert {f.name for f in diary.data.root.iterdir() if f.is_file()} == {
                "gaps.sqlite",
                ".gaps.sqlite.lock",
            }
    diary.log.report()
    written = diary.all_bytes()
    for trace in [*names, *phones, *mails, "scan", "example", "7946", "zz"]:
        assert trace.encode() not in written
        assert trace.encode("utf-16-le") not in written


def test_what_may_be_personal_is_not_even_hashed(diary: Diary) -> None:
    diary.miss("07700900123 ann@example.org", "https://example.org/ann")
    assert [row[1:] for row in diary.rows()] == [(2, 2, b"")]


def test_a_process_killed_while_it_writes_leaves_no_trace(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary.miss("before")
    written = gaps._count

    def and_die(database: sqlite3.Connection, *arguments: Any) -> None:
        written(database, *arguments)
        # Pages go to the file, and what they were to the journal, before the transaction ends.
        database.execute("PRAGMA cache_spill = 1")
        database.execute("PRAGMA cache_size = 1")
        for n in range(50):
            database.execute("UPDATE day SET terms = zeroblob(?)", (n * 4000,))
        os._exit(9)

    monkeypatch.setattr(gaps, "_count", and_die)
    assert in_child(lambda: diary.miss("wilhelmina")) == [9]
    assert diary.data.gaps.with_name("gaps.sqlite-journal").exists()
    assert b"wilhelmina" not in diary.all_bytes()
    monkeypatch.undo()
    diary.miss("after")
    assert diary.rows("SELECT searches FROM day") == [(2,)]
    assert not diary.data.gaps.with_name("gaps.sqlite-journal").exists()


def test_nothing_tells_which_question_came_first_or_which_terms_came_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_bytes", lambda size: b"k" * size)
    orders = [
        ["cold {} hands", "warm {} feet", "dry {} mouth"],
        ["dry {} mouth", "cold {} hands", "warm {} feet"],
        ["mouth {} hands", "feet {} cold", "warm {} dry"],
    ]
    files = []
    for n, order in enumerate(orders):
        diary = Diary(DataFolder(tmp_path / str(n)))
        diary.data.create()
        diary.miss(*[question.format(SEPARATOR) for question in order], days=range(7))
        ((shown,),) = diary.rows("SELECT shown FROM secret")
        assert json.loads(shown) == ["cold", "dry", "feet", "hands", "mouth", "warm"]
        files.append(diary.data.gaps.read_bytes())
    assert files[0] == files[1] == files[2]


def test_only_the_owner_may_read_the_file(diary: Diary) -> None:
    diary.miss("scan")
    assert diary.data.gaps.stat().st_mode & 0o777 == 0o600


# Ninety days.


def test_days_older_than_ninety_are_deleted(diary: Diary) -> None:
    diary.miss("scan")
    diary.miss("scan", days=[90])
    assert len(diary.rows()) == 2
    diary.miss("scan", days=[91])
    assert [row[0] - FIRST.toordinal() for row in diary.rows()] == [90, 91]


def test_terms_without_five_days_left_are_deleted_with_their_letters(diary: Diary) -> None:
    names = [f"wilhelmina{a}" for a in "abcdefghijklmnopqrst"]
    diary.miss(*names, days=range(5))
    diary.miss("insurance", days=range(0, 80, 10))
    diary.day = 90
    assert diary.shown() == ["insurance", *names]
    assert b"wilhelmina" in diary.all_bytes()
    diary.miss("other", days=[91])
    assert b"wilhelmina" not in diary.all_bytes()
    assert diary.shown() == ["insurance"]
    assert {row[0] - FIRST.toordinal() for row in diary.rows()} >= {1, 2, 3, 4}


def test_the_report_deletes_what_is_too_old_without_a_service(diary: Diary) -> None:
    diary.miss("insurance", days=range(5))
    diary.day = 200
    assert diary.log.report() == GapReport()
    assert b"insurance" not in diary.all_bytes()
    assert diary.rows() == []


def test_a_deleted_term_can_come_back(diary: Diary) -> None:
    diary.miss("insurance", days=range(5))
    diary.miss("insurance", days=range(200, 204))
    assert diary.shown() == []
    diary.miss("insurance", days=[204])
    assert diary.shown() == ["insurance"]


def test_a_clock_that_is_set_back_does_no_harm(diary: Diary) -> None:
    diary.miss("insurance", days=[0, 1, 2, 3, 2, 1, 0, 3])
    assert diary.shown() == []
    diary.miss("insurance", days=[4, -20000, 4])
    assert diary.shown() == ["insurance"]
    diary.miss("scan", days=[4])
    assert [row[0] - FIRST.toordinal() for row in diary.rows()] == [0, 1, 2, 3, 4]


# Roughness.


@pytest.mark.parametrize(
    ("times", "said"),
    [
        *((5, "5-9"), (9, "5-9"), (10, "10-19"), (19, "10-19"), (20, "20-49"), (50, "50-99")),
        *((99, "50-99"), (100, "100+"), (4321, "100+")),
    ],
)
def test_counts_are_ranges(times: int, said: str) -> None:
    assert gaps._range(times) == said


@pytest.mark.parametrize(
    ("searches", "unanswered", "said"),
    [
        (4, 4, (None, None)),
        (19, 19, (None, None)),
        (20, 1, (20, 5)),
        (47, 8, (50, 15)),
        (348, 100, (350, 30)),
        (1234, 401, (1200, 32)),
        (98765, 1, (99000, 0)),
    ],
)
def test_shares_are_rounded(
    searches: int, unanswered: int, said: tuple[int | None, int | None]
) -> None:
    share = gaps._share([(FIRST.toordinal(), searches, unanswered)])
    assert share == Share(MONDAY, *said)


def test_shares_by_week_and_in_all(diary: Diary) -> None:
    for diary.day in (0, 4, 5):  # Wednesday and Sunday; the next Monday
        for n in range(20):
            diary.log.note(["scan"], found=n < 10 + diary.day)
    assert diary.log.report().weeks == (
        Share(MONDAY, 40, 40),
        Share(MONDAY + timedelta(7), 20, 25),
    )
    assert diary.log.report().overall == Share(MONDAY, 60, 35)


# Many at once.


def test_threads_and_processes_lose_nothing(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "_PATIENCE", 60.0)

    def notes() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: diary.log.note([f"w{n % 10}"], found=n % 4 == 0), range(100)))

    assert in_child(notes, processes=3) == [0, 0, 0]
    notes()
    ((_day, searches, unanswered, terms),) = diary.rows()
    assert (searches, unanswered, len(terms)) == (400, 300, 4 * 300)


def test_a_log_that_was_used_may_be_forked(diary: Diary) -> None:
    diary.miss("scan")
    assert in_child(lambda: diary.miss("scan", "scan")) == [0]
    diary.miss("scan")
    assert diary.rows("SELECT searches FROM day") == [(4,)]


def test_a_flood_fills_its_day_only(diary: Diary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "_DAY_TERMS", 10)
    diary.miss(*[f"flood{a}" for a in "abcdefghijkl"], "insurance")
    diary.miss("insurance", days=[1])
    assert [(row[1], len(row[3])) for row in diary.rows()] == [(13, 40), (1, 4)]


# Failures lose counts only.


def _logged(caplog: pytest.LogCaptureFixture) -> str:
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert not record.exc_info
    assert "scan" not in record.getMessage()
    return record.getMessage()


def _text(diary: Diary) -> None:
    diary.data.gaps.write_text("This is no database. " * 500)


def _half(diary: Diary) -> None:
    size = diary.data.gaps.stat().st_size
    os.truncate(diary.data.gaps, size // 2)


def _changed(sql: str) -> Callable[[Diary], None]:
    def change(diary: Diary) -> None:
        connection = sqlite3.connect(diary.data.gaps)
        with connection:
            connection.execute(sql)
        connection.close()

    return change


@pytest.mark.parametrize(
    "harm",
    [
        _text,
        _half,
        _changed("UPDATE day SET terms = x'010203'"),
        _changed("DROP TABLE day"),
        _changed("DELETE FROM secret"),
        _changed("UPDATE secret SET shown = 'no JSON'"),
    ],
)
def test_a_damaged_file_loses_counts_only_and_can_be_deleted(
    diary: Diary, harm: Callable[[Diary], None], caplog: pytest.LogCaptureFixture
) -> None:
    diary.miss("insurance")
    harm(diary)
    diary.miss("scan", "scan")
    assert "not counted" in _logged(caplog)
    with pytest.raises(StoreError, match=r"cannot read .*gaps\.sqlite .*--forget"):
        diary.log.report()
    assert diary.log.forget()
    diary.miss("scan", days=range(5))
    assert diary.shown() == ["scan"]


def test_a_full_disk_loses_counts_only(diary: Diary) -> None:
    diary.miss("before")

    def on_a_full_disk() -> None:
        messages: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
        gaps._log.addHandler(handler)
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2048, most))
        diary.miss("scan", "scan")
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))  # coverage writes as well
        assert len(messages) == 1
        assert "SQLITE_" in messages[0]
        assert "scan" not in messages[0]

    assert in_child(on_a_full_disk) == [0]
    diary.miss("after")
    assert diary.rows("SELECT searches FROM day") == [(2,)]


def test_a_locked_file_loses_counts_only(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(gaps, "_PATIENCE", 0.01)
    diary.miss("insurance")
    other = sqlite3.connect(diary.data.gaps, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    diary.miss("scan", "scan")
    assert "SQLITE_BUSY" in _logged(caplog)
    other.close()
    diary.miss("scan")
    assert diary.rows("SELECT searches FROM day") == [(2,)]


def test_a_search_does_not_wait_for_a_file_that_is_being_deleted(
    diary: Diary, caplog: pytest.LogCaptureFixture
) -> None:
    diary.miss("scan")
    with diary.data.gaps.with_name(".gaps.sqlite.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        diary.miss("scan")
        assert "BusyError" in _logged(caplog)
        with pytest.raises(BusyError, match="being deleted"):
            diary.log.report()
    diary.miss("scan")
    assert diary.rows("SELECT searches FROM day") == [(2,)]


def test_without_a_data_folder_nothing_is_counted_or_made(
    data: DataFolder, caplog: pytest.LogCaptureFixture
) -> None:
    diary = Diary(DataFolder(data.root / "none"))
    diary.miss("scan")
    assert "FileNotFoundError" in _logged(caplog)
    assert diary.log.report() == GapReport()
    assert not diary.log.forget()
    assert not diary.data.root.exists()


# Forgetting.


def test_forgetting_deletes_the_counts_and_the_key(diary: Diary) -> None:
    diary.miss("insurance", days=range(5))
    (before,) = diary.rows("SELECT key FROM secret")
    for end in ("-journal", "-wal", "-shm"):
        diary.data.gaps.with_name(f"gaps.sqlite{end}").write_bytes(b"left by a crash")
    assert diary.log.forget()
    assert diary.all_bytes() == b""
    assert not diary.data.gaps.exists()
    assert not diary.log.forget()
    assert diary.log.report() == GapReport()
    assert not diary.data.gaps.exists()
    diary.miss("insurance", days=[5])
    assert diary.shown() == []
    (after,) = diary.rows("SELECT key FROM secret")
    assert len(after[0]) == 32
    assert after != before


def test_forgetting_waits_for_a_search_that_is_being_counted(
    diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary.miss("scan")
    flock = fcntl.flock
    waited = []

    def when_it_ended(file: IO[str], kind: int) -> None:
        with pytest.raises(BlockingIOError):
            flock(file, kind | fcntl.LOCK_NB)
        waited.append(diary.data.gaps.exists())
        search.close()
        flock(file, kind)

    with diary.data.gaps.with_name(".gaps.sqlite.lock").open("a") as search:
        flock(search, fcntl.LOCK_SH)
        monkeypatch.setattr("fcntl.flock", when_it_ended)
        assert diary.log.forget()
    assert waited == [True]


def test_a_search_that_is_being_counted_holds_off_forgetting(
    diary: Diary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    held = []

    def count(*_: object) -> None:
        with diary.data.gaps.with_name(".gaps.sqlite.lock").open("a") as turn:
            held.append(not try_lock(turn, fcntl.LOCK_EX))

    monkeypatch.setattr(gaps, "_count", count)
    diary.miss("scan")
    assert held == [True]
    assert not caplog.records


def test_what_cannot_be_deleted_is_said(diary: Diary) -> None:
    diary.data.gaps.mkdir()
    with pytest.raises(StoreError, match="cannot delete"):
        diary.log.forget()
