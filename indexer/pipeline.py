"""One run from site to published index: crawl, extract, chunk, embed, index, publish."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from indexer import lifecycle
from indexer.derived import Derived
from indexer.embed import content_hash, embed
from indexer.encoder import Encoder
from indexer.errors import CrawlError, IndexNotFoundError
from indexer.gather import gather
from indexer.layout import DataFolder, write_durably
from indexer.linkcheck import check_links
from indexer.manifest import Manifest
from indexer.pages import Kept, Left, choose
from indexer.progress import Progress
from indexer.publish import Contents, prune, publish, unchanged
from indexer.records import Chunk, Drop, Fetched, Passage
from indexer.report import DroppedPage, RunReport
from indexer.settings import IndexerSettings
from indexer.site import Site, place, stored_sites
from indexer.sources import Source
from indexer.store import Store


@dataclass(slots=True)
class Run:
    """What one run works with."""

    settings: IndexerSettings
    encoder: Encoder
    progress: Progress
    store: Store
    report: RunReport
    derived: Derived

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add a stage's time to the report."""
        began = time.monotonic()
        yield
        spent = time.monotonic() - began
        self.report.seconds[stage] = self.report.seconds.get(stage, 0.0) + round(spent, 3)


def run(
    sources: list[Source],
    settings: IndexerSettings,
    encoder: Encoder,
    progress: Progress,
    *,
    only: bool = True,
) -> RunReport:
    """Index the sources into the data folder and publish.

    Unless ``only`` these, the other sources of the live index stay in it as they were stored.
    Raises CrawlError when a site cannot be reached or gives nothing to index; StoreError,
    EncoderError and IndexInvalidError as their stages do. The live index is then untouched.
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
            others = [] if only else _others(data, store, report.sources)
            _run(work, sites, others, data)
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


def _run(work: Run, sites: list[Site], others: list[Site], data: DataFolder) -> None:
    passages: list[Passage] = []
    for site in [*sites, *others]:
        fetched: dict[str, Fetched] = {}
        if site in sites:
            with work.timed("crawl"):
                fetched = gather(site, work.store, work.progress, work.report)
        with work.timed("extract"):
            kept = _extract(work, site, fetched)
        with work.timed("chunk"):
            passages += _chunk(work, site, kept)
        work.report.pages += len(kept)
    work.report.passages = len(passages)
    with work.timed("embed"), work.progress.stage("embed", "passages") as stage:
        texts = [passage.embedded_text for passage in passages]
        vectors, work.report.embedded = embed(texts, work.encoder, work.store, stage.to)
    with work.timed("publish"):
        folders = {site.mount: str(site.folder) for site in [*sites, *others] if site.mount}
        names = tuple(site.source.name for site in [*sites, *others])
        contents = Contents(passages, vectors, names, folders)
        if live := unchanged(data, contents, work.encoder):
            work.report.build_id = live.build_id
        else:
            work.report.build_id = publish(data, contents, work.encoder, work.store).build_id
            work.report.published = True
        prune(data, work.settings.keep_generations)
    work.derived.forget_unused()


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
    failed = frozenset(url for url, each in fetched.items() if each.drop)
    kept, more = choose(contents, site, failed)
    left += more
    _settle(work, kept, left)
    _report(work, site, fetched, kept, left)
    if not kept:
        reasons = Counter(str(each.reason) for each in left)
        raise CrawlError(
            f"{site.source.name}: no page has text to index ({dict(reasons)});"
            " nothing was published"
        )
    return kept


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


def _chunk(work: Run, site: Site, kept: list[Kept]) -> list[Passage]:
    passages: list[Passage] = []
    with work.progress.stage(f"chunk {site.source.name}", "pages", len(kept)) as stage:
        for each in kept:
            passages += passages_of(each, work.derived.chunks(each.content), site)
            stage.step()
    return passages


def passages_of(kept: Kept, chunks: list[Chunk], site: Site) -> list[Passage]:
    """The passages of one page, with everything an answer says of them."""
    found = []
    page = kept.page
    path = site.path(page.url)
    for position, piece in enumerate(chunks):
        key = "\x00".join([page.url, *piece.headings, piece.text, str(position)])
        found.append(
            Passage(
                id=hashlib.sha256(key.encode()).hexdigest()[:16],
                url=page.url,
                path=path,
                link=piece.link,
                title=kept.content.title,
                headings=list(piece.headings),
                text=piece.text,
                position=position,
                tokens=piece.tokens,
                content_hash=content_hash(piece.embedded_text),
                source=site.source.name,
                audience=site.source.audience,
                section=site.source.section_of(path),
                reviewed=kept.content.reviewed,
                fetched_at=page.fetched_at,
                context=piece.context,
            )
        )
    return found
