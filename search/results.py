"""Results: grouping by page, facets, and the objects of the HTTP contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.reader import Column, IndexReader
from search.highlight import highlights, places
from search.question import Question
from search.rank import Ranking
from search.retrieve import Candidates
from search.schema import FacetName, Facets, Hit, Place, Why

# On the web, or on this host; browsers take a second slash or backslash for another host's name.
_WEB = re.compile(r"(?:https?://|/(?![/\\]))[^\x00-\x1f]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """One result: a passage, where it is found, and how many more its page has."""

    place: int  # among the ranked candidates, or among the rest
    row: int
    more: int
    ranked: bool = True


def group(
    candidates: Candidates, ranking: Ranking, index: IndexReader, *, by_page: bool
) -> list[Group]:
    """All results in their order: every passage by itself, or each page's best one."""
    places = np.concatenate([ranking.order, ranking.rest])
    rows = np.concatenate([candidates.rows[ranking.order], candidates.found.rest[ranking.rest]])
    ranked = np.arange(len(rows)) < len(ranking.order)
    _, first, of_page, counts = np.unique(
        index.outline.page[rows], return_index=True, return_inverse=True, return_counts=True
    )
    kept = np.sort(first) if by_page else np.arange(len(rows))
    columns = (places[kept], rows[kept], counts[of_page[kept]] - 1, ranked[kept])
    return [Group(*each) for each in zip(*(column.tolist() for column in columns), strict=True)]


def facets(groups: Sequence[Group], columns: Mapping[str, Column]) -> Facets:
    """For each filter its values among the results, with their number, most frequent first.

    Passages without a value are not counted: there is no filter that leaves them.
    """
    rows = [each.row for each in groups]

    def counted(name: FacetName) -> dict[str, int]:
        return dict(Counter(filter(None, columns[name].at(rows))).most_common())

    return Facets(
        audience=counted("audience"),
        source=counted("source"),
        section=counted("section"),
        language=counted("language"),
    )


def reviewed(groups: Sequence[Group], dates: Column) -> dict[str, int]:
    """The results by year of review, newest first; "" for those of no known date."""
    counts = Counter(date[:4] for date in dates.at([each.row for each in groups]))
    return {year: counts[year] for year in sorted(counts, reverse=True)}


def web_address(address: str) -> str:
    """An address that may become a link; "" for any other, such as javascript:."""
    return address if _WEB.fullmatch(address) else ""


def hit(
    result: Group, question: Question, found: tuple[Candidates, Ranking], index: IndexReader
) -> Hit:
    """One result as clients see it."""
    _, ranking = found
    passage = index.passages[result.row]
    trail = "\n".join([passage.title, *passage.headings])
    held = [o for o in question.others if places(passage.text, o.stems) or places(trail, o.stems)]
    return Hit(
        id=passage.id,
        score=round(float(ranking.scores[result.place]), 4),
        title=passage.title,
        headings=passage.headings,
        text=passage.text,
        url=web_address(passage.url),
        path=passage.path,
        link=web_address(passage.link),
        highlights=highlights(passage.text, question.stems, [each.stems for each in held]),
        why=_why(
            result.place,
            found,
            heading=_share(question.stems, trail),
            expansions=[each.expansion.means for each in held],
        ),
        source=passage.source,
        audience=passage.audience,
        section=passage.section,
        language=passage.language,
        reviewed=passage.reviewed,
        updated=passage.updated,
        review_due=passage.review_due,
        fetched_at=passage.fetched_at,
        content_hash=passage.content_hash,
        more_from_page=result.more,
        also_on=_also_on(passage.url, ranking.repeated.get(result.row, ()), index),
    )


def _share(stems: Collection[str], text: str) -> float:
    return sum(bool(places(text, (stem,))) for stem in stems) / max(len(stems), 1)


def _why(
    place: int, found: tuple[Candidates, Ranking], *, heading: float, expansions: list[str]
) -> Why:
    candidates, ranking = found
    why = Why(
        semantic=round(float(candidates.semantic[place]), 4),
        keyword=round(float(candidates.keyword[place]), 4),
        exact_rare=bool(ranking.rare[place]),
        heading=round(heading, 4),
        coverage=round(float(candidates.coverage[place]), 4),
        aspect=round(float(candidates.aspect[place]), 4),
        expansions=expansions,
    )
    if place in ranking.reranker:
        why["reranker"] = round(ranking.reranker[place], 4)
    return why


def _also_on(own: str, repeated: Sequence[int], index: IndexReader) -> list[Place]:
    """The pages other than its own on which the same is said, each once."""
    pages: dict[str, Place] = {}
    for other in repeated:
        each = index.passages[other]
        if each.url not in {own, *pages}:
            pages[each.url] = Place(
                title=each.title, url=web_address(each.url), link=web_address(each.link)
            )
    return list(pages.values())
