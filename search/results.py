"""Results: grouping by page, paging, facets, and the objects of the HTTP contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from indexer.reader import IndexReader
from search.highlight import Highlight, highlights, places
from search.question import Question
from search.rank import Ranking
from search.retrieve import Candidates

_FACETS = ("audience", "source", "section")
# On the web, or on this host; browsers take a second slash or backslash for another host's name.
_WEB = re.compile(r"(?:https?://|/(?![/\\]))[^\x00-\x1f]*", re.IGNORECASE)


class Why(TypedDict):
    """What decided the place of a passage; section and page, which also do, are beside it."""

    semantic: float  # cosine with the question
    keyword: float  # BM25
    exact_rare: bool  # holds a rare word or quoted phrase of the question: these come first
    heading: float  # share of the question's words that its title and headings hold
    coverage: float  # share of the question's words that it holds, weighed by rarity
    aspect: float  # whether its headings name what is asked (side effects, outlook, ...)
    expansions: list[str]  # other names of what is asked that it holds
    reranker: NotRequired[float]  # what the reranker gave it: it is on, and read this passage


class Place(TypedDict):
    """Another page that says the same."""

    title: str
    url: str
    link: str


class Hit(TypedDict):
    """One result."""

    id: str
    score: float
    title: str
    headings: list[str]
    text: str
    url: str
    path: str
    link: str
    highlights: list[Highlight]
    why: Why
    source: str
    audience: str
    section: str
    reviewed: str | None
    fetched_at: str
    content_hash: str
    more_from_page: int
    also_on: list[Place]


class Results(TypedDict):
    """The answer to one search."""

    q: str
    page: int
    per_page: int
    found: int
    found_relation: str
    search_time_ms: float
    index_version: str
    answerable: bool
    corrections: list[dict[str, str]]
    expansions: list[dict[str, str]]
    facets: dict[str, dict[str, int]]
    hits: list[Hit]


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


def facets(
    groups: Sequence[Group], values: Mapping[str, NDArray[np.str_]]
) -> dict[str, dict[str, int]]:
    """For each filter its values among the results, with their number, most frequent first.

    ``values`` has those of every row.
    """
    rows = [each.row for each in groups]
    counts = {name: Counter(values[name][rows].tolist() if rows else ()) for name in _FACETS}
    return {name: dict(each.most_common()) for name, each in counts.items()}


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
        reviewed=passage.reviewed,
        fetched_at=passage.fetched_at,
        content_hash=passage.content_hash,
        more_from_page=result.more,
        also_on=_also_on(result.row, ranking.repeated.get(result.row, ()), index),
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


def _also_on(row: int, repeated: Sequence[int], index: IndexReader) -> list[Place]:
    """The other pages on which the same is said, each once."""
    own = index.passages[row].url
    pages: dict[str, Place] = {}
    for other in repeated:
        each = index.passages[other]
        if each.url not in {own, *pages}:
            pages[each.url] = Place(
                title=each.title, url=web_address(each.url), link=web_address(each.link)
            )
    return list(pages.values())
