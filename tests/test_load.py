"""The load benchmark: its arithmetic, its client against a tiny server, and the bare recipe."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bare_service import answering
from benchmarks.load import MEASURES, compared, errors_in
from benchmarks.load_client import (
    Answer,
    Questions,
    arrivals,
    ask,
    closed_loop,
    median_ratio,
    open_loop,
    overload,
    percentile,
    spread,
    summary,
)
from benchmarks.load_mixed import Seen, Visitor, thirds, what_is_wrong
from benchmarks.load_publish import moved, publish_marked
from benchmarks.load_report import as_text
from indexer.layout import DataFolder
from indexer.reader import IndexReader
from tests.conftest import PASSAGES
from tests.fakes import AngleEncoder, passage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Published


def answer(status: str = "200", *, due: float = 0.0, took: float = 0.1, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(due, due, due + took, status, named)


class _Handler(BaseHTTPRequestHandler):
    """``/STATUS/...`` answers with that status, ``/cut`` with less than it promises."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.headers.get("If-None-Match", self.path).encode()
        status = int(self.path.split("/")[1]) if self.path[1].isdigit() else 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) + (self.path == "/cut")))
        if status == 503:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def tiny_server() -> Iterator[tuple[int, list[str]]]:
    """A port, and the paths that were asked there."""
    handler = type("Handler", (_Handler,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port, handler.asked
        finally:
            server.shutdown()
            thread.join()


def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0.2, 0.21, 0.5, 0.95, 1.0)] == [1, 2, 3, 5, 5]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_one_of_the_values_and_bounds_its_share(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_times_are_counted_from_when_a_request_was_due() -> None:
    late = Answer(due=1.0, sent=3.0, ended=3.5, status="200")
    assert spread([late]) == {"p50": 2500.0, "p95": 2500.0, "p99": 2500.0}
    assert overload([late], 1.0)["client_late_p95"] == 2000.0


def test_of_no_answers_there_are_no_times() -> None:
    assert spread([]) == {"p50": None, "p95": None, "p99": None}


@given(st.floats(0.5, 200), st.floats(0.1, 20), st.integers(0, 9))
def test_arrivals_are_in_order_and_the_same_each_time(
    rate: float, seconds: float, seed: int
) -> None:
    found = arrivals(rate, seconds, seed)
    assert found == sorted(found)
    assert all(0 <= at < seconds for at in found)
    assert found == arrivals(rate, seconds, seed)


def test_arrivals_come_at_the_rate_and_not_evenly() -> None:
    found = arrivals(100, 100, seed=1)
    gaps = [after - before for before, after in pairwise(found)]
    assert len(found) == pytest.approx(10_000, rel=0.05)
    # Of a Poisson process a share of 1/e of the gaps is longer than their mean.
    assert sum(gap > 0.01 for gap in gaps) / len(gaps) == pytest.approx(0.368, abs=0.03)


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    assert median_ratio([1, 100, 3], [2, 1, 2]) == 1.5
    assert median_ratio([None, 6], [1, 3]) == 2
    assert median_ratio([1], [0]) is None


def test_the_rate_is_of_good_answers_until_the_last_came() -> None:
    found = summary([answer(), answer(took=1.0), answer("500"), answer("503", due=1.0, took=1.0)])
    assert found["per_second"] == 1.0
    assert found["p99"] == 1000.0
    assert found["errors"] == {"500": 1, "503": 1}


def test_rounds_are_compared_in_pairs() -> None:
    def rounds(bare: float, ours: float) -> dict[str, list[Answer]]:
        return {"bare": [answer(took=bare)], "ours": [answer(took=ours)] * 2}

    found = compared([rounds(0.1, 0.2), rounds(0.1, 0.4), rounds(0.2, 0.1)])
    assert found["ratio"] == {"per_second": 1.0, "p50": 2.0, "p95": 2.0, "p99": 2.0}
    assert found["bare"]["per_second"] == 10.0
    assert found["ours"]["p99"] == 400.0


def test_a_refusal_without_retry_after_is_an_error() -> None:
    answers = [answer(), answer("503", retry_after="1"), answer("503"), answer("500")]
    found = overload([*answers, answer("ConnectionResetError", due=2.0, took=3.0)], 1.0)
    assert (found["asked"], found["answered"], found["refused"]) == (5, 1, 2)
    assert found["errors"] == {
        "500": 1,
        "503 without Retry-After": 1,
        "ConnectionResetError": 1,
    }
    assert found["drained_after"] == 3.0


def test_errors_are_found_wherever_they_are_counted() -> None:
    found = {"errors": {"a": 1}, "closed": {"1": {"ours": {"errors": {"500": 2}}}}, "memory": []}
    assert errors_in(found) == 3


@given(st.lists(st.sampled_from(["lutetium therapy", "octreotide {x}", "scan"]), unique=True))
def test_no_question_comes_twice_and_they_are_the_same_each_time(asked: list[str]) -> None:
    made = list(islice(Questions(PASSAGES, asked).since(0), 300))
    assert len(set(made)) == 300
    assert made[: len(asked)] == asked
    assert made == list(islice(Questions(PASSAGES, asked).since(0), 300))


def test_questions_are_made_of_the_indexs_words_and_headings() -> None:
    made = " | ".join(islice(Questions(PASSAGES).since(0), 100))
    assert "octreotide" in made
    assert "Octreotide scan" in made


def test_what_is_given_comes_again_with_words_of_the_index() -> None:
    made = Questions(PASSAGES, ["what is {this}"])
    assert made[5].startswith("what is {this} ")


def test_a_closed_loop_asks_each_address_once_and_counts_what_it_got() -> None:
    with tiny_server() as (port, asked):
        targets = (f"/200/{number}" for number in count())
        answers = asyncio.run(closed_loop(port, targets, 3, 0.05))
    assert {each.status for each in answers} == {"200"}
    assert len(answers) >= 3
    assert sorted(asked) == sorted(f"/200/{number}" for number in range(len(answers)))


def test_an_open_loop_asks_as_scheduled_whatever_is_answered() -> None:
    with tiny_server() as (port, asked):
        targets = iter([f"/{status}/{n}" for n in range(5) for status in (200, 503)])
        answers = asyncio.run(open_loop(port, targets, [0.001 * n for n in range(10)]))
    assert Counter(each.status for each in answers) == {"200": 5, "503": 5}
    assert len(set(asked)) == 10
    dues = [each.due - answers[0].due for each in answers]
    assert dues == pytest.approx([0.001 * n for n in range(10)])
    assert all(each.due <= each.sent <= each.ended for each in answers)
    assert overload(answers, 0.01)["errors"] == {}


def test_an_answer_that_is_cut_off_is_an_error_and_so_is_none() -> None:
    with tiny_server() as (port, _):
        cut = asyncio.run(ask(port, "/cut"))
    none = asyncio.run(ask(port, "/"))
    assert (cut.status, none.status) == ("ValueError", "ConnectionRefusedError")


def test_headers_are_sent_and_bodies_are_read() -> None:
    with tiny_server() as (port, _):
        got = asyncio.run(ask(port, "/200/x", headers='If-None-Match: "tag"\r\n'))
    assert got.body == b'"tag"'
    assert got.headers["content-length"] == "5"


def _of(version: str, body: object = None, status: str = "200") -> Answer:
    headers = {"x-index-version": version, "content-type": "application/json"}
    return Answer(0, 0, 0.5, status, headers, json.dumps(body or {}).encode())


def test_an_answer_of_one_index_is_right() -> None:
    assert not what_is_wrong(_of("v1", {"index_version": "v1"}), None)
    assert not what_is_wrong(_of("v1", ["no", "object"]), None)
    assert not what_is_wrong(Answer(0, 0, 1, "304", {"x-index-version": "v1"}), _of("v1"))


@pytest.mark.parametrize(
    ("got", "before"),
    [
        (_of("v1", {"index_version": "v2"}), None),
        (_of("", {"index_version": "v2"}), None),
        (Answer(0, 0, 1, "304", {"x-index-version": "v2"}), _of("v1")),
        (_of("v1", status="304"), None),
        (_of("v1", status="503"), None),
        (Answer(0, 0, 1, "TimeoutError"), _of("v1")),
    ],
)
def test_an_answer_is_wrong(got: Answer, before: Answer | None) -> None:
    assert what_is_wrong(got, before)


def test_a_mark_of_another_version_is_counted() -> None:
    seen = Seen()
    seen.take("search", _of("v1", {"hits": [{"title": "A mark-0001"}]}), None)
    seen.take("page", _of("v2", {"hits": [{"title": "A mark-0001"}]}), None)
    seen.take("page", _of("v3", {"hits": [{"title": "A mark-0003"}]}), None)
    assert seen.mixed({"v1": "0001", "v2": "0002", "v3": "0003"}) == 1
    assert (seen.asked, seen.versions) == ({"search": 1, "page": 2}, {"v1", "v2", "v3"})


def test_memory_is_told_by_thirds() -> None:
    found = thirds([1.0, 3.0, 9.0, 2.0, 4.0, 5.0])
    assert found == {"first_third": 2.0, "last_third": 4.5, "most": 9.0}
    assert thirds([7.0])["last_third"] == 7.0


def test_a_visitor_asks_everything_and_again_with_its_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []

    async def answering_all(_: int, target: str, *, headers: str = "") -> Answer:
        sent.append((target, headers))
        return Answer(0, 0, 1, "200", {"etag": f'"{target}"', "x-index-version": "v"})

    monkeypatch.setattr("benchmarks.load_mixed.ask", answering_all)
    seen = Seen()
    visitor = Visitor(Questions(PASSAGES).since(0), list(PASSAGES), seed=1)

    async def visit() -> None:
        for _ in range(300):
            await visitor.ask(0, seen)

    asyncio.run(visit())
    assert set(seen.asked) == {"search", "page", "suggest", "passage", "again"}
    assert not seen.wrong
    again = [at for at, (_, headers) in enumerate(sent) if headers]
    assert len(again) == seen.asked["again"]
    for at in again:
        target, headers = sent[at]
        assert sent[at - 1][0] == target
        assert headers == f'If-None-Match: "{target}"\r\n'
    for part in ("mode=semantic", "page=3", "section=scans", "/suggest?q=", "/passages/"):
        assert any(part in target for target, _ in sent), part


def test_every_row_holds_another_passage_after_a_publish() -> None:
    pages = [passage(f"{url} {n}", url=f"/site/{url}/") for url in "ab" for n in range(2)]
    assert moved(pages) == [2, 3, 0, 1]


def test_a_publish_marks_every_title_and_moves_every_passage(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "benchmarks.load_publish.SentenceTransformerEncoder", lambda _: AngleEncoder()
    )
    data = DataFolder(published.data.root)
    publish_marked(data, "0001")
    version = publish_marked(data, "0002")
    index = IndexReader.open(data.live(), AngleEncoder())
    assert index.version == version
    assert {each.id for each in index.passages} == {each.id for each in PASSAGES}
    for row, each in enumerate(index.passages):
        (was,) = [one for one in PASSAGES if one.id == each.id]
        assert each.title == f"{was.title} mark-0002".lstrip()
        # Its vector came with it.
        assert index.nearest(AngleEncoder().encode([was.text])[0], 1)[0].tolist() == [row]


def test_the_bare_recipe_answers_with_the_nearest_passages(published: Published) -> None:
    app = answering(published.generation, lambda text: AngleEncoder().encode([text]))
    found = app.test_client().get("/search?q=direction+89").get_json()
    assert [each["text"][-2:] for each in found] == ["90", "60", "30", " 0"]
    assert found[0]["link"] == "/site/a/"
    assert found[0]["score"] == pytest.approx(0.9998, abs=1e-3)


def test_the_tables_tell_people_everything() -> None:
    side = summary([answer(), answer("500")])
    memory = [{"pss": 1.0, "rss": 2.0}, {"pss": 300.0, "rss": 400.0}]
    found = {
        "index_version": "v",
        "passages": 4,
        "workers": 1,
        "cores": 2,
        "threads": {"bare": 2, "ours": 2},
        "closed": {"8": {"bare": side, "ours": side, "ratio": dict.fromkeys(MEASURES, 0.75)}},
        "client_cpu": 0.05,
        "overload": {"4": overload([answer(), answer("503")], 1.0)},
        "memory": {"bare": memory, "ours": memory},
        "publish": {"memory": memory, "errors": {"it took too long": 1}},
        "errors": {"all": 4},
    }
    text = as_text(found)
    for part in (
        "ours/bare",
        "0.75",
        "1 500",
        "1 503 without Retry-After",
        "worker 1",
        "errors: 4",
    ):
        assert part in text
    assert "it took too long" in text
