from __future__ import annotations

import gzip
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import brotli
import pytest
from bs4 import BeautifulSoup, Tag

from search.app import create_app
from search.engine import Engine
from search.timing import STAGES
from tests.fakes import passage
from tests.search_index import (
    BUILD_ID,
    COSINE_OVER_HALF,
    HOSTILE,
    ask,
    by_angle,
    by_words,
    entry,
    hostile_passages,
    settings,
)
from tests.test_results import OF_A_HIT, TOP

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from indexer.records import Passage

HELPLINE = "Ring the planted helpline"
PLANTED = "planted-question-zebra"


def _passages() -> list[Passage]:
    """24 passages on 12 pages, every one about a dose; the first pages are of a served folder."""
    found = []
    for row in range(24):
        page = row // 2
        base = "/site/" if page < 6 else "https://example.org/"
        found.append(
            passage(
                f"The dose of number {row}",
                id=f"{row:04x}",
                url=f"{base}{page}/",
                path=f"/{page}/",
                link=f"{base}{page}/#part-{row}",
                title=f"Page {page}",
                headings=[f"Page {page}", f"Part {row}"],
                audience=("patient", "clinician")[page % 2],
                source=("one", "two")[page // 6],
                section=("treatments", "about-nets", "support")[page % 3],
                reviewed="2024-06-01" if page % 2 else None,
                position=row % 2,
            )
        )
    return found


class FailingEngine(Engine):
    """Fails with what it was asked in the message, as a library might."""

    def search(self, request: Any) -> Any:
        raise ValueError(f"cannot do {request.q}")

    def passage(self, passage_id: str) -> Any:
        raise KeyError(passage_id)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return by_words(tmp_path_factory.mktemp("app"), _passages())


@pytest.fixture(scope="module")
def client(engine: Engine) -> FlaskClient:
    return create_app(settings(helpline=HELPLINE), engine).test_client()


@pytest.fixture(scope="module")
def failing(engine: Engine) -> FlaskClient:
    broken = FailingEngine(engine.index, engine.encoder, settings())
    return create_app(settings(), broken).test_client()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A service whose data folder holds no index yet."""
    return create_app(settings(data=tmp_path_factory.mktemp("empty"))).test_client()


@pytest.fixture(scope="module")
def unanswered(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A service that says of the question "far" that nothing answers it."""
    passages = [(passage("The near dose"), 0), (passage("The other dose", url="/b/"), 10)]
    made = {"answerability": COSINE_OVER_HALF}
    folder = tmp_path_factory.mktemp("unanswered")
    engine = by_angle(folder, passages, {"far": 75}, made)
    return create_app(settings(helpline=HELPLINE), engine).test_client()


# The API


def test_the_search_object_is_that_of_the_contract(client: FlaskClient, engine: Engine) -> None:
    answer = client.get("/api/v1/search?q=dose+of+number+3&per_page=3&page=2")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    assert set(body) == set(TOP)
    assert all(set(hit) == set(OF_A_HIT) for hit in body["hits"])
    expected: Any = ask(engine, "dose of number 3", per_page=3, page=2)
    for each in (body, expected):
        each.pop("search_time_ms")
        for hit in each["hits"]:
            for name in ("url", "link"):
                hit[name] = hit[name].removeprefix("http://localhost")
    assert body == expected


def test_the_answer_says_what_was_made_of_the_question(tmp_path: Path) -> None:
    found = [passage("Octreotide for palliative care"), *_passages()]
    engine = by_words(tmp_path, found, None, [entry("Sandostatin", "octreotide")])
    client = create_app(settings(), engine).test_client()
    path = "/api/v1/search?q=pallitive+Sandostatin"
    answer = client.get(path).get_json()
    assert answer["corrections"] == [{"from": "pallitive", "to": "palliative"}]
    expansion = {"from": "Sandostatin", "to": "octreotide", "source": "glossary"}
    assert answer["expansions"] == [expansion]
    assert answer["hits"][0]["text"] == "Octreotide for palliative care"
    assert [each["kind"] for each in answer["hits"][0]["highlights"]] == ["synonym", "exact"]
    as_it_is = client.get(f"{path}&correct=false&expand=false").get_json()
    assert (as_it_is["corrections"], as_it_is["expansions"]) == ([], [])


def test_addresses_of_the_served_folder_are_whole(client: FlaskClient) -> None:
    hits = client.get("/api/v1/search?q=dose&per_page=50&group_by=none").get_json()["hits"]
    for hit in hits:
        page, part = int(hit["path"].strip("/")), int(hit["id"], 16)
        base = "http://localhost/site/" if page < 6 else "https://example.org/"
        assert (hit["url"], hit["link"]) == (f"{base}{page}/", f"{base}{page}/#part-{part}")
    assert len(hits) == 24


def test_addresses_of_other_pages_that_say_the_same_are_whole(tmp_path: Path) -> None:
    found = [
        passage("The dose", url=f"{base}{i}/", link=f"{base}{i}/#part", title=f"Page {i}")
        for i, base in enumerate(("/site/", "/site/", "https://example.org/"))
    ]
    client = create_app(settings(), by_words(tmp_path, found)).test_client()
    [hit] = client.get("/api/v1/search?q=dose").get_json()["hits"]
    assert hit["url"] == "http://localhost/site/0/"
    one, two = "http://localhost/site/1/", "https://example.org/2/"
    assert hit["also_on"] == [
        {"title": "Page 1", "url": one, "link": f"{one}#part"},
        {"title": "Page 2", "url": two, "link": f"{two}#part"},
    ]


def test_text_of_any_script_comes_as_it_is(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search", query_string={"q": "tumör 治療 ¹⁷⁷Lu 👩‍⚕️ & <b>"})
    assert answer.get_json()["q"] == "tumör 治療 ¹⁷⁷Lu 👩‍⚕️ & <b>"
    assert "治療" in answer.text


def test_a_passage_and_its_neighbours(client: FlaskClient) -> None:
    body = client.get("/api/v1/passages/0002").get_json()
    assert set(body) == {"index_version", "passage", "before", "after"}
    assert (body["passage"]["id"], body["before"]) == ("0002", [])
    [after] = body["after"]
    assert (after["id"], after["link"]) == ("0003", "http://localhost/site/1/#part-3")
    assert body["passage"]["url"] == "http://localhost/site/1/"


def test_suggestions_complete_what_was_typed(client: FlaskClient) -> None:
    answer = client.get("/api/v1/suggest?q=+par&limit=3")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    body = answer.get_json()
    assert set(body) == {"q", "index_version", "suggestions"}
    assert (body["q"], body["index_version"]) == ("par", BUILD_ID)
    assert len(body["suggestions"]) == 3
    for each in body["suggestions"]:
        assert set(each) == {"text", "kind", "highlights"}
        assert re.fullmatch(r"Part \d+", each["text"])
        assert each["kind"] == "heading"
        assert each["highlights"] == [{"start": 0, "end": 3}]
    titles = client.get("/api/v1/suggest?q=page+11").get_json()["suggestions"]
    assert [(each["text"], each["kind"]) for each in titles[:1]] == [("Page 11", "title")]
    assert client.get("/api/v1/suggest?q=paeg").get_json()["suggestions"], "a typing error"


@pytest.mark.parametrize(
    ("q", "said"), [("", ""), ("+", ""), ("zzzz", "zzzz"), ("pag+", "pag"), ("+page++1+", "page 1")]
)
def test_what_was_typed_comes_back_as_one_line(client: FlaskClient, q: str, said: str) -> None:
    body = client.get(f"/api/v1/suggest?q={q}").get_json()
    assert body["q"] == said
    assert bool(body["suggestions"]) == ("pag" in said)


def test_a_space_says_that_the_last_word_is_whole(tmp_path: Path) -> None:
    found = [passage("Words", title="Portable"), passage("More", title="Port", url="/b/")]
    client = create_app(settings(), by_words(tmp_path, found)).test_client()
    suggested = [
        [each["text"] for each in client.get(f"/api/v1/suggest?q={q}").get_json()["suggestions"]]
        for q in ("port", "port+")
    ]
    assert suggested == [["Port", "Portable"], ["Port"]]


def test_nothing_that_others_asked_is_suggested(client: FlaskClient) -> None:
    for _ in range(5):
        client.get(f"/api/v1/search?q={PLANTED}")
        client.get(f"/?q={PLANTED}")
        client.get(f"/api/v1/suggest?q={PLANTED}")
    assert client.get(f"/api/v1/suggest?q={PLANTED[:7]}").get_json()["suggestions"] == []


def test_a_page_that_was_withdrawn_is_not_suggested(tmp_path: Path) -> None:
    engine = by_words(tmp_path, _passages())
    client = create_app(settings(), engine).test_client()
    path = "/api/v1/suggest?q=page+7"
    assert client.get(path).get_json()["suggestions"][0]["text"] == "Page 7"
    engine.withdraw(frozenset({"https://example.org/7/"}))
    texts = [each["text"] for each in client.get(path).get_json()["suggestions"]]
    assert "Page 7" not in texts


def test_health_and_readiness(client: FlaskClient, empty: FlaskClient) -> None:
    for each in (client, empty):
        answer = each.get("/healthz")
        assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert client.get("/readyz").get_json() == {
        "status": "ready",
        "index_version": BUILD_ID,
        "created_at": "2024-01-02T03:04:05Z",
        "encoder": "fake@1",
        "pages": 12,
        "passages": 24,
    }


# One shape of errors


ERRORS = [
    ("GET", "/api/v1/search", (400, "missing_q", "q")),
    ("GET", "/api/v1/search?q=", (400, "invalid_q", "q")),
    ("GET", "/api/v1/search?q=%20%09", (400, "invalid_q", "q")),
    ("GET", "/api/v1/search?q=" + "x" * 10_000, (400, "invalid_q", "q")),
    ("GET", "/api/v1/search?q=a%00b", (400, "invalid_q", "q")),
    ("GET", "/api/v1/search?q=%1B[31m", (400, "invalid_q", "q")),
    ("GET", "/api/v1/search?q=dose&page=0", (400, "invalid_page", "page")),
    ("GET", "/api/v1/search?q=dose&page=1001", (400, "invalid_page", "page")),
    ("GET", "/api/v1/search?q=dose&page=1.5", (400, "invalid_page", "page")),
    ("GET", "/api/v1/search?q=dose&per_page=51", (400, "invalid_per_page", "per_page")),
    ("GET", "/api/v1/search?q=dose&mode=x", (400, "invalid_mode", "mode")),
    ("GET", "/api/v1/search?q=dose&group_by=x", (400, "invalid_group_by", "group_by")),
    ("GET", "/api/v1/search?q=dose&expand=x", (400, "invalid_expand", "expand")),
    ("GET", "/api/v1/search?q=dose&correct=x", (400, "invalid_correct", "correct")),
    ("GET", "/api/v1/search?q=dose&reviewed_after=x", (400, "invalid_reviewed_after", "reviewed_after")),
    ("GET", "/api/v1/suggest", (400, "missing_q", "q")),
    ("GET", "/api/v1/suggest?q=a%00b", (400, "invalid_q", "q")),
    ("GET", "/api/v1/suggest?q=" + "x" * 4001, (400, "invalid_q", "q")),
    ("GET", "/api/v1/suggest?q=dose&limit=0", (400, "invalid_limit", "limit")),
    ("GET", "/api/v1/suggest?q=dose&limit=21", (400, "invalid_limit", "limit")),
    ("GET", "/api/v1/passages/none", (404, "passage_not_found", "id")),
    ("GET", "/api/v1/passages/", (404, "not_found", None)),
    ("GET", "/api/v1/nothing", (404, "not_found", None)),
    ("GET", "/api/v1/search/", (404, "not_found", None)),
    ("GET", "/api", (404, "not_found", None)),
    ("GET", "/nothing.php?q=dose", (404, "not_found", None)),
    ("GET", "/static/../app.py", (404, "not_found", None)),
    ("GET", "/static/%2e%2e/app.py", (404, "not_found", None)),
    ("POST", "/api/v1/search?q=dose", (405, "method_not_allowed", None)),
    ("PUT", "/api/v1/passages/0001", (405, "method_not_allowed", None)),
    ("DELETE", "/healthz", (405, "method_not_allowed", None)),
    ("POST", "/readyz", (405, "method_not_allowed", None)),
    ("POST", "/", (405, "method_not_allowed", None)),
]  # fmt: skip


def _error(answer: TestResponse) -> dict[str, Any]:
    """The error of an answer, in the one shape."""
    assert answer.mimetype == "application/json"
    assert set(answer.get_json()) == {"error"}
    error = answer.get_json()["error"]
    assert set(error) == {"code", "message", "field", "request_id"}
    assert isinstance(error["message"], str)
    assert error["message"]
    assert re.fullmatch(r"[0-9a-f]{16}", error["request_id"])
    assert answer.headers["X-Request-Id"] == error["request_id"]
    assert answer.headers["Cache-Control"] == "no-store"
    return error


@pytest.mark.parametrize(("method", "path", "expected"), ERRORS)
def test_an_error_has_the_one_shape(
    client: FlaskClient, method: str, path: str, expected: tuple[int, str, str | None]
) -> None:
    answer = client.open(path, method=method)
    error = _error(answer)
    assert (answer.status_code, error["code"], error["field"]) == expected
    assert len(error["message"]) < 300
    assert ("Allow" in answer.headers) == (answer.status_code == 405)


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/search?q=dose", "/api/v1/suggest?q=do", "/api/v1/passages/1"),
        *("/readyz", "/site/"),
    ],
)
def test_without_an_index_it_says_what_to_do(empty: FlaskClient, path: str) -> None:
    answer = empty.get(path)
    error = _error(answer)
    assert (answer.status_code, error["code"], error["field"]) == (503, "no_index", None)
    assert "indexer run" in error["message"]


@pytest.mark.parametrize("path", [f"/api/v1/search?q={PLANTED}", f"/api/v1/passages/{PLANTED}"])
def test_a_failure_has_the_one_shape_and_keeps_the_question_to_itself(
    failing: FlaskClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = failing.get(path, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    error = _error(answer)
    assert (answer.status_code, error["code"], error["field"]) == (500, "internal_error", None)
    assert PLANTED not in answer.text
    assert "Error" not in error["message"]
    [record] = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert error["request_id"] in record.getMessage(), "the operator can find it"
    assert "test_app.py" in record.getMessage(), "and where it failed"
    for each in caplog.records:
        said = f"{each.getMessage()} {each.__dict__}"
        assert PLANTED not in said
        assert "203.0.113.77" not in said
        assert each.exc_info is None


def test_what_is_asked_is_not_logged(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for path in ("/api/v1/search?q=", "/?q=", "/?page=0&q=", "/api/v1/passages/", "/site/"):
            client.get(path + PLANTED, environ_base={"REMOTE_ADDR": "203.0.113.77"})
    assert [each for each in caplog.records if PLANTED in str(each.__dict__)] == []
    assert "203.0.113.77" not in caplog.text


def test_request_ids_differ(client: FlaskClient) -> None:
    ids = {client.get("/healthz").headers["X-Request-Id"] for _ in range(5)}
    assert len(ids) == 5


# Headers


EVERY_KIND = (
    "/", "/?q=dose", "/?q=dose&page=0", "/api/v1/search?q=dose", "/api/v1/search",
    "/api/v1/passages/0001", "/healthz", "/readyz", "/nothing", "/static/style.css", "/site/",
)  # fmt: skip


@pytest.mark.parametrize("service", ["client", "failing", "empty"])
@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_answer_is_locked_down(
    request: pytest.FixtureRequest, service: str, path: str
) -> None:
    with request.getfixturevalue(service).get(path) as answer:
        headers = answer.headers
    policy = dict(
        each.strip().partition(" ")[::2] for each in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "frame-ancestors" in policy
    for source in " ".join(policy.values()).split():
        assert source in {"'none'", "'self'", "data:"}, "nothing from elsewhere, nothing inline"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert "Set-Cookie" not in headers
    assert "charset=utf-8" in headers["Content-Type"] or answer.mimetype == "application/json"
    if not path.startswith("/static/"):
        # An answer may be kept by the visitor's own browser only, which asks if it still holds.
        kept = answer.status_code == 200 and "ETag" in headers
        assert headers["Cache-Control"] == ("private, no-cache" if kept else "no-store")


def test_times_of_the_stages_are_told(client: FlaskClient) -> None:
    for path in ("/api/v1/search?q=dose", "/?q=dose"):
        told = client.get(path).headers["Server-Timing"]
        parts = [part.partition(";dur=") for part in told.split(", ")]
        assert [name for name, _, _ in parts] == list(STAGES)
        assert all(re.fullmatch(r"\d+\.\d", milliseconds) for _, _, milliseconds in parts)
    for path in ("/", "/healthz", "/api/v1/suggest?q=do", "/api/v1/search"):
        assert "Server-Timing" not in client.get(path).headers


@pytest.mark.parametrize(
    ("proxies", "sent", "expected"),
    [
        (0, {"X-Forwarded-Proto": "https"}, "http://search.example.org"),
        (1, {"X-Forwarded-Proto": "https"}, "https://search.example.org"),
        (1, {"X-Forwarded-Proto": "https, http"}, "http://search.example.org"),
        (1, {}, "http://search.example.org"),
        (1, {"X-Forwarded-Host": "evil.example"}, "http://search.example.org"),
        (1, {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "1"}, "http://search.example.org"),
    ],
)
def test_addresses_are_those_that_visitors_see(
    engine: Engine, proxies: int, sent: dict[str, str], expected: str
) -> None:
    client = create_app(settings(proxies=proxies), engine).test_client()
    headers = {"Host": "search.example.org", **sent}
    body = client.get("/api/v1/passages/0002", headers=headers).get_json()
    assert body["passage"]["url"] == f"{expected}/site/1/"


# Compressed

LONG = ("/api/v1/search?q=dose", "/?q=dose", "/openapi.json", "/static/style.css", "/widget.js")
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


def _without_times(text: str) -> str:
    return re.sub(r'"search_time_ms":[\d.]+', "", text)


@pytest.mark.parametrize("encoding", UNPACK)
@pytest.mark.parametrize("path", [*LONG, "/metrics"])
def test_a_compressed_answer_is_the_same_answer(
    client: FlaskClient, path: str, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding}
    with client.get(path) as plain, client.get(path, headers=headers) as packed:
        assert packed.headers["Content-Encoding"] == encoding
        assert "Content-Encoding" not in plain.headers
        assert len(packed.data) < len(plain.data)
        assert packed.headers.get("Content-Length", str(len(packed.data))) == str(len(packed.data))
        for name in ("Content-Type", "Cache-Control", "Content-Security-Policy"):
            assert packed.headers.get(name) == plain.headers.get(name)
        text = UNPACK[encoding](packed.data).decode()
        if path != "/metrics":  # which have changed
            assert _without_times(text) == _without_times(plain.text)
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers["Vary"]
    with client.head(path, headers=headers) as head:
        assert (head.status_code, head.data) == (200, b"")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("*", "br"),
        ("", None),
        ("identity", None),
        ("deflate, zstd", None),
        ("br;q=0", None),
        ("br;q=0, gzip;q=0.0", None),
        ("*;q=0", None),
    ],
)
def test_the_client_says_how(client: FlaskClient, accepted: str, encoding: str | None) -> None:
    answer = client.get(LONG[0], headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_what_is_short_stays_as_it_is(client: FlaskClient) -> None:
    for path in ("/healthz", "/api/v1/search"):
        assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "br"}).headers


@pytest.mark.parametrize("path", ["/static/style.css", "/widget.js"])
@pytest.mark.parametrize("encoding", UNPACK)
def test_a_part_of_a_file_is_never_compressed(
    client: FlaskClient, path: str, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding, "Range": "bytes=100-899"}
    with client.get(path) as whole, client.get(path, headers=headers) as part:
        assert part.status_code == 206
        assert "Content-Encoding" not in part.headers
        assert part.data == whole.data[100:900]
        assert part.headers["Content-Range"] == f"bytes 100-899/{len(whole.data)}"
        assert "Accept-Encoding" in part.headers["Vary"]


@pytest.mark.parametrize("path", ["/static/style.css", "/widget.js"])
@pytest.mark.parametrize("encoding", [*UNPACK, "identity"])
def test_a_file_is_not_sent_again_while_it_holds(
    client: FlaskClient, path: str, encoding: str
) -> None:
    headers = {"Accept-Encoding": encoding}
    with client.get(path, headers=headers) as first:
        tag = first.headers["ETag"]
    with client.get(path, headers={**headers, "If-None-Match": tag}) as again:
        assert (again.status_code, again.data) == (304, b"")


# Other sites' pages

ORIGIN = "https://www.example.org"
ORIGINS = (ORIGIN, "http://localhost:8080", "https://[2001:db8::1]:8443", "http://[::1]")
OPEN = ("/api/v1/search?q=dose", "/api/v1/suggest?q=do", "/api/v1/passages/0001")
CORS_ERRORS = {
    "/api/v1/search": 400,
    "/api/v1/suggest?q=do&limit=0": 400,
    "/api/v1/passages/none": 404,
}
ALIKE = (
    "https://www.example.org.evil.example", "https://evil-www.example.org", "https://example.org",
    "https://www.example.org:443", "https://www.example.org:8443", "http://www.example.org",
    "https://wwwxexample.org", "https://www.example.orgx", "https://www.example.org/",
    "HTTPS://WWW.EXAMPLE.ORG", "https://www.Example.org", "https://x@www.example.org",
    "https://www.example.org, https://evil.example", "https://www.example.org evil", "null", "*",
    ".*", "", "https://", "http://localhost", "http://localhost:80801", "http://localhost:8080.x",
    "http://1.evil.example", "http://:", "http://[::1]:80", "http://[::1].evil.example",
    "https://2:8443", "https://[2001:db8::2]:8443",
)  # fmt: skip


@pytest.fixture(scope="module")
def opened(engine: Engine) -> FlaskClient:
    return create_app(settings(origins=ORIGINS), engine).test_client()


def _granted(answer: TestResponse) -> dict[str, str]:
    """What an answer grants to other sites' pages."""
    prefix = "Access-Control-"
    return {name: value for name, value in answer.headers if name.startswith(prefix)}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", [*OPEN, *CORS_ERRORS])
def test_a_named_origin_may_read_what_is_found(opened: FlaskClient, path: str, origin: str) -> None:
    answer = opened.get(path, headers={"Origin": origin})
    assert answer.status_code == CORS_ERRORS.get(path, 200)
    granted = _granted(answer)
    seen = granted.pop("Access-Control-Expose-Headers").split(", ")
    assert granted == {"Access-Control-Allow-Origin": origin}, "no credentials"
    assert set(seen) == {"X-Request-Id", "X-Index-Version", "Retry-After", "ETag"}
    assert "Origin" in answer.headers["Vary"]


def test_it_may_read_that_the_answer_still_holds_or_to_come_back(engine: Engine) -> None:
    app = create_app(settings(origins=ORIGINS, rate_limit=1, threads=1, queue=0), engine)
    client = app.test_client()
    tag = client.get(OPEN[0]).headers["ETag"]
    visitor = {"REMOTE_ADDR": "203.0.113.7"}
    again = client.get(OPEN[0], headers={"Origin": ORIGIN, "If-None-Match": tag})
    with app.extensions["admission"].turn():
        busy = client.get(OPEN[0], headers={"Origin": ORIGIN})
    client.get(OPEN[2], environ_base=visitor)
    limited = client.get(OPEN[2], headers={"Origin": ORIGIN}, environ_base=visitor)
    assert [each.status_code for each in (again, busy, limited)] == [304, 503, 429]
    for each in (again, busy, limited):
        assert _granted(each)["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("origin", ALIKE)
def test_an_origin_that_only_looks_alike_gets_nothing(opened: FlaskClient, origin: str) -> None:
    for path in OPEN:
        answer = opened.get(path, headers={"Origin": origin})
        assert answer.status_code == 200
        assert _granted(answer) == {}
        assert "Origin" in answer.headers["Vary"], "what is kept of it is not for another origin"
    asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    assert _granted(opened.options(OPEN[0], headers=asked)) == {}


def test_without_an_origin_nothing_is_said_of_origins(opened: FlaskClient) -> None:
    for path in OPEN:
        assert _granted(opened.get(path)) == {}


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/?q=dose",
            "/healthz",
            "/readyz",
            "/metrics",
            "/openapi.json",
            "/site/",
            "/nothing",
        ),
        *("/api/v1/reindex", "/api/v1/jobs/x", "/api/v1/searching", "/api/v1/passages"),
        *("/api/v1/suggest/x", "/static/style.css"),
    ],
)
def test_nothing_else_is_open_to_it(opened: FlaskClient, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}
        with opened.open(path, method=method, headers=asked) as answer:
            assert _granted(answer) == {}


def test_a_browser_may_ask_before(opened: FlaskClient) -> None:
    for path in OPEN:
        headers = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        }
        answer = opened.options(path, headers=headers)
        granted = _granted(answer)
        assert answer.status_code == 200
        assert granted["Access-Control-Allow-Origin"] == ORIGIN
        assert "if-none-match" in granted["Access-Control-Allow-Headers"]
        methods = set(granted["Access-Control-Allow-Methods"].split(", "))
        assert "GET" in methods
        assert methods <= {"GET", "HEAD", "OPTIONS"}
        assert "Access-Control-Allow-Credentials" not in granted
        for method in ("POST", "PUT", "DELETE", "PATCH", "QUERY"):
            headers["Access-Control-Request-Method"] = method
            refused = _granted(opened.options(path, headers=headers))
            assert "Access-Control-Allow-Methods" not in refused


@pytest.mark.parametrize("origin", [*ORIGINS, "*", "null"])
def test_without_named_origins_it_is_closed(client: FlaskClient, origin: str) -> None:
    for path in OPEN:
        answer = client.get(path, headers={"Origin": origin})
        assert _granted(answer) == {}
        assert "Origin" not in answer.headers["Vary"]
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        assert _granted(client.options(path, headers=asked)) == {}


# The page


def _page(client: FlaskClient, path: str = "/", status: int = 200, **query: Any) -> BeautifulSoup:
    answer = client.get(path, query_string=query or None)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    return BeautifulSoup(answer.text, "lxml")


def _one(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    found = soup.select(selector)
    assert len(found) == 1, f"{len(found)} of {selector}"
    return found[0]


def _links(soup: BeautifulSoup) -> list[str]:
    """Where each hit's heading leads."""
    return [str(link["href"]) for link in soup.select("ol.hits h2 a[href]")]


STATES = {
    "start": ("client", {}, 200),
    "blank": ("client", {"q": "  "}, 200),
    "results": ("client", {"q": "dose"}, 200),
    "second page": ("client", {"q": "dose", "page": "2"}, 200),
    "past the end": ("client", {"q": "dose", "page": "50"}, 200),
    "all filters": ("client", {"q": "dose", "audience": "patient", "source": "one"}, 200),
    "nothing": ("client", {"q": "dose", "audience": "nobody"}, 200),
    "unanswered": ("unanswered", {"q": "far"}, 200),
    "bad page": ("client", {"q": "dose", "page": "x"}, 400),
    "too long": ("client", {"q": "x" * 10_000}, 400),
    "control": ("client", {"q": "a\x00"}, 400),
    "failure": ("failing", {"q": PLANTED}, 500),
    "no index": ("empty", {"q": "dose"}, 503),
    "no index, start": ("empty", {}, 503),
}


@pytest.mark.parametrize("state", STATES)
def test_a_page_is_whole_without_scripts(request: pytest.FixtureRequest, state: str) -> None:
    service, query, status = STATES[state]
    soup = _page(request.getfixturevalue(service), status=status, **query)
    assert str(_one(soup, "html")["lang"]).startswith("en")
    assert _one(soup, "head > title").get_text(strip=True)
    assert _one(soup, "h1").get_text(strip=True)
    assert _one(soup, "main")
    form = _one(soup, "form[role=search]")
    assert (form["action"], str(form["method"]).lower()) == ("/", "get")
    field = _one(form, "input[name=q]")
    assert _one(soup, f"label[for={field['id']}]").get_text(strip=True)
    assert _one(form, "button[type=submit]").get_text(strip=True)
    for link in soup.select("a"):
        assert link.get_text(strip=True), link
        assert link.get("href"), link
    ids = [str(tag["id"]) for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    for link in soup.select('a[href^="#"]'):
        assert str(link["href"])[1:] in ids
    levels = [int(tag.name[1]) for tag in soup.select("h1, h2, h3, h4, h5, h6")]
    assert all(after - before <= 1 for before, after in zip([0, *levels], levels, strict=False))
    assert soup.select("style, iframe, object, embed, form[method=post], [style]") == []
    for script in soup.select("script"):  # what makes the page nicer, and it does without
        assert re.fullmatch(r"/static/[a-z]+\.js\?v=[0-9a-f]{12}", str(script["src"]))
        assert not script.string
    assert not any(name.startswith("on") for tag in soup.find_all(True) for name in tag.attrs)


@pytest.mark.parametrize("state", STATES)
def test_no_page_fetches_anything_from_elsewhere(
    request: pytest.FixtureRequest, state: str
) -> None:
    service, query, status = STATES[state]
    soup = _page(request.getfixturevalue(service), status=status, **query)
    fetched = [
        str(tag[name])
        for tag in soup.find_all(True)
        for name in ("src", "srcset", "href", "action", "data", "poster", "ping", "background")
        if tag.get(name) and tag.name != "a"
    ]
    assert any("/static/" in address for address in fetched)
    for address in fetched:
        parts = urlsplit(address)
        assert (parts.scheme, parts.netloc) == ("", "") or address == "data:,"
    assert soup.select("a[ping], meta[http-equiv], link[rel~=preconnect]") == []
    shell = {str(a["href"]) for a in soup.select("a") if not a.find_parent("ol", class_="hits")}
    assert all(href.startswith(("/", "#")) and not href.startswith("//") for href in shell)


@pytest.mark.parametrize(
    "q",
    ["dose", "a  dose\n of it", "<b>dose</b> & \"more\" 'still'", "</title><script>", "x" * 200],
)
def test_the_question_is_kept_in_title_and_field(client: FlaskClient, q: str) -> None:
    soup = _page(client, q=q)
    asked = " ".join(q.split())
    assert _one(soup, "input[name=q]")["value"] == asked
    title = _one(soup, "title").get_text()
    assert title.startswith(asked[:50])
    assert len(title) < 120


def test_the_start_page_offers_questions(client: FlaskClient, engine: Engine) -> None:
    own = settings(examples=("one <question>", "two & more"), site_name="Own <name>")
    soup = _page(create_app(own, engine).test_client())
    offered = {a.get_text(strip=True): str(a["href"]) for a in soup.select("main a")}
    assert {text: parse_qs(urlsplit(href).query) for text, href in offered.items()} == {
        "one <question>": {"q": ["one <question>"]},
        "two & more": {"q": ["two & more"]},
    }
    assert "Own <name>" in _one(soup, "title").get_text()
    assert _page(client).select("ol.hits") == []
    assert _page(create_app(settings(examples=()), engine).test_client()).select("main a") == []


def test_a_hit_shows_where_it_is_from(client: FlaskClient) -> None:
    soup = _page(client, q="number 3")
    hit = soup.select("ol.hits > li")[0]
    link = _one(hit, "h2 a")
    assert (link.get_text(strip=True), link["href"]) == ("Part 3", "/site/1/#part-3")
    assert "Page 1" in _one(hit, ".trail").get_text()
    assert [mark.get_text() for mark in hit.select("mark")] == ["number", "3"]
    assert "The dose of number 3" in " ".join(hit.get_text().split())
    assert "/1/" in hit.get_text()
    assert "1 June 2024" in hit.get_text()
    assert hit.select(f'a[href*="{link["href"]}"]') == [link], "links stay on this host"


def test_pages_are_walked_by_their_links(client: FlaskClient, engine: Engine) -> None:
    for query in (
        {},
        {"per_page": "5"},
        {"group_by": "none", "per_page": "7"},
        {"mode": "keyword"},
    ):
        soup = _page(client, q="the dose", **query)
        assert soup.select("a[rel=prev]") == []
        seen, walked = _links(soup), [soup]
        while more := soup.select("a[rel=next]"):
            soup = _page(client, str(more[0]["href"]))
            assert int(str(_one(soup, "ol.hits")["start"])) == len(seen) + 1
            seen += _links(soup)
            walked.append(soup)
        whole = ask(engine, "the dose", **{**query, "per_page": 50})
        assert seen == [hit["link"] for hit in whole["hits"]]
        assert len(walked) > 1
        for before in reversed(walked[:-1]):
            back = str(_one(soup, "a[rel=prev]")["href"])
            soup = _page(client, back)
            assert _links(soup) == _links(before)


def test_filters_are_links_that_keep_their_promise(client: FlaskClient, engine: Engine) -> None:
    facets = ask(engine, "dose")["facets"]
    soup = _page(client, q="dose", page="2")
    followed = set()
    for link in soup.select("nav[aria-label=Filters] a"):
        query = {
            name: each[0] for name, each in parse_qs(urlsplit(str(link["href"])).query).items()
        }
        assert "page" not in query
        if "reviewed_after" in query:
            continue
        [name] = set(query) & set(facets)
        count = facets[name][query[name]]
        assert str(count) in link.get_text()
        narrowed = _page(client, str(link["href"]))
        assert len(_links(narrowed)) == min(count, 10)
        lift = _one(narrowed, "nav[aria-label=Filters] a.chosen")
        assert _links(_page(client, str(lift["href"]))) == _links(_page(client, q="dose"))
        followed.add((name, query[name]))
    assert followed == {(name, value) for name in facets for value in facets[name]}


def test_links_keep_what_was_chosen(client: FlaskClient) -> None:
    chosen = {"mode": "keyword", "expand": "false", "correct": "false", "per_page": "5"}
    soup = _page(client, q="dose", **chosen)
    links = [str(link["href"]) for link in soup.select("nav a")]
    assert len(links) > 2
    for link in links:
        query = parse_qs(urlsplit(link).query)
        assert {name: query[name] for name in chosen} == {n: [v] for n, v in chosen.items()}


def test_further_passages_of_a_page_are_a_link_away(client: FlaskClient, engine: Engine) -> None:
    soup = _page(client, q="dose")
    more = [a for a in soup.select(".hits a") if "more from this page" in a.get_text()]
    assert len(more) == 10
    best = ask(engine, "dose")["hits"][0]
    alone = _page(client, f"{more[0]['href']}&per_page=50")
    assert f"{best['more_from_page']} more" in more[0].get_text()
    assert len(_links(alone)) == best["more_from_page"] + 1
    assert {each.get_text() for each in alone.select(".where")} == {best["path"]}
    assert [a for a in alone.select(".hits a") if "more from" in a.get_text()] == []
    lift = _one(alone, "nav[aria-label=Filters] a.chosen")
    assert best["title"] in lift.get_text()
    assert _links(_page(client, str(lift["href"]))) == _links(
        _page(client, q="dose", per_page="50")
    )


def test_without_an_answer_the_helpline_comes_before_the_closest(unanswered: FlaskClient) -> None:
    answer = unanswered.get("/api/v1/search?q=far").get_json()
    assert (answer["answerable"], len(answer["hits"])) == (False, 2)
    soup = _page(unanswered, q="far")
    notice = _one(soup, "main .notice")
    assert HELPLINE in notice.get_text()
    assert notice.find("h1") is not None
    assert len(_links(soup)) == 2
    answered = _page(unanswered, q="near")
    assert HELPLINE not in answered.get_text()
    assert answered.select("main .notice") == []


def test_without_a_result_it_says_so(client: FlaskClient) -> None:
    nothing = _page(client, q="dose", audience="nobody")
    assert HELPLINE in _one(nothing, ".notice").get_text()
    assert _one(nothing, "a.chosen")["href"] == "/?q=dose", "the filter can be lifted"
    assert nothing.select("ol.hits") == []
    past = _page(client, q="dose", page="9")
    assert "2" in _one(past, ".notice").get_text(), "the last page is named"
    assert HELPLINE not in past.get_text()


def test_an_error_is_said_on_the_page(client: FlaskClient, failing: FlaskClient) -> None:
    refused = _page(client, status=400, q="dose", per_page="99")
    assert "per_page" in _one(refused, ".notice").get_text()
    assert re.search(r"request [0-9a-f]{16}", _one(refused, ".notice").get_text())
    failed = _page(failing, status=500, q=PLANTED)
    assert _one(failed, ".notice h1")
    assert "Error" not in _one(failed, "main").get_text()


# Hostile pages: everything they say is shown as text


def _harmless(hostile: Passage) -> Passage:
    """The passage with letters for all that could mean something in HTML."""

    def plain(text: str) -> str:
        return re.sub(r"[<>&\"'`:/()=;{}%$#*\[\]!-]", "x", text)

    link = "/x" if hostile.link.startswith(("/site", "http")) else "javascript:"
    return replace(
        hostile,
        text=plain(hostile.text),
        title=plain(hostile.title),
        headings=[plain(each) for each in hostile.headings],
        path=plain(hostile.path),
        source=plain(hostile.source),
        audience=plain(hostile.audience),
        section=plain(hostile.section),
        link=link,
    )


def _shape(soup: BeautifulSoup) -> list[tuple[str, list[str]]]:
    """Every element with its attributes' names, in order; marks apart, which depend on words."""
    return [(tag.name, sorted(tag.attrs)) for tag in soup.find_all(True) if tag.name != "mark"]


QUERIES = [{}, {"group_by": "none"}, *({"section": f"section {attack}"} for attack in HOSTILE[:8])]


def test_hostile_text_adds_no_element_and_no_attribute(tmp_path: Path) -> None:
    hostile = hostile_passages()
    harmless = [_harmless(each) for each in hostile]
    # In the plane words do not count, so both rank alike.
    services = [
        create_app(settings(), by_angle(tmp_path, [(each, 0) for each in found])).test_client()
        for found in (hostile, harmless)
    ]
    shapes = [_shape(_page(service, q="question", group_by="none")) for service in services]
    assert shapes[0] == shapes[1]
    assert sum(name == "article" for name, _ in shapes[0]) == len(hostile)


@pytest.mark.parametrize("query", QUERIES, ids=str)
@pytest.mark.parametrize("q", ["dose", *HOSTILE])
def test_hostile_text_is_shown_as_text(
    hostile_client: FlaskClient, q: str, query: dict[str, str]
) -> None:
    soup = _page(hostile_client, q=q, **query)
    known = {
        "html", "head", "meta", "title", "link", "body", "a", "header", "p", "form", "label", "div",
        "input", "button", "main", "footer", "strong", "h1", "h2", "span", "details", "summary",
        "nav", "ol", "ul", "li", "article", "mark", "section", "script", "dialog", "dl", "dt", "dd",
        "kbd",
    }  # fmt: skip
    assert {tag.name for tag in soup.find_all(True)} <= known
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name == "style"]
    for link in soup.select("a"):
        assert re.match(r"https?://|/(?![/\\])|#", str(link["href"])), link
    assert _one(soup, "input[name=q]")["value"] == q
    for numbers in soup.select(".why"):
        numbers.decompose()
    assert "49" not in soup.get_text(), "no template ran"


@pytest.fixture(scope="module")
def hostile_client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    engine = by_words(tmp_path_factory.mktemp("hostile"), hostile_passages())
    return create_app(settings(), engine).test_client()


def test_hostile_text_comes_whole(hostile_client: FlaskClient) -> None:
    soup = _page(hostile_client, q="dose", group_by="none", per_page="50")
    shown = " ".join(_one(soup, "main").get_text().split())
    for attack in HOSTILE:
        assert " ".join(attack.split()) in shown
    hits = hostile_client.get("/api/v1/search?q=dose&group_by=none").get_json()["hits"]
    texts = {each.text for each in hostile_passages()}
    assert {hit["text"] for hit in hits} == texts
    linked = [str(a["href"]) for a in soup.select("h2 a")]
    assert len(linked) == 3, "the others have no address that may be followed"
    for each in hits:
        assert each["link"] == "" or re.match(r"https?://|http://localhost/", each["link"])


def test_a_hostile_id_is_not_sent_back_as_html(hostile_client: FlaskClient) -> None:
    answer = hostile_client.get("/api/v1/passages/<script>alert(1)</script>")
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    found = hostile_client.get("/api/v1/passages/8javascript:alert(1)")
    assert found.status_code == 404
    real = hostile_passages()[0].id
    assert "<script>" in real
    assert hostile_client.get(f"/nothing/{real}").mimetype == "application/json"
