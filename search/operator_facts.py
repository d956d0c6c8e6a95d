"""What the operator's page shows, worked out from records. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indexer.records import Drop, Passage
from indexer.report import RunReport
from indexer.runs import asked_at
from search import operator_words as words
from search.operator_charts import Bar, bars, stacked
from search.operator_records import Build, PageState, Stored
from search.review import ReviewRule

_AT_WORK = {"queued", "running"}
_NO_ANSWER = (Drop.HTTP_ERROR, Drop.UNREACHABLE, Drop.ROBOTS_UNAVAILABLE)
UNDATED = "no date"


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it is shown; ``seconds`` is None while it is at work, ``share`` in per cent."""

    run_id: str
    state: str
    label: words.Label
    asked: datetime | None
    seconds: float | None
    failed: int  # addresses that gave no page, and pages kept as they were
    left_out: int
    share: float | None
    record: Mapping[str, Any]

    @property
    def is_at_work(self) -> bool:
        return self.state in _AT_WORK


@dataclass(frozen=True, slots=True)
class Refused:
    """What one gate said: its message, what it named, and what to do."""

    gate: str
    message: str
    named: tuple[str, ...]
    advice: str

    @property
    def is_final(self) -> bool:
        """Whether nobody can overrule it."""
        return self.gate == "new index"


@dataclass(frozen=True, slots=True)
class States:
    """Pages by state and by the reason for being left out, with the bars of their charts."""

    whole: list[Bar]
    rows: list[Bar]
    reasons: list[Bar]
    look: list[PageState]  # stale and missing ones
    dropped: dict[str, list[PageState]]


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews of the pages in the index."""

    before: str  # those of before this date are too old; "": none is
    overdue: list[Passage]  # the first passage of each page, oldest review first
    undated: int
    years: list[Bar]


@dataclass(frozen=True, slots=True)
class Look:
    """Something that needs a look, and the section of the page that says more."""

    text: str
    section: str


def run_view(record: Mapping[str, Any]) -> RunView:
    """A run's record as it is shown."""
    # Those of earlier programs lack some of it.
    record = {**RunReport("", []).as_object(), **record}
    state, done, total = record["state"], record["done"], record["total"]
    began, ended = (words.moment(record[name]) for name in ("started_at", "finished_at"))
    return RunView(
        record["run_id"],
        state,
        words.RUNS.get(state, words.UNKNOWN),
        asked_at(record["run_id"]) or began,
        (ended - began).total_seconds() if began and ended else None,
        sum(record["answers"].get(each, 0) for each in _NO_ANSWER) + len(record["kept"]),
        sum(record["drops"].values()),
        min(100.0, 100 * done / total) if total else None,
        record,
    )


def refused(error: str) -> list[Refused]:
    """What gates said, from a run's error; a line of two spaces in front is what one named."""
    found: list[tuple[str, list[str], list[str]]] = []
    for line in error.splitlines():
        gate, colon, message = line.partition(": ")
        if colon and gate in words.ADVICE:
            found.append((gate, [message], []))
        elif not found:
            found.append(("", [line], []))
        elif line.startswith("  "):
            found[-1][2].append(line.strip())
        else:
            found[-1][1].append(line)
    return [
        Refused(gate, "\n".join(message), tuple(named), words.ADVICE.get(gate, ""))
        for gate, message, named in found
    ]


def states(stored: Stored) -> States:
    """The pages of the store by what became of them."""
    taken = [
        PageState(page.url, "withdrawn", page.reason, page.detail)
        if page.url in stored.withdrawn
        else page
        for page in stored.pages
    ]
    counts = Counter(page.state for page in taken)
    ordered = {name: counts.get(name, 0) for name in {**words.STATES, **counts}}
    dropped: dict[str, list[PageState]] = {}
    for page in taken:
        if page.state == "dropped":
            dropped.setdefault(page.reason, []).append(page)
    most = dict(sorted(dropped.items(), key=lambda item: -len(item[1])))
    return States(
        stacked(ordered),
        bars(ordered),
        bars({name: len(pages) for name, pages in most.items()}),
        [page for page in taken if page.state in {"stale", "missing"}],
        most,
    )


def reviews(passages: Iterable[Passage], withdrawn: frozenset[str], rule: ReviewRule) -> Reviews:
    """The reviews of an index's pages."""
    pages: dict[str, Passage] = {}
    for passage in passages:
        if passage.url not in withdrawn:
            pages.setdefault(passage.url, passage)
    oldest_first = sorted(pages.values(), key=_reviewed)
    overdue = [p for p in oldest_first if rule.is_overdue(p.reviewed, p.review_due)]
    dated = [page for page in oldest_first if page.reviewed]
    undated = len(pages) - len(dated)
    counts = Counter(_reviewed(each)[:4] for each in dated)
    years = dict(sorted(counts.items(), reverse=True)) | ({UNDATED: undated} if undated else {})
    return Reviews(rule.before, overdue, undated, bars(years))


def _reviewed(passage: Passage) -> str:
    return passage.reviewed or ""


def before_live(builds: Sequence[Build]) -> Build | None:
    """The index that a rollback goes to: the newest sound one of before the live one."""
    live = next((each.build_id for each in builds if each.is_live), "")
    return next((each for each in builds if each.build_id < live and not each.error), None)


def to_look_at(
    answering: str,
    refused: str,
    builds: Sequence[Build],
    runs: Sequence[RunView],
    found: States | None,
) -> list[Look]:
    """What needs a look, most urgent first.

    ``answering`` is the index that the service has loaded, ``refused`` one that it could not load.
    """
    looks = []
    live = next((each for each in builds if each.is_live), None)
    if live and answering and live.build_id != answering:
        broken = "The live index cannot be loaded; another one answers."
        loading = "The live index is being loaded; another one answers until then."
        looks.append(Look(broken if live.build_id == refused else loading, "index"))
    if live and builds[0].build_id > live.build_id:
        looks.append(Look("An earlier index is live, until a run publishes again.", "index"))
    ended = next((each for each in runs if not each.is_at_work), None)
    if ended and ended.label.tone == "bad":
        section = "gates" if ended.state == "refused" else "runs"
        looks.append(Look(f"The last run: {ended.label.words.lower()}.", section))
    if live and live.forced:
        looks.append(Look("The live index was published against what a gate said.", "index"))
    if found and found.look:
        count = words.many(len(found.look), "page")
        looks.append(Look(f"{count} could not be read, or not found.", "pages"))
    return looks
