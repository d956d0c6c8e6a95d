from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from search.__main__ import main
from search.settings import SearchSettings
from tests.commands import exit_status
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
        "id": "1", "kind": "drug", "query": '"octreotide", direction 0',
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
        return exit_status(main, "search", *arguments), *capsys.readouterr()

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


def test_settings_are_changed_for_one_evaluation(
    command: Command, published: Published, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    arguments = ("evaluate", file, "--data", published.data.root, "--json")
    weight = ("--with", "semantic_weight=1", "--with", "rare_passages=0")
    status, out, _ = command(*arguments, *weight)
    assert status == 0
    changed = json.loads(out)
    assert changed["with"] == {"semantic_weight": "1", "rare_passages": "0"}
    # All weight on direction: the scan, at 60 degrees, is third; its words put it second.
    assert changed["all"]["MRR@10"] == pytest.approx(1 / 3, abs=1e-4)
    plain = json.loads(command(*arguments)[1])
    assert "with" not in plain
    assert plain["all"]["MRR@10"] == 1 / 2


def test_two_systems_are_compared_for_a_reader(
    command: Command, published: Published, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    arguments = ("evaluate", file, "--data", published.data.root, "--against", "mode=semantic")
    status, out, err = command(*arguments)
    assert (status, err) == (0, "")
    measured, compared, better = out.split("\n\n")
    assert measured.startswith("index ")
    build = published.generation.build_id
    assert compared.splitlines()[0] == f"against mode=semantic (index {build}, mode semantic)"
    assert better.splitlines()[:2] == [
        "1 question answered better than by the other",
        '  1 (drug): "octreotide", direction 0',
    ]


def test_two_systems_are_compared_for_a_program(
    command: Command, published: Published, tmp_path: Path
) -> None:
    earlier = "20200102T030405Z-0badcafe"
    shutil.copytree(published.generation.folder, published.data.index / earlier)
    file = _judgments(tmp_path, *JUDGED)
    arguments = ("evaluate", file, "--data", published.data.root, "--json", "--against", earlier)
    status, out, _ = command(*arguments)
    assert status == 0
    measured = json.loads(out)
    assert list(measured)[:5] == ["index_version", "mode", "all", "kinds", "questions"]
    against = measured["against"]
    assert (against["spec"], against["mode"]) == (earlier, "hybrid")
    assert against["index_version"] == published.generation.build_id, "as its manifest says"
    assert against["all"]["nDCG@10"]["ties"] == 1
    assert against["losses"] == against["wins"] == []


def test_what_went_wrong_is_listed(command: Command, published: Published, tmp_path: Path) -> None:
    missing = {**JUDGED[0], "id": "3", "relevant": [{"path": "/none/", "heading": "H"}]}
    file = _judgments(tmp_path, *JUDGED, missing)
    arguments = ("evaluate", file, "--data", published.data.root, "--failures")
    status, out, _ = command(*arguments)
    assert status == 0
    listed = out.split("\n\n")[1]
    assert "3 (drug), rank -: nothing relevant in the first three\n" in listed
    failures = json.loads(command(*arguments, "--json")[1])["failures"]
    assert failures[-1]["id"] == "3"
    assert failures[-1]["wanted"] == "/none/ H"
    assert len(failures) == int(listed.split()[0])


def _floors(judgments: Path, text: str) -> Path:
    file = judgments.with_suffix(".toml")
    digest = hashlib.sha256(judgments.read_bytes()).hexdigest()
    file.write_text(f'judgments_sha256 = "{digest}"\n{text}', encoding="utf-8")
    return file


def test_a_measure_below_its_floor_is_refused(
    command: Command, published: Published, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    arguments = ("evaluate", file, "--data", published.data.root, "--json", "--floors")
    bounds = '[floors]\n"MRR@10" = 0.5\n"nDCG@10" = 0.6\n[ceilings]\nfalse_refusals = 1\n'
    floors = _floors(file, bounds)
    assert command(*arguments, floors)[::2] == (0, "")
    status, out, err = command(*arguments, floors, "--mode", "semantic")
    assert status == 3
    assert json.loads(out)["mode"] == "semantic", "what was measured is still printed"
    assert err == (
        "error: MRR@10 is 0.3333, below its floor of 0.5; nDCG@10 is 0.5, below its floor of 0.6\n"
    )


def test_floors_of_other_judgments_are_refused_before_anything_is_asked(
    command: Command, tmp_path: Path
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    floors = _floors(file, "")
    _judgments(tmp_path, JUDGED[0])
    status, out, err = command("evaluate", file, "--data", "nothing/there", "--floors", floors)
    assert (status, out) == (2, "")
    assert "the yardstick moved" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--with", "semantic_weigth=1"), "semantic_weigth"),
        (("--with", "mode=keyword"), "mode"),
        (("--with", "candidates=few"), "NET_CANDIDATES"),
        (("--with", "candidates"), "'candidates' is not NAME=VALUE"),
        (("--against", "text_bost=1"), "text_bost"),
        (("--against", ""), "--against ''"),
        (("--floors", "nothing/there.toml"), "nothing/there.toml"),
    ],
)
def test_what_cannot_be_evaluated_is_named(
    command: Command,
    published: Published,
    tmp_path: Path,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    file = _judgments(tmp_path, *JUDGED)
    status, out, err = command("evaluate", file, "--data", published.data.root, *arguments)
    assert (status, out) == (2, "")
    assert said in err


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
