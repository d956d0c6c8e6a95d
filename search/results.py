"""Results: grouping by page, paging, facets, and the objects of the HTTP contract."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from indexer.reader import IndexReader
from search.highlight import Highlight, highlights
from search.question import Question
from search.rank import Ranked

_FACETS = ("audience", "source", "section")
# On the web, or on this host; browsers take a second slash or backslash for another host's name.
_WEB = re.compile(r"(?:https?://|/(?![/\\]))[^\x00-\x1f]*", re.IGNORECASE)


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
    why: dict[str, float | bool]
    source: str
    audience: str
    section: str
    reviewed: str | None
    fetched_at: str
    content_hash: str
    more_from_page: int


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
    """One result: a passage, and how many further ones of its page matched."""

    best: Ranked
    more: int


def group(ranked: Sequence[Ranked], index: IndexReader, *, by_page: bool) -> list[Group]:
    """The ranking as results: every passage by itself, or each page's best one."""
    pages = Counter(index.passages[each.row].url for each in ranked)
    if not by_page:
        return [Group(each, pages[index.passages[each.row].url] - 1) for each in ranked]
    best: dict[str, Ranked] = {}
    for each in ranked:
        best.setdefault(index.passages[each.row].url, each)
    return [Group(each, pages[url] - 1) for url, each in best.items()]


def facets(groups: Sequence[Group], index: IndexReader) -> dict[str, dict[str, int]]:
    """For each filter its values among the results, with their number, most frequent first."""
    passages = [index.passages[each.best.row] for each in groups]
    counts = {name: Counter(getattr(each, name) for each in passages) for name in _FACETS}
    return {name: dict(each.most_common()) for name, each in counts.items()}


def web_address(address: str) -> str:
    """An address that may become a link; "" for any other, such as javascript:."""
    return address if _WEB.fullmatch(address) else ""


def hit(result: Group, question: Question, index: IndexReader) -> Hit:
    """One result as clients see it."""
    best = result.best
    passage = index.passages[best.row]
    return Hit(
        id=passage.id,
        score=round(best.score, 4),
        title=passage.title,
        headings=passage.headings,
        text=passage.text,
        url=web_address(passage.url),
        path=passage.path,
        link=web_address(passage.link),
        highlights=highlights(passage.text, question, index),
        why={
            "semantic": round(best.semantic, 4),
            "keyword": round(best.keyword, 4),
            "exact_rare": best.exact_rare,
        },
        source=passage.source,
        audience=passage.audience,
        section=passage.section,
        reviewed=passage.reviewed,
        fetched_at=passage.fetched_at,
        content_hash=passage.content_hash,
        more_from_page=result.more,
    )
