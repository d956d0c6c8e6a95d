"""Whether a run may publish: every gate asked, with what is live and what would take its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.errors import IndexerError, IndexInvalidError
from indexer.gates import PageMark, Refusal, failed_fetches, lost_sections
from indexer.judged import Judge, lost_quality
from indexer.layout import DataFolder, Generation
from indexer.lifecycle import NO_ANSWER
from indexer.manifest import Judged, Manifest
from indexer.publish import Contents
from indexer.reader import passages_of
from indexer.records import Fetched
from indexer.work import Work


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """What the live index and the new one give for the judged questions."""

    before: Judged | None
    after: Judged | None


def refuse_failures(work: Work, fetched: Mapping[str, Fetched]) -> None:
    """Refuse to publish after a crawl in which too many addresses gave no answer."""
    failed = [url for url, each in fetched.items() if each.drop in NO_ANSWER]
    share, pages = work.settings.failed_share, work.settings.failed_pages
    work.refusals += failed_fetches(failed, len(fetched), share=share, pages=pages)


def refuse_losses(work: Work, live: DataFolder, contents: Contents) -> None:
    """Refuse to publish what would lose too many pages of a section of a source that stays.

    Of those that are not read now as well: what an earlier run lost, and was refused for, is lost.
    """
    withdrawn = work.store.withdrawn()
    try:
        covered = {
            each.url: PageMark(each.source, each.section)
            for each in passages_of(live.live())
            if each.source in contents.sources and each.url not in withdrawn
        }
    except IndexerError:
        return  # nothing live, or nothing that could be read: there is nothing to keep
    work.refusals += lost_sections(
        covered,
        {each.url: PageMark(each.source, each.section) for each in contents.passages},
        {page.url: page.reason for page in work.report.dropped},
        share=work.settings.lost_share,
        pages=work.settings.lost_pages,
    )


def judge_quality(
    work: Work, live: DataFolder, built: Generation, judge: Judge | None
) -> JudgedPair:
    """Refuse to publish what answers the judged questions worse than the live index does."""
    if judge is None:
        return JudgedPair(None, None)
    try:
        after = judge(built)
    except IndexInvalidError as error:
        work.refusals.append(Refusal("judged questions", str(error)))
        return JudgedPair(None, None)
    before = _before(work, live, after, judge)
    if before and after is None:
        lost = "the new index holds too little of what they are about to be asked"
        work.refusals.append(Refusal("judged questions", lost))
    if before and after:
        work.refusals += lost_quality(before, after, work.settings.judged_margin)
    return JudgedPair(before, after)


def _before(work: Work, live: DataFolder, after: Judged | None, judge: Judge) -> Judged | None:
    """What the live index gives: as it was measured at its publish, else measured now."""
    try:
        generation = live.live()
        known = Manifest.read(generation.manifest).judged
        if after is None or (known and known.yardstick == after.yardstick):
            return known
        return judge(generation)
    except IndexInvalidError as error:
        # As when its encoder is another one, or it is damaged.
        work.report.notes.append(f"Judged questions were not compared: {error}")
    except IndexerError:
        pass  # nothing was published yet
    return None
