"""The operator's page: what is live, what ran, what needs a look, and buttons to act on it.

Off unless a token is set. Every button leads to a page that says what will happen; nothing is
changed before that is confirmed, and nothing ever by a GET.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from indexer.errors import BusyError, StoreError
from indexer.layout import DataFolder
from indexer.runs import start_run
from search import operator_actions as actions
from search import operator_facts as facts
from search import operator_records as records
from search import operator_token as tokens
from search import operator_words as words
from search.api import as_indexed
from search.engine import Engine
from search.errors import RequestError
from search.operator_charts import bars
from search.operator_confirm import Confirmation, Situation, confirmation
from search.results import web_address
from search.review import ReviewRule
from search.settings import SearchSettings

blueprint = Blueprint("operator", __name__)

Answer = str | tuple[str, int] | tuple[str, int, dict[str, str]] | AnyResponse

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    # With none at all browsers would not say where a form comes from.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_LONGEST_ADDRESS = 2000  # characters
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@blueprint.before_request
def _check() -> None:
    token = tokens.token_of(_settings().operator_token)
    if not tokens.holds(request.headers.get("Authorization", ""), token, basic=True):
        raise RequestError("unauthorized", "This page needs the operator's password.", status=401)
    if request.method == "POST":
        _check_form(token)


def _check_form(token: str) -> None:
    sent = request.headers
    from_here = tokens.is_same_origin(
        sent.get("Sec-Fetch-Site"), sent.get("Origin"), request.host
    ) and tokens.is_form_token(request.form.get("form", ""), token, time.time())
    if not from_here:
        message = "This form is too old, or it was not made by this page. Nothing was changed."
        raise RequestError("foreign_form", message, "form", status=403)


@blueprint.after_request
def _finish(response: Response) -> Response:
    response.headers.update(_HEADERS)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="operator", charset="UTF-8"'
    return response


@blueprint.errorhandler(RequestError)
def _refuse(error: RequestError) -> Answer:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return _page("operator_problem.html", error=error), error.status, headers


@blueprint.get("/operator", strict_slashes=False)
def overview() -> Answer:
    """Everything at a glance."""
    data = _data()
    builds, runs = records.builds(data), _runs()
    found, trouble = None, ""
    try:
        stored = records.stored(data)
        found = facts.states(stored)
    except StoreError as error:
        stored, trouble = records.Stored(), str(error)
    engine = _engine()
    answering = engine.index.version if engine else ""
    refused = current_app.extensions["live"].refused
    ended = [each for each in runs if not each.is_at_work]
    refusal = next((each for each in ended if each.state == "refused"), None)
    return _page(
        "operator.html",
        engine=engine,
        builds=builds,
        live=next((each for each in builds if each.is_live), None),
        rollback=facts.before_live(builds),
        runs=runs,
        at_work=[each for each in runs if each.is_at_work],
        refusal=refusal,
        refusal_is_last=refusal is not None and refusal is ended[0],
        gates=facts.refused(refusal.record["error"]) if refusal else [],
        states=found,
        stored=stored,
        trouble=trouble,
        links=next((each for each in ended if each.record.get("pages")), None),
        reviews=_reviews(engine),
        plan=actions.plan_status(data),
        looks=facts.to_look_at(answering, refused, builds, runs, found),
        **_gaps(),
    )


@blueprint.get("/operator/runs/<run_id>")
def run(run_id: str) -> Answer:
    """One run: its report, or how far it is."""
    record = records.run(_data(), run_id)
    if record is None:
        raise RequestError("run_not_found", "There is no such run.", "id", status=404)
    shown, was_published = facts.run_view(record), record.get("published")
    build_id = shown.record["build_id"] if was_published else ""
    return _page(
        "operator_run.html",
        run=shown,
        gates=facts.refused(shown.record["error"]) if shown.state == "refused" else [],
        difference=records.difference(_data(), build_id),
        times=bars(shown.record["seconds"]),
        said=records.said(_data(), shown.run_id) if shown.label.tone == "bad" else [],
        refreshes=shown.is_at_work and "still" not in request.args,
    )


@blueprint.get("/operator/plan")
def plan() -> Answer:
    """What a run would change, as it was worked out last."""
    status = actions.plan_status(_data())
    refreshes = status.state == "working" and "still" not in request.args
    return _page("operator_plan.html", plan=status, refreshes=refreshes)


@blueprint.get("/operator/confirm")
@blueprint.get("/operator/do")
def back() -> Answer:
    """Whoever comes to a form's address without its form."""
    return redirect(url_for("operator.overview"), HTTPStatus.SEE_OTHER)


@blueprint.post("/operator/confirm")
def confirm() -> Answer:
    """What a button is about to do."""
    action, asked = _asked()
    return _page("operator_confirm.html", action=action, asked=asked)


@blueprint.post("/operator/do")
def act() -> Answer:
    """Do what was confirmed, as it is now: what cannot be done any more is said again."""
    action, asked = _asked()
    if not asked.button or (asked.asks and request.form.get("sure") != "yes"):
        return _page("operator_confirm.html", action=action, asked=asked, unsure=bool(asked.button))
    try:
        if action == "plan":
            actions.start_plan(_data())
            return redirect(url_for("operator.plan"), HTTPStatus.SEE_OTHER)
        if action in {"publish", "force"}:
            run_id = start_run(_data(), force=action == "force")
            address = url_for("operator.run", run_id=run_id)
            return redirect(address, HTTPStatus.SEE_OTHER)
    except StoreError as error:
        status = HTTPStatus.CONFLICT if isinstance(error, BusyError) else 503
        raise RequestError("cannot_start", _plain(str(error)), status=status) from error
    outcome = actions.run_command(_data(), action, *asked.fields.values())
    return _page("operator_result.html", action=action, asked=asked, outcome=outcome)


def _asked() -> tuple[str, Confirmation]:
    """The action that a form asks for, and what it will do now."""
    action = request.form.get("action", "")
    given = {name: request.form.get(name, "")[:_LONGEST_ADDRESS] for name in ("url", "build")}
    given["url"] = as_indexed(_CONTROL.sub("", given["url"]))
    engine = _engine()
    counts = engine.index.passages_by_page() if engine else {}
    try:
        situation = Situation(
            records.builds(_data()),
            _runs(),
            records.stored(_data()),
            lambda url: counts.get(url, 0),
            datetime.now(UTC),
        )
    except StoreError as error:
        raise RequestError("store_error", _plain(str(error)), status=503) from error
    asked = confirmation(action, given, situation)
    if asked is None:
        raise RequestError("unknown_action", "There is no such button.", "action")
    return action, asked


def _runs() -> list[facts.RunView]:
    return [facts.run_view(each) for each in records.runs(_data())]


def _reviews(engine: Engine | None) -> facts.Reviews | None:
    if engine is None:
        return None
    rule = ReviewRule.now(_settings().review_months)
    first = engine.index.outline.first_rows().tolist()
    return facts.reviews(map(engine.index.passages.__getitem__, first), engine.withdrawn, rule)


def _gaps() -> dict[str, Any]:
    log = current_app.extensions["gaps"]
    if log is None:
        return {"gaps": None}
    try:
        return {"gaps": log.report()}
    except StoreError as error:
        return {"gaps": None, "gaps_error": _plain(str(error))}


def _page(template: str, **shown: Any) -> str:
    setting = _settings().operator_token
    return render_template(
        template,
        site_name=_settings().site_name,
        review_months=_settings().review_months,
        now=datetime.now(UTC),
        words=words,
        web_address=web_address,
        plain=_plain,
        form=tokens.form_token(setting.get_secret_value(), time.time()) if setting else "",
        **shown,
    )


def _plain(text: str) -> str:
    """A message without paths of files, which say nothing to its reader."""
    root = str(_settings().data)
    if "/" not in root:
        root += "/"  # "data" alone is a word
    return re.sub(rf"(?<!\S){re.escape(root)}[^\s:;,)]*", "the data folder", text)


def _engine() -> Engine | None:
    engine: Engine | None = g.engine
    return engine


def _data() -> DataFolder:
    return _settings().folder


def _settings() -> SearchSettings:
    settings: SearchSettings = current_app.extensions["settings"]
    return settings
