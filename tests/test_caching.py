"""Validators: an answer is asked for again without a search, and never from a store of others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from search import caching
from search.app import create_app
from search.engine import Engine
from tests.fakes import passage
from tests.search_index import BUILD_ID, by_words, settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

PASSAGES = [
    passage(f"The dose of number {row}", id=f"{row:04x}", url=f"/site/{row}/", title=f"Page {row}")
    for row in range(6)
]
ANSWERS = (
    "/api/v1/search?q=dose",
    "/api/v1/search?q=dose&page=2&per_page=2",
    "/api/v1/suggest?q=pag",
    "/api/v1/passages/0003",
    "/?q=dose",
    "/",
)
OTHERS = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/nothing")
ERRORS = (
    ("/api/v1/search", 400),
    ("/api/v1/search?q=dose&page=0", 400),
    ("/api/v1/suggest", 400),
    ("/api/v1/suggest?q=pag&limit=0", 400),
    ("/api/v1/passages/none", 404),
    ("/?q=dose&page=0", 400),
)
MARK = "private, no-cache"


class Deaf(Engine):
    """Fails at whatever it is asked."""

    def search(self, request: Any) -> Any:
        raise AssertionError(request)

    def suggest(self, request: Any) -> Any:
        raise AssertionError(request)

    def passage(self, passage_id: str) -> Any:
        raise AssertionError(passage_id)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return by_words(tmp_path_factory.mktemp("caching"), PASSAGES)


@pytest.fixture
def app(engine: Engine) -> Flask:
    return create_app(settings(), engine)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _tag(client: FlaskClient, path: str, **request: Any) -> str:
    answer = client.get(path, **request)
    assert answer.status_code == 200
    return answer.headers["ETag"]


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_has_a_weak_validator_that_is_its_own(client: FlaskClient, path: str) -> None:
    tag = _tag(client, path)
    assert re.fullmatch(r'W/"[0-9a-f]{24}"', tag)
    assert _tag(client, path) == tag
    others = {_tag(client, each) for each in ANSWERS if each != path}
    assert tag not in others
    assert len(others) == len(ANSWERS) - 1


def test_every_process_that_serves_the_same_gives_the_same(engine: Engine, tmp_path: Path) -> None:
    again = by_words(tmp_path, PASSAGES)
    for each in (engine, again):
        each.withdraw(frozenset({"/site/5/", "/site/4/", "/site/3/"}))
    try:
        path = "/api/v1/search?q=dose"
        tags = {_tag(create_app(settings(), each).test_client(), path) for each in (engine, again)}
    finally:
        engine.withdraw(frozenset())
    assert len(tags) == 1


# What makes an answer another one


def test_another_index_another_validator(client: FlaskClient, tmp_path: Path) -> None:
    other = by_words(tmp_path, PASSAGES, {"build_id": "20240102T030406Z-00c0ffee"})
    theirs = create_app(settings(), other).test_client()
    for path in ANSWERS:
        assert _tag(theirs, path) != _tag(client, path)


def test_another_setting_another_validator(client: FlaskClient, engine: Engine) -> None:
    for changed in ({"helpline": "Call"}, {"rare_passages": 2}, {"site_name": "Other"}):
        theirs = create_app(settings(**changed), engine).test_client()
        for path in ANSWERS:
            assert _tag(theirs, path) != _tag(client, path)


def test_a_token_is_not_in_it(engine: Engine) -> None:
    tags = [
        _tag(create_app(settings(operator_token=SecretStr(token)), engine).test_client(), "/")
        for token in ("one token of the operator", "another token")
    ]
    assert tags[0] == tags[1], "who guesses it could try"


def test_another_program_another_validator(
    client: FlaskClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [_tag(client, path) for path in ANSWERS]
    assert [_tag(create_app(settings(), engine).test_client(), path) for path in ANSWERS] == before
    monkeypatch.setattr("search.caching._program", lambda: "another digest")
    changed = create_app(settings(), engine).test_client()
    for path, tag in zip(ANSWERS, before, strict=True):
        assert _tag(changed, path) != tag


@pytest.mark.parametrize(
    "name", ["search/api.py", "search/a.html", "search/b.js", "search/c.css", "indexer/terms.py"]
)
def test_any_file_that_makes_answers_makes_another_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for package in ("search", "indexer"):
        (tmp_path / package).mkdir()
    monkeypatch.setattr("search.caching._MAKE_ANSWERS", (tmp_path / "search", tmp_path / "indexer"))
    before = caching._program()
    (tmp_path / name).write_text("something else")
    assert caching._program() != before


def test_the_files_of_both_packages_make_answers() -> None:
    assert [folder.name for folder in caching._MAKE_ANSWERS] == ["search", "indexer"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/api/v1/search?q=dose", "/api/v1/search?q=dose+of"),
        ("/api/v1/search?q=dose", "/api/v1/search?q=dose&page=2"),
        ("/api/v1/search?q=dose", "/api/v1/search?q=dose&mode=keyword"),
        ("/api/v1/search?q=dose", "/api/v1/search?q=dose&section=a"),
        ("/api/v1/search?q=dose", "/?q=dose"),
        ("/api/v1/search?q=do&audience=se", "/api/v1/search?q=do%26audience%3Dse"),
        ("/api/v1/suggest?q=pag", "/api/v1/suggest?q=pag&limit=1"),
        ("/api/v1/suggest?q=pag", "/api/v1/suggest?q=pag+"),
        ("/api/v1/passages/0003", "/api/v1/passages/0004"),
    ],
)
def test_another_parameter_another_validator(client: FlaskClient, one: str, other: str) -> None:
    assert _tag(client, one) != _tag(client, other)


@pytest.mark.parametrize("path", ANSWERS)
def test_another_host_another_validator(client: FlaskClient, path: str) -> None:
    bases = ("http://localhost", "https://localhost", "http://localhost:81", "http://other")
    assert len({_tag(client, path, base_url=base) for base in bases}) == len(bases)


def test_a_page_that_is_withdrawn_is_gone_from_what_was_kept(tmp_path: Path) -> None:
    engine = by_words(tmp_path, PASSAGES)
    client = create_app(settings(), engine).test_client()
    kept = {path: _tag(client, path) for path in ANSWERS}
    engine.withdraw(frozenset({"/site/3/"}))
    for path, tag in kept.items():
        answer = client.get(path, headers={"If-None-Match": tag})
        assert answer.status_code == (404 if "passages" in path else 200)
        assert "/site/3/" not in answer.text
    engine.withdraw(frozenset())
    assert {path: _tag(client, path) for path in ANSWERS} == kept


# Asked again


@pytest.fixture
def deaf(app: Flask, engine: Engine) -> FlaskClient:
    """The same service, of which a search is a failure."""
    app.extensions["live"].engine = Deaf(engine.index, engine.encoder, settings())
    return app.test_client()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ANSWERS)
def test_what_still_holds_is_not_searched_again(
    engine: Engine, deaf: FlaskClient, path: str, method: str
) -> None:
    tag = _tag(create_app(settings(), engine).test_client(), path)
    answer = deaf.open(path, method=method, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")
    assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, MARK)
    assert answer.headers["X-Index-Version"] == BUILD_ID
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    if path != "/":
        # Else this test would say nothing.
        assert deaf.open(path, method=method).status_code == 500


@pytest.mark.parametrize(
    "names", ["{tag}", 'W/"other", {tag}', '"other" , {tag},', "{strong}", '"x", {strong}']
)
def test_it_may_be_one_of_several_and_written_as_a_strong_one(
    client: FlaskClient, names: str
) -> None:
    path = ANSWERS[0]
    tag = _tag(client, path)
    written = names.format(tag=tag, strong=tag.removeprefix("W/"))
    assert client.get(path, headers={"If-None-Match": written}).status_code == 304


@pytest.mark.parametrize("names", ["", '"other"', 'W/"other"', "{bare}", 'w/"{bare}', "\xff"])
def test_with_another_validator_the_answer_comes(client: FlaskClient, names: str) -> None:
    path = ANSWERS[0]
    bare = _tag(client, path)[4:-2].upper()
    answer = client.get(path, headers={"If-None-Match": names.format(bare=bare)})
    assert answer.status_code == 200
    assert answer.get_json()["hits"]


def test_compressed_it_is_the_same_answer(client: FlaskClient) -> None:
    path = "/?q=dose"
    tag = _tag(client, path)
    for encoding in ("br", "gzip"):
        answer = client.get(path, headers={"Accept-Encoding": encoding})
        assert (answer.headers["Content-Encoding"], answer.headers["ETag"]) == (encoding, tag)
        asked = {"Accept-Encoding": encoding, "If-None-Match": tag}
        again = client.get(path, headers=asked)
        assert (again.status_code, again.headers["ETag"]) == (304, tag)


@pytest.mark.parametrize(("path", "status"), ERRORS)
@pytest.mark.parametrize("names", ["", "*", '*, "x"'])
def test_an_error_has_no_validator_and_stays_an_error(
    client: FlaskClient, path: str, status: int, names: str
) -> None:
    answer = client.get(path, headers={"If-None-Match": names} if names else {})
    assert answer.status_code == status
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ANSWERS)
def test_a_failure_has_no_validator(deaf: FlaskClient, tmp_path: Path, path: str) -> None:
    failed = deaf.get(path)
    empty = create_app(settings(data=tmp_path), watch=False).test_client().get(path)
    assert (failed.status_code, empty.status_code) == (200 if path == "/" else 500, 503)
    for answer in (failed, empty):
        if answer.status_code >= 400:
            assert "ETag" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"


# Who may keep it


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_is_kept_by_the_visitor_s_browser_only(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, MARK)


@pytest.mark.parametrize("path", OTHERS)
def test_anything_else_is_kept_by_nobody(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT"])
@pytest.mark.parametrize("path", ANSWERS)
def test_another_method_is_answered_anew(client: FlaskClient, path: str, method: str) -> None:
    answer = client.open(path, method=method, headers={"If-None-Match": _tag(client, path)})
    assert answer.status_code == (200 if method == "OPTIONS" else 405)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
