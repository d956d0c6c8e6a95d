"""The Python client: against a served service, and against servers that misbehave."""

from __future__ import annotations

import ast
import gzip
import json
import pickle
import shutil
import socket
import subprocess
import sys
import threading
import traceback
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.clients import net_search
from docs.clients.net_search import Highlight, NetSearch, NetSearchError, pieces
from tests.search_index import ROOT
from tests.serving import Served, environment
from tests.test_serve import FAKE, PLANTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Self

    from indexer.layout import DataFolder

CLIENT = ROOT / "docs" / "clients" / "net_search.py"
TOKEN = "planted-token-of-the-operator"
JOB = "20240102T030405.000000Z-00a1"
# A service whose runs are over at once.
SERVE = f"""
import search.jobs
from indexer.report import RunReport

def start_run(data):
    report = RunReport("{JOB}", ["site"], state="published", pages=3, build_id="a-build")
    (data.runs / "{JOB}.json").write_text(report.json())
    return "{JOB}"

search.jobs.start_run = start_run
{FAKE.replace("workers=2", "workers=1")}"""
SUGGESTED = {
    "q": "prr",
    "index_version": "a-build",
    "suggestions": [
        {
            "text": "Side effects of PRRT",
            "kind": "heading",
            "highlights": [{"start": 16, "end": 19}],
        }
    ],
}


class Fake:
    """A server on 127.0.0.1, while entered, that gives prepared answers in turn, byte by byte.

    The last one is given again and again. ``asked`` has what it was sent.
    """

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                fake.asked.append((self.command, self.path, headers))
                more = len(fake.answers) > 1
                self.wfile.write(fake.answers.pop(0) if more else fake.answers[0])

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def answer(status: int, body: Any = b"", **headers: str) -> bytes:
    """An HTTP answer; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Length": str(len(content)), **headers}
    lines = [f"HTTP/1.1 {status} Words", *(f"{n.replace('_', '-')}: {v}" for n, v in sent.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def refusal(status: int, code: str, **headers: str) -> bytes:
    error = {"code": code, "message": "words", "field": None, "request_id": "ab12"}
    return answer(status, {"error": error}, **headers)


def job(state: str, **more: Any) -> bytes:
    return answer(200, {"job_id": JOB, "state": state, **more})


@pytest.fixture(autouse=True)
def _without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client made, in no time."""
    pauses: list[float] = []
    monkeypatch.setattr(net_search, "sleep", pauses.append)
    return pauses


@pytest.fixture(scope="module")
def served(_published: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("client") / "data"
    shutil.copytree(_published.root, data)
    with pytest.MonkeyPatch.context() as context:
        context.setenv("NET_OPERATOR_TOKEN", TOKEN)
        service = Served("-c", SERVE, str(data), keep=("NET_OPERATOR_TOKEN",))
    with service:
        yield service


@pytest.fixture
def net(served: Served) -> NetSearch:
    return NetSearch(f"http://127.0.0.1:{served.port}/", token=TOKEN)


def failed(act: Callable[[], object]) -> NetSearchError:
    """What it raised, which must show nothing of a question or token, however it is printed."""
    with pytest.raises(NetSearchError) as raised:
        act()
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert PLANTED not in shown
    assert TOKEN not in shown
    return raised.value


# Against the service


def test_results_are_what_the_service_answers(net: NetSearch, served: Served) -> None:
    found = net.search("octreotide direction 60", mode="hybrid")
    path = "/api/v1/search?q=octreotide+direction+60"
    raw = served.json(path)
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n"
    assert served.send(head.encode())[1]["content-encoding"] == "gzip"
    assert len(found.hits) == len(raw["hits"]) > 1
    assert found.index_version == raw["index_version"]
    assert found.facets == raw["facets"]
    assert found.reviewed == raw["reviewed"]
    page = found.hits[0].url
    assert {hit.url for hit in net.search("octreotide direction 60", url=page).hits} == {page}
    for hit, of_service in zip(found.hits, raw["hits"], strict=True):
        known = json.loads(json.dumps(asdict(hit)))
        assert known.pop("position") is None
        assert known["why"].pop("reranker") is None
        # The host is in the links; it is asked for by another name there.
        for name in ("url", "link"):
            assert urlsplit(known.pop(name)).path == urlsplit(of_service.pop(name)).path
        known["highlights"] = [asdict(each) for each in hit.highlights]
        assert known == {name: of_service[name] for name in known}
        assert hit.link.startswith(f"http://127.0.0.1:{served.port}/site/")
    marked = [part for part, kind in pieces(found.hits[0].text, found.hits[0].highlights) if kind]
    assert "octreotide" in marked


def test_filters_narrow(net: NetSearch) -> None:
    hits = net.search("octreotide", section="scans", group_by="none").hits
    assert [hit.path for hit in hits] == ["/scans/"]
    assert net.search("octreotide", reviewed_after=date(2024, 1, 1)).hits == ()


def test_all_goes_to_the_last_result(net: NetSearch) -> None:
    at_once = net.search("octreotide direction 45", group_by="none", per_page=50)
    by_one = list(net.all("octreotide direction 45", group_by="none", per_page=1))
    assert [hit.id for hit in by_one] == [hit.id for hit in at_once.hits]
    assert len(by_one) == at_once.found > 2


def test_suggestions_complete_what_is_typed(net: NetSearch) -> None:
    found = net.suggest("sca")
    assert [(each.text, each.kind) for each in found] == [
        *(("Scans", "title"), ("Octreotide scan", "heading"))
    ]
    assert list(pieces(found[1].text, found[1].highlights))[1] == ("sca", "exact")
    assert net.suggest("sca", limit=1) == found[:1]


def test_a_passage_comes_with_its_neighbours(net: NetSearch) -> None:
    first = net.search("lanreotide direction 30", group_by="none").hits[0]
    found = net.passage(first.id)
    assert found.passage.text == first.text
    assert found.passage.position == 1
    assert [each.text for each in found.before] == [
        "Octreotide is injected every month, direction 0"
    ]
    assert found.after == ()
    gone = failed(lambda: net.passage("../none"))
    assert (gone.status, gone.request_id != "") == (404, True)
    gone = failed(lambda: net.passage("none"))
    assert (gone.status, gone.code, gone.field) == (404, "passage_not_found", "id")


def test_ready_names_the_index(net: NetSearch) -> None:
    ready = net.ready()
    assert (ready.status, ready.passages, ready.encoder) == ("ready", 4, "angle@1")
    assert ready.index_version == net.search("x").index_version


def test_a_run_is_started_and_waited_for(net: NetSearch, slept: list[float]) -> None:
    started = net.reindex()
    assert (started.job_id, started.state, started.ended) == (JOB, "queued", False)
    ended = net.wait(started)
    assert (ended.state, ended.pages, ended.build_id) == ("published", 3, "a-build")
    assert ended.ended
    assert ended.succeeded
    assert net.job(JOB) == net.wait(JOB) == ended
    assert slept == []


@pytest.mark.parametrize("token", [None, f"{TOKEN}x"])
def test_a_run_needs_the_token(served: Served, token: str | None) -> None:
    net = NetSearch(f"http://127.0.0.1:{served.port}", token=token)
    for act in (net.reindex, lambda: net.job(JOB), lambda: net.wait(JOB)):
        error = failed(act)
        assert (error.status, error.code) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"q": PLANTED, "page": 0}, "page"),
        ({"q": PLANTED, "per_page": 51}, "per_page"),
        ({"q": PLANTED, "mode": "none"}, "mode"),
        ({"q": PLANTED, "reviewed_after": "soon"}, "reviewed_after"),
        ({"q": f"{PLANTED} \x00"}, "q"),
        ({"q": f"{PLANTED} " * 300}, "q"),
        ({"q": " "}, "q"),
        ({"q": ""}, "q"),
    ],
)
def test_a_refusal_names_the_parameter(net: NetSearch, asked: dict[str, Any], field: str) -> None:
    error = failed(lambda: net.search(**asked))
    assert (error.status, error.code, error.field) == (400, f"invalid_{field}", field)
    assert error.request_id
    assert error.message in str(error)
    assert error.retry_after is None


def test_half_a_character_is_no_crash(net: NetSearch) -> None:
    try:
        assert net.search(f"{PLANTED} \ud800").q
    except NetSearchError as error:
        assert error.field == "q"  # noqa: PT017 - which of both is the service's to decide


def _tried(*arguments: str) -> subprocess.CompletedProcess[str]:
    # Isolated: the file needs nothing of this project.
    return subprocess.run(
        [sys.executable, "-I", str(CLIENT), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment(), "no_proxy": "*"},
        timeout=60,
        check=False,
    )


def test_it_can_be_tried_from_a_terminal(served: Served) -> None:
    done = _tried(f"http://127.0.0.1:{served.port}", "octreotide scan")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Scans > Octreotide scan" in done.stdout
    assert "The *octreotide* *scan*, direction 60" in done.stdout
    assert f"\n   http://127.0.0.1:{served.port}/site/" in done.stdout


def test_a_terminal_gets_reasons_and_no_traceback(tmp_path: Path) -> None:
    assert _tried().returncode == 2
    done = _tried(f"file://{tmp_path}", PLANTED)
    assert (done.returncode, done.stdout) == (1, "")
    with Fake(answer(502, b"<h1>Bad gateway</h1>")) as fake:
        done = _tried(fake.url, PLANTED)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("invalid_answer (502)")
    assert "Traceback" not in done.stderr
    assert PLANTED not in done.stderr


def test_a_terminal_gets_no_codes_of_other_people() -> None:
    with Fake(_page("a", found=1)) as fake:
        done = _tried(fake.url, "x")
    assert "x ]0;owned" in done.stdout
    assert not set(CODES) & set(done.stdout) - set("x]0;owned")


# What is sent


def test_every_parameter_is_sent() -> None:
    with Fake(refusal(400, "words")) as fake:
        net = NetSearch(f"{fake.url}/below/")
        failed(
            lambda: net.search(
                "a & b=ü",
                page=2,
                per_page=3,
                mode="keyword",
                expand=False,
                correct=False,
                group_by="none",
                audience="patient",
                source="site",
                section="a/b",
                language="en",
                reviewed_after=date(2024, 6, 1),
            )
        )
        failed(lambda: net.suggest("ü ", limit=3))
    parts = urlsplit(fake.asked[0][1])
    assert parts.path == "/below/api/v1/search"
    assert parse_qs(parts.query) == {
        "q": ["a & b=ü"],
        "page": ["2"],
        "per_page": ["3"],
        "mode": ["keyword"],
        "expand": ["false"],
        "correct": ["false"],
        "group_by": ["none"],
        "audience": ["patient"],
        "source": ["site"],
        "section": ["a/b"],
        "language": ["en"],
        "reviewed_after": ["2024-06-01"],
    }
    assert parse_qs(urlsplit(fake.asked[1][1]).query) == {"q": ["ü "], "limit": ["3"]}


def test_the_token_goes_only_where_it_is_asked_for() -> None:
    with Fake(refusal(404, "words")) as fake:
        net = NetSearch(fake.url, token=TOKEN)
        acts = (net.ready, net.reindex, lambda: net.search("x"), lambda: net.job("a/b"))
        for act in (*acts, lambda: net.suggest("x"), lambda: net.passage("x")):
            failed(act)
    with_token = [path for _, path, headers in fake.asked if "authorization" in headers]
    assert with_token == ["/api/v1/reindex", "/api/v1/jobs/a%2Fb"]
    assert {headers["accept-encoding"] for *_, headers in fake.asked} == {"gzip"}
    assert not any("cookie" in headers for *_, headers in fake.asked)


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("search.example.org", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        (f"https://user:{TOKEN}@example.org", None),
        ("https://example.org/?q=x", None),
        ("https://example.org", ""),
        ("https://example.org", f"{TOKEN}\n"),
        ("https://example.org", f"{TOKEN}\u2026"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(url: str, token: str | None) -> None:
    with pytest.raises(ValueError, match=r"base_url|token") as raised:
        NetSearch(url, token=token)
    assert TOKEN not in str(raised.value)


# What is answered


def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(json.dumps(SUGGESTED).encode())
    with Fake(answer(200, packed, Content_Encoding="gzip")) as fake:
        assert NetSearch(fake.url).suggest("prr")[0].kind == "heading"


def test_how_a_question_was_understood_is_read() -> None:
    corrections = [{"from": "pallitive", "to": "palliative"}]
    expansions = [{"from": "SSA", "to": "somatostatin analogue", "source": "glossary"}]
    with Fake(_page(found=0, corrections=corrections, expansions=expansions)) as fake:
        found = NetSearch(fake.url).search("x")
    assert [(each.from_, each.to) for each in found.corrections] == [("pallitive", "palliative")]
    assert [tuple(each.values()) for each in expansions] == [
        (each.from_, each.to, each.source) for each in found.expansions
    ]


def test_unknown_fields_are_ignored() -> None:
    with Fake(job("running", stage="embed", colour={"deep": [1]}, drops={"noindex": 2})) as fake:
        found = NetSearch(fake.url).job(JOB)
    assert (found.stage, found.total, found.drops) == ("embed", None, {"noindex": 2})


CUT = answer(200, json.dumps(SUGGESTED).encode()[:-20], Content_Length="400")
PACKED = gzip.compress(json.dumps(SUGGESTED).encode())
# JSON, had one the patience.
BOMB = gzip.compress(b'{"suggestions": [' + b" " * (40 * 1024 * 1024) + b"]}", 1)
QUESTION_BACK = f"GET /api/v1/suggest?q={PLANTED}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (answer(502, b"<h1>Bad gateway</h1>", Content_Type="text/html"), 502, "invalid_answer"),
        (answer(200, b"<h1>Sign in</h1>", Content_Type="text/html"), 200, "invalid_answer"),
        (answer(500, {"error": PLANTED}), 500, "invalid_answer"),
        (answer(500, [PLANTED]), 500, "invalid_answer"),
        (answer(200), 200, "invalid_answer"),
        (answer(204), 204, "invalid_answer"),
        (answer(200, b"null"), 200, "invalid_answer"),
        (answer(200, b'{"suggestions": "\xff"}'), 200, "invalid_answer"),
        (answer(200, b"[" * 100_000), 200, "invalid_answer"),
        (CUT, 200, "invalid_answer"),
        (answer(200, PACKED[:-20], Content_Encoding="gzip"), 200, "invalid_answer"),
        (answer(200, b"words", Content_Encoding="gzip"), 200, "invalid_answer"),
        (answer(200, BOMB, Content_Encoding="gzip"), 200, "invalid_answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", 0, "unreachable"),
        (b"", 0, "unreachable"),
        (QUESTION_BACK, 0, "unreachable"),
        (answer(302, Location="http://[x"), 302, "redirected"),
        (answer(307), 307, "redirected"),
        (answer(429, b"slow down", Retry_After="soon"), 429, "invalid_answer"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_whatever_answers_there_is_one_exception(sent: bytes, status: int, code: str) -> None:
    with Fake(sent) as fake:
        error = failed(lambda: NetSearch(fake.url).suggest(PLANTED))
    assert (error.status, error.code, error.retry_after) == (status, code, None)
    assert fake.url.removeprefix("http://") in error.message
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "suggestions"),
        ({"suggestions": {}}, "suggestions"),
        ({"suggestions": [PLANTED]}, "suggestions[0]"),
        ({"suggestions": [{"text": PLANTED}]}, "kind"),
        ({"suggestions": [{"text": None, "kind": PLANTED}]}, "text"),
        ({"suggestions": [{"text": "x", "kind": "x", "highlights": [{"start": True}]}]}, "start"),
        ([], "object"),
    ],
)
def test_an_object_of_another_shape_is_named_and_not_shown(body: Any, at: str) -> None:
    with Fake(answer(200, body)) as fake:
        error = failed(lambda: NetSearch(fake.url).suggest(PLANTED))
    assert (error.status, error.code) == (200, "invalid_answer")
    assert error.message.endswith(f" {at}")


def test_a_service_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        late = failed(lambda: NetSearch(url, timeout=0.05).search(PLANTED))
    gone = failed(lambda: NetSearch(url).search(PLANTED))
    no_host = failed(lambda: NetSearch("http://a..b").search(PLANTED))
    assert [each.status for each in (late, gone, no_host)] == [0, 0, 0]
    assert {each.code for each in (late, gone, no_host)} == {"unreachable"}
    assert "timed out" in str(late)
    assert "refused" in str(gone)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    with Fake(answer(200, SUGGESTED)) as other:
        to = answer(status, Location=f"{other.url}/api/v1/suggest?q={PLANTED}")
        with Fake(to) as fake:
            net = NetSearch(fake.url, token=TOKEN)
            for act in (lambda: net.suggest(PLANTED), net.reindex, lambda: net.job(JOB)):
                error = failed(act)
                assert (error.status, error.code) == (status, "redirected")
                assert other.url in error.message
    assert other.asked == []


def test_the_exception_can_be_pickled() -> None:
    error = NetSearchError(429, "words", "more words", field="q", request_id="a", retry_after=2.0)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "words (429): more words"
    assert vars(again) == vars(error)


# Asking again


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_pause_is_made_once(slept: list[float], status: int) -> None:
    busy = refusal(status, "busy", Retry_After="3")
    with Fake(busy, answer(200, SUGGESTED)) as fake:
        assert NetSearch(fake.url).suggest("prr")
    assert (len(fake.asked), slept) == (2, [3.0])
    with Fake(busy) as fake:
        error = failed(lambda: NetSearch(fake.url).suggest(PLANTED))
    assert (error.status, error.code, error.retry_after) == (status, "busy", 3.0)
    assert (len(fake.asked), slept) == (2, [3.0, 3.0])


IN_TWO_DAYS = format_datetime(datetime.now(UTC) + timedelta(days=2), usegmt=True)


@pytest.mark.parametrize(
    ("status", "written", "retry_after"),
    [
        (503, "6", 6.0),
        (429, "86400", 86400.0),
        (503, IN_TWO_DAYS, 172800.0),
        (503, "", None),
        (503, "-1", None),
        (503, "9" * 400, None),
        (500, "1", None),
        (404, "1", None),
    ],
    ids=lambda value: "a date" if value is IN_TWO_DAYS else repr(value)[:20],
)
def test_another_pause_is_the_caller_s(
    slept: list[float], status: int, written: str, retry_after: float | None
) -> None:
    with Fake(refusal(status, "words", Retry_After=written)) as fake:
        error = failed(lambda: NetSearch(fake.url).suggest(PLANTED))
    assert error.retry_after == (retry_after and pytest.approx(retry_after, abs=600))
    assert (len(fake.asked), slept) == (1, [])


def test_a_date_that_is_past_is_asked_again_at_once(slept: list[float]) -> None:
    past = "Wed, 21 Oct 2015 07:28:00 -0000"
    with Fake(refusal(503, "x", Retry_After=past), answer(200, SUGGESTED)) as fake:
        assert NetSearch(fake.url).suggest("prr")
    assert slept == [0.0]


def test_a_post_is_never_sent_twice(slept: list[float]) -> None:
    with Fake(refusal(503, "cannot_start", Retry_After="1")) as fake:
        error = failed(NetSearch(fake.url, token=TOKEN).reindex)
    assert (error.code, error.retry_after) == ("cannot_start", 1.0)
    assert [method for method, *_ in fake.asked] == ["POST"]
    assert slept == []


def test_waiting_outlasts_a_service_that_is_started_anew(slept: list[float]) -> None:
    gone = answer(502, b"<h1>Bad gateway</h1>")
    states = (job("queued"), *[gone] * 4, job("running"), *[gone] * 4, job("refused", error="lost"))
    with Fake(*states) as fake:
        ended = NetSearch(fake.url, token=TOKEN).wait(JOB)
    assert (ended.state, ended.error, ended.succeeded) == ("refused", "lost", False)
    assert slept == [0.5, 1.0, 2.0, *[5.0] * 7]


def test_waiting_ends(slept: list[float]) -> None:
    with Fake(answer(502, b"<h1>Bad gateway</h1>")) as fake:
        assert failed(lambda: NetSearch(fake.url).wait(JOB)).status == 502
    assert len(fake.asked) == 5
    with Fake(refusal(404, "job_not_found")) as fake:
        assert failed(lambda: NetSearch(fake.url).wait(JOB)).code == "job_not_found"
    assert len(fake.asked) == 1
    slept.clear()
    with Fake(job("running")) as fake:
        error = failed(lambda: NetSearch(fake.url).wait(JOB, timeout=0))
    assert (error.status, error.code) == (0, "timeout")
    assert slept == []


CODES = "x\x1b]0;owned\x07\u202e"  # a terminal would do as it is told


def _page(*ids: str, found: int, relation: str = "eq", **more: Any) -> bytes:
    names = ("title text url path link source audience section fetched_at content_hash").split()
    rest = {**dict.fromkeys(names, CODES), "headings": [], "highlights": [], "score": 1}
    why = {"semantic": 1, "keyword": 0.5, "exact_rare": False}
    hits = [{"id": each, "why": why, **rest} for each in ids]
    numbers = {"page": 1, "per_page": 2, "found": found, "search_time_ms": 1}
    texts = {"q": "x", "index_version": "x", "found_relation": relation}
    body = {**numbers, **texts, "answerable": True, "facets": {}, "hits": hits, **more}
    return answer(200, body)


@pytest.mark.parametrize(
    ("pages", "ids", "asked"),
    [
        ([_page("a", "b", found=4), _page("c", "d", found=4)], "abcd", 2),
        ([_page("a", "b", found=3), _page("c", found=3)], "abc", 2),
        ([_page(found=0)], "", 1),
        # A new index was published in between.
        ([_page("a", "b", found=5), _page("b", "c", found=5), _page("d", found=5)], "abcd", 3),
        ([_page("a", "b", found=2, relation="gte"), _page("c", found=3)], "abc", 2),
        # Fewer than it said, or the same page for ever.
        ([_page("a", "b", found=9), _page(found=9)], "ab", 2),
        ([_page("a", "b", found=9)], "ab", 2),
    ],
)
def test_all_takes_each_hit_once_and_ends(pages: list[bytes], ids: str, asked: int) -> None:
    with Fake(*pages) as fake:
        hits = list(NetSearch(fake.url).all("x", per_page=2, section="s"))
    assert "".join(hit.id for hit in hits) == ids
    queries = [parse_qs(urlsplit(path).query) for _, path, _ in fake.asked]
    assert [each["page"] for each in queries] == [[str(n)] for n in range(1, asked + 1)]
    assert {(*each["section"], *each["per_page"]) for each in queries} == {("s", "2")}


# The file itself


SPAN = st.builds(Highlight, st.integers(-2, 12), st.integers(-2, 12), st.sampled_from(["", "x"]))


@given(st.text("aü\U0001d6fc", max_size=10), st.lists(SPAN, max_size=4))
def test_the_pieces_of_a_text_are_the_text(text: str, marks: list[Highlight]) -> None:
    parts = list(pieces(text, marks))
    assert "".join(part for part, _ in parts) == text
    assert all(part for part, _ in parts)
    marked = {at for each in marks for at in range(max(each.start, 0), min(each.end, len(text)))}
    assert sum(len(part) for part, kind in parts if kind) == len(marked)


def test_it_needs_the_standard_library_only() -> None:
    nodes = list(ast.walk(ast.parse(CLIENT.read_text(encoding="utf-8"))))
    froms = {each.module for each in nodes if isinstance(each, ast.ImportFrom)}
    names = {n.name for each in nodes if isinstance(each, ast.Import) for n in each.names}
    used = {str(name).partition(".")[0] for name in froms | names}
    assert used <= sys.stdlib_module_names
