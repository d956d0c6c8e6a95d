"""The record of a run, ``data/runs/<id>.json``: what it is doing now, and in the end its report.

Whoever reads it while the run is at work sees how far it is, and whether it still lives: the run
holds a lock that its process cannot leave behind.
"""

from __future__ import annotations

import fcntl
import json
import re
import secrets
import subprocess
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from indexer.clock import utc_now
from indexer.errors import GateRefusedError, StoreError
from indexer.layout import DataFolder, try_lock, write_durably
from indexer.processes import environment, module
from indexer.report import (
    FAILED,
    INTERRUPTED,
    PUBLISHED,
    QUEUED,
    REFUSED,
    RUNNING,
    UNCHANGED,
    RunReport,
)

_RUN_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z(-[0-9a-f]{4})?")
_EVERY = 1.0  # seconds between two writes
_BEAT = 5.0  # seconds between two heartbeats while nothing else happens
_STARTING = timedelta(seconds=60)  # that a process gets to take its record's lock


def new_run_id() -> str:
    """A run's name, in the order of starting by name."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(2)}"


def asked_at(run_id: str) -> datetime | None:
    """When a run was asked for, which is in its name; None for another name."""
    try:
        return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None


class RunRecord:
    """Keeps a run's record up to date while it is entered."""

    def __init__(self, data: DataFolder, report: RunReport) -> None:
        self._report = report
        self._file = data.runs / f"{report.run_id}.json"
        self._lock = threading.Lock()
        self._record: dict[str, Any] = {}  # as it was written last
        self._written = 0.0
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self._alive = _lock_of(self._file).open("wb")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        self._write()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        self._ended.set()
        self._heart.join()
        try:
            self._end(error)
        finally:
            _lock_of(self._file).unlink()
            self._alive.close()

    def begin(self) -> None:
        """The run has its turn."""
        self._report.state = RUNNING
        self._report.started_at = utc_now()
        self._write()

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """How far a stage is; most calls cost nothing."""
        changed = stage != self._report.stage
        self._report.stage, self._report.done, self._report.total = stage, done, total
        if changed or time.monotonic() - self._written >= _EVERY:
            self._write()

    def _end(self, error: BaseException | None) -> None:
        report = self._report
        report.finished_at = utc_now()
        if error is None:
            report.state = PUBLISHED if report.published else UNCHANGED
        else:
            report.state = REFUSED if isinstance(error, GateRefusedError) else FAILED
            report.error = str(error) or type(error).__name__
        self._write()
        if isinstance(error, GateRefusedError):
            error.report = report.json()
        write_durably(self._file.with_suffix(".txt"), report.text() + "\n")

    def _beat(self) -> None:
        # Not from the report, which the run is writing to.
        while not self._ended.wait(_BEAT):
            with self._lock, suppress(OSError):  # a full disk is the run's to report
                self._record["heartbeat"] = utc_now()
                write_durably(self._file, json.dumps(self._record, ensure_ascii=False))

    def _write(self) -> None:
        with self._lock:
            self._report.heartbeat = utc_now()
            self._record = self._report.as_object()
            write_durably(self._file, json.dumps(self._record, ensure_ascii=False))
            self._written = time.monotonic()


def read_run(data: DataFolder, run_id: str) -> dict[str, Any] | None:
    """A run's record, true also when its process was killed; None when there is no such run."""
    if not _RUN_ID.fullmatch(run_id):
        return None
    file = data.runs / f"{run_id}.json"
    try:
        record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    record.setdefault("state", PUBLISHED if record.get("published") else UNCHANGED)  # of old ones
    if record["state"] in {QUEUED, RUNNING} and not _lives(file, record):
        # It may have ended between the two looks.
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["state"] in {QUEUED, RUNNING}:
            record |= {
                "state": INTERRUPTED,
                "error": "its process ended before it was done; the next run goes on from there",
            }
    return record


def runs_at_work(data: DataFolder) -> list[dict[str, Any]]:
    """The records of runs that wait for their turn or are at work, oldest first."""
    # Only a run that holds its lock, or is about to, can be one of them.
    recent = sorted({*data.runs.glob("*.lock"), *sorted(data.runs.glob("*Z*.json"))[-3:]})
    names = dict.fromkeys(file.name.removesuffix(file.suffix) for file in recent)
    records = (read_run(data, name) for name in names)
    return [each for each in records if each and each["state"] in {QUEUED, RUNNING}]


def start_run(data: DataFolder, *, force: bool = False) -> str:
    """Start a background run of all that the live index holds; its id, or that of one that waits.

    At most one run waits for the one at work: whatever changed by then is in it. With ``force`` it
    is one of its own, which publishes what gates refuse. Raises StoreError when no process can be
    started.
    """
    data.create()
    with (data.root / ".jobs.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        waiting = [each for each in runs_at_work(data) if each["state"] == QUEUED]
        if waiting and not force:
            return str(waiting[-1]["run_id"])
        report = RunReport(new_run_id(), [], heartbeat=utc_now())
        write_durably(data.runs / f"{report.run_id}.json", report.json())
        try:
            process = _started(data, report.run_id, force=force)
        except OSError as error:
            (data.runs / f"{report.run_id}.json").unlink()
            raise StoreError(f"no run can be started: {error}") from error
    threading.Thread(target=_reap, args=(process, data, report), daemon=True).start()
    return report.run_id


def _started(data: DataFolder, run_id: str, *, force: bool) -> subprocess.Popen[bytes]:
    arguments = ["run", "--again", "--job", run_id, "--data", str(data.root)]
    arguments += ["--force"] if force else []
    with (data.runs / f"{run_id}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - our own program and names
            module("indexer", *arguments),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it goes on when the service is stopped
        )


def _reap(process: subprocess.Popen[bytes], data: DataFolder, report: RunReport) -> None:
    """Take a background run's exit status; one that failed before it had a record gets one."""
    status = process.wait()
    file = data.runs / f"{report.run_id}.json"
    if json.loads(file.read_text(encoding="utf-8"))["state"] == QUEUED:
        said = file.with_suffix(".log").read_text(encoding="utf-8", errors="replace").strip()
        report.state, report.finished_at = FAILED, utc_now()
        report.error = said.splitlines()[-1] if said else f"exit status {status}"
        write_durably(file, report.json())


def _lives(file: Path, record: dict[str, Any]) -> bool:
    with suppress(FileNotFoundError), _lock_of(file).open("rb") as lock:
        if not try_lock(lock, fcntl.LOCK_SH):
            return True
    began = datetime.fromisoformat(record["heartbeat"] or "1970-01-01T00:00:00Z")
    return record["state"] == QUEUED and datetime.now(UTC) - began < _STARTING


def _lock_of(file: Path) -> Path:
    return file.with_suffix(".lock")
