"""Everything that visitors ask, while a new index is published again and again.

Clients ask one thing after another: searches in all modes with filters and pages, the search page,
suggestions, passages with their neighbours, and again what they asked before, with its ETag. An
error is: another status than 200 (or 304 where an ETag was sent), no answer, an
``X-Index-Version`` that is missing or not that of the body, the mark of another index in an answer
(``load_publish``), "not modified" of another version, and a publish that fails or that not every
worker takes.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.load_client import BUSY, OK, PAUSE, Answer, Questions, ask
from benchmarks.load_publish import MARK, PublishError, all_answer, publish_apart
from benchmarks.load_service import Service
from indexer.layout import DataFolder
from indexer.reader import read_passages
from indexer.records import Passage

CLIENTS = 8
PUBLISH_EVERY = 30.0  # seconds
KINDS = {"search": 8, "page": 4, "suggest": 4, "passage": 3, "again": 3}  # how often, in proportion
_SAMPLE_EVERY = 3.0  # seconds between two looks at the memory
_MARKS = re.compile(rb"\b%b(\d+)" % MARK.encode())


@dataclass
class Seen:
    """What the clients saw."""

    asked: Counter[str] = field(default_factory=Counter)  # by kind
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)  # by kind and what was wrong
    marks: set[tuple[str, str]] = field(default_factory=set)  # a version, and a mark in its answer
    times: list[float] = field(default_factory=list)  # seconds
    longest: tuple[float, str] = (0.0, "")  # seconds, kind
    versions: set[str] = field(default_factory=set)

    def take(self, kind: str, answer: Answer, before: Answer | None) -> None:
        """Count an answer; ``before`` is the one whose ETag was sent."""
        self.asked[kind] += 1
        self.statuses[answer.status] += 1
        self.times.append(answer.took)
        self.longest = max(self.longest, (answer.took, kind))
        if wrong := what_is_wrong(answer, before):
            self.wrong[f"{kind}: {wrong}"] += 1
            return
        version = answer.headers["x-index-version"]
        self.versions.add(version)
        self.marks |= {(version, mark.decode()) for mark in _MARKS.findall(answer.body)}

    def mixed(self, marks: dict[str, str]) -> int:
        """How many pairs of a version and a mark in its answers are not among those published."""
        return sum(marks.get(version) != mark for version, mark in self.marks)


def what_is_wrong(answer: Answer, before: Answer | None) -> str:
    """What is wrong with an answer; nothing when it is as it must be."""
    version = answer.headers.get("x-index-version")
    if answer.status not in ({OK, "304"} if before else {OK}):
        return f"status {answer.status}"
    if not version:
        return "no X-Index-Version"
    if before and answer.status == "304" and version != before.headers["x-index-version"]:
        return "not modified, but of another version"
    if answer.headers.get("content-type", "").startswith("application/json"):
        said = json.loads(answer.body)
        said = said.get("index_version", version) if isinstance(said, dict) else version
        return "" if said == version else "index_version is not X-Index-Version"
    return ""


class Visitor:
    """What one client asks, one thing after another; the same in each run."""

    def __init__(self, questions: Iterator[str], passages: list[Passage], seed: int) -> None:
        self._questions = questions
        self._passages = passages
        self._chance = random.Random(seed)  # noqa: S311 - a load, the same each time
        self._ways: dict[str, Callable[[], str]] = {
            "search": lambda: "/api/v1/search?" + urlencode(self._parameters()),
            "page": lambda: "/?" + urlencode(self._parameters()),
            "suggest": lambda: "/api/v1/suggest?" + urlencode({"q": self._beginning()}),
            "passage": lambda: f"/api/v1/passages/{self._chance.choice(self._passages).id}",
        }
        self._before: tuple[str, Answer] | None = None  # an address, and an answer with an ETag

    async def ask(self, port: int, seen: Seen) -> Answer:
        """Ask the next thing and count the answer."""
        (kind,) = self._chance.choices([*KINDS], [*KINDS.values()])
        before, headers = None, ""
        if kind == "again" and self._before:
            target, before = self._before
            headers = f"If-None-Match: {before.headers['etag']}\r\n"
        else:
            kind = "search" if kind == "again" else kind
            target = self._ways[kind]()
        answer = await ask(port, target, headers=headers)
        seen.take(kind, answer, before)
        if answer.status == OK and {"etag", "x-index-version"} <= answer.headers.keys():
            self._before = target, replace(answer, body=b"")
        return answer

    def _beginning(self) -> str:
        return next(self._questions)[: self._chance.randint(2, 12)]

    def _parameters(self) -> dict[str, Any]:
        choose = self._chance.choice
        given: dict[str, Any] = {
            "q": next(self._questions),
            "mode": choose(["hybrid", "hybrid", "semantic", "keyword"]),
            "page": choose([1, 1, 1, 2, 3]),
            "per_page": choose([5, 10, 10, 50]),
            "group_by": choose(["page", "page", "none"]),
        }
        filters = {"audience": "audience", "source": "source", "section": "section"}
        names = {**filters, "reviewed_after": "reviewed"}
        name = choose([*names, "", ""])
        value = getattr(choose(self._passages), names[name]) if name else None
        return {**given, name: value} if value else given


class Mixed:
    """A service under mixed load and publishes for some seconds.

    ``marks`` has each version that was published until now, with its mark.
    """

    def __init__(self, service: Service, data: Path, marks: dict[str, str]) -> None:
        self._service = service
        self._data = data
        self._marks = marks
        self._passages = read_passages(DataFolder(data).live())
        self._seen = Seen()
        self._publishes: list[float] = []  # seconds that each took
        self._ended = asyncio.Event()
        self._memory: list[float] = []  # PSS of all processes, MB

    async def run(self, questions: Questions, seconds: float) -> dict[str, Any]:
        """Load it for so long, and on until the last index is taken; what was seen."""
        began = asyncio.get_running_loop().time()
        each = questions.since(0)  # one for all: no question comes twice
        async with asyncio.TaskGroup() as group:
            for seed in range(CLIENTS):
                group.create_task(self._visit(Visitor(each, self._passages, seed)))
            group.create_task(self._publish(began + seconds, min(PUBLISH_EVERY, seconds / 3)))
            group.create_task(self._watch())
        return {"seconds": round(asyncio.get_running_loop().time() - began), **self._found()}

    async def _visit(self, visitor: Visitor) -> None:
        while not self._ended.is_set():
            answer = await visitor.ask(self._service.port, self._seen)
            if answer.status == BUSY or not answer.status.isdigit():
                await asyncio.sleep(PAUSE)

    async def _publish(self, until: float, every: float) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + every / 2
        while due < until:
            await asyncio.sleep(max(0.0, due - loop.time()))
            began = loop.time()
            mark = f"{len(self._marks):04}"
            try:
                version = await asyncio.to_thread(publish_apart, self._data, mark)
                self._marks[version] = mark
            except PublishError as error:
                self._seen.wrong[f"publish: {error}"] += 1
            self._publishes.append(loop.time() - began)
            due = max(due + every, loop.time())
        await asyncio.sleep(max(0.0, until - loop.time()))
        # The last one is answered from, too, however long it took.
        version = DataFolder(self._data).live().build_id
        if not await all_answer(self._service.port, version, self._service.workers):
            self._seen.wrong["not every worker took the last index"] += 1
        self._ended.set()

    async def _watch(self) -> None:
        while not self._ended.is_set():
            # In a thread: the kernel walks all pages of a process to count them.
            found = await asyncio.to_thread(self._service.memory)
            self._memory.append(sum(each["pss"] for each in found))
            await asyncio.sleep(_SAMPLE_EVERY)

    def _found(self) -> dict[str, Any]:
        seen = self._seen
        if count := seen.mixed(self._marks):
            seen.wrong["an answer with the mark of another index"] += count
        return {
            "answers": len(seen.times),
            "asked": dict(seen.asked),
            "statuses": dict(seen.statuses),
            "errors": dict(seen.wrong),
            "versions": len(seen.versions),
            "publishes": len(self._publishes),
            "longest_publish_s": round(max(self._publishes, default=0.0), 1),
            "median_ms": round(statistics.median(seen.times) * 1000, 1),
            "longest_ms": round(seen.longest[0] * 1000, 1),
            "longest_kind": seen.longest[1],
            "pss_mb": thirds(self._memory),
        }


def thirds(values: list[float]) -> dict[str, float]:
    """The medians of the first and of the last third, and the maximum."""
    third = max(1, len(values) // 3)
    return {
        "first_third": round(statistics.median(values[:third]), 1),
        "last_third": round(statistics.median(values[-third:]), 1),
        "most": round(max(values), 1),
    }
