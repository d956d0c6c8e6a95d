"""The operator's routes: start a run, as a CMS does when a page was published, and follow it.

Off unless a token is set. A run is a process of its own that goes on when the service stops.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify, request

from indexer.errors import StoreError
from indexer.runs import read_run, start_run
from search.errors import RequestError
from search.openapi import Operation, documented
from search.operator_token import holds, token_of
from search.schema import Job, JobStarted
from search.settings import SearchSettings

blueprint = Blueprint("jobs", __name__)


@blueprint.before_request
def _check_token() -> None:
    token = token_of(_settings().operator_token)
    # As a bearer's only: what browsers send by themselves another site could make them send here.
    if not holds(request.headers.get("Authorization", ""), token):
        raise RequestError("unauthorized", "send the token as Authorization: Bearer …", status=401)


@blueprint.after_request
def _ask_for_token(response: Response) -> Response:
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="operator"'
    return response


@blueprint.post("/api/v1/reindex")
@documented(
    Operation(
        JobStarted,
        status=202,
        errors=(401, 404),
        secured=True,
        leads_to=("jobs_job", "job_id", "$response.body#/job_id"),
    )
)
def reindex() -> tuple[Response, int, dict[str, str]]:
    """Start a run of all that the live index holds, or name the one that waits for its turn."""
    try:
        run_id = start_run(_settings().folder)
    except StoreError as error:
        raise RequestError("cannot_start", str(error), status=503, retry_after=60) from error
    address = f"/api/v1/jobs/{run_id}"
    body = jsonify(JobStarted(job_id=run_id, state="queued", url=address))
    return body, HTTPStatus.ACCEPTED, {"Location": address}


@blueprint.get("/api/v1/jobs/<job_id>")
@documented(Operation(Job, errors=(401, 404), secured=True))
def job(job_id: str) -> Response:
    """What a run is doing and how far it is, or how it ended: its report."""
    record = read_run(_settings().folder, job_id)
    if record is None:
        raise RequestError("job_not_found", f"no run {job_id[:40]!r} is known here", "id", 404)
    return jsonify({"job_id": job_id, **record})


def _settings() -> SearchSettings:
    settings: SearchSettings = current_app.extensions["settings"]
    return settings
