"""OpenAPI: the API's description, made of the routes and of the types they take and give."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask
from pydantic import BaseModel, TypeAdapter
from werkzeug.routing import Rule

from search.schema import ErrorAnswer

View = TypeVar("View", bound=Callable[..., Any])
_REF = "#/components/schemas/{model}"
_TEXT = {"type": "string"}
_PRIVACY = {
    False: "Questions are not logged or stored.",
    True: "Questions are not logged. Of those without an answer, words that come again and again"
    " are counted, never who asked.",
}
_HEADERS = {
    "X-Request-Id": "names this answer in the service's log",
    "X-Index-Version": "the index that answered",
    "ETag": "of the index, the settings and the parameters together: send it as If-None-Match",
    "Retry-After": "seconds to wait",
}
_MEANINGS = {
    304: "what If-None-Match names is still the answer",
    400: "a parameter is wrong, or this is not HTTP",
    401: "the operator's token is missing or wrong",
    404: "there is no such thing, or the route is off",
    405: "the route has no such method",
    413: "the body is too large",
    414: "the address is too long",
    429: "too many requests of one client",
    431: "the headers are too long",
    500: "the service failed",
    503: "too many requests at once, or no index",
}
_ALWAYS = (400, 405, 413, 414, 429, 431, 500, 503)
_WAIT = {429, 503}


@dataclass(frozen=True, slots=True)
class Operation:
    """What a route takes and gives: a type of ``search.schema``, or a media type of plain text."""

    gives: Any
    status: int = 200
    query: type[BaseModel] | None = None
    errors: tuple[int, ...] = ()  # those that are its own
    conditional: bool = False  # answers If-None-Match
    secured: bool = False  # asks for the operator's token
    leads_to: tuple[str, str, str] | None = None  # operation, its parameter, where the value is


def documented(operation: Operation) -> Callable[[View], View]:
    """Keep a route's description with its view; its docstring is the text."""

    def kept(view: View) -> View:
        vars(view)["operation"] = operation
        return view

    return kept


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """A route's description; None when it has none."""
    found: Operation | None = getattr(view, "operation", None)
    return found


def describe(app: Flask) -> dict[str, Any]:
    """The OpenAPI 3.1 object of all routes that are documented."""
    gaps = app.extensions["gaps"]
    routes = [
        (rule, view, operation)
        for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule)
        if (operation := operation_of(view := app.view_functions[rule.endpoint]))
    ]
    schemas = _Schemas([operation.gives for _, _, operation in routes])
    paths: dict[str, dict[str, Any]] = {}
    for rule, view, operation in routes:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        method = "post" if "POST" in (rule.methods or ()) else "get"
        text = inspect.getdoc(view) or ""
        paths.setdefault(path, {})[method] = _operation(rule, text, operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NET resource search",
            "version": "1",
            "description": "Ranked passages of indexed sites, in their own words. Not medical"
            f" advice. {_PRIVACY[bool(gaps)]}",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": {"operator": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas:
    """The schemas of all answers, named once."""

    def __init__(self, kinds: Iterable[Any]) -> None:
        kinds = [*(kind for kind in kinds if not isinstance(kind, str)), ErrorAnswer]
        adapters = {kind.__name__: TypeAdapter(kind) for kind in kinds}
        self._of, found = TypeAdapter.json_schemas(
            [(name, "serialization", adapter) for name, adapter in adapters.items()],
            ref_template=_REF,
        )
        self.definitions: Mapping[str, Any] = found.get("$defs", {})

    def content(self, kind: Any) -> dict[str, Any]:
        if isinstance(kind, str):
            return {kind: {"schema": _TEXT}}
        schema = self._of[kind.__name__, "serialization"]
        return {"application/json": {"schema": schema}}


def _operation(rule: Rule, text: str, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = text.partition("\n")
    given = {
        "description": summary,
        "content": schemas.content(operation.gives),
        "headers": _headers(*list(_HEADERS)[: 3 if operation.conditional else 2]),
    }
    if operation.leads_to:
        target, parameter, value = operation.leads_to
        given["links"] = {target: {"operationId": target, "parameters": {parameter: value}}}
    responses = {str(operation.status): given}
    if operation.conditional:
        responses["304"] = {"description": _MEANINGS[304], "headers": _headers("ETag")}
    for status in sorted({*_ALWAYS, *operation.errors}):
        responses[str(status)] = {
            "description": _MEANINGS[status],
            "content": schemas.content(ErrorAnswer),
            "headers": _headers("X-Request-Id", *(["Retry-After"] if status in _WAIT else [])),
        }
    described: dict[str, Any] = {
        "operationId": rule.endpoint.replace(".", "_"),
        "summary": summary.rstrip("."),
        "parameters": [*_path_parameters(rule), *_query_parameters(operation.query)],
        "responses": responses,
    }
    if description.strip():
        described["description"] = description.strip()
    if operation.secured:
        described["security"] = [{"operator": []}]
    return described


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"description": _HEADERS[name], "schema": _TEXT} for name in names}


def _path_parameters(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in sorted(rule.arguments)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    """A model's fields as parameters; one that may be left out may be sent empty as well."""
    if model is None:
        return []
    schema = model.model_json_schema()
    required = schema.get("required", [])
    parameters = []
    for name, given in schema["properties"].items():
        described = {key: value for key, value in given.items() if key != "title"}
        text = described.pop("description", "")
        if name not in required and described.get("type") != "string":
            default = described.pop("default")
            choices = [c for c in described.pop("anyOf", [described]) if c != {"type": "null"}]
            described = {"anyOf": [*choices, {"const": ""}]}
            if default is not None:
                described["default"] = default
        elif "enum" in described:
            described["enum"] = [*described["enum"], ""]
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": text,
                "schema": described,
            }
        )
    return parameters
