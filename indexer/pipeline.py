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
from indexer.chunk import TokenBudget, chunk
from indexer.crawl import crawl
from indexer.embed import content_hash, embed
from indexer.encoder import Encoder
from indexer.errors import CrawlError
from indexer.folder import read_folder
from indexer.layout import DataFolder, write_durably
from indexer.linkcheck import check_links
from indexer.pages import Kept, Left, choose, read_page
from indexer.progress import Progress
from indexer.publish import Contents, prune, publish
from indexer.records import Drop, Fetched, Passage
from indexer.report import DroppedPage, RunReport
from indexer.settings import IndexerSettings
from indexer.site import Site, sites_of
from indexer.sources import Source
from indexer.store import Store, StoredPage


@dataclass(slots=True)
class Run:
    """What one run works with."""

    settings: IndexerSettings
    encoder: Encoder
    progress: Progress
    store: Store
    report: RunReport

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add a stage's time to the report."""
        began = time.monotonic()
        yield
        spent = time.monotonic() - began
        self.report.seconds[stage] = self.report.seconds.get(stage, 0.0) + round(spent, 3)


def run(
    sources: list[Source], settings: IndexerSettings, encoder: Encoder, progress: Progress
) -> RunReport:
    """Index the sources into the data folder and publish.

    Raises CrawlError when a site cannot be reached or gives nothing to index; StoreError,
    EncoderError and IndexInvalidError as their stages do. The live index is then untouched.
    """
    data = DataFolder(settings.data)
    data.create()
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    report = RunReport(run_id, [source.name for source in sources], encoder=encoder.id)
    with data.locked():
        store = Store(data.store)
        try:
            work = Run(settings, encoder, progress, store, report)
            _run(work, sites_of(sources), data)
        finally:
            store.close()
        write_durably(data.runs / f"{run_id}.json", report.json())
    return report


def _run(work: Run, sites: list[Site], data: DataFolder) -> None:
    passages: list[Passage] = []
    for site in sites:
        with work.timed("crawl"):
            fetched = _fetch(work, site)
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
        folders = {site.mount: str(site.folder) for site in sites if site.mount}
        contents = Contents(passages, vectors, tuple(work.report.sources), folders)
        generation = publish(data, contents, work.encoder, work.store)
        prune(data, work.settings.keep_generations)
    work.report.build_id = generation.build_id


def _fetch(work: Run, site: Site) -> dict[str, Fetched]:
    """Bring the store up to date with the site; every outcome of this run by its address."""
    source, store = site.source, work.store
    known = {site.read_at(url): each for url, each in store.validators(source.name).items()}
    outcomes: dict[str, Fetched] = {}
    answers: Counter[str] = Counter()
    crawled = None if source.folder else crawl(source, known)
    with work.progress.stage(f"crawl {source.name}", "pages") as stage:
        for fetched in crawled or read_folder(source, known):
            outcomes[fetched.url] = fetched
            answers[fetched.drop or str(fetched.status)] += 1
            _record(store, site, fetched)
            stage.step()
    for address, lastmod in (crawled.lastmod if crawled else {}).items():
        if page := store.page(site.published(address)):
            store.put(replace(page, lastmod=lastmod))
    work.report.answers = dict(Counter(work.report.answers) + answers)
    if not any(fetched.drop is None for fetched in outcomes.values()):
        raise CrawlError(_nothing(source, list(outcomes.values())))
    return outcomes


def _record(store: Store, site: Site, fetched: Fetched) -> None:
    name = site.source.name
    if fetched.final_url != fetched.url and fetched.drop is None:
        asked = store.page(site.published(fetched.url))
        if asked is not None:
            moved = replace(fetched, drop=Drop.REDIRECTED, detail=f"leads to {fetched.final_url}")
            store.put(lifecycle.after(asked, moved, asked.url, name))
    address = fetched.url if fetched.drop else fetched.final_url
    url = site.published(address)
    store.put(lifecycle.after(store.page(url), fetched, url, name))


def _nothing(source: Source, outcomes: list[Fetched]) -> str:
    where = source.folder or ", ".join(source.start_urls)
    if not outcomes:
        return f"{where} has no pages (.html, .htm or .pdf files); nothing was published"
    first = outcomes[0]
    reason = first.detail or str(first.drop)
    return f"no page of {where} could be read: {first.url}: {reason}; nothing was published"


def _extract(work: Run, site: Site, fetched: dict[str, Fetched]) -> list[Kept]:
    """The pages of a site that are indexed; the others are reported with their reasons."""
    contents = {}
    left: list[Left] = []
    pages = [page for page in work.store.pages([site.source.name]) if page.body is not None]
    with work.progress.stage(f"extract {site.source.name}", "pages", len(pages)) as stage:
        for page in pages:
            found = read_page(page, site)
            if isinstance(found, Left):
                left.append(found)
            else:
                contents[site.read_at(page.url)] = (page, found)
            stage.step()
    failed = frozenset(url for url, each in fetched.items() if each.drop)
    kept, more = choose(contents, site, failed)
    left += more
    _settle(work, kept, left)
    links = [(page.url, content.links) for page, content in contents.values()]
    links += [(each.page.url, each.links) for each in left if each.links]
    _report(work, site, fetched, left, dict(links))
    if not kept:
        reasons = Counter(str(each.reason) for each in left)
        raise CrawlError(
            f"{site.source.name}: no page has text to index ({dict(reasons)});"
            " nothing was published"
        )
    return kept


def _settle(work: Run, kept: list[Kept], left: list[Left]) -> None:
    """Write to the store what became of each page that has a body."""
    with work.store.transaction():
        for each in kept:
            text = "\n".join(block.text for block in each.content.blocks)
            digest = hashlib.sha256(text.encode()).hexdigest()
            work.store.put(replace(each.page, content_hash=digest))
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
    states = Counter(each.page.state for each in kept)
    work.report.states = dict(Counter(work.report.states) + states)


def _report(
    work: Run,
    site: Site,
    fetched: dict[str, Fetched],
    left: list[Left],
    links: dict[str, tuple[str, ...]],
) -> None:
    report = work.report
    for url, each in fetched.items():
        if each.drop:
            report.dropped.append(DroppedPage(site.published(url), str(each.drop), each.detail))
    for other in left:
        report.dropped.append(DroppedPage(other.page.url, str(other.reason), other.detail))
    not_found = {
        url: f"{each.status or ''} {each.detail}".strip()
        for url, each in fetched.items()
        if each.drop == Drop.NOT_FOUND
    }
    answered = frozenset({*fetched, *(each.final_url for each in fetched.values())})
    checked = check_links(site, links.items(), not_found, answered)
    report.broken_links += checked.broken
    report.external_links.update({url: sorted(on) for url, on in sorted(checked.external.items())})


def _chunk(work: Run, site: Site, kept: list[Kept]) -> list[Passage]:
    encoder = work.encoder
    target = min(work.settings.passage_tokens, encoder.max_tokens)
    budget = TokenBudget(encoder.count_tokens, encoder.max_tokens, target)
    passages: list[Passage] = []
    with work.progress.stage(f"chunk {site.source.name}", "pages", len(kept)) as stage:
        for each in kept:
            passages += passages_of(each.page, each, site, budget)
            stage.step()
    return passages


def passages_of(page: StoredPage, kept: Kept, site: Site, budget: TokenBudget) -> list[Passage]:
    """The passages of one page, with everything an answer says of them."""
    found = []
    path = site.path(page.url)
    for position, piece in enumerate(chunk(kept.content, budget)):
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
