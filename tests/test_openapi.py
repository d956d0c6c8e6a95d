"""The API's description: valid, whole, and true of what the service takes and gives."""

from __future__ import annotations

import copy
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from flask import Blueprint
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from pydantic import SecretStr

from indexer.report import RunReport
from search.app import create_app
from search.engine import Engine
from search.errors import RequestError
from search.openapi import Operation, describe, documented
from search.request import SearchRequest, parse, parse_suggest
from search.schema import Health
from tests.fakes import passage
from tests.search_index import COSINE_OVER_HALF, by_angle, by_words, entry, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from flask.testing import FlaskClient
    from pydantic import BaseModel
    from werkzeug.test import TestResponse

    from indexer.layout import DataFolder
    from search.retrieve import Scores

TOKEN = "planted-token-of-the-operator"
SENT = {"Authorization": f"Bearer {TOKEN}"}
JOB = "20240102T030405.000000Z-00a1"
PARSERS: dict[str, Callable[[Mapping[str, str]], BaseModel]] = {
    "/api/v1/search": parse,
    "/api/v1/suggest": parse_suggest,
}
FORMATS = FormatChecker(["date"])


class FakeReranker:
    """Gives each text the same."""

    name = "fake"

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        assert question
        return np.ones(len(texts))


def _engine(folder: Path, **changes: Any) -> Engine:
    found = [
        passage(
            f"Care at home, number {row}" if row else "Octreotide for palliative care",
            id=f"{row:04x}",
            url=f"/site/{row // 2}/",
            link=f"/site/{row // 2}/#part",
            title="Injections",
            headings=["Injections", f"Part {row}"],
            position=row % 2,
            reviewed="2024-06-01" if row % 2 else None,
        )
        for row in range(6)
    ]
    # A page that says the same, for ``also_on``.
    found += [passage(found[0].text, id="ffff", url="/site/9/", title="Injections, printed")]
    found += [passage(f"Of another thing {row}", url=f"/site/1{row}/") for row in range(8)]
    return by_words(folder, found, None, [entry("Sandostatin", "octreotide")], **changes)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return _engine(tmp_path_factory.mktemp("openapi"))


@pytest.fixture(scope="module")
def client(engine: Engine) -> FlaskClient:
    return create_app(settings(), engine).test_client()


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: dict[str, Any] = answer.get_json()
    return found


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    validate(document, cls=OpenAPIV31SpecValidator)


def test_every_route_of_the_api_is_in_it(client: FlaskClient, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<(.+?)>", r"{\1}", rule.rule), method.lower())
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/") or rule.rule in {"/healthz", "/readyz", "/metrics"}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    found = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert routes <= found
    assert ("/api/v1/passages/{passage_id}", "get") in routes


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All operations by their ids."""
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for operation in methods.values()
    }


def test_every_operation_says_what_it_is(document: dict[str, Any]) -> None:
    operations = _operations(document)
    assert len(operations) == sum(len(methods) for methods in document["paths"].values())
    for operation in operations.values():
        assert operation["summary"]
        assert all(each["description"] for each in operation["responses"].values())
        for parameter in operation["parameters"]:
            assert parameter["in"] == "path" or parameter["description"]


def test_a_link_leads_to_an_operation_by_its_parameter(document: dict[str, Any]) -> None:
    operations = _operations(document)
    links = [
        link
        for operation in operations.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert len(links) >= 2
    for link in links:
        taken = {each["name"] for each in operations[link["operationId"]]["parameters"]}
        assert set(link["parameters"]) <= taken


def test_only_the_operator_s_routes_ask_for_the_token(document: dict[str, Any]) -> None:
    secured = {name for name, each in _operations(document).items() if "security" in each}
    assert secured == {"jobs_reindex", "jobs_job"}
    [scheme] = document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_what_the_code_says_of_a_field_is_in_it(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Hit"]["properties"]["text"]["description"] == "plain text, never HTML"
    assert schemas["ErrorDetail"]["properties"]["code"]["description"] == "for programs"
    assert schemas["Results"]["properties"]["found_relation"]["enum"] == ["eq", "gte"]


def test_a_new_route_describes_itself(engine: Engine) -> None:
    app = create_app(settings(), engine)
    more = Blueprint("more", __name__)

    @more.get("/api/v1/more/<int:number>/of/<name>")
    @documented(Operation(Health, errors=(404,), conditional=True))
    def new(number: int, name: str) -> str:
        """More of it.

        Told at length.
        """
        return f"{number}{name}"

    @more.get("/api/v1/hidden")
    def hidden() -> str:
        return ""

    app.register_blueprint(more)
    found = describe(app)
    validate(found, cls=OpenAPIV31SpecValidator)
    assert "/api/v1/hidden" not in found["paths"]
    operation = found["paths"]["/api/v1/more/{number}/of/{name}"]["get"]
    assert (operation["summary"], operation["description"]) == ("More of it", "Told at length.")
    assert [each["name"] for each in operation["parameters"]] == ["name", "number"]
    assert {"200", "304", "404"} <= set(operation["responses"])


# Parameters: what the description allows is taken, and nothing else


def _schemas(document: dict[str, Any], path: str) -> dict[str, dict[str, Any]]:
    parameters = document["paths"][path]["get"]["parameters"]
    return {each["name"]: each["schema"] for each in parameters}


def _allowed(schema: dict[str, Any], value: object) -> bool:
    return bool(Draft202012Validator(schema, format_checker=FORMATS).is_valid(value))


def _taken(path: str, name: str, value: object) -> bool:
    written = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        PARSERS[path]({"q": "octreotide", name: written})
    except RequestError:
        return False
    return True


def _values(schema: dict[str, Any]) -> list[object]:
    """Values at and beyond each limit of a parameter, of its own type."""
    kind = schema.get("anyOf", [schema])[0]
    if kind["type"] == "integer":
        ends = (kind["minimum"], kind["maximum"])
        return ["", 0, -1, 10**9, 10**30, *(end + step for end in ends for step in (-1, 0, 1))]
    if kind["type"] == "boolean":
        return ["", True, False, "yes", "no", "on", "1", "0", "t", " true", "truee"]
    if kind.get("format") == "date":
        return [
            *("", "2024-02-29", "2023-02-29", "2024-13-01", "2024-00-01", "2024-1-1", "20240101"),
            *("0001-01-01", "0000-01-01", "9999-12-31", "10000-01-01", "2024-W01-1", "today"),
            *(" 2024-01-01", "2024-01-01T00:00:00", "\uff12024-01-01", "-001-01-01", "0"),
        ]
    if "enum" in kind:
        return [*kind["enum"], *(str(each).upper() for each in kind["enum"] if each), "x", " "]
    longest = kind["maxLength"]
    return [
        *("", " ", "a", " a ", "\t\r\n", "\ta\n", "a\x00", "\x0b", "\x1b[31m", "\x1f", "\x7f"),
        *("\x80", "\x9f", "\xa0", "\xa0a", "\u2028", "\u3000", "\u200b", "\ufeff", "👩🏽‍⚕️", "<b>"),
        *("x" * (longest + step) for step in (-1, 0, 1)),
        *(" " * (longest + step) for step in (-1, 0, 1)),
        *("👩" * (longest + step) for step in (0, 1)),
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [("/api/v1/search", name) for name in SearchRequest.model_fields]
    + [("/api/v1/suggest", name) for name in ("q", "limit")],
)
def test_limits_are_those_that_count(document: dict[str, Any], path: str, name: str) -> None:
    schema = _schemas(document, path)[name]
    verdicts = {repr(each): _allowed(schema, each) for each in _values(schema)}
    assert verdicts == {repr(each): _taken(path, name, each) for each in _values(schema)}
    assert True in verdicts.values()
    if name not in {"audience", "source", "section", "language"}:
        assert False in verdicts.values()


@given(st.data())
def test_any_value_of_its_type_is_taken_when_it_is_allowed(
    document: dict[str, Any], data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(PARSERS)))
    name, schema = data.draw(st.sampled_from(sorted(_schemas(document, path).items())))
    kind = schema.get("anyOf", [schema])[0]
    control = st.text(st.characters(codec="utf-8", max_codepoint=0xA0), max_size=8)
    values: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers() | st.integers(-2, 1100),
        "boolean": st.booleans(),
        "string": st.text(st.characters(codec="utf-8"), max_size=30) | control,
    }
    strategy = values[kind["type"]]
    if kind.get("format") == "date":
        strategy |= st.dates().map(date.isoformat)
    value = data.draw(strategy)
    assert _taken(path, name, value) == _allowed(schema, value)


@pytest.mark.parametrize("path", sorted(PARSERS))
def test_what_may_be_left_out_and_what_it_is_then(document: dict[str, Any], path: str) -> None:
    left_out = PARSERS[path]({"q": "octreotide"})
    for parameter in document["paths"][path]["get"]["parameters"]:
        assert parameter["required"] == (parameter["name"] == "q")
        if not parameter["required"]:
            assert parameter["schema"].get("default") == getattr(left_out, parameter["name"])
    with pytest.raises(RequestError):
        PARSERS[path]({})


# Answers


def _check(document: dict[str, Any], operation: str, answer: TestResponse) -> Any:
    """The body of an answer that is as it is described, with nothing that is not."""
    strict = copy.deepcopy(document)
    for name, schema in strict["components"]["schemas"].items():
        if "properties" in schema and name != "Job":  # whose report says more
            schema["additionalProperties"] = False
    described = _operations(strict)[operation]["responses"][str(answer.status_code)]
    schema = described["content"][answer.mimetype]["schema"]
    whole = {**schema, "components": strict["components"]}
    Draft202012Validator(whole, format_checker=FORMATS).validate(answer.get_json())
    missing = [name for name in described["headers"] if name not in answer.headers]
    assert set(missing) <= ({"Retry-After"} if answer.status_code == 503 else set())
    return answer.get_json()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"mode": "semantic"},
        {"mode": "keyword"},
        {"group_by": "none", "per_page": "50"},
        {"page": "1000"},
        {"audience": "nobody"},
        {"reviewed_after": "2024-01-01", "expand": "false", "correct": "false"},
    ],
)
@pytest.mark.parametrize("q", ["octreotide", "pallitive Sandostatin", "zebra", '"care"', "👩🏽‍⚕️"])
def test_a_search_is_as_described(
    client: FlaskClient, document: dict[str, Any], q: str, parameters: dict[str, str]
) -> None:
    answer = client.get("/api/v1/search", query_string={"q": q, **parameters})
    assert answer.status_code == 200
    _check(document, "api_search", answer)


def test_what_a_search_seldom_has_is_as_described(
    client: FlaskClient, document: dict[str, Any], engine: Engine, tmp_path: Path
) -> None:
    found = _check(document, "api_search", client.get("/api/v1/search?q=pallitive+Sandostatin"))
    assert found["corrections"]
    assert found["expansions"]
    assert [hit for hit in found["hits"] if hit["also_on"]]
    assert {kind for hit in found["hits"] for kind in [m["kind"] for m in hit["highlights"]]} == {
        *("exact", "synonym"),
    }
    reranked = Engine(engine.index, engine.encoder, settings(), FakeReranker())
    theirs = create_app(settings(), reranked).test_client()
    found = _check(document, "api_search", theirs.get("/api/v1/search?q=octreotide"))
    assert found["hits"][0]["why"]["reranker"] == 1.0
    made = {"answerability": COSINE_OVER_HALF}
    far = by_angle(tmp_path, [(passage("The dose"), 0)], {"far": 75}, made)
    theirs = create_app(settings(), far).test_client()
    found = _check(document, "api_search", theirs.get("/api/v1/search?q=far"))
    assert (found["answerable"], len(found["hits"])) == (False, 1)


@pytest.mark.parametrize("q", ["inj", "octre", "pallative", "zzzz", "", "a b c "])
def test_suggestions_are_as_described(
    client: FlaskClient, document: dict[str, Any], q: str
) -> None:
    answer = client.get("/api/v1/suggest", query_string={"q": q})
    found = _check(document, "api_suggest", answer)
    assert bool(found["suggestions"]) == (q in {"inj", "octre"})
    assert all(each["highlights"] for each in found["suggestions"])


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("api_passage", "/api/v1/passages/0000"),
        ("api_passage", "/api/v1/passages/0001"),
        ("api_healthz", "/healthz"),
        ("api_readyz", "/readyz"),
    ],
)
def test_other_answers_are_as_described(
    client: FlaskClient, document: dict[str, Any], operation: str, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    _check(document, operation, answer)


def test_metrics_are_plain_text(client: FlaskClient, document: dict[str, Any]) -> None:
    described = _operations(document)["metrics_metrics"]["responses"]["200"]
    assert list(described["content"]) == [client.get("/metrics").mimetype]


@pytest.mark.parametrize(
    ("operation", "path", "status"),
    [
        ("api_search", "/api/v1/search", 400),
        ("api_search", "/api/v1/search?q=dose&page=0", 400),
        ("api_suggest", "/api/v1/suggest?q=dose&limit=x", 400),
        ("api_passage", "/api/v1/passages/none", 404),
        ("jobs_job", f"/api/v1/jobs/{JOB}", 404),
    ],
)
def test_an_error_is_as_described(
    client: FlaskClient, document: dict[str, Any], operation: str, path: str, status: int
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    _check(document, operation, answer)


def test_an_error_of_the_service_is_as_described(document: dict[str, Any], tmp_path: Path) -> None:
    app = create_app(settings(data=tmp_path, rate_limit=1), watch=False)
    client = app.test_client()
    visitor = {"REMOTE_ADDR": "203.0.113.7"}
    for status in (503, 429):
        answer = client.get("/api/v1/search?q=dose", environ_base=visitor)
        assert answer.status_code == status
        _check(document, "api_search", answer)
    large = client.get("/readyz", environ_overrides={"CONTENT_LENGTH": "100000"})
    assert large.status_code == 413
    _check(document, "api_readyz", large)
    method = client.delete("/readyz")
    assert method.status_code == 405
    _check(document, "api_readyz", method)


def test_what_still_holds_is_as_described(client: FlaskClient, document: dict[str, Any]) -> None:
    for name, path in (
        ("api_search", "/api/v1/search?q=octreotide"),
        ("api_suggest", "/api/v1/suggest?q=inj"),
        ("api_passage", "/api/v1/passages/0000"),
    ):
        tag = client.get(path).headers["ETag"]
        answer = client.get(path, headers={"If-None-Match": tag})
        described = _operations(document)[name]["responses"][str(answer.status_code)]
        assert answer.status_code == 304
        assert "content" not in described
        assert set(described["headers"]) <= set(answer.headers.keys())


@pytest.mark.parametrize("state", ["published", "unchanged", "refused", "failed", "running"])
def test_a_job_is_as_described(
    engine: Engine, document: dict[str, Any], data: DataFolder, state: str
) -> None:
    # One that is at work and has no process was interrupted.
    report = RunReport(JOB, ["clinic"], state=state, stage="embed", error="words")
    (data.runs / f"{JOB}.json").write_text(report.json(), encoding="utf-8")
    app = create_app(settings(data=data.root, operator_token=SecretStr(TOKEN)), engine)
    answer = app.test_client().get(f"/api/v1/jobs/{JOB}", headers=SENT)
    assert answer.status_code == 200
    found = _check(document, "jobs_job", answer)
    assert found["state"] == {"running": "interrupted"}.get(state, state)
    refused = app.test_client().get(f"/api/v1/jobs/{JOB}")
    assert refused.status_code == 401
    _check(document, "jobs_job", refused)


def test_a_job_that_was_started_is_as_described(
    engine: Engine, document: dict[str, Any], data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.jobs.start_run", lambda _: JOB)
    app = create_app(settings(data=data.root, operator_token=SecretStr(TOKEN)), engine)
    answer = app.test_client().post("/api/v1/reindex", headers=SENT)
    assert answer.status_code == 202
    assert _check(document, "jobs_reindex", answer)["job_id"] == JOB
