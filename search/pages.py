"""The search page: plain HTML that works with scripts off."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request

from search.api import answer, engine
from search.request import SearchRequest, parse
from search.schema import FacetName, Results
from search.view import hit_view

blueprint = Blueprint("pages", __name__)

_FILTERS: dict[FacetName, str] = {"section": "Section", "audience": "Written for", "source": "Site"}
_KEPT = (
    "q", "per_page", "mode", "expand", "correct", "group_by",
    "audience", "source", "section", "reviewed_after",
)  # fmt: skip


@blueprint.get("/")
def search() -> str:
    """The search page, with results when a question is asked."""
    if not request.args.get("q", "").strip():
        index = engine().index
        return render_template("search.html", index=index, q="", **common())
    asked = parse(request.args)
    results = answer(asked)
    return render_template(
        "results.html",
        q=asked.q,
        results=results,
        hits=[
            hit_view(hit, is_first=asked.page == 1 and not number)
            for number, hit in enumerate(results["hits"])
        ],
        understood=_understood(asked, results),
        filters=_filters(asked, results),
        pages=_pages(asked, results),
        all_passages=None if asked.group_by == "none" else _address(group_by="none", page=None),
        **common(),
    )


def common() -> dict[str, Any]:
    """What every page shows."""
    settings = current_app.extensions["settings"]
    return {
        "site_name": settings.site_name,
        "helpline": settings.helpline,
        "examples": settings.examples,
    }


def _understood(asked: SearchRequest, results: Results) -> dict[str, Any]:
    """What was corrected and looked for besides, and the address of the other way to search."""
    as_written = not (asked.expand and asked.correct)
    names: dict[str, list[str]] = {}
    for each in results["expansions"]:
        names.setdefault(each["from"], []).append(each["to"])
    other = (
        {"expand": None, "correct": None} if as_written else {"expand": "false", "correct": "false"}
    )
    return {
        "corrections": results["corrections"],
        "expansions": [{"from": name, "names": found} for name, found in names.items()],
        "as_written": as_written,
        "other": _address(**other, page=None),
    }


def _filters(asked: SearchRequest, results: Results) -> list[dict[str, Any]]:
    """Each filter that is set or would divide the results, with links that set or lift it."""
    shown = []
    for name, label in _FILTERS.items():
        chosen = getattr(asked, name)
        counts = results["facets"][name]
        if chosen or len(counts) > 1:
            values = [
                {
                    "name": value.replace("-", " ") or "other",
                    "count": count,
                    "link": _address(**{name: value, "page": None}),
                }
                for value, count in counts.items()
                if value and value != chosen
            ]
            lift = {
                "name": chosen.replace("-", " "),
                "link": _address(**{name: None, "page": None}),
            }
            shown.append({"label": label, "chosen": lift if chosen else None, "values": values})
    return shown


def _pages(asked: SearchRequest, results: Results) -> dict[str, Any]:
    last = max(1, -(-results["found"] // asked.per_page))
    return {
        "number": asked.page,
        "last": last,
        "first_hit": (asked.page - 1) * asked.per_page + 1,
        "before": _address(page=asked.page - 1) if asked.page > 1 else None,
        "after": _address(page=asked.page + 1) if asked.page < last else None,
    }


def _address(**changed: Any) -> str:
    """The address of this search with some parameters changed, or taken out where None."""
    given = {name: request.args[name] for name in _KEPT if request.args.get(name)}
    given.update(changed)
    return "/?" + urlencode({name: value for name, value in given.items() if value is not None})


@blueprint.app_template_filter("in_words")
def in_words(iso: str) -> str:
    """A date as a reader writes it: 3 June 2026."""
    day = date.fromisoformat(iso)
    return f"{day.day} {day:%B %Y}"
