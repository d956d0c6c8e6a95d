from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from search.__main__ import main
from search.settings import SearchSettings
from tests.fakes import AngleEncoder
from tests.serving import run
from tests.test_results import OF_A_HIT, TOP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Published

    Command = Callable[..., tuple[int, str, str]]

JUDGED = [
    {
        "id": "1", "kind": "drug", "query": "octreotide, direction 0",
        "relevant": [{"path": "/scans/", "heading": "Octreotide scan", "grade": 2}],
    },
    {"id": "2", "kind": "none", "query": "direction 90", "relevant": []},
]  # fmt: skip


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``python -m search`` in this process: its exit status and both outputs."""
    for name in SearchSettings.model_fields:
        monkeypatch.delenv(f"NET_{name.upper()}", raising=False)
    encoder = AngleEncoder()
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: encoder)

    def called(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["search", *map(str, arguments)])
        status: object = 0
        try:
            main()
        except SystemExit as end:
            status = end.code
        assert isinstance(status, int)
        return status, *capsys.readouterr()

    return called


def _judgments(folder: Path, *lines: object) -> Path:
    file = folder / "judged.jsonl"
    file.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return file


def test_a_question_is_answered_for_a_reader(command: Command, published: Published) -> None:
    status, out, err = command("query", "octreotide scan", "--data", published.data.root)
    assert (status, err) == (0, "")
    first = out.split("\n\n")[1]
    assert first.startswith("1. Scans\n")
    assert "Scans > Octreotide scan" in first
    assert "The octreotide scan" in first
    assert "\x1b" not in out, "no colours where no terminal is"


def test_a_question_is_answered_for_a_program(command: Command, published: Published) -> None:
    status, out, err = command("query", "PRRT", "--data", published.data.root, "--json")
    assert (status, err) == (0, "")
    results = json.loads(out)
    assert list(results) == TOP
    assert list(results["hits"][0]) == OF_A_HIT
    assert results["hits"][0]["title"] == "PRRT"
    assert results["index_version"] == published.generation.build_id


def test_the_data_folder_comes_from_the_environment(
    command: Command, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NET_DATA", str(published.data.root))
    status, out, _ = command("query", "PRRT", "--json", "--mode", "keyword")
    assert status == 0
    assert [hit["title"] for hit in json.loads(out)["hits"]] == ["PRRT"]


def test_the_ranking_is_measured_as_a_table(
    command: Command, published: Published, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    status, out, err = command("evaluate", file, "--data", published.data.root)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert published.generation.build_id in lines[0]
    assert [line.split()[0] for line in lines[2:]] == ["drug", "none", "all"]
    assert "nDCG@10" in lines[1]


def test_the_ranking_is_measured_for_a_program(
    command: Command, published: Published, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    arguments = ("evaluate", file, "--data", published.data.root, "--json", "--mode", "semantic")
    status, out, _ = command(*arguments)
    assert status == 0
    measured = json.loads(out)
    assert (measured["mode"], measured["all"]["questions"]) == ("semantic", 2)
    assert {"nDCG@10", "success@1", "success@3", "MRR@10", "false_answers", "false_refusals"} < set(
        measured["all"]
    )
    # By direction alone the scan, at 60 degrees, comes third.
    assert measured["kinds"]["drug"]["MRR@10"] == pytest.approx(1 / 3, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "Usage"),
        (("nonsense",), 2, "nonsense"),
        (("query",), 2, "TEXT"),
        (("query", "dose", "--nonsense"), 2, "--nonsense"),
        (("query", "dose", "more"), 2, "more"),
        (("query", "dose", "--mode", "fuzzy"), 2, "--mode"),
        (("query", ""), 2, "q: is empty"),
        (("query", "\x1b[31m"), 2, "U+001B"),
        (("query", "x" * 5000), 2, "5000"),
        (("evaluate",), 2, "JUDGMENTS"),
        (("evaluate", "nothing/there.jsonl"), 2, "nothing/there.jsonl"),
        (("serve", "--port", "http"), 2, "--port"),
        (("serve", "--port", "70000"), 2, "NET_PORT"),
        (("serve", "--workers", "0"), 2, "NET_WORKERS"),
        (("query", "dose", "--data", "nothing/there"), 1, "indexer run --data nothing/there"),
        (("serve", "--data", "nothing/there"), 1, "indexer run --data nothing/there"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_goes_wrong_has_its_status_and_message(
    command: Command, arguments: tuple[str, ...], status: int, said: str
) -> None:
    found, out, err = command(*arguments)
    assert found == status
    assert said in err
    assert out == ""


def test_a_bad_setting_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_CANDIDATES", "many")
    status, out, err = command("query", "dose")
    assert (status, out) == (2, "")
    assert "NET_CANDIDATES" in err


def test_broken_judgments_are_named_with_their_line(
    command: Command, published: Published, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, JUDGED[0], '{"id": "2", "kind": "none"}')
    status, out, err = command("evaluate", file, "--data", published.data.root)
    assert (status, out) == (2, "")
    assert f"{file}, line 2: query" in err


@pytest.mark.parametrize(
    "arguments", [("--help",), ("serve", "-h"), ("query", "-h"), ("evaluate", "-h")]
)
def test_help_is_no_failure(command: Command, arguments: tuple[str, ...]) -> None:
    status, out, _ = command(*arguments)
    assert status == 0
    assert "Usage" in out


def test_as_a_program_of_its_own(tmp_path: Path) -> None:
    empty = run("query", "dose", NET_DATA=str(tmp_path))
    assert (empty.returncode, empty.stdout) == (1, "")
    assert empty.stderr.startswith("error: ")
    assert len(empty.stderr.splitlines()) == 1
    bad = run("query", "dose", "--mode", "fuzzy")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "Traceback" not in bad.stderr
