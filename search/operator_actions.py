"""What the operator's buttons start: runs and plans in the background, short commands at once.

All are processes of their own, by the same command line that an operator would type.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from indexer.errors import BusyError, StoreError
from indexer.layout import DataFolder, try_lock
from indexer.processes import environment, module
from search.operator_records import plan_made

_PATIENCE = 20.0  # seconds that a reader waits for a command; less than a proxy's
_LONGEST = 1800.0  # seconds after which a short command that hangs is ended
_SAID = 4000  # characters of a command's words that are shown
_REFUSED = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended. ``state``: done, refused, failed or working; ``said``: its own words."""

    state: str
    said: str
    found: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanStatus:
    """The last plan: ``state`` is none, working, made or failed; ``began`` is None for none."""

    state: str
    began: datetime | None = None
    made: dict[str, Any] | None = None
    said: str = ""


def run_command(data: DataFolder, *words: str, patience: float = _PATIENCE) -> Outcome:
    """Run ``python -m indexer`` with some words, and wait for its end for so many seconds.

    One that takes longer goes on: it is never cut off in the middle for a reader's sake.
    """
    name, *others = words
    command = module("indexer", name, "--json", "--data", str(data.root), "--", *others)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = _start(command, out, err)
        except (OSError, ValueError) as error:
            return Outcome("failed", f"the command cannot be started: {error}", {})
        try:
            status = process.wait(patience)
        except subprocess.TimeoutExpired:
            _reap(process, _LONGEST)
            return Outcome("working", "", {})
        return _outcome(status, _read(out), _read(err))


def start_plan(data: DataFolder) -> None:
    """Start a plan of all that the live index holds. Raises BusyError while one is being made.

    Its process holds a lock that it cannot leave behind, as a run does. Raises StoreError when no
    process can be started.
    """
    data.create()
    folder = data.root / "plan"
    folder.mkdir(exist_ok=True)
    command = module("indexer", "plan", "--again", "--json", "--data", str(data.root))
    with (folder / "lock").open("a") as lock:
        if not try_lock(lock, fcntl.LOCK_EX):
            raise BusyError("a plan is being made already; wait for it")
        os.utime(folder / "lock")  # says when it began
        try:
            with (folder / "plan.json").open("wb") as out, (folder / "plan.log").open("wb") as log:
                process = _start(command, out, log, keep=lock.fileno())
        except OSError as error:
            raise StoreError(f"no plan can be started: {error.strerror}") from error
    _reap(process, None)


def plan_status(data: DataFolder) -> PlanStatus:
    """What became of the plan that was started last."""
    folder = data.root / "plan"
    try:
        with (folder / "lock").open("rb") as lock:
            at_work = not try_lock(lock, fcntl.LOCK_SH)
        began = datetime.fromtimestamp((folder / "lock").stat().st_mtime, UTC)
        if at_work:
            return PlanStatus("working", began)
        made = plan_made((folder / "plan.json").read_text(encoding="utf-8"))
        said = (folder / "plan.log").read_text(encoding="utf-8", errors="replace")
    except (OSError, UnicodeDecodeError):
        return PlanStatus("none")
    if made is None:
        return PlanStatus("failed", began, said=_last(said) or "its process was ended")
    return PlanStatus("made", began, made)


def _start(
    command: list[str], out: IO[bytes], err: IO[bytes], keep: int | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program; what was written follows "--"
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        pass_fds=() if keep is None else (keep,),
        start_new_session=True,  # it goes on when the service is stopped
    )


def _reap(process: subprocess.Popen[bytes], longest: float | None) -> None:
    """Take the exit status of a process that nobody waits for; end it after so many seconds."""

    def wait() -> None:
        try:
            process.wait(longest)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    threading.Thread(target=wait, name="operator's command", daemon=True).start()


def _outcome(status: int, out: str, err: str) -> Outcome:
    found: dict[str, Any] = {}
    if not status:
        with suppress(ValueError):
            found = json.loads(out)
        return Outcome("done", "", found)
    said = err.strip().removeprefix("error: ")
    if status < 0:
        said = (
            f"{said}\nThe command was ended by signal {-status}, as when memory runs out.".strip()
        )
    state = "refused" if status == _REFUSED else "failed"
    return Outcome(state, said or f"the command ended with status {status}", {})


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(_SAID * 4).decode("utf-8", "replace")[:_SAID]


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].removeprefix("error: ")[:_SAID] if lines else ""
