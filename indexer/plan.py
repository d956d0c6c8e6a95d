"""The plan: what a run would change, page by page and question by question. It publishes nothing.

It is a run in a scratch folder, with a copy of the store, up to the moment of publishing. What it
embedded is kept, for it follows from the texts alone: the run that comes after it is the cheaper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict, Unpack

from indexer.approval import JudgedPair, judge_quality, refuse_losses
from indexer.derived import Derived
from indexer.encoder import Encoder
from indexer.errors import IndexerError, IndexInvalidError, IndexNotFoundError
from indexer.gates import Refusal
from indexer.judged import Change, Judge, changes
from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.passage_diff import PassageChange, passage_changes
from indexer.pipeline import prepare
from indexer.progress import Progress
from indexer.publish import Contents, build, clear_unfinished, remade, unchanged
from indexer.reader import read_passages
from indexer.records import Passage
from indexer.report import PageNote, RunReport
from indexer.runs import new_run_id
from indexer.settings import IndexerSettings
from indexer.sources import Source
from indexer.store import Store
from indexer.work import Work


@dataclass(frozen=True, slots=True)
class PageChange:
    """A page that a run would change, and its passages before and after."""

    url: str
    section: str
    passages: list[PassageChange]


@dataclass(slots=True)
class Plan:
    """What a run would do."""

    live: str  # the build that answers now; "" for none
    pages: int
    passages: int
    embedded: int  # passages embedded for this plan, which a run will not embed again
    publishes: bool  # whether a run would make a new index
    remade: list[str]  # parts of the program that are others than those that made the live index
    new: dict[str, list[str]] = field(default_factory=dict)  # by section
    changed: list[PageChange] = field(default_factory=list)
    gone: list[PageNote] = field(default_factory=list)  # live now, and then not
    stale: list[PageNote] = field(default_factory=list)  # kept, for their address gave no page
    missing: list[PageNote] = field(default_factory=list)  # kept until a second run confirms it
    dropped: list[PageNote] = field(default_factory=list)  # left out, as before
    questions: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class PlanHow(TypedDict, total=False):
    """Choices of a plan: as of the run it is made for."""

    only: bool
    accepted: frozenset[str]
    judge: Judge


def plan(
    sources: list[Source],
    settings: IndexerSettings,
    encoder: Encoder,
    progress: Progress,
    **how: Unpack[PlanHow],
) -> Plan:
    """What a run with these arguments would change.

    Raises CrawlError, StoreError and EncoderError as a run does, BusyError when another plan is
    being made.
    """
    data = settings.folder
    with data.scratch(clear_unfinished) as scratch:
        store = Store(data.store)
        try:
            store.copy_to(scratch.store)
            copy = Store(scratch.store)
            try:
                report = RunReport(new_run_id(), [s.name for s in sources], encoder=encoder.id)
                derived = Derived(copy, encoder, settings.passage_tokens)
                work = Work(settings, encoder, progress, copy, report, derived)
                work.accepted = how.get("accepted", frozenset())
                contents = prepare(work, sources, data, only=how.get("only", True))
                made = _compare(work, data, contents)
                judged = _try(work, data, scratch, contents, how.get("judge"))
            finally:
                copy.close()
            store.adopt_memory(scratch.store)
        finally:
            store.close()
    if judged.before and judged.after:
        made.questions = changes(judged.before, judged.after)
    made.refusals, made.notes = work.refusals, report.notes
    return made


def _try(
    work: Work, live: DataFolder, scratch: DataFolder, contents: Contents, judge: Judge | None
) -> JudgedPair:
    """Build the index that a run would publish and ask the gates."""
    refuse_losses(work, live, contents)
    try:
        built = build(scratch, contents, work.encoder, work.store)
    except IndexInvalidError as error:
        work.refusals.append(Refusal("new index", str(error), forceable=False))
        return JudgedPair(None, None)
    return judge_quality(work, live, built, judge)


def _compare(work: Work, data: DataFolder, contents: Contents) -> Plan:
    live, before, parts = _live(data, work.encoder)
    report = work.report
    same = unchanged(data, contents, work.encoder) is not None
    made = Plan(live, report.pages, report.passages, report.embedded, not same, parts)
    old, new = _by_page(before), _by_page(contents.passages)
    for url, passages in new.items():
        section = passages[0].section
        if url not in old:
            made.new.setdefault(section, []).append(url)
        elif found := passage_changes(old[url], passages):
            made.changed.append(PageChange(url, section, found))
    reasons = {page.url: page for page in report.dropped}
    made.gone = [
        reasons.get(url, PageNote(url, "no longer found", "")) for url in old if url not in new
    ]
    made.dropped = [page for page in report.dropped if page.url not in old]
    made.stale = [page for page in report.kept if page.reason.startswith("stale")]
    made.missing = [page for page in report.kept if page.reason.startswith("missing")]
    return made


def _live(data: DataFolder, encoder: Encoder) -> tuple[str, list[Passage], list[str]]:
    """The live build, its passages, and what of the program is another since it was made."""
    try:
        generation = data.live()
        manifest = Manifest.read(generation.manifest)
        return generation.build_id, read_passages(generation), remade(manifest, encoder)
    except IndexNotFoundError:
        return "", [], []
    except IndexerError as error:
        return "", [], [f"the live index, which cannot be read: {error}"]


def _by_page(passages: Sequence[Passage]) -> dict[str, list[Passage]]:
    pages: dict[str, list[Passage]] = {}
    for passage in passages:
        pages.setdefault(passage.url, []).append(passage)
    return pages
