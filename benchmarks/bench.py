"""Measure the service beside the bare recipe, txtai and Haystack, all in one run.

    python -m benchmarks.bench --data DIR --environments FOLDER [--questions JUDGMENTS.jsonl ...]

All four have the same passages, as this project embeds them (title and headings in front of the
text), the same encoder's weights and the same questions, and each answers with its ten best
passages. They are indexed, started and asked in turn, round by round, so that what else the machine
does hits them alike. The table goes between the marks in docs/performance.md and to the standard
output; ``benchmarks.environments`` sets up what the others run in.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from benchmarks.bench_report import OURS, Found, Ranked, as_markdown, input_facts
from benchmarks.bench_systems import Place, System, SystemFailedError, systems
from benchmarks.environments import NAMES, why_not
from benchmarks.load_client import OK, Answer, Questions, Target, ask, closed_loop, spread, summary
from benchmarks.load_service import Service
from benchmarks.machine import machine
from benchmarks.marked import replaced
from benchmarks.start_up import first_answer
from indexer.backup import backup
from indexer.converted_encoder import convert
from indexer.encoder import SentenceTransformerEncoder
from indexer.judgments import Judgment, read_judgments
from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.reader import read_passages
from indexer.records import Passage
from search.compare import COMPARED, compare
from search.evaluate import Scored, by_path, measures_of
from search.evaluate import summary as means
from search.settings import load_settings

PAGE = Path("docs/performance.md")
BEGIN = "<!-- compared: written by `make bench` -->"
END = "<!-- end of compared -->"
INDEX_ROUNDS = 3
PATIENCE = 120.0  # seconds after which no further round of indexing, or of starting, begins
START_ROUNDS = 3
ROUNDS = 8
ALONE = 40  # questions that one client asks each system in a round
TOGETHER = 8  # clients
SECONDS = 3.0  # that they ask each system in a round
WARM = 3.0  # seconds of questions before any are measured


class Bench:
    """One run."""

    def __init__(
        self, place: Place, passages: Sequence[Passage], judged: Mapping[str, list[Judgment]]
    ) -> None:
        self._place = place
        self._pages = by_path(passages)
        self._count = len(passages)
        self._judged = judged
        asked = dict.fromkeys(each.query for some in judged.values() for each in some)
        self._questions = Questions(passages, [*asked])
        self._next = len(asked)  # the judged ones themselves are asked for their ranking
        self.systems = systems(place)
        self.found = Found({each.name: each.title for each in self.systems})

    def run(self) -> Found:
        """Measure all that can be set up."""
        for name in NAMES:
            if reason := why_not(self._place.environments, name):
                self.found.drop(name, reason)
        self._index()
        began = time.monotonic()
        for turn in range(START_ROUNDS):
            if turn and time.monotonic() > began + PATIENCE:
                break
            for system in self._left():
                self._start(system)
        with ExitStack() as stack:
            services = {}
            for system in self._left():
                try:
                    service = stack.enter_context(system.service())
                except SystemExit as error:  # how a service says that it does not start
                    self.found.drop(system.name, str(error))
                    continue
                services[system.name] = service
                # Just before it is ended, ours the last: what two services share, which ours does
                # with the bare recipe, counts half for each.
                stack.callback(self._remember, system.name, service)
            for name in self._judged:
                self._rank(name, services)
            self._warm(services)
            for _ in range(ROUNDS):
                self._load(services)
        return self.found

    def _remember(self, name: str, service: Service) -> None:
        self.found.take("memory", name, sum(each["pss"] for each in service.memory()))

    def _left(self) -> list[System]:
        return [each for each in self.systems if each.name not in self.found.failed]

    def _index(self) -> None:
        began = time.monotonic()
        for turn in range(INDEX_ROUNDS):
            if turn and time.monotonic() > began + PATIENCE:
                return
            for system in self._left():
                say(f"indexing {turn + 1}: {system.title}")
                # What the first round wrote is served.
                name = f"{system.name}-{turn}" if turn else system.name
                try:
                    seconds, whole = system.index(self._place.folder / name)
                except SystemFailedError as error:
                    self.found.drop(system.name, str(error))
                else:
                    self.found.take("index_rate", system.name, self._count / seconds)
                    self.found.take("index_whole", system.name, whole)

    def _start(self, system: System) -> None:
        say(f"starting: {system.title}")
        try:
            self.found.take("start", system.name, first_answer(system.service()))
        except SystemExit as error:
            self.found.drop(system.name, str(error))

    def _rank(self, questions: str, services: dict[str, Service]) -> None:
        """Ask judged questions and score the ten passages that come."""
        judged = [each for each in self._judged[questions] if each.relevant]
        scored: dict[str, list[Scored]] = {}
        for system in self.systems:
            if system.name in services:
                say(f"{questions}: {system.title}")
                service = services[system.name]
                scored[system.name] = [self._score(system, service, each) for each in judged]
        ranked = Ranked(len(judged), {name: means(each) for name, each in scored.items()})
        for name, each in scored.items():
            if name != OURS and OURS in scored:
                differences = compare(scored[OURS], each)["all"]
                ranked.chance[name] = {measure: differences[measure]["p"] for measure in COMPARED}
        self.found.ranking[questions] = ranked

    def _score(self, system: System, service: Service, judgment: Judgment) -> Scored:
        answer = asyncio.run(ask(service.port, service.request(judgment.query)))
        if answer.status != OK:
            self._count_errors(system.name, [answer])
        ranking = system.ids(json.loads(answer.body)) if answer.status == OK else []
        measures = measures_of(judgment, ranking[:10], self._pages)
        return Scored(judgment, measures, answerable=True, first=())

    def _warm(self, services: dict[str, Service]) -> None:
        for service in services.values():
            targets = self._targets(service, 2000)
            asyncio.run(closed_loop(service.port, iter(targets), TOGETHER, WARM))
        self._next += 2000

    def _load(self, services: dict[str, Service]) -> None:
        """One round: each system is asked the same by one client, then by several."""
        say("asking all in turn")
        for name, service in services.items():
            answers = asyncio.run(one_by_one(service.port, self._targets(service, ALONE)))
            self._count_errors(name, answers)
            times = spread([each for each in answers if each.status == OK])
            for measure in ("p50", "p95"):
                self.found.take(measure, name, times[measure])
        self._next += ALONE
        most = 0
        for name, service in services.items():
            targets = self._targets(service, int(400 * SECONDS))
            answers = asyncio.run(closed_loop(service.port, iter(targets), TOGETHER, SECONDS))
            self._count_errors(name, answers)
            measured = summary(answers)
            self.found.take("rate_8", name, measured["per_second"])
            self.found.take("p95_8", name, measured["p95"])
            most = max(most, len(answers))
        self._next += most

    def _targets(self, service: Service, count: int) -> list[Target]:
        self._questions.make(self._next + count)
        return [service.request(each) for each in islice(self._questions.since(self._next), count)]

    def _count_errors(self, name: str, answers: Sequence[Answer]) -> None:
        wrong = sum(each.status != OK for each in answers)
        self.found.errors[name] = self.found.errors.get(name, 0) + wrong


async def one_by_one(port: int, targets: Sequence[Target]) -> list[Answer]:
    """The answers to one client that asks again as soon as it is answered."""
    return [await ask(port, target) for target in targets]


def say(text: str) -> None:
    """Tell how far it is."""
    click.echo(f"{datetime.now(UTC):%H:%M:%S} {text}", err=True)


def write_texts(passages: Sequence[Passage], file: Path) -> None:
    """The passages for the other systems: what our encoder reads, under our ids."""
    lines = (json.dumps({"id": each.id, "text": each.embedded_text}) for each in passages)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@click.command()
@click.option("--data", help="Data folder with an index (default: NET_DATA, else data).")
@click.option("--environments", type=click.Path(path_type=Path), required=True)
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    multiple=True,
    default=["corpus/judgments.jsonl"],
    show_default=True,
)
def main(data: str | None, environments: Path, questions: Sequence[Path]) -> None:
    """Measure, write the table into docs/performance.md and print it."""
    # So that what was started is ended; a SystemExit is how a service says that it does not start.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    judged = {file.name: read_judgments(file) for file in questions}
    settings, before = load_settings(data=data), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as given:
        folder = Path(given)
        copy = DataFolder(folder / "data")
        backup(settings.folder, copy.root)
        # A backup has none of what can be made again; a run would.
        convert(SentenceTransformerEncoder(settings.encoder), copy.encoders)
        passages, manifest = read_passages(copy.live()), Manifest.read(copy.live().manifest)
        write_texts(passages, folder / "passages.jsonl")
        settings = settings.model_copy(update={"data": copy.root})
        place = Place(settings, folder / "passages.jsonl", folder, environments)
        bench = Bench(place, passages, judged)
        found = bench.run()
        measured = [each for each in bench.systems if each.name not in found.failed]
        found.facts = input_facts(
            {
                "date": f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC",
                "commit": (manifest.source_commit or "unknown")[:12],
                "machine": machine(),
                "load": (before, os.getloadavg()[0]),
                "passages": len(passages),
                "source": f"index of {', '.join(manifest.sources)}",
                "systems": [(each.title, each.how, each.versions()) for each in measured],
            }
        )
    part = as_markdown(found)
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), BEGIN, END, part), encoding="utf-8")
    click.echo(part)


if __name__ == "__main__":
    main()
