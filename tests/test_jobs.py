"""The operator's routes: closed without a token, and what they answer with one."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from indexer.errors import StoreError
from indexer.layout import DataFolder
from indexer.report import RunReport
from search.app import create_app
from tests.fakes import passage
from tests.search_index import by_words, settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from search.engine import Engine

TOKEN = "planted-token-of-the-operator"
JOB = "20240102T030405.000000Z-00a1"
OTHER = "20240102T030406.000000Z-00a2"
SENT = {"Authorization": f"Bearer {TOKEN}"}
ROUTES = [("POST", "/api/v1/reindex"), ("GET", f"/api/v1/jobs/{JOB}")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return by_words(tmp_path_factory.mktemp("jobs"), [passage("A dose")])


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The data folders in which a run was started; none is."""
    found: list[Path] = []

    def start(data: DataFolder) -> str:
        found.append(data.root)
        return JOB

    monkeypatch.setattr("search.jobs.start_run", start)
    return found


@pytest.fixture
def client(data: DataFolder, engine: Engine, started: list[Path]) -> FlaskClient:
    assert started == []
    made = settings(data=data.root, operator_token=SecretStr(TOKEN))
    return create_app(made, engine).test_client()


@pytest.fixture
def closed(data: DataFolder, engine: Engine, started: list[Path]) -> FlaskClient:
    assert started == []
    return create_app(settings(data=data.root), engine).test_client()


def put(data: DataFolder, state: str, **more: Any) -> None:
    report = RunReport(JOB, ["clinic"], state=state, **more)
    (data.runs / f"{JOB}.json").write_text(report.json(), encoding="utf-8")


def refused(answer: TestResponse, status: int, code: str, field: str | None = None) -> str:
    """The message of an error in the one shape of all errors."""
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    body = answer.get_json()
    assert set(body) == {"error"}
    message = body["error"].pop("message")
    assert body["error"] == {
        "code": code,
        "field": field,
        "request_id": answer.headers["X-Request-Id"],
    }
    assert TOKEN not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return str(message)


@pytest.mark.parametrize("headers", [{}, SENT], ids=["without", "with"])
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_the_routes_are_off_unless_a_token_is_set(
    closed: FlaskClient,
    data: DataFolder,
    started: list[Path],
    *,
    method: str,
    path: str,
    headers: dict[str, str],
) -> None:
    put(data, "published")
    answer = closed.open(path, method=method, headers=headers)
    assert refused(answer, 404, "not_enabled") == (
        "the operator's routes are off; set NET_OPERATOR_TOKEN to open them"
    )
    assert "WWW-Authenticate" not in answer.headers
    assert started == []


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer wrong-gu\u00e9ss",
    ],
)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_without_the_token_gets_in(
    client: FlaskClient,
    data: DataFolder,
    started: list[Path],
    *,
    given: str | None,
    method: str,
    path: str,
) -> None:
    put(data, "published")
    headers = {} if given is None else {"Authorization": given}
    answer = client.open(path, method=method, headers=headers)
    message = refused(answer, 401, "unauthorized")
    assert message == "send the token as Authorization: Bearer …"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="operator"'
    assert "wrong-gu" not in answer.text
    assert started == []


def test_a_run_is_started_and_named(client: FlaskClient, data: DataFolder, started: Any) -> None:
    answer = client.post("/api/v1/reindex", headers=SENT)
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{JOB}"
    assert answer.get_json() == {
        "job_id": JOB,
        "state": "queued",
        "url": f"/api/v1/jobs/{JOB}",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert started == [data.root]
    assert TOKEN not in answer.text


def test_the_scheme_may_be_written_in_any_case(client: FlaskClient, started: list[Path]) -> None:
    headers = {"Authorization": f"bEARER {TOKEN}"}
    assert client.post("/api/v1/reindex", headers=headers).status_code == 202
    assert len(started) == 1


def test_a_run_is_not_started_by_looking(client: FlaskClient, started: list[Path]) -> None:
    answer = client.get("/api/v1/reindex", headers=SENT)
    refused(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert client.post(f"/api/v1/jobs/{JOB}", headers=SENT).status_code == 405
    assert started == []


def test_a_data_folder_that_cannot_be_written_is_no_started_run(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: DataFolder) -> str:
        raise StoreError("planted words")

    monkeypatch.setattr("search.jobs.start_run", fail)
    answer = client.post("/api/v1/reindex", headers=SENT)
    refused(answer, 503, "cannot_start")
    assert "planted words" in answer.text


def test_a_job_is_its_run_s_record(client: FlaskClient, data: DataFolder) -> None:
    put(data, "published", pages=3, build_id="20240102T030405Z-00c0ffee")
    answer = client.get(f"/api/v1/jobs/{JOB}", headers=SENT)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    assert body == {
        "job_id": JOB,
        **RunReport(
            JOB, ["clinic"], state="published", pages=3, build_id="20240102T030405Z-00c0ffee"
        ).as_object(),
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("state", ["published", "unchanged", "refused", "failed"])
def test_how_a_job_ended(client: FlaskClient, data: DataFolder, state: str) -> None:
    put(data, state, error="words")
    body = client.get(f"/api/v1/jobs/{JOB}", headers=SENT).get_json()
    assert (body["job_id"], body["state"], body["error"]) == (JOB, state, "words")


def test_a_job_at_work_and_one_that_was_killed(client: FlaskClient, data: DataFolder) -> None:
    put(data, "running", stage="embed", done=5, total=10)
    with (data.runs / f"{JOB}.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        body = client.get(f"/api/v1/jobs/{JOB}", headers=SENT).get_json()
        assert [body[name] for name in ("state", "stage", "done", "total")] == [
            *("running", "embed", 5, 10)
        ]
    body = client.get(f"/api/v1/jobs/{JOB}", headers=SENT).get_json()
    assert (body["state"], body["stage"]) == ("interrupted", "embed")
    assert body["error"].startswith("its process ended before it was done")


def test_a_job_that_waits(client: FlaskClient, data: DataFolder) -> None:
    put(data, "queued", heartbeat=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    body = client.get(f"/api/v1/jobs/{JOB}", headers=SENT).get_json()
    assert body["state"] == "queued"


@pytest.mark.parametrize("name", [OTHER, "x", "..", JOB[:-1], f"{JOB}.json"])
def test_a_job_that_is_not_known(client: FlaskClient, data: DataFolder, name: str) -> None:
    put(data, "published")
    (data.root / "x.json").write_text('{"state": "published"}')
    answer = client.get(f"/api/v1/jobs/{name}", headers=SENT)
    assert refused(answer, 404, "job_not_found", "id") == f"no run {name!r} is known here"


@pytest.mark.parametrize("name", ["../x", "%2e%2e%2fx", "%2e%2e/x"])
def test_a_name_with_a_path_in_it_leads_to_no_file(
    client: FlaskClient, data: DataFolder, name: str
) -> None:
    (data.root / "x.json").write_text('{"state": "planted"}')
    answer = client.get(f"/api/v1/jobs/{name}", headers=SENT)
    refused(answer, 404, "not_found")
    assert "planted" not in answer.text


def test_a_long_name_is_not_sent_back_whole(client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/jobs/{'x' * 500}", headers=SENT)
    assert refused(answer, 404, "job_not_found", "id") == f"no run {'x' * 40!r} is known here"


def test_jobs_can_be_followed_before_anything_was_published(
    data: DataFolder, started: list[Path]
) -> None:
    made = settings(data=data.root, operator_token=SecretStr(TOKEN))
    app = create_app(made)
    try:
        client = app.test_client()
        assert client.get("/readyz").status_code == 503
        assert client.post("/api/v1/reindex", headers=SENT).status_code == 202
        put(data, "failed", error="no index")
        body = client.get(f"/api/v1/jobs/{JOB}", headers=SENT).get_json()
        assert (body["state"], body["error"]) == ("failed", "no index")
        assert started == [data.root]
    finally:
        app.extensions["live"].stop()


def test_the_token_opens_nothing_else(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").status_code == 200
