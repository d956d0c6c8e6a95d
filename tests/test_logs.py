"""Log lines: what is in them, in which format, and that nothing a visitor sent is."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from search import timing
from search.app import create_app
from search.engine import Engine
from search.logs import JsonFormatter, answers, log_answer, set_up_logs
from tests.fakes import passage
from tests.search_index import BUILD_ID, by_words, settings
from tests.serving import Served, until
from tests.test_metrics import Workers
from tests.test_serve import FAKE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from tests.conftest import Published

PLANTED = "zebra7391"
VISITOR = "203.0.113.77"
SEARCH = "/api/v1/search?q=dose"


class FailingEngine(Engine):
    """Fails with what it was asked in the message, as a library might."""

    def search(self, request: Any) -> Any:
        raise ValueError(f"cannot do {request.q}")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    found = [passage(f"The dose of number {row}", url=f"/site/{row}/") for row in range(4)]
    return by_words(tmp_path_factory.mktemp("logs"), found)


@pytest.fixture
def client(engine: Engine) -> FlaskClient:
    return create_app(settings(), engine).test_client()


class Kept(logging.Handler):
    """Keeps the records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """The records of answers so far."""
    kept = Kept()
    caplog.set_level(logging.INFO, logger="search.answers")
    answers.addHandler(kept)
    yield kept.records
    answers.removeHandler(kept)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = vars(record)["fields"]
    return found


# An answer's line


def test_the_line_of_a_search(client: FlaskClient, lines: list[logging.LogRecord]) -> None:
    answer = client.get(SEARCH)
    [record] = lines
    fields = _fields(record)
    spent = fields.pop("stages_ms")
    milliseconds = fields.pop("ms")
    assert fields == {
        "route": "/api/v1/search",
        "status": 200,
        "method": "GET",
        "request_id": answer.headers["X-Request-Id"],
        "index_version": BUILD_ID,
        "found": 4,
        "answerable": True,
    }
    assert list(spent) == list(timing.STAGES)
    assert all(part >= 0 for part in spent.values())
    assert milliseconds > 0
    assert record.getMessage() == f"/api/v1/search 200 {milliseconds} ms"


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", f"/api/v1/passages/{PLANTED}", "/api/v1/passages/<passage_id>", 404),
        ("GET", f"/api/v1/jobs/{PLANTED}", "/api/v1/jobs/<job_id>", 404),
        ("GET", f"/site/{PLANTED}", "/site/<path:path>", 404),
        ("GET", f"/static/{PLANTED}", "/static/<path:filename>", 404),
        ("GET", f"/{PLANTED}", "none", 404),
        ("GET", f"/?q={PLANTED}", "/", 200),
        ("HEAD", f"/?q={PLANTED}", "/", 200),
        ("GET", f"/api/v1/suggest?q={PLANTED}", "/api/v1/suggest", 200),
        ("GET", f"/healthz?{PLANTED}", "/healthz", 200),
        ("POST", f"/healthz?{PLANTED}", "none", 405),
        ("GET", f"/api/v1/search?q={PLANTED}&page=0", "/api/v1/search", 400),
    ],
)
def test_a_line_names_the_rule_never_the_path(
    client: FlaskClient, lines: list[logging.LogRecord], *,
    method: str, path: str, route: str, status: int,
) -> None:  # fmt: skip
    client.open(path, method=method)
    [record] = lines
    fields = _fields(record)
    assert (fields["route"], fields["status"], fields["method"]) == (route, status, method)
    assert PLANTED not in str(vars(record))


def test_an_answer_without_a_search_has_no_results(
    client: FlaskClient, lines: list[logging.LogRecord]
) -> None:
    tag = client.get(SEARCH).headers["ETag"]
    client.get(SEARCH, headers={"If-None-Match": tag})
    client.get("/healthz")
    for record, status in zip(lines[1:], (304, 200), strict=True):
        fields = _fields(record)
        assert set(fields) == {"route", "status", "ms", "method", "request_id", "index_version"}
        assert fields["status"] == status


def test_without_an_index_there_is_no_version(
    tmp_path_factory: pytest.TempPathFactory, lines: list[logging.LogRecord]
) -> None:
    empty = create_app(settings(data=tmp_path_factory.mktemp("empty")), watch=False)
    assert empty.test_client().get("/readyz").status_code == 503
    [record] = lines
    assert "index_version" not in _fields(record)


def test_nothing_that_a_visitor_sent_is_in_a_line(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    failing = FailingEngine(engine.index, engine.encoder, settings())
    upper = PLANTED.upper()
    names = "User-Agent Referer X-Request-Id X-Forwarded-For Origin Cookie If-None-Match"
    sent = dict.fromkeys([*names.split(), "Authorization", "Accept-Language"], PLANTED)
    with caplog.at_level(logging.DEBUG):
        for each in (engine, failing):
            made = create_app(settings(origins=("https://www.example.org",)), each)
            client = made.test_client()
            for path in (
                *(f"/api/v1/search?q={PLANTED}", f"/?q={PLANTED}", f"/api/v1/suggest?q={PLANTED}"),
                *(f"/api/v1/search?q=a&section={PLANTED}", f"/api/v1/search?q=a&page={PLANTED}"),
                *(f"/api/v1/passages/{PLANTED}", f"/{PLANTED}", f"/site/{PLANTED}"),
                *(f"/api/v1/jobs/{PLANTED}", f"/api/v1/search?{PLANTED}={PLANTED}"),
            ):
                for method in ("GET", "POST", "OPTIONS", upper):
                    address = {"REMOTE_ADDR": VISITOR}
                    client.open(path, method=method, headers=sent, environ_base=address)
    ours = [each for each in caplog.records if not each.name.startswith("flask_cors")]
    written = [each for each in ours if each.levelno > logging.DEBUG]
    assert len(written) >= 80
    for record in written:
        said = f"{JsonFormatter().format(record)} {vars(record)}"
        assert PLANTED not in said.lower()
        assert VISITOR not in said


def test_a_method_nobody_knows_is_not_named(
    client: FlaskClient, lines: list[logging.LogRecord]
) -> None:
    client.open("/healthz", method=PLANTED.upper())
    [record] = lines
    assert _fields(record)["method"] == "none"


def test_where_nobody_reads_them_no_line_is_made(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="search.answers")
    client.get(SEARCH)
    assert caplog.records == []


# Formats


def _record(message: str, *arguments: object, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("a.logger", logging.WARNING, "file.py", 1, message, arguments, None)
    vars(made).update(more)
    made.created = datetime(2024, 1, 2, 3, 4, 5, 678_000, UTC).timestamp()
    made.process = 123
    return made


def test_a_record_is_one_json_object() -> None:
    assert json.loads(JsonFormatter().format(_record("index %s answers", "x"))) == {
        "time": "2024-01-02T03:04:05.678+00:00",
        "level": "warning",
        "logger": "a.logger",
        "pid": 123,
        "message": "index x answers",
    }


def test_an_answer_s_fields_stand_in_the_object_itself() -> None:
    found = json.loads(JsonFormatter().format(_record("text", fields={"route": "/", "status": 1})))
    assert (found["route"], found["status"]) == ("/", 1)
    assert "message" not in found


@pytest.mark.parametrize("message", ['a\nb\r"c"', "tab\tnull\x00", "émigré 治療", "\udcff"])
def test_whatever_is_said_is_one_line(message: str) -> None:
    line = JsonFormatter().format(_record("%s", message))
    assert "\n" not in line
    assert json.loads(line)["message"] == message


def test_a_traceback_is_in_it() -> None:
    record = _record("failed")
    with pytest.raises(KeyError) as raised:
        _ = dict[str, str]()["words"]
    record.exc_info = (raised.type, raised.value, raised.tb)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("KeyError: 'words'")


@pytest.fixture
def _own_logging() -> Iterator[None]:
    """Whatever a test sets up is as before after it."""
    root = logging.getLogger()
    handlers, levels = root.handlers[:], (root.level, answers.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    answers.setLevel(levels[1])


@pytest.mark.usefixtures("_own_logging")
@pytest.mark.parametrize(
    ("written", "terminal", "as_json"),
    [("json", True, True), ("text", False, False), ("auto", True, False), ("auto", False, True)],
)
def test_the_format_is_the_one_that_is_set(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *,
    written: Any, terminal: bool, as_json: bool,
) -> None:  # fmt: skip
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: terminal)
    set_up_logs(written)
    logging.getLogger("any.other").warning("reloaded")
    logging.getLogger("any.other").info("not written")
    log_answer("/healthz", 200, 0.00125, {"request_id": "abc"})
    said, lines = capfd.readouterr()
    assert said == ""
    if as_json:
        event, answer = map(json.loads, lines.splitlines())
        assert (event["logger"], event["message"]) == ("any.other", "reloaded")
        assert (answer["logger"], answer["level"]) == ("search.answers", "info")
        assert (answer["route"], answer["ms"], answer["request_id"]) == ("/healthz", 1.25, "abc")
    else:
        assert lines == "reloaded\n/healthz 200 1.25 ms\n"


@pytest.mark.usefixtures("_own_logging")
def test_set_up_again_there_is_one_line_still(capfd: pytest.CaptureFixture[str]) -> None:
    for written in ("json", "text"):
        set_up_logs(written)  # type: ignore[arg-type]
    logging.getLogger("any.other").warning("once")
    assert capfd.readouterr().err == "once\n"


# A service


def _use(service: Served) -> tuple[str, int]:
    """Search, send what is no request, and kill a worker; a request's id and the process killed."""
    agent = f"Host: x\r\nUser-Agent: {PLANTED}\r\nConnection: close\r\n\r\n"
    asked = f"GET /api/v1/search?q={PLANTED}+octreotide HTTP/1.1\r\n{agent}"
    status, headers, _ = service.send(asked.encode())
    assert status == 200
    assert service.get(f"/{PLANTED}")[0] == 404
    assert service.send(f"{PLANTED}\r\n\r\n".encode())[0] == 400
    assert service.send(f"GET /{PLANTED} HTTP/9.9\r\n{agent}".encode())[0] == 400
    workers = Workers(service)
    killed, other = workers.both()
    os.kill(killed, signal.SIGKILL)
    until(lambda: re.search(f"{killed}.*SIGKILL", service.said))
    # The new one answers: one that has just begun would not hear that it is to end.
    with workers.only(next(pid for pid in workers.both() if pid != other)):
        assert service.get("/healthz")[0] == 200
    return headers["x-request-id"], killed


def test_all_lines_of_a_service_are_json(published: Published) -> None:
    with Served("-c", FAKE, str(published.data.root)) as service:
        request_id, killed = _use(service)
        assert service.stop(signal.SIGTERM) == 0
    lines = [json.loads(line) for line in service.said.splitlines()]
    for line in lines:
        assert {"time", "level", "logger", "pid"} <= set(line)
        assert datetime.fromisoformat(line["time"]).utcoffset() is not None
    [search] = [line for line in lines if line.get("route") == "/api/v1/search"]
    assert (search["status"], search["request_id"]) == (200, request_id)
    assert set(search["stages_ms"]) == set(timing.STAGES)
    assert search["index_version"] == published.generation.build_id
    assert {"level": "error", "logger": "gunicorn.error"}.items() <= next(
        line.items() for line in lines if str(killed) in line.get("message", "")
    )
    assert [line["status"] for line in lines if "route" in line] == [200, 404, 200]
    assert PLANTED not in service.said


def test_all_lines_of_a_service_are_text(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NET_LOG_FORMAT", "text")
    with Served("-c", FAKE, str(published.data.root), keep=("NET_LOG_FORMAT",)) as service:
        _, killed = _use(service)
        assert service.stop(signal.SIGTERM) == 0
    answered = [line for line in service.said.splitlines() if line.endswith(" ms")]
    assert [re.sub(r"[\d.]+ ms$", "", line) for line in answered] == [
        *("/api/v1/search 200 ", "none 404 ", "/healthz 200 "),
    ]
    [event] = [line for line in service.said.splitlines() if str(killed) in line]
    assert event.startswith(f"Worker (pid:{killed}) was sent SIGKILL!")
    assert PLANTED not in service.said
