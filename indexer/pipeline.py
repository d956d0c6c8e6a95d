"""One run from site to published index: crawl, extract, chunk, embed, index, publish."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypedDict, Unpack

from indexer import lifecycle
from indexer.derived import Derived
from indexer.embed import embed
from indexer.encoder import Encoder
from indexer.errors import CrawlError, GateRefusedError, IndexerError, IndexNotFoundError
from indexer.gates import PageMark, Refusal, failed_fetches, lost_sections
from indexer.gather import gather
from indexer.layout import DataFolder, write_durably
from indexer.lifecycle import NO_ANSWER
from indexer.linkcheck import check_links
from indexer.manifest import Manifest
from indexer.pages import Kept, Left, choose
from indexer.passages import passages_of
from indexer.progress import Progress
from indexer.publish import Contents, prune, publish, unchanged
from indexer.reader import read_passages
from indexer.records import Drop, Fetched, Passage
from indexer.report import DroppedPage, RunReport
from indexer.settings import IndexerSettings
from indexer.site import Site, place, stored_sites
from indexer.sources import Source
from indexer.store import Store
from indexer.withdraw import publish_without_withdrawn


@dataclass(slots=True)
class Run:
    """What one run works with."""

    settings: IndexerSettings
    encoder: Encoder
    progress: Progress
    store: Store
    report: RunReport
    derived: Derived
    refusals: list[Refusal] = field(default_factory=list)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add a stage's time to the report."""
        began = time.monotonic()
        yield
        spent = time.monotonic() - began
        self.report.seconds[stage] = self.report.seconds.get(stage, 0.0) + round(spent, 3)


class How(TypedDict, total=False):
    """Choices of one run."""

    only: bool  # other sources of the live index do not stay in it; the default
    force: bool  # publish what a gate refuses, and record that


def run(
    sources: list[Source],
    settings: IndexerSettings,
    encoder: Encoder,
    progress: Progress,
    **how: Unpack[How],
) -> RunReport:
    """Index the sources into the data folder and publish.

    Raises GateRefusedError when a gate refuses and ``force`` is not given; CrawlError when a site
    cannot be reached or gives nothing to index; StoreError, EncoderError and IndexInvalidError as
    their stages do. The live index is then untouched.
    """
    data = DataFolder(settings.data)
    data.create()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
    report = RunReport(run_id, [source.name for source in sources], encoder=encoder.id)
    with data.locked():
        store = Store(data.store)
        try:
            derived = Derived(store, encoder, settings.passage_tokens)
            work = Run(settings, encoder, progress, store, report, derived)
            sites = place(sources, store)
            others = [] if how.get("only", True) else _others(data, store, report.sources)
            contents = _prepare(work, sites, others)
            _publish(work, data, contents, force=how.get("force", False))
        except GateRefusedError as error:
            report.refused = str(error)
            write_durably(data.runs / f"{run_id}.json", report.json())
            error.report = report.json()
            raise
        finally:
            store.close()
        write_durably(data.runs / f"{run_id}.json", report.json())
    return report


def _others(data: DataFolder, store: Store, given: list[str]) -> list[Site]:
    """The sites of the live index that this run does not cover."""
    try:
        live = Manifest.read(data.live().manifest).sources
    except IndexNotFoundError:
        return []
    return [site for site in stored_sites(store) if site.source.name in {*live} - {*given}]


def _prepare(work: Run, sites: list[Site], others: list[Site]) -> Contents:
    """Bring the store up to date and work out what the new index holds."""
    passages: list[Passage] = []
    for site in [*sites, *others]:
        fetched: dict[str, Fetched] = {}
        if site in sites:
            with work.timed("crawl"):
                fetched = gather(site, work.store, work.progress, work.report)
            work.refusals += _failed(work, fetched)
        with work.timed("extract"):
            kept = _extract(work, site, fetched)
        with work.timed("chunk"):
            passages += _chunk(work, site, kept)
        work.report.pages += len(kept)
    work.report.passages = len(passages)
    with work.timed("embed"), work.progress.stage("embed", "passages") as stage:
        texts = [passage.embedded_text for passage in passages]
        vectors, work.report.embedded = embed(texts, work.encoder, work.store, stage.to)
    folders = {site.mount: str(site.folder) for site in [*sites, *others] if site.mount}
    names = tuple(site.source.name for site in [*sites, *others])
    return Contents(passages, vectors, names, folders)


def _publish(work: Run, data: DataFolder, contents: Contents, *, force: bool) -> None:
    """Make the contents the live index, unless they are it already or a gate refuses."""
    report = work.report
    refusals = [*work.refusals, *_lost(work, data, contents)]
    if refusals and not force:
        raise GateRefusedError("\n".join(refusal.text() for refusal in refusals))
    report.forced = [refusal.message for refusal in refusals]
    with work.timed("publish"):
        if not unchanged(data, contents, work.encoder):
            contents = replace(contents, forced=tuple(report.forced))
            publish(data, contents, work.encoder, work.store)
            report.published = True
        # A page may have been withdrawn while this run was under way.
        live = publish_without_withdrawn(data, data.live(), work.encoder, work.store)
        report.build_id = live.build_id
        prune(data, work.settings.keep_generations)
    work.derived.forget_unused()


def _failed(work: Run, fetched: dict[str, Fetched]) -> list[Refusal]:
    failed = [url for url, each in fetched.items() if each.drop in NO_ANSWER]
    share, pages = work.settings.failed_share, work.settings.failed_pages
    return failed_fetches(failed, len(fetched), share=share, pages=pages)


def _lost(work: Run, data: DataFolder, contents: Contents) -> list[Refusal]:
    """What the sources of this run would lose of the live index."""
    try:
        live = read_passages(data.live())
    except IndexerError:
        return []  # nothing live, or nothing that could be read: there is nothing to keep
    withdrawn = work.store.withdrawn()
    covered = [
        each for each in live if each.source in work.report.sources and each.url not in withdrawn
    ]
    return lost_sections(
        {each.url: PageMark(each.source, each.section) for each in covered},
        {each.url: PageMark(each.source, each.section) for each in contents.passages},
        {page.url: page.reason for page in work.report.dropped},
        share=work.settings.lost_share,
        pages=work.settings.lost_pages,
    )


def _chunk(work: Run, site: Site, kept: list[Kept]) -> list[Passage]:
    passages: list[Passage] = []
    with work.progress.stage(f"chunk {site.source.name}", "pages", len(kept)) as stage:
        for each in kept:
            passages += passages_of(each, work.derived.chunks(each.content), site)
            stage.step()
    return passages


def _extract(work: Run, site: Site, fetched: dict[str, Fetched]) -> list[Kept]:
    """The pages of a site that are indexed; the others are reported with their reasons."""
    contents = {}
    left: list[Left] = []
    pages = [page for page in work.store.pages([site.source.name]) if page.body is not None]
    with work.progress.stage(f"extract {site.source.name}", "pages", len(pages)) as stage:
        for page in pages:
            found = work.derived.content(page, site)
            if isinstance(found, Left):
                left.append(found)
            else:
                contents[site.read_at(page.url)] = (page, found)
            stage.step()
    chosen, more = choose(contents, site)
    withdrawn = work.store.withdrawn()
    # After the choice of originals: a copy of a withdrawn page must not take its place.
    kept = [each for each in chosen if each.page.url not in withdrawn]
    left += [*more, *(_withdrawn(each) for each in chosen if each.page.url in withdrawn)]
    _settle(work, kept, left)
    _report(work, site, fetched, kept, left)
    if fetched and not kept:
        reasons = Counter(str(each.reason) for each in left)
        raise CrawlError(
            f"{site.source.name}: no page has text to index ({dict(reasons)});"
            " nothing was published"
        )
    return kept


def _withdrawn(kept: Kept) -> Left:
    return Left(kept.page, Drop.WITHDRAWN, "by the operator", kept.content.links)


def _settle(work: Run, kept: list[Kept], left: list[Left]) -> None:
    """Write to the store what became of each page that has a body."""
    states: Counter[str] = Counter()
    with work.store.transaction():
        for each in kept:
            text = "\n".join(block.text for block in each.content.blocks)
            digest = hashlib.sha256(text.encode()).hexdigest()
            page = replace(each.page, content_hash=digest)
            if page.state == lifecycle.DROPPED:  # its reason is gone, as when its original is
                page = replace(page, state=lifecycle.ACTIVE, reason=None, detail="")
            states[page.state] += 1
            if page != each.page:
                work.store.put(page)
        for other in left:
            work.store.put(
                replace(
                    other.page,
                    state=lifecycle.DROPPED,
                    reason=str(other.reason),
                    detail=other.detail,
                    content_hash=None,
                )
            )
    work.report.states = dict(Counter(work.report.states) + states)


def _report(
    work: Run,
    site: Site,
    fetched: dict[str, Fetched],
    kept: list[Kept],
    left: list[Left],
) -> None:
    report = work.report
    known = {each.page.url for each in kept} | {each.page.url for each in left}
    for url, each in fetched.items():
        # A page that is kept as it was is not left out, however its address answered now.
        if each.drop and site.published(url) not in known:
            report.dropped.append(DroppedPage(site.published(url), str(each.drop), each.detail))
    for other in left:
        report.dropped.append(DroppedPage(other.page.url, str(other.reason), other.detail))
    not_found = {
        url: each.detail or str(each.status)
        for url, each in fetched.items()
        if each.drop == Drop.NOT_FOUND
    }
    answered = frozenset({*fetched, *(each.final_url for each in fetched.values())})
    links = [(each.page.url, each.content.links) for each in kept]
    links += [(each.page.url, each.links) for each in left]
    checked = check_links(site, sorted(links), not_found, answered)
    report.broken_links += checked.broken
    report.external_links.update({url: sorted(on) for url, on in sorted(checked.external.items())})
