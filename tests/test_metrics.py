"""Metrics: what is counted, in one process and in several, and that nothing of a visitor is in it."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from indexer.report import RunReport
from search import timing
from search.app import create_app
from search.limits import RateLimiter
from tests.fakes import passage
from tests.search_index import BUILD_ID, COSINE_OVER_HALF, by_angle, by_words, settings
from tests.serving import DEADLINE, Served
from tests.test_admission import HANGS, Watched
from tests.test_serve import FAKE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient

    from indexer.layout import DataFolder
    from search.engine import Engine

SEARCH = "/api/v1/search?q=near"
ROUTE = "/api/v1/search"
PLANTED = "zebra7391"
Values = Counter[str]


def _read(text: str) -> Values:
    """Each value by its name and labels, as they are written."""
    return Counter(
        {
            sample.name
            + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): (
                sample.value  # type: ignore[dict-item] - most are whole
            )
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
    )


def _values(client: FlaskClient) -> Values:
    answer = client.get("/metrics")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    return _read(answer.text)


@contextmanager
def _counted(client: FlaskClient) -> Iterator[Values]:
    """What is counted inside the block; other tests of this process count as well."""
    before, found = _values(client), Values()
    yield found
    after = _values(client)
    found.update({name: after[name] - before[name] for name in after})


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Answers "near", and not "far"."""
    passages = [(passage("The near dose"), 0), (passage("The other dose", url="/b/"), 10)]
    made = {"answerability": COSINE_OVER_HALF}
    return by_angle(tmp_path_factory.mktemp("metrics"), passages, {"far": 75}, made)


@pytest.fixture
def client(engine: Engine, data: DataFolder) -> FlaskClient:
    return create_app(settings(data=data.root), engine).test_client()


def test_answers_are_counted_by_route_and_status(client: FlaskClient) -> None:
    passage_id = client.get(SEARCH).get_json()["hits"][0]["id"]
    tag = client.get(SEARCH).headers["ETag"]
    with _counted(client) as counted:
        for _ in range(3):
            client.get(SEARCH)
        client.get(SEARCH, headers={"If-None-Match": tag})
        client.get(f"{SEARCH}&page=0")
        client.get(f"/api/v1/passages/{passage_id}")
        client.get("/api/v1/passages/none")
        client.get("/?q=near")
        client.get("/nothing")
        client.post(SEARCH)
    answers = {
        tuple(re.findall(r"=(\S+)", name)): value
        for name, value in counted.items()
        if name.startswith("net_requests_total") and value and "/metrics" not in name
    }
    assert answers == {
        (ROUTE, "200"): 3,
        (ROUTE, "304"): 1,
        (ROUTE, "400"): 1,
        ("/api/v1/passages/<passage_id>", "200"): 1,
        ("/api/v1/passages/<passage_id>", "404"): 1,
        ("/", "200"): 1,
        ("none", "404"): 1,
        ("none", "405"): 1,
    }
    assert counted[f"net_request_seconds_count route={ROUTE}"] == 5
    assert counted[f"net_request_seconds_bucket le=+Inf route={ROUTE}"] == 5


def test_each_stage_of_a_search_is_timed(client: FlaskClient) -> None:
    with _counted(client) as counted:
        client.get(SEARCH)
        client.get("/?q=far")
        client.get("/api/v1/suggest?q=do")
    assert {name: counted[f"net_stage_seconds_count stage={name}"] for name in timing.STAGES} == (
        dict.fromkeys(timing.STAGES, 2)
    )
    assert counted["net_stage_seconds_sum stage=encode"] > 0


def test_times_are_those_of_the_clock(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.get("/healthz")
    monkeypatch.setattr("search.app.time.perf_counter", iter([10.0, 10.75] * 3).__next__)
    with _counted(client) as counted:
        client.get("/healthz")
    assert counted["net_request_seconds_sum route=/healthz"] == pytest.approx(0.75)
    assert counted["net_request_seconds_bucket le=0.5 route=/healthz"] == 0
    assert counted["net_request_seconds_bucket le=1.0 route=/healthz"] == 1


def test_searches_are_counted_by_whether_there_is_an_answer(client: FlaskClient) -> None:
    with _counted(client) as counted:
        for path in (SEARCH, SEARCH, "/?q=near", "/api/v1/search?q=far", f"{SEARCH}&source=no"):
            client.get(path)
    assert counted["net_searches_total answerable=true"] == 3
    assert counted["net_searches_total answerable=false"] == 2
    assert counted["net_found_count"] == 5
    assert counted["net_found_sum"] == 8
    assert counted["net_found_bucket le=0.0"] == 1


def test_refusals_are_counted_by_their_reason(engine: Engine) -> None:
    app = create_app(settings(rate_limit=3, threads=1, queue=0), engine)
    app.extensions["limiter"] = RateLimiter(slots=64, clock=lambda: 1000.0)
    client = app.test_client()
    visitor = {"REMOTE_ADDR": "203.0.113.7"}
    with _counted(client) as counted:
        for _ in range(3):
            client.get("/api/v1/passages/x", environ_base=visitor)
        with app.extensions["admission"].turn():
            client.get(SEARCH)
    assert counted["net_refused_total reason=rate"] == 2
    assert counted["net_refused_total reason=queue"] == 1
    assert counted[f"net_requests_total route={ROUTE} status=503"] == 1


def test_how_many_wait_is_shown(engine: Engine) -> None:
    app = create_app(settings(), engine)
    admission = Watched(working=1, waiting=1)
    app.extensions["admission"] = admission
    client = app.test_client()
    with admission.turn():
        asking = threading.Thread(target=lambda: app.test_client().get(SEARCH))
        asking.start()
        admission.until(1)
        assert _values(client)["net_waiting"] == 1
    asking.join(HANGS)
    assert _values(client)["net_waiting"] == 0


# The index


class Noon(datetime):
    """A day after the test's index was made."""

    @classmethod
    def now(cls, tz: Any = None) -> Noon:
        return cls(2024, 1, 3, 3, 4, 5, tzinfo=tz)


def test_the_index_its_age_and_size_are_shown(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.metrics.datetime", Noon)
    values = _values(client)
    assert values[f"net_index version={BUILD_ID}"] == 1
    assert values["net_index_age_seconds"] == 86_400
    assert (values["net_index_pages"], values["net_index_passages"]) == (2, 2)


def test_of_a_new_index_only_its_own_version_is_shown(client: FlaskClient, tmp_path: Path) -> None:
    made = {"build_id": "20250102T030405Z-00c0ffee", "created_at": "2025-01-02T03:04:05Z"}
    client.application.extensions["live"].engine = by_words(tmp_path, [passage("A dose")], made)
    values = _values(client)
    assert [name for name in values if name.startswith("net_index ")] == [
        f"net_index version={made['build_id']}",
    ]
    assert values["net_index_passages"] == 1


def test_without_an_index_the_rest_is_shown(tmp_path: Path) -> None:
    client = create_app(settings(data=tmp_path), watch=False).test_client()
    values = _values(client)
    assert not [name for name in values if name.startswith("net_index")]
    assert values["net_waiting"] == 0
    assert "net_runs_total outcome=published" in values


# The runs


def _run(data: DataFolder, number: int, **record: Any) -> Path:
    run_id = f"20240102T0304{number:02}.000000Z-00a1"
    file = data.runs / f"{run_id}.json"
    file.write_text(RunReport(run_id, ["clinic"], **record).json(), encoding="utf-8")
    return file


def _runs(client: FlaskClient) -> dict[str, int]:
    prefix = "net_runs_total outcome="
    return {
        name.removeprefix(prefix): int(value)
        for name, value in _values(client).items()
        if name.startswith(prefix)
    }


@pytest.fixture
def _no_runs_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.metrics._known", {})


NONE = dict.fromkeys(("published", "unchanged", "refused", "failed", "interrupted"), 0)


@pytest.mark.usefixtures("_no_runs_known")
def test_runs_are_counted_by_how_they_ended(client: FlaskClient, data: DataFolder) -> None:
    assert _runs(client) == NONE
    states = ("published", "published", "unchanged", "refused", "failed", "failed", "failed")
    for number, state in enumerate(states):
        _run(data, number, state=state, error=PLANTED)
    assert _runs(client) == {**NONE, **Counter(states)}
    assert PLANTED not in client.get("/metrics").text


@pytest.mark.usefixtures("_no_runs_known")
def test_a_run_counts_when_it_has_ended(client: FlaskClient, data: DataFolder) -> None:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _run(data, 1, state="queued", heartbeat=now)
    file = _run(data, 2, state="running", heartbeat=now)
    with file.with_suffix(".lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert _runs(client) == NONE
        _run(data, 2, state="published", heartbeat=now)
        assert _runs(client) == {**NONE, "published": 1}


@pytest.mark.usefixtures("_no_runs_known")
def test_a_run_whose_process_is_gone_was_interrupted(client: FlaskClient, data: DataFolder) -> None:
    _run(data, 1, state="running", heartbeat="2024-01-02T03:04:05Z")
    assert _runs(client) == {**NONE, "interrupted": 1}


@pytest.mark.usefixtures("_no_runs_known")
def test_a_record_that_cannot_be_read_is_left_out(client: FlaskClient, data: DataFolder) -> None:
    _run(data, 1, state="published")
    for number, text in enumerate(("", "{not json", "[]", "null", '"Z"', "{}", '{"state": "x"}')):
        _run(data, 10 + number).write_text(text)
    _run(data, 20).write_bytes(b"\xff")
    _run(data, 21).write_text('{"state": "queued"}')
    (data.runs / "notes Z.json").write_text('{"state": "published"}')
    _run(data, 22, state="published").with_suffix(".txt").write_text('{"state": "published"}')
    (data.runs / "20240102T030430.000000Z-00a1.json").mkdir()
    found = _runs(client)
    # "{}" is a record of an early version, which had no state.
    assert found == {**NONE, "published": 2, "unchanged": 1}


# Nothing of a request


def test_no_label_holds_anything_of_a_request(client: FlaskClient) -> None:
    sent = {"User-Agent": PLANTED, "Referer": f"http://{PLANTED}/", "X-Request-Id": PLANTED}
    visitor = {"REMOTE_ADDR": "203.0.113.77"}
    for path in (
        *(f"/api/v1/search?q={PLANTED}", f"/?q={PLANTED}", f"/api/v1/suggest?q={PLANTED}"),
        *(f"/api/v1/passages/{PLANTED}", f"/{PLANTED}", f"/site/{PLANTED}", f"/static/{PLANTED}"),
        *(f"/api/v1/jobs/{PLANTED}", f"/api/v1/search?q=a&page={PLANTED}", f"/healthz?{PLANTED}"),
        f"/api/v1/search?q=a&section={PLANTED}",
    ):
        for method in ("GET", "POST", PLANTED.upper()):
            client.open(path, method=method, headers=sent, environ_base=visitor)
    text = client.get("/metrics").text
    assert PLANTED not in text.lower()
    assert "203.0.113.77" not in text
    rules = {rule.rule for rule in client.application.url_map.iter_rules()}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if "route" in sample.labels:
                assert sample.labels["route"] in rules | {"none"}
                assert re.fullmatch(r"[1-5]\d\d", sample.labels.get("status", "200"))
            elif sample.name.startswith("net_"):
                assert set(sample.labels) <= {*("stage", "answerable", "reason"), "outcome",
                    "version", "le"}  # fmt: skip
                assert sample.labels.get("stage", "wait") in timing.STAGES


# Several processes


class Workers:
    """The worker processes of a service, of which one can be made to answer."""

    def __init__(self, service: Served) -> None:
        self._service = service

    @property
    def pids(self) -> list[int]:
        main = self._service._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii")
        return sorted(map(int, children.split()))

    def both(self) -> list[int]:
        """The two, once there are two."""
        _until(lambda: len(self.pids) == 2)
        return self.pids

    @contextmanager
    def only(self, pid: int) -> Iterator[None]:
        """Inside the block the other processes stand still."""
        others = [each for each in self.pids if each != pid]
        for each in others:
            os.kill(each, signal.SIGSTOP)
        try:
            _until(lambda: all(map(_stands_still, others)))
            yield
        finally:
            for each in others:
                os.kill(each, signal.SIGCONT)


def _until(condition: Callable[[], bool]) -> None:
    """Return when something holds that other processes do."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end
        os.sched_yield()


def _stands_still(pid: int) -> bool:
    """Whether all threads of a process are stopped."""
    stats = [file.read_text(encoding="ascii") for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(") ")[2].startswith("T") for stat in stats)


@pytest.fixture
def served(_published: DataFolder) -> Iterator[Served]:
    with Served("-c", FAKE, str(_published.root)) as service:
        yield service


def _searches(values: Values) -> dict[str, float]:
    stages = {values[f"net_stage_seconds_count stage={stage}"] for stage in timing.STAGES}
    [timed] = stages
    return {
        "answers": values[f"net_requests_total route={ROUTE} status=200"],
        "refused": values[f"net_requests_total route={ROUTE} status=400"],
        "searches": sum(n for name, n in values.items() if name.startswith("net_searches_total")),
        "found": values["net_found_count"],
        "stages": timed,
    }


def test_whichever_worker_is_asked_it_answers_for_all(served: Served) -> None:
    workers = Workers(served)
    first, second = workers.both()
    with workers.only(first):
        for _ in range(3):
            assert served.get("/api/v1/search?q=octreotide")[0] == 200
    with workers.only(second):
        for _ in range(4):
            assert served.get("/api/v1/search?q=scan")[0] == 200
        assert served.get("/api/v1/search?q=")[0] == 400
    expected = {"answers": 7, "refused": 1, "searches": 7, "found": 7, "stages": 7}
    for pid in (first, second):
        with workers.only(pid):
            values = _read(served.get("/metrics")[2].decode())
        assert _searches(values) == expected
        assert len([name for name in values if name.startswith("net_index ")]) == 1
    # What a worker has counted stays when it is gone.
    os.kill(first, signal.SIGKILL)
    _until(lambda: first not in workers.pids)
    assert _searches(_read(served.get("/metrics")[2].decode())) == expected
    [third] = set(workers.both()) - {second}
    with workers.only(third):
        assert served.get("/api/v1/search?q=octreotide")[0] == 200
        values = _read(served.get("/metrics")[2].decode())
    assert _searches(values) == {**expected, **dict.fromkeys(
        ("answers", "searches", "found", "stages"), 8
    )}  # fmt: skip
