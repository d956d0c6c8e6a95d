"""Runs that are killed at a named moment: ``python -m tests.crashing DATA SITE``.

A line on standard input, ``before publish.sync_tree 1``, is a run in a process of its own that is
killed with SIGKILL before the first call of ``indexer.publish.sync_tree``; an empty line is a run
that nothing disturbs. The answer is a line with its exit status: -9 where it was killed.

The processes are forked, for to import everything takes longer than a run of a small site, and so
does what is compiled or read once. Nothing that starts threads runs before a fork.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from indexer.errors import GateRefusedError
from indexer.extract import extract
from indexer.layout import EMBEDDED
from indexer.manifest import Judged
from indexer.pipeline import run
from indexer.progress import Progress
from indexer.settings import IndexerSettings
from indexer.sources import Source, from_site
from tests.fakes import FakeEncoder
from tests.runs import few_names, few_questions, html

_QUICK: dict[str, Any] = {
    "indexer.answerability.labelled_questions": few_questions,
    "indexer.publish.read_glossary": few_names,
    "indexer.publish._source_commit": lambda: None,
    "indexer.layout.os.fsync": lambda _: None,  # a kill, unlike a power cut, needs none
    "indexer.embed._AT_ONCE": 3,  # so that a small site takes several writes
}


def source_of(site: str) -> Source:
    """The site that is indexed: a folder, or one on 127.0.0.1 that is asked without delay."""
    source = from_site(site)
    prompt = {"delay": 0, "backoff": 0, "retries": 0, "timeout": 10}
    return source.model_copy(update={"limits": source.limits.model_copy(update=prompt)})


def once(data: Path, site: str) -> None:
    """One run with a fake encoder and a fake judge."""
    settings = IndexerSettings(data=data)
    judge = Judged(yardstick="y", questions={})
    run([source_of(site)], settings, FakeEncoder(), Progress(quiet=True), judge=lambda _: judge)


def _found(name: str) -> tuple[Any, str]:
    """The module or class that holds a function, and the function's name in it."""
    *path, attribute = name.split(".")
    for length in range(len(path), 0, -1):
        try:
            owner: Any = importlib.import_module(".".join(path[:length]))
        except ModuleNotFoundError:
            continue
        for step in path[length:]:
            owner = getattr(owner, step)
        return owner, attribute
    raise ValueError(name)


def _kill(moment: str, name: str, number: int) -> None:
    """Kill this process before or after the given call of a function of the indexer."""
    owner, attribute = _found(f"indexer.{name}")
    real = getattr(owner, attribute)
    calls = 0

    def dying(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if moment == "before" and calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*arguments, **named)
        if moment == "after" and calls == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, dying)


def _child(line: str, data: Path, site: str) -> NoReturn:
    status = 1
    try:
        for function, quick in _QUICK.items():
            owner, attribute = _found(function)
            setattr(owner, attribute, quick)
        if line:
            moment, name, number = line.split()
            _kill(moment, name, int(number))
        once(data, site)
        status = 0
    except GateRefusedError as error:
        sys.stderr.write(f"{error}\n")
        status = 3
    finally:
        os._exit(status)


def main() -> None:
    """Answer every line of standard input."""
    data, site = Path(sys.argv[1]), sys.argv[2]
    extract(html("A page", "<h2>Part</h2><p>It is read.</p>"), "/")  # compiles the selectors
    few_names()
    few_questions()
    if os.environ.get("NET_INDEX", EMBEDDED) != EMBEDDED:
        importlib.import_module("indexer.milvus")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _child(line.strip(), data, site)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
