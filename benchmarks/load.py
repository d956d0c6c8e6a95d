"""Load the service and the bare recipe side by side on one index, then the service beyond that.

    python -m benchmarks.load --data DIR [--seconds 15] [--questions FILE] [--json]
    python -m benchmarks.load --data DIR --mixed MINUTES [--json]

Both have as many worker processes and are asked the same questions, of which none comes twice.
They are asked in turn, round by round, so that what else the machine does hits both alike: the
medians of the rounds' ratios are what counts. ``--seconds`` is how long each is asked by each
number of clients, in all rounds together. Then visitors come, for as long again, at 1 and 4 times
the rate that the service answers at. ``--mixed`` is described in ``load_mixed``.

All is served from a copy of the data folder. The exit status is 1 when there was any error: another
status than 200, or beyond the capacity than 200 and 503 with Retry-After; no answer, or not a whole
one; a publish that fails or is not taken.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from benchmarks.load_client import (
    Answer,
    Questions,
    Target,
    arrivals,
    closed_loop,
    median_ratio,
    open_loop,
    overload,
    summary,
)
from benchmarks.load_mixed import Mixed
from benchmarks.load_publish import PublishError, all_answer, publish_apart
from benchmarks.load_report import as_text
from benchmarks.load_service import BARE_THREADS, Service, bare, ours
from indexer.backup import backup
from indexer.converted_encoder import convert
from indexer.encoder import SentenceTransformerEncoder
from indexer.judgments import read_judgments
from indexer.layout import DataFolder
from indexer.reader import read_passages
from search.settings import SearchSettings, load_settings

CLIENTS = (1, 8, 32)
ROUNDS = 5
TIMES = (1, 4)  # of what the service answers in a second
MEASURES = ("per_second", "p50", "p95", "p99")
WARM = 2.0  # seconds of questions before any are measured
READY = 400  # questions a second that are made before it measures, rather than meanwhile


class Load:
    """Questions to services, each question once to each."""

    def __init__(self, questions: Questions, seconds: float) -> None:
        self._questions = questions
        self._seconds = seconds
        self._next = 0

    def side_by_side(self, services: list[Service]) -> dict[str, Any]:
        """By number of clients: each service's measures, and ratios of the last to the first."""
        seconds = self._seconds / ROUNDS
        self._ask(services, max(CLIENTS), WARM)
        rounds: dict[int, list[dict[str, list[Answer]]]] = {clients: [] for clients in CLIENTS}
        for _ in range(ROUNDS):
            for clients in CLIENTS:
                rounds[clients].append(self._ask(services, clients, seconds))
        return {str(clients): compared(each) for clients, each in rounds.items()}

    def beyond(self, service: Service, capacity: float) -> dict[str, Any]:
        """By times of a capacity (answers a second): what became of the visitors."""
        found = {}
        for times in TIMES:
            offsets = arrivals(capacity * times, self._seconds, seed=times)
            targets = self._targets(service, len(offsets))
            self._next += len(offsets)
            answers = asyncio.run(open_loop(service.port, targets, offsets))
            found[str(times)] = overload(answers, self._seconds)
        return found

    def _ask(
        self, services: list[Service], clients: int, seconds: float
    ) -> dict[str, list[Answer]]:
        found = {}
        for service in services:
            targets = self._targets(service, int(READY * seconds))
            found[service.name] = asyncio.run(closed_loop(service.port, targets, clients, seconds))
        self._next += max(map(len, found.values()))
        return found

    def _targets(self, service: Service, count: int) -> Iterator[Target]:
        """Addresses of the next questions, of which so many are made now."""
        self._questions.make(self._next + count)
        return map(service.request, self._questions.since(self._next))


def compared(rounds: Sequence[dict[str, list[Answer]]]) -> dict[str, Any]:
    """Each service's measures over all rounds, and the median ratio of the last to the first."""
    names = [*rounds[0]]
    of = {name: [summary(each[name]) for each in rounds] for name in names}
    found = {}
    for name in names:
        pooled = summary([answer for each in rounds for answer in each[name]])
        rate = statistics.median(each["per_second"] for each in of[name])
        found[name] = {**pooled, "per_second": rate}
    first, last = of[names[0]], of[names[-1]]
    found["ratio"] = {
        each: median_ratio([one[each] for one in last], [one[each] for one in first])
        for each in MEASURES
    }
    return found


def load(settings: SearchSettings, questions: Questions, seconds: float) -> dict[str, Any]:
    """Both services side by side, then ours beyond its capacity and over a publish."""
    load_ = Load(questions, seconds)
    with ExitStack() as stack:
        # One after the other: a service that loads would disturb the other's start.
        recipe, service = (stack.enter_context(each) for each in (bare(settings), ours(settings)))
        clock, used = time.monotonic(), time.process_time()
        measured = load_.side_by_side([recipe, service])
        used = (time.process_time() - used) / (time.monotonic() - clock)
        found: dict[str, Any] = {
            "closed": measured,
            "client_cpu": round(used, 3),  # share of one core
            "memory": {"bare": recipe.memory(), "ours": service.memory()},
        }
        capacity = max(each["ours"]["per_second"] for each in measured.values())
        if capacity:
            found["overload"] = load_.beyond(service, capacity)
        found["publish"] = publish_once(settings, service, "0001")
    return found


def mixed(settings: SearchSettings, questions: Questions, seconds: float) -> dict[str, Any]:
    """Ours under mixed load, from after a first publish on."""
    with ours(settings) as service:
        start = service.memory()
        # What is published under load is told from this by its mark; the first has none.
        first = publish_once(settings, service, "0000")
        load_ = Mixed(service, settings.data, {first["version"]: "0000"})
        found = asyncio.run(load_.run(questions, seconds))
        memory = {"start": start, "publish": first["memory"], "end": service.memory()}
    return {"mixed": found, "publish": first, "memory": memory}


def publish_once(settings: SearchSettings, service: Service, mark: str) -> dict[str, Any]:
    """Publish and wait until all workers have it: the version, their memory then, and errors."""
    try:
        version = publish_apart(settings.data, mark)
    except PublishError as error:
        return {"version": "", "memory": service.memory(), "errors": {str(error): 1}}
    taken = asyncio.run(all_answer(service.port, version, service.workers))
    errors = {} if taken else {"not every worker took it": 1}
    return {"version": version, "memory": service.memory(), "errors": errors}


def errors_in(found: Any) -> int:
    """All errors that are counted anywhere in what was found."""
    if isinstance(found, dict):
        own: int = sum(found.get("errors", {}).values())
        return own + sum(errors_in(value) for name, value in found.items() if name != "errors")
    return 0


@click.command()
@click.option("--data", help="Data folder (default: NET_DATA, else data).")
@click.option("--seconds", default=15.0, show_default=True, type=click.FloatRange(0.5))
@click.option("--questions", "file", type=click.Path(path_type=Path), help="Judgments to ask.")
@click.option("--mixed", "minutes", type=click.FloatRange(0.1), help="Mixed load and publishes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def main(
    data: str | None, seconds: float, file: Path | None, minutes: float | None, *, as_json: bool
) -> None:
    """Measure and print."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    settings = load_settings(data=data)
    given = [each.query for each in read_judgments(file)] if file else []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        version = backup(settings.folder, copy)
        # A backup has none of what can be made again; a run would.
        convert(SentenceTransformerEncoder(settings.encoder), DataFolder(copy).encoders)
        passages = read_passages(DataFolder(copy).live())
        questions = Questions(passages, given)
        settings = settings.model_copy(update={"data": copy})
        found: dict[str, Any] = {
            "index_version": version,
            "passages": len(passages),
            "workers": settings.workers,
            "threads": {"bare": BARE_THREADS, "ours": settings.threads},
            "cores": len(os.sched_getaffinity(0)),
            "seconds": minutes * 60 if minutes else seconds,
        }
        found |= (
            mixed(settings, questions, minutes * 60)
            if minutes
            else load(settings, questions, seconds)
        )
    found["errors"] = {"all": errors_in(found)}
    click.echo(json.dumps(found) if as_json else as_text(found))
    sys.exit(1 if found["errors"]["all"] else 0)


if __name__ == "__main__":
    main()
