"""The pages for people: plain HTML that works with scripts off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from indexer.judgments import LONGEST_QUESTION
from search import refine
from search.api import answer, engine, passage_in_context
from search.citation import in_words
from search.request import parse
from search.review import ReviewRule
from search.view import hit_view, passage_view

blueprint = Blueprint("pages", __name__)
blueprint.add_app_template_filter(in_words)

_SHORT_NAME = 16  # characters that OpenSearch leaves for a name


@blueprint.get("/")
def search() -> str:
    """The search page, with results when a question is asked."""
    if not request.args.get("q", "").strip():
        return render_template("search.html", index=engine().index, q="", **common())
    asked = parse(request.args)
    results = answer(asked)
    rule = _review_rule()
    return render_template(
        "results.html",
        q=asked.q,
        results=results,
        hits=[
            hit_view(hit, request.url_root, rule, is_first=asked.page == 1 and not number)
            for number, hit in enumerate(results["hits"])
        ],
        understood=refine.understood(asked, results),
        filters=refine.filters(asked, results),
        pages=refine.pages(asked, results),
        more=None if asked.url else refine.address,
        here=refine.here(),
        **common(),
    )


@blueprint.get("/passages/<passage_id>")
def passage(passage_id: str) -> str:
    """A passage between the ones before and after it on its page."""
    found = passage_in_context(passage_id)
    q = " ".join(request.args.get("q", "").split())[:LONGEST_QUESTION]
    return render_template(
        "passage.html",
        q=q,
        here=passage_view(found["passage"], _review_rule()),
        before=[passage_view(each) for each in found["before"]],
        after=[passage_view(each) for each in found["after"]],
        back=refine.address(page=request.args.get("page")) if q else None,
        **common(),
    )


@blueprint.get("/opensearch.xml")
def opensearch() -> Response:
    """What a browser needs to offer this search in its address bar."""
    name = current_app.extensions["settings"].site_name
    body = render_template(
        "opensearch.xml", name=name, short_name=name[:_SHORT_NAME].strip(), root=request.url_root
    )
    return Response(body, mimetype="application/opensearchdescription+xml")


def common() -> dict[str, Any]:
    """What every page shows."""
    settings = current_app.extensions["settings"]
    return {
        "site_name": settings.site_name,
        "helpline": settings.helpline,
        "examples": settings.examples,
        "staying": refine.staying(),
        "counts_gaps": settings.gaps,
    }


def _review_rule() -> ReviewRule:
    return ReviewRule.now(current_app.extensions["settings"].review_months)
