"""Links of the search page that change the search: filters, pages of results, other readings."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, TypedDict
from urllib.parse import urlencode

from flask import request

from search.citation import in_words
from search.request import SearchRequest
from search.schema import FacetName, Results

_FILTERS: dict[FacetName, str] = {
    "section": "Section",
    "audience": "Written for",
    "source": "Site",
    "language": "Language",
}
# Of the languages that health services in Australia translate for most.
_LANGUAGES = {
    "ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fa": "Persian", "fr": "French", "hi": "Hindi", "it": "Italian", "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch", "pa": "Punjabi", "pl": "Polish", "ru": "Russian", "tl": "Filipino",
    "tr": "Turkish", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
_MOST_YEARS = 5
# What a new question keeps, and what belongs to the question that was asked.
STAYING = ("per_page", "mode", "audience", "source", "section", "language", "reviewed_after")
_OF_THE_QUESTION = ("q", "expand", "correct", "group_by", "url")


class Choice(TypedDict):
    """One value of a filter and where it leads; ``count`` is None for the one that is set."""

    name: str
    count: int | None
    link: str


class Filter(TypedDict):
    """A filter that is set or would divide the results."""

    name: str
    label: str
    chosen: Choice | None  # its link lifts the filter
    values: list[Choice]


def address(**changed: Any) -> str:
    """The address of this search with some parameters changed, or taken out where None."""
    given = {**here(), "page": None, **changed}
    return "/?" + urlencode({name: value for name, value in given.items() if value is not None})


def here() -> dict[str, str]:
    """All parameters of this search, with its page of results."""
    names = (*_OF_THE_QUESTION, *STAYING, "page")
    return {name: request.args[name] for name in names if _is_given(name)}


def staying() -> dict[str, str]:
    """The parameters that a new question keeps."""
    return {name: request.args[name] for name in STAYING if _is_given(name)}


def filters(asked: SearchRequest, results: Results) -> list[Filter]:
    """Each filter that is set or would divide the results, with links that set or lift it."""
    shown = []
    for name, label in _FILTERS.items():
        chosen = getattr(asked, name)
        counts = results["facets"][name]
        if chosen or len(counts) > 1:
            values = [
                _choice(_in_words(name, value), count, {name: value})
                for value, count in counts.items()
                if value and value != chosen
            ]
            lift = _choice(_in_words(name, chosen), None, {name: None}) if chosen else None
            shown.append(Filter(name=name, label=label, chosen=lift, values=values))
    return [*shown, *_reviewed(asked, results), *_one_page(asked, results)]


def _in_words(name: FacetName, value: str) -> str:
    return _LANGUAGES.get(value, value) if name == "language" else value.replace("-", " ")


def _reviewed(asked: SearchRequest, results: Results) -> list[Filter]:
    """Reviewed since the beginning of a year: the counts of later years are in it."""
    since, counts = asked.reviewed_after, results["reviewed"]
    if not since and len(counts) < 2:  # noqa: PLR2004 - one year divides nothing
        return []
    years = [year for year in counts if year and not (since and year <= str(since.year))]
    sums = dict(zip(years, accumulate(counts[year] for year in years), strict=True))
    values = [
        _choice(year, sums[year], {"reviewed_after": f"{year}-01-01"})
        for year in years[:_MOST_YEARS]
        if sums[year] < results["found"]
    ]
    if not since and not values:
        return []
    lift = None
    if since:
        first_day = (since.month, since.day) == (1, 1)
        name = str(since.year) if first_day else in_words(since.isoformat())
        lift = _choice(name, None, {"reviewed_after": None})
    return [Filter(name="reviewed", label="Reviewed since", chosen=lift, values=values)]


def _one_page(asked: SearchRequest, results: Results) -> list[Filter]:
    if not asked.url:
        return []
    name = next((hit["title"] for hit in results["hits"] if hit["title"]), asked.url)
    lift = _choice(name, None, {"url": None, "group_by": None})
    return [Filter(name="url", label="One page", chosen=lift, values=[])]


def _choice(name: str, count: int | None, changed: dict[str, str | None]) -> Choice:
    return Choice(name=name or "other", count=count, link=address(**changed))


def understood(asked: SearchRequest, results: Results) -> dict[str, Any]:
    """What was corrected and looked for besides, each with the address that undoes it."""
    names: dict[str, list[str]] = {}
    for each in results["expansions"]:
        names.setdefault(each["from"], []).append(each["to"])
    undone = not (asked.expand and asked.correct)
    return {
        "corrections": results["corrections"],
        "uncorrected": address(correct="false"),
        "expansions": [{"from": name, "names": found} for name, found in names.items()],
        "unexpanded": address(expand="false"),
        "again": address(expand=None, correct=None) if undone else None,
    }


def pages(asked: SearchRequest, results: Results) -> dict[str, Any]:
    """Where this page of results stands, and the addresses of those beside it."""
    last = max(1, -(-results["found"] // asked.per_page))
    return {
        "number": asked.page,
        "last": last,
        "first_hit": (asked.page - 1) * asked.per_page + 1,
        "before": address(page=asked.page - 1) if asked.page > 1 else None,
        "after": address(page=asked.page + 1) if asked.page < last else None,
    }


def _is_given(name: str) -> bool:
    return bool(request.args.get(name))
