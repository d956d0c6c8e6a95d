"""The shapes of the API's answers, in one place: code is typed by them, OpenAPI made of them."""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

_documented = with_config(ConfigDict(use_attribute_docstrings=True))


@_documented
class Span(TypedDict):
    """A stretch of a text; ``end`` is behind its last character."""

    start: int
    end: int


@_documented
class Highlight(TypedDict):
    """A stretch of a passage's text that the question asked for."""

    start: int
    end: int
    """behind the last character"""
    kind: Literal["exact", "synonym"]
    """exact: the question's word, inflections counted; synonym: another name of it"""


@_documented
class Why(TypedDict):
    """What decided the place of a passage; section and page, which also do, are beside it."""

    semantic: float
    """cosine with the question"""
    keyword: float
    """BM25"""
    exact_rare: bool
    """holds a rare word or quoted phrase of the question: these come first"""
    heading: float
    """share of the question's words that its title and headings hold"""
    coverage: float
    """share of the question's words that it holds, weighed by rarity"""
    aspect: float
    """whether its headings name what is asked (side effects, outlook, ...)"""
    expansions: list[str]
    """other names of what is asked that it holds"""
    reranker: NotRequired[float]
    """what the reranker gave it: it is on, and read this passage"""


@_documented
class Place(TypedDict):
    """Another page that says the same."""

    title: str
    url: str
    link: str


@_documented
class Hit(TypedDict):
    """One result."""

    id: str
    score: float
    """0 to 1 within one answer; 0 behind the passages that are ranked"""
    title: str
    headings: list[str]
    """the trail above the passage, outermost first"""
    text: str
    """plain text, never HTML"""
    url: str
    path: str
    link: str
    """lands on the passage itself"""
    highlights: list[Highlight]
    why: Why
    source: str
    audience: str
    section: str
    language: str
    """ISO 639 code such as en; empty where nothing tells"""
    reviewed: str | None
    """ISO date of the page's last review, or update where it names no review; 2024-03: no day"""
    updated: str | None
    """as the page says, in the same form"""
    review_due: str | None
    """of the next review, in the same form"""
    fetched_at: str
    content_hash: str
    more_from_page: int
    also_on: list[Place]


# In this form because "from" is a word of Python's.
Correction = TypedDict("Correction", {"from": str, "to": str})
OtherName = TypedDict("OtherName", {"from": str, "to": str, "source": Literal["glossary", "page"]})


FacetName = Literal["audience", "source", "section", "language"]


@_documented
class Facets(TypedDict):
    """For each filter its values among all results, most frequent first."""

    audience: dict[str, int]
    source: dict[str, int]
    section: dict[str, int]
    language: dict[str, int]


@_documented
class Results(TypedDict):
    """The answer to one search."""

    q: str
    page: int
    per_page: int
    found: int
    """results in all: pages, or passages with ``group_by=none``"""
    found_relation: Literal["eq", "gte"]
    search_time_ms: float
    index_version: str
    answerable: bool
    """false: nothing in the index seems to answer the question; the closest passages follow"""
    corrections: list[Correction]
    expansions: list[OtherName]
    facets: Facets
    reviewed: dict[str, int]
    """results by the year of their page's review, newest first; "" where it is not known"""
    hits: list[Hit]


@_documented
class Suggestion(TypedDict):
    """One completion of what was typed."""

    text: str
    kind: Literal["title", "heading", "term"]
    highlights: list[Span]
    """what of the text the typed words match"""


@_documented
class Suggestions(TypedDict):
    """Completions of what was typed, best first."""

    q: str
    index_version: str
    suggestions: list[Suggestion]


@_documented
class PassageShown(TypedDict):
    """A passage as it stands on its page."""

    id: str
    title: str
    headings: list[str]
    text: str
    url: str
    path: str
    link: str
    position: int
    """of the passage on its page, from 0"""
    source: str
    audience: str
    section: str
    language: str
    reviewed: str | None
    updated: str | None
    review_due: str | None
    fetched_at: str
    content_hash: str


@_documented
class InContext(TypedDict):
    """A passage and its neighbours on the page, in reading order."""

    index_version: str
    passage: PassageShown
    before: list[PassageShown]
    after: list[PassageShown]


@_documented
class Health(TypedDict):
    """The process answers."""

    status: Literal["ok"]


@_documented
class Readiness(TypedDict):
    """The index that answers."""

    status: Literal["ready"]
    index_version: str
    created_at: str
    encoder: str
    pages: int
    passages: int


@_documented
class JobStarted(TypedDict):
    """A background run that was started, or that waits for its turn."""

    job_id: str
    state: str
    url: str


@_documented
class Job(TypedDict):
    """A run's record; its report, with more than is named here, when it has ended."""

    job_id: str
    state: Literal[
        "queued", "running", "published", "unchanged", "refused", "failed", "interrupted"
    ]


@_documented
class ErrorDetail(TypedDict):
    """What went wrong."""

    code: str
    """for programs"""
    message: str
    """for people"""
    field: str | None
    """the parameter at fault"""
    request_id: str


@_documented
class ErrorAnswer(TypedDict):
    """The answer of every request that failed."""

    error: ErrorDetail
