"""The entrance: bodies, rates and turns, and the one shape of whatever is refused."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from bs4 import BeautifulSoup
from pydantic import SecretStr

from indexer.layout import DataFolder
from search.app import create_app
from search.engine import Engine
from search.limits import RateLimiter
from tests.fakes import passage
from tests.search_index import by_words, settings
from tests.test_admission import HANGS, Watched
from tests.test_app import _error

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

LARGEST = 65_536
VISITOR, OTHER, PROXY = "203.0.113.7", "203.0.113.8", "198.51.100.1"
TOKEN = "planted-token-of-the-operator"
SENT = {"Authorization": f"Bearer {TOKEN}"}
SEARCH, SUGGEST, PASSAGE, PAGE = (
    *("/api/v1/search?q=dose", "/api/v1/suggest?q=do", "/api/v1/passages/0000", "/?q=dose"),
)
JOB = "/api/v1/jobs/20240102T030405.000000Z-00a1"
# Those that need no turn.
FREE = (
    *("/", "/?q=", "/?q=%20%09", "/api/v1/search", "/api/v1/search?q=+", SUGGEST, PASSAGE, JOB),
    *("/healthz", "/readyz", "/metrics", "/openapi.json", "/nothing?q=dose", "/static/style.css"),
)


class FailingEngine(Engine):
    """Fails at a search."""

    def search(self, request: Any) -> Any:
        raise ValueError(request)


class Clock:
    """Shows the time it is set to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    found = [passage(f"The dose of number {row}", id=f"{row:04x}") for row in range(4)]
    return by_words(tmp_path_factory.mktemp("entrance"), found)


@pytest.fixture
def make(engine: Engine, tmp_path: Path) -> Callable[..., Flask]:
    """Makes an application with some settings changed, and a clock of the test's own."""

    def made(given: Engine | None = engine, **changes: Any) -> Flask:
        # Without a queue a turn that is not given back is an error, and no endless wait.
        defaults = {"data": tmp_path, "operator_token": SecretStr(TOKEN), "queue": 0}
        app = create_app(settings(**{**defaults, **changes}), given, watch=False)
        app.extensions["limiter"] = RateLimiter(slots=64, clock=Clock())
        return app

    return made


def _get(client: FlaskClient, path: str, address: str = VISITOR, **headers: str) -> TestResponse:
    return client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})


# Bodies


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", SEARCH), ("GET", SUGGEST), ("GET", PASSAGE), ("GET", "/healthz"),
        ("GET", "/nothing"), ("POST", "/api/v1/search"), ("POST", "/api/v1/reindex"),
        ("OPTIONS", SEARCH), ("GET", "/static/style.css"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("sent", ["length", "chunks", "both"])
def test_a_body_that_is_large_or_of_no_known_size_is_refused(
    make: Callable[..., Flask], method: str, path: str, sent: str
) -> None:
    environ = {"CONTENT_LENGTH": str(LARGEST + 1)} if sent != "chunks" else {}
    headers = {"Transfer-Encoding": "chunked"} if sent != "length" else {}
    client = make().test_client()
    answer = client.open(path, method=method, headers=headers, environ_overrides=environ)
    error = _error(answer)
    assert (answer.status_code, error["code"], error["field"]) == (413, "body_too_large", None)


def test_a_small_body_is_nobody_s_business(make: Callable[..., Flask]) -> None:
    client = make().test_client()
    for size in (0, 1, LARGEST):
        assert client.get(SEARCH, data=b"x" * size).status_code == 200


def test_a_large_body_costs_no_budget(make: Callable[..., Flask]) -> None:
    client = make(rate_limit=3).test_client()
    large = {"CONTENT_LENGTH": str(LARGEST + 1), "REMOTE_ADDR": VISITOR}
    assert client.get(SEARCH, environ_overrides=large).status_code == 413
    assert _get(client, SEARCH).status_code == 200


# Rates. With ``rate_limit=3`` one search may come at once, the next after 20 seconds; of
# suggestions there may be five times as many.


def _passed(client: FlaskClient, path: str, requests: int, address: str = VISITOR) -> int:
    answers = [_get(client, path, address, **SENT).status_code for _ in range(requests)]
    return sum(status != 429 for status in answers)


def test_too_many_requests_of_a_client_are_refused_for_a_while(make: Callable[..., Flask]) -> None:
    app = make(rate_limit=3)
    clock = Clock()
    app.extensions["limiter"] = RateLimiter(slots=64, clock=clock)
    client = app.test_client()
    assert _get(client, SEARCH).status_code == 200
    for passed, left in ((0, "20"), (0.5, "20"), (19, "1")):
        clock.now = 1000 + passed
        answer = _get(client, SEARCH)
        error = _error(answer)
        assert (answer.status_code, error["code"], error["field"]) == (
            *(429, "too_many_requests", None),
        )
        assert answer.headers["Retry-After"] == left
        assert VISITOR not in answer.text
    assert _get(client, SEARCH, OTHER).status_code == 200, "another client has its own budget"
    clock.now = 1020
    assert _get(client, SEARCH).status_code == 200


@pytest.mark.parametrize(
    ("paths", "burst"),
    [((SEARCH, PAGE, PASSAGE), 1), ((SUGGEST,), 5), ((JOB,), 1)],
    ids=["search", "suggest", "operator"],
)
def test_each_kind_has_a_budget_of_its_own(
    make: Callable[..., Flask], paths: tuple[str, ...], burst: int
) -> None:
    client = make(rate_limit=3).test_client()
    for path in paths:
        assert _passed(client, path, 20) == (burst if path == paths[0] else 0)
    for path in {SEARCH, SUGGEST, JOB} - set(paths):
        assert _get(client, path, **SENT).status_code != 429


def test_guesses_of_the_token_are_limited(make: Callable[..., Flask]) -> None:
    client = make(rate_limit=6).test_client()
    asked = [("POST", "/api/v1/reindex"), ("GET", JOB), ("POST", "/api/v1/reindex"), ("GET", JOB)]
    answers = [
        client.open(path, method=method, environ_base={"REMOTE_ADDR": VISITOR}).status_code
        for method, path in asked
    ]
    assert answers == [401, 401, 429, 429]


def test_what_costs_little_or_is_asked_by_machines_is_not_limited(
    make: Callable[..., Flask],
) -> None:
    client = make(rate_limit=3).test_client()
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/nothing"):
        assert _passed(client, path, 3) == 3


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.9.9.9", "::ffff:127.0.0.1"])
def test_this_machine_is_not_limited(make: Callable[..., Flask], address: str) -> None:
    client = make(rate_limit=3).test_client()
    for path in (SEARCH, PAGE, SUGGEST, PASSAGE, JOB):
        assert _passed(client, path, 12, address) == 12


@pytest.mark.parametrize("address", ["", "unix:", "0.0.0.0", "10.0.0.1", "::", "2001:db8::1"])
def test_any_other_address_is(make: Callable[..., Flask], address: str) -> None:
    assert _passed(make(rate_limit=3).test_client(), SEARCH, 3, address) == 1


def test_without_a_limit_nobody_is_refused(make: Callable[..., Flask]) -> None:
    client = make(rate_limit=0).test_client()
    assert _passed(client, PASSAGE, 50) == 50


@pytest.mark.parametrize(("per_minute", "burst"), [(1, 1), (2, 1), (5, 1), (6, 2), (120, 40)])
def test_a_third_of_a_minute_s_requests_may_come_at_once(
    make: Callable[..., Flask], per_minute: int, burst: int
) -> None:
    client = make(rate_limit=per_minute).test_client()
    assert _passed(client, PASSAGE, burst + 5) == burst


# Behind a proxy


@pytest.mark.parametrize("sent", ["127.0.0.1", "::1", OTHER, f"{OTHER}, 127.0.0.1"])
def test_without_a_proxy_nobody_says_who_he_is(make: Callable[..., Flask], sent: str) -> None:
    client = make(rate_limit=3).test_client()
    assert _get(client, SEARCH).status_code == 200
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert _get(client, SEARCH, **{name: sent}).status_code == 429


@pytest.mark.parametrize("proxy", [PROXY, "127.0.0.1"])
def test_a_proxy_is_believed_by_what_it_added(make: Callable[..., Flask], proxy: str) -> None:
    client = make(rate_limit=3, proxies=1).test_client()

    def asked(forwarded: str) -> int:
        return _get(client, SEARCH, proxy, **{"X-Forwarded-For": forwarded}).status_code

    assert asked(VISITOR) == 200
    for made_up in ("127.0.0.1", "::1", OTHER, "x", f"127.0.0.1, {OTHER}"):
        assert asked(f"{made_up}, {VISITOR}") == 429
    assert asked(f"{VISITOR}, {OTHER}") == 200


def test_of_two_proxies_the_first_knows_the_client(make: Callable[..., Flask]) -> None:
    client = make(rate_limit=3, proxies=2).test_client()

    def asked(forwarded: str) -> int:
        return _get(client, SEARCH, "127.0.0.1", **{"X-Forwarded-For": forwarded}).status_code

    assert asked(f"{VISITOR}, {PROXY}") == 200
    assert asked(f"{OTHER}, {VISITOR}, {PROXY}") == 429
    assert asked(f"{OTHER}, {PROXY}") == 200


# Turns


def test_when_all_are_taken_the_next_is_told_to_come_back(make: Callable[..., Flask]) -> None:
    app = make(threads=1)
    with app.extensions["admission"].turn():
        answer = app.test_client().get(SEARCH)
        error = _error(answer)
        assert (answer.status_code, error["code"], error["field"]) == (503, "too_busy", None)
        assert answer.headers["Retry-After"] == "1"
        page = app.test_client().get(PAGE)
        assert (page.status_code, page.headers["Retry-After"]) == (503, "1")
    assert app.test_client().get(SEARCH).status_code == 200


@pytest.mark.parametrize("path", FREE)
def test_what_is_no_search_needs_no_turn(make: Callable[..., Flask], path: str) -> None:
    app = make(threads=1)
    with app.extensions["admission"].turn(), app.test_client().get(path, headers=SENT) as answer:
        assert answer.status_code in {200, 400, 404}


@pytest.mark.parametrize("path", [SEARCH, PAGE])
def test_what_still_holds_and_what_is_allowed_need_no_turn(
    make: Callable[..., Flask], path: str
) -> None:
    app = make(threads=1)
    client = app.test_client()
    tag = client.get(path).headers["ETag"]
    with app.extensions["admission"].turn():
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        assert client.options(path).status_code == 200
        assert client.get(path).status_code == 503


def test_who_waits_is_answered_when_a_turn_is_given_back(make: Callable[..., Flask]) -> None:
    app = make()
    admission = Watched(working=1, waiting=1)
    app.extensions["admission"] = admission
    found: list[TestResponse] = []
    with ExitStack() as turn:
        turn.enter_context(admission.turn())
        asking = threading.Thread(target=lambda: found.append(app.test_client().get(SEARCH)))
        asking.start()
        admission.until(1)
        assert app.test_client().get(SEARCH).status_code == 503
        assert found == []
    asking.join(HANGS)
    [answer] = found
    assert answer.status_code == 200
    assert "wait;dur=" in answer.headers["Server-Timing"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", SEARCH, 200),
        ("HEAD", SEARCH, 200),
        ("HEAD", PAGE, 200),
        ("GET", PAGE, 200),
        ("OPTIONS", SEARCH, 200),
        ("POST", SEARCH, 405),
        ("GET", f"{SEARCH}&page=0", 400),
        ("GET", f"{PAGE}&page=0", 400),
        ("GET", "/api/v1/search?q=%00", 400),
    ],
)
def test_a_turn_is_given_back(
    make: Callable[..., Flask], method: str, path: str, status: int
) -> None:
    app = make(threads=1)
    client = app.test_client()
    for _ in range(3):
        assert client.open(path, method=method).status_code == status
    with app.extensions["admission"].turn():
        pass
    assert client.get(SEARCH).status_code == 200


@pytest.mark.parametrize("path", [SEARCH, PAGE])
def test_a_turn_is_given_back_after_a_failure(
    make: Callable[..., Flask], engine: Engine, path: str
) -> None:
    app = make(FailingEngine(engine.index, engine.encoder, settings()), threads=1)
    for _ in range(3):
        assert app.test_client().get(path).status_code == 500
    with app.extensions["admission"].turn():
        pass


@pytest.mark.parametrize("path", [SEARCH, PAGE])
def test_a_turn_is_given_back_without_an_index_and_with_what_still_holds(
    make: Callable[..., Flask], engine: Engine, path: str
) -> None:
    app = make(threads=1)
    client = app.test_client()
    tag = client.get(path).headers["ETag"]
    for _ in range(3):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    app.extensions["live"].engine = None
    for _ in range(3):
        assert client.get(path).status_code == 503
    app.extensions["live"].engine = engine
    assert client.get(path).status_code == 200


# Every status an error can have, for programs and for people


def _broken(make: Callable[..., Flask], engine: Engine) -> Flask:
    return make(FailingEngine(engine.index, engine.encoder, settings()))


def _limited(make: Callable[..., Flask], _: Engine) -> Flask:
    app = make(rate_limit=3)
    for path in (SEARCH, SUGGEST, JOB):
        _passed(app.test_client(), path, 6)
    return app


def _busy(make: Callable[..., Flask], _: Engine) -> Flask:
    app = make(threads=1)
    app.extensions["held"] = ExitStack()
    app.extensions["held"].enter_context(app.extensions["admission"].turn())
    return app


def _empty(make: Callable[..., Flask], _: Engine) -> Flask:
    return make(None)


def _usual(make: Callable[..., Flask], _: Engine) -> Flask:
    return make()


class Refusal(NamedTuple):
    """A request, how the service is arranged, and the answer."""

    arrange: Callable[[Callable[..., Flask], Engine], Flask]
    asked: str
    status: int
    code: str
    wait: str | None = None


REFUSALS = [
    Refusal(_usual, "GET /api/v1/search?q=dose&page=0", 400, "invalid_page"),
    Refusal(_usual, "GET /api/v1/suggest?q=do&limit=99", 400, "invalid_limit"),
    Refusal(_usual, f"GET {JOB}", 401, "unauthorized"),
    Refusal(_usual, "POST /api/v1/reindex", 401, "unauthorized"),
    Refusal(_usual, "GET /api/v1/passages/none", 404, "passage_not_found"),
    Refusal(_usual, "GET /nothing", 404, "not_found"),
    Refusal(_usual, f"POST {SUGGEST}", 405, "method_not_allowed"),
    Refusal(_usual, "DELETE /metrics", 405, "method_not_allowed"),
    Refusal(_limited, f"GET {SEARCH}", 429, "too_many_requests", "20"),
    Refusal(_limited, f"GET {SUGGEST}", 429, "too_many_requests", "4"),
    Refusal(_limited, f"GET {PASSAGE}", 429, "too_many_requests", "20"),
    Refusal(_limited, f"GET {JOB}", 429, "too_many_requests", "20"),
    Refusal(_broken, f"GET {SEARCH}", 500, "internal_error"),
    Refusal(_busy, f"GET {SEARCH}", 503, "too_busy", "1"),
    Refusal(_empty, f"GET {SEARCH}", 503, "no_index", "5"),
    Refusal(_empty, f"GET {SUGGEST}", 503, "no_index", "5"),
    Refusal(_empty, f"GET {PASSAGE}", 503, "no_index", "5"),
    Refusal(_empty, "GET /readyz", 503, "no_index", "5"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: f"{each.status} {each.asked}")
def test_an_error_has_the_one_shape(
    make: Callable[..., Flask], engine: Engine, refusal: Refusal
) -> None:
    client = refusal.arrange(make, engine).test_client()
    method, path = refusal.asked.split(" ", 1)
    answer = client.open(path, method=method, environ_base={"REMOTE_ADDR": VISITOR})
    assert (answer.status_code, _error(answer)["code"]) == (refusal.status, refusal.code)
    assert answer.headers.get("Retry-After") == refusal.wait


def test_a_run_that_cannot_be_started_may_be_asked_for_later(
    make: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr("indexer.runs.subprocess.Popen", refuse)
    app = make()
    answer = app.test_client().post("/api/v1/reindex", headers=SENT)
    assert (answer.status_code, _error(answer)["code"]) == (503, "cannot_start")
    assert answer.headers["Retry-After"] == "60"
    assert list(DataFolder(app.extensions["settings"].data).runs.glob("*.json")) == []


ON_THE_PAGE = [
    Refusal(_usual, "/?q=dose&page=0", 400, "page: "),
    Refusal(_limited, PAGE, 429, "too many requests", "20"),
    Refusal(_broken, PAGE, 500, "failed"),
    Refusal(_busy, PAGE, 503, "too many people", "1"),
    Refusal(_empty, PAGE, 503, "no index", "5"),
    Refusal(_empty, "/", 503, "no index", "5"),
]


@pytest.mark.parametrize("refusal", ON_THE_PAGE, ids=lambda each: f"{each.status} {each.asked}")
def test_on_the_page_an_error_is_a_page(
    make: Callable[..., Flask], engine: Engine, refusal: Refusal
) -> None:
    answer = _get(refusal.arrange(make, engine).test_client(), refusal.asked)
    assert refusal.code in _said(answer, refusal.status)
    assert answer.headers.get("Retry-After") == refusal.wait


def test_on_the_page_a_large_body_is_refused_by_a_page(make: Callable[..., Flask]) -> None:
    large = {"CONTENT_LENGTH": str(LARGEST + 1)}
    answer = make().test_client().get("/", environ_overrides=large)
    assert "body" in _said(answer, 413)


def _said(answer: TestResponse, status: int) -> str:
    """What a page says of an error."""
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert answer.headers["Cache-Control"] == "no-store"
    soup = BeautifulSoup(answer.text, "lxml")
    assert soup.select("form[role=search] input[name=q]")
    [alert] = soup.select(".notice")
    return alert.get_text()
