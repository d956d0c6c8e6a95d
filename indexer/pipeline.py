"""One run from site to published index: crawl, extract, chunk, embed, index, publish."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from math import inf
from typing import NotRequired, TypedDict, Unpack

from indexer import dense_place, runs
from indexer.approval import judge_quality, refuse_failures, refuse_losses
from indexer.clock import as_utc
from indexer.converted_encoder import convert, fastest
from indexer.derived import Derived
from indexer.embed import embed
from indexer.encoder import Encoder
from indexer.errors import (
    CrawlError,
    EncoderError,
    GateRefusedError,
    IndexerError,
    IndexInvalidError,
    IndexNotFoundError,
)
from indexer.gather import gather
from indexer.judged import Judge
from indexer.layout import DataFolder, Generation
from indexer.manifest import Manifest, sources_of
from indexer.pages import Kept
from indexer.passages import passages_of
from indexer.progress import Progress
from indexer.publish import Contents, build, promote, prune, unchanged, write_manifest
from indexer.records import Fetched, Passage
from indexer.report import RunReport
from indexer.settings import IndexerSettings
from indexer.settle import settle
from indexer.site import Site, place, stored_sites
from indexer.sources import Source
from indexer.store import Store
from indexer.withdraw import publish_without_withdrawn, tell_service
from indexer.work import Work


class How(TypedDict):
    """Choices of one run."""

    only: NotRequired[bool]  # other sources of the live index do not stay in it; the default
    force: NotRequired[bool]  # publish what a gate refuses, and record that
    accepted: NotRequired[frozenset[str]]  # addresses whose text may be as little as it is
    judge: NotRequired[Judge]  # asks an index the judged questions; they guard nothing without it
    # The run's name, given by whoever follows it; it then waits its turn.
    job: NotRequired[str | None]


def run(
    sources: list[Source],
    settings: IndexerSettings,
    encoder: Encoder,
    progress: Progress,
    **how: Unpack[How],
) -> RunReport:
    """Index the sources into the data folder and publish.

    Raises GateRefusedError when a gate refuses and ``force`` is not given; CrawlError when a site
    cannot be reached or gives nothing to index; BusyError, StoreError, EncoderError and
    IndexInvalidError as their stages do. The live index is then untouched.
    """
    data = settings.folder
    data.create()
    job = how.get("job")
    names = [source.name for source in sources]
    report = RunReport(job or runs.new_run_id(), names, encoder=encoder.id)
    record = runs.RunRecord(data, report)
    with ExitStack() as held:
        if job:  # somebody follows it while it waits
            held.enter_context(record)
            held.enter_context(data.locked(patience=inf))
        else:
            held.enter_context(data.locked())
            held.enter_context(record)
        record.begin()
        progress.listener = record.tell
        encoder = _converted(encoder, data, progress)
        store = Store(data.store)
        try:
            derived = Derived(store, encoder, settings.passage_tokens)
            work = Work(settings, encoder, progress, store, report, derived)
            work.accepted = how.get("accepted", frozenset())
            if job and (asked := runs.asked_at(job)):
                work.asked = as_utc(asked)
            contents = prepare(work, sources, data, only=how.get("only", True))
            if store.withdrawn():
                tell_service(data, store)  # of pages that moved as well
            _publish(work, data, contents, how)
        except (GateRefusedError, CrawlError):
            store.end_crawls()  # what it read is judged: the next run asks anew
            raise
        finally:
            # A page may have been withdrawn while this run held the folder, however it ended.
            with suppress(IndexerError):  # the run's own failure is the one to tell
                publish_without_withdrawn(data, data.live(), encoder, store)
            store.close()
    return report


def _converted(encoder: Encoder, data: DataFolder, progress: Progress) -> Encoder:
    """The encoder in its fastest form, which is made now where it is not there."""
    try:
        convert(encoder, data.encoders)
    except EncoderError as error:
        progress.say(f"{error}; it is used as it is, which is slower")
    return fastest(encoder, data.encoders)


def prepare(work: Work, sources: list[Source], live: DataFolder, *, only: bool) -> Contents:
    """Bring the store up to date and work out what the new index holds.

    Unless ``only``, the sources of the ``live`` index that are not given stay in it.
    """
    sites = place(sources, work.store)
    others = [] if only else _others(live, work.store, work.report.sources)
    passages: list[Passage] = []
    for site in [*sites, *others]:
        fetched: dict[str, Fetched] = {}
        if site in sites:
            with work.timed("crawl"):
                fetched = gather(site, work)
            refuse_failures(work, fetched)
        with work.timed("extract"):
            kept = settle(site, work, fetched)
        with work.timed("chunk"):
            passages += _chunk(work, site, kept)
    work.report.passages = len(passages)
    with work.timed("embed"), work.progress.stage("embed", "passages") as stage:
        texts = [passage.embedded_text for passage in passages]
        vectors, work.report.embedded = embed(texts, work.encoder, work.store, stage.to)
    folders = {site.mount: str(site.folder) for site in [*sites, *others] if site.mount}
    names = tuple(site.source.name for site in [*sites, *others])
    notices = tuple(dict.fromkeys(s.source.notice for s in [*sites, *others] if s.source.notice))
    return Contents(passages, vectors, names, folders, notices)


def _others(data: DataFolder, store: Store, given: list[str]) -> list[Site]:
    """The sites of the live index that this run does not cover."""
    try:
        live = sources_of(data.live().manifest)
    except IndexNotFoundError:
        return []
    return [site for site in stored_sites(store) if site.source.name in {*live} - {*given}]


def _publish(work: Work, data: DataFolder, contents: Contents, how: How) -> None:
    """Make the contents the live index, unless they are it already or a gate refuses."""
    report = work.report
    count = len(contents.passages)
    with work.timed("publish"), work.progress.stage("publish", "passages", count) as stage:
        refuse_losses(work, data, contents)
        if same := unchanged(data, contents, work.encoder):
            _approve(work, how)
            dense_place.make_live(data, same)  # a run that was killed may have named another
        else:
            _replace(work, data, contents, how)
            report.published = True
        live = publish_without_withdrawn(data, data.live(), work.encoder, work.store)
        report.build_id = live.build_id
        prune(data, work.settings.keep_generations)
        stage.to(count, count)
    work.derived.forget_unused()
    work.store.end_crawls()


def _replace(work: Work, data: DataFolder, contents: Contents, how: How) -> None:
    _approve(work, how)
    built = _build_checked(work, data, contents)
    try:
        judged = judge_quality(work, data, built, how.get("judge"))
        _approve(work, how)
    except GateRefusedError:
        dense_place.delete(built)
        raise
    manifest = Manifest.read(built.manifest)
    said = {"judged": judged.after, "forced": tuple(work.report.forced)}
    write_manifest(built, manifest.model_copy(update=said))
    promote(data, built)


def _build_checked(work: Work, data: DataFolder, contents: Contents) -> Generation:
    """A new generation that opens and answers. Raises GateRefusedError when it does not."""
    try:
        return build(data, contents, work.encoder, work.store)
    except IndexInvalidError as error:
        # Not a matter of how much may be lost: what does not answer is never published.
        raise GateRefusedError(f"new index: {error}", forceable=False) from error


def _approve(work: Work, how: How) -> None:
    """Raise what the gates said until now; with --force, record it."""
    if work.refusals and not how.get("force"):
        raise GateRefusedError("\n".join(refusal.text() for refusal in work.refusals))
    work.report.forced = [refusal.message for refusal in work.refusals]


def _chunk(work: Work, site: Site, kept: list[Kept]) -> list[Passage]:
    passages: list[Passage] = []
    with work.progress.stage(f"chunk {site.source.name}", "pages", len(kept)) as stage:
        for each in kept:
            passages += passages_of(each, work.derived.chunks(each.content), site)
            stage.step()
    return passages
