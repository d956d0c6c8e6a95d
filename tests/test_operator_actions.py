"""What the operator's buttons start: real processes, of which some fail, hang or are killed."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from indexer.errors import BusyError, StoreError
from search import operator_actions
from search.operator_actions import plan_status, run_command, start_plan
from tests.serving import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from indexer.layout import DataFolder

    Program = Callable[[str], list[list[str]]]


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Program:
    """Puts a script in place of ``python -m indexer``; gives the arguments of each call."""

    def put(script: str) -> list[list[str]]:
        called: list[list[str]] = []

        def module(name: str, *arguments: str) -> list[str]:
            called.append([name, *arguments])
            return [sys.executable, "-c", script, *arguments]

        monkeypatch.setattr(operator_actions, "module", module)
        return called

    return put


@pytest.fixture
def gate(data: DataFolder) -> Iterator[str]:
    """A pipe: who reads it waits until the test has opened and closed it, or ended."""
    path = str(data.root / "gate")
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)
    yield path
    os.close(writer)


# Commands


def test_a_command_gives_what_it_found(data: DataFolder, program: Program) -> None:
    called = program('print(\'{"withdrawn": "/a/"}\')')
    outcome = run_command(data, "withdraw", "/a/")
    assert (outcome.state, outcome.found, outcome.said) == ("done", {"withdrawn": "/a/"}, "")
    assert called == [["indexer", "withdraw", "--json", "--data", str(data.root), "--", "/a/"]]


def test_an_address_is_never_an_option(data: DataFolder) -> None:
    outcome = run_command(data, "restore", "--help")
    assert outcome.state == "failed"
    assert "'--help' is not withdrawn" in outcome.said


@pytest.mark.parametrize(("status", "state"), [(1, "failed"), (2, "failed"), (3, "refused")])
def test_a_command_that_fails_says_so_in_its_own_words(
    data: DataFolder, program: Program, status: int, state: str
) -> None:
    program(f"import sys; sys.stderr.write('error: planted words\\n'); sys.exit({status})")
    outcome = run_command(data, "rollback", "x")
    assert (outcome.state, outcome.said) == (state, "planted words")


def test_a_command_that_fails_without_a_word(data: DataFolder, program: Program) -> None:
    program("import sys; sys.exit(7)")
    assert run_command(data, "rollback", "x").said == "the command ended with status 7"


def test_a_command_that_is_killed(data: DataFolder, program: Program) -> None:
    program("import os; os.kill(os.getpid(), 9)")
    outcome = run_command(data, "rollback", "x")
    assert outcome.state == "failed"
    assert "ended by signal 9" in outcome.said


def test_endless_words_are_cut(data: DataFolder, program: Program) -> None:
    program("import sys; sys.stderr.write('x' * 1_000_000); sys.exit(1)")
    assert len(run_command(data, "rollback", "x").said) == 4000


def test_a_command_that_takes_long_goes_on(data: DataFolder, program: Program, gate: str) -> None:
    done = data.root / "done"
    program(f"open({gate!r}).readline(); open({str(done)!r}, 'w').close()")
    assert run_command(data, "withdraw", "/a/", patience=0.0).state == "working"
    assert not done.exists()
    with open(gate, "w", encoding="ascii") as pipe:  # noqa: PTH123 - a pipe
        pipe.write("\n")
    until(done.exists)


def test_a_command_that_cannot_be_started(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operator_actions, "module", lambda *_: ["/no/such/program"])
    outcome = run_command(data, "rollback", "x")
    assert (outcome.state, outcome.found) == ("failed", {})
    assert "cannot be started" in outcome.said
    assert run_command(data, "rollback", "a\0b").state == "failed"


# Plans


def test_no_plan_was_made(data: DataFolder) -> None:
    assert plan_status(data).state == "none"
    assert not (data.root / "plan").exists()


def test_a_plan_is_made_and_can_be_read(data: DataFolder, program: Program, gate: str) -> None:
    called = program(f"open({gate!r}).readline(); print({json.dumps({'publishes': False})!r})")
    start_plan(data)
    assert called == [["indexer", "plan", "--again", "--json", "--data", str(data.root)]]
    status = plan_status(data)
    assert (status.state, status.made) == ("working", None)
    assert status.began
    with pytest.raises(BusyError, match="a plan is being made already"):
        start_plan(data)
    with open(gate, "w", encoding="ascii") as pipe:  # noqa: PTH123 - a pipe
        pipe.write("\n")
    until(lambda: plan_status(data).state != "working")
    assert plan_status(data).made == {"publishes": False}


def test_a_plan_that_fails_says_its_last_words(data: DataFolder, program: Program) -> None:
    program("import sys; sys.stderr.write('crawl: 3\\nerror: planted words\\n'); sys.exit(1)")
    start_plan(data)
    until(lambda: plan_status(data).state == "failed")
    assert plan_status(data).said == "planted words"


def test_a_plan_that_is_killed_is_not_at_work_for_ever(
    data: DataFolder, program: Program, gate: str
) -> None:
    pid = data.root / "pid"
    program(
        f"import os; open({str(pid)!r}, 'w').write(f'{{os.getpid()}}\\n'); open({gate!r}).readline()"
    )
    start_plan(data)
    until(lambda: pid.exists() and pid.read_text().endswith("\n"))
    os.kill(int(pid.read_text()), signal.SIGKILL)
    until(lambda: plan_status(data).state == "failed")
    assert plan_status(data).said == "its process was ended"
    with (data.root / "plan" / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_plan_that_cannot_be_started(data: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_actions, "module", lambda *_: ["/no/such/program"])
    with pytest.raises(StoreError, match="no plan can be started"):
        start_plan(data)
    assert plan_status(data).state == "failed"
