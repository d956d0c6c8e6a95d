"""The comparison with other systems: what is reckoned and written, without the systems."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks import environments
from benchmarks.bench import write_texts
from benchmarks.bench_report import (
    TAKEN,
    Found,
    Measure,
    Ranked,
    against,
    as_markdown,
    compared,
    number,
    spread,
)
from benchmarks.bench_systems import Place, SystemFailedError, systems
from benchmarks.load_client import OK, Post, ask
from benchmarks.load_service import Service
from benchmarks.machine import processor_of
from benchmarks.marked import replaced
from indexer.judgments import Judgment, Relevant
from search.evaluate import by_path, measures_of
from search.settings import load_settings
from tests.fakes import passage

LESS = Measure("p50", "time", "ms")
MORE = Measure("rate", "rate", "answers/s", more_is_better=True)
MEANS = {"nDCG@10": 0.8, "success@1": 0.7, "success@3": 0.9, "MRR@10": 0.75}


def found() -> Found:
    """Ours is better in time, worse in memory; the third system could not be set up."""
    made = Found({"ours": "this service", "bare": "bare recipe", "txtai": "txtai hybrid"})
    worse = {name: value - 0.1 for name, value in MEANS.items()}
    made.ranking["a.jsonl"] = Ranked(
        72,
        {"ours": MEANS, "bare": worse},
        {"bare": {"nDCG@10": 0.0001, "success@1": 0.02, "success@3": 0.5}},
    )
    for value in (10.0, 12.0):
        made.take("p50", "ours", value)
        made.take("p50", "bare", value * 2)
        made.take("p50", "txtai", 1.0)
    made.take("memory", "ours", 300.0)
    made.take("memory", "bare", 200.0)
    made.take("p95", "ours", None)
    made.drop("txtai", "no space left")
    made.errors = {"ours": 0, "bare": 3}
    made.facts = ["a fact"]
    return made


def test_the_table_shows_every_system_and_measure() -> None:
    lines = as_markdown(found()).splitlines()
    cells = {line.split(" | ")[0]: line.split(" | ")[1:] for line in lines if line[:1] == "|"}
    assert cells["| nDCG@10, `a.jsonl` (72 questions)"] == [
        *("0.800", "0.700", "–", "+0.100, p < 0.001: better", "– |")
    ]
    assert cells["| success@3, `a.jsonl` (72 questions)"][3] == "+0.100, p 0.500: not told apart"
    assert cells["| MRR@10, `a.jsonl` (72 questions)"][3] == "+0.100"
    assert cells["| median time of 1 client (ms)"] == [
        *("11.0 (10.0–12.0)", "22.0 (20.0–24.0)", "–", "0.50 times: better in 2 of 2", "– |")
    ]
    assert len(cells) == 2 + 4 + len(TAKEN)
    assert len({line.count("|") for line in lines if line[:1] == "|"}) == 1


def test_losses_failures_and_errors_are_told() -> None:
    text = as_markdown(found())
    assert "Losses: worse than bare recipe in memory of all processes after the run.\n" in text
    assert "- txtai hybrid: not measured: no space left\n" in text
    assert "- bare recipe: 3 questions without an answer\n" in text
    assert "this service: 0" not in text
    assert text.endswith("- a fact")


def test_no_losses() -> None:
    made = Found({"ours": "this service", "bare": "bare recipe"})
    assert "Losses: none." in as_markdown(made)


@pytest.mark.parametrize(
    ("ours", "theirs", "measure", "expected"),
    [
        ([1.0, 2.0], [2.0, 8.0], LESS, "0.38 times: better in 2 of 2"),
        ([2.0, 8.0], [1.0, 2.0], LESS, "3.00 times: worse in 2 of 2"),
        ([2.0, 8.0], [1.0, 2.0], MORE, "3.00 times: better in 2 of 2"),
        ([1.0, 3.0, 1.0], [2.0, 2.0, 2.0], LESS, "0.50 times: better in 2 of 3"),
        ([1.0, 2.0], [2.0, 2.0], LESS, "0.75 times: better in 1 of 2"),
        ([1.0], [1.0], LESS, "1.00 times: equal"),
        ([3.0], [2.0], LESS, "1.50 times: worse"),
        ([1.0], [], LESS, "–"),
    ],
)
def test_rounds_are_compared_in_pairs(
    ours: list[float], theirs: list[float], measure: Measure, expected: str
) -> None:
    assert compared(ours, theirs, measure) == expected


def test_a_difference_that_chance_could_make_is_none() -> None:
    assert against(-0.1, 0.01) == "-0.100, p 0.010: worse"
    assert against(-0.1, 0.05) == "-0.100, p 0.050: not told apart"


def test_medians_and_spreads() -> None:
    assert spread([3.0, 1.0, 200.0]) == "3.00 (1.00–200)"
    assert spread([12.34]) == "12.3"
    assert spread([]) == "–"
    assert number(99.96) == "100.0"


def test_a_marked_part_is_replaced_alone() -> None:
    text = "before\n<a>\nold\n<b>\nafter <a> <b>\n"
    assert replaced(text, "<a>", "<b>", "new\nlines") == (
        "before\n<a>\nnew\nlines\n<b>\nafter <a> <b>\n"
    )
    for wrong in ("none", "<b> <a>"):
        with pytest.raises(ValueError, match="no part between"):
            replaced(wrong, "<a>", "<b>", "new")


def test_the_processor() -> None:
    text = "processor : 0\nmodel name\t: Some CPU\nflags\t\t: fpu avx2 fma sse\n\nprocessor : 1\n"
    assert processor_of(text) == ("Some CPU", ["avx2", "fma"])
    assert processor_of("") == ("unknown processor", [])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    settings = load_settings(data=str(tmp_path / "data"))
    return Place(settings, tmp_path / "passages.jsonl", tmp_path, tmp_path / "environments")


def test_answers_of_every_system_are_read_as_our_passages(place: Place) -> None:
    rows = [{"id": "b", "text": "t"}, {"id": "a", "text": "t"}]
    bodies = {"ours": {"hits": rows}, "bare": rows, "txtai": rows, "haystack": {"result": rows}}
    made = systems(place)
    assert [each.name for each in made] == [*bodies]
    for each in made:
        assert each.ids(bodies[each.name]) == ["b", "a"]
    passages = [
        passage("first", id="a", path="/x/", headings=["T", "A"]),
        passage("second", id="b", path="/x/", headings=["T", "B"]),
    ]
    wanted = (Relevant(path="/x/", heading="A", grade=2),)
    asked = Judgment(id="q", kind="plain", query="q", relevant=wanted)
    measures = measures_of(asked, made[0].ids(bodies["ours"]), by_path(passages))
    assert measures["success@1"] == 0
    assert measures["MRR@10"] == 0.5


def test_every_system_is_asked_in_its_own_way(place: Place) -> None:
    requests = {each.name: each.service().request("a & b") for each in systems(place)}
    assert requests == {
        "ours": "/api/v1/search?group_by=none&q=a+%26+b",
        "bare": "/search?q=a+%26+b",
        "txtai": "/search?limit=10&query=a+%26+b",
        "haystack": Post("/search/run", '{"question": "a & b"}'),
    }


def test_the_other_systems_run_apart(place: Place) -> None:
    for each in systems(place)[2:]:
        assert str(place.environments) in str(each.python)
        service = each.service()
        assert service.env["PYTHONPATH"] == each.env["PYTHONPATH"] == ""
        assert service.env["HF_HUB_OFFLINE"] == "1"


def test_a_system_that_is_not_there_says_so(place: Place) -> None:
    with pytest.raises(SystemFailedError, match=r"indexing: .*No such file"):
        systems(place)[2].index(place.folder / "new")


def test_a_program_that_fails_says_why(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_: Any) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="a trace\nValueError: no model\n\n")

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(SystemFailedError, match=r"^indexing: ValueError: no model$"):
        systems(place)[0].index(place.folder / "new")


def test_the_others_get_what_our_encoder_reads(tmp_path: Path) -> None:
    write_texts([passage("text", id="a", context="Page > Head")], tmp_path / "file")
    assert json.loads((tmp_path / "file").read_text()) == {"id": "a", "text": "Page > Head\ntext"}


def test_a_question_that_is_posted() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = f"{self.path} {self.headers['Content-Type']} ".encode() + body
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    service = Service("posted", "/run", [], 1)
    service.field = "question"
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        answer = asyncio.run(ask(server.server_port, service.request("é")))
        thread.join()
    assert answer.status == OK
    assert answer.body == b'/run application/json {"question": "\\u00e9"}'


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> None:
        commands.append(command)
        environments.environment_of(tmp_path, "txtai").mkdir(exist_ok=True)

    monkeypatch.setattr(subprocess, "run", run)
    assert environments.why_not(tmp_path, "txtai") == "it was not set up"
    for _ in range(2):
        environments.set_up(tmp_path, "txtai")
        assert environments.why_not(tmp_path, "txtai") == ""
    assert len(commands) == 2
    assert commands[1][-1].endswith("requirements-txtai.txt")
    # Another list of requirements makes another environment.
    (environments.environment_of(tmp_path, "txtai") / ".installed").write_text("old")
    environments.set_up(tmp_path, "txtai")
    assert len(commands) == 4


def test_an_environment_that_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(command: list[str], **_: Any) -> None:
        raise subprocess.CalledProcessError(1, command, stderr="looking\nERROR: no such version\n")

    monkeypatch.setattr(subprocess, "run", fail)
    environments.set_up(tmp_path, "haystack")
    assert environments.why_not(tmp_path, "haystack") == "ERROR: no such version"


@pytest.mark.parametrize("name", environments.NAMES)
def test_every_requirement_is_pinned(name: str) -> None:
    file = Path(environments.__file__).with_name(f"requirements-{name}.txt")
    pins = [line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines()]
    assert "torch==2.13.0" in pins
    assert all("==" in pin for pin in pins if pin)
