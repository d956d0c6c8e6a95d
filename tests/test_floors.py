"""Floors: when a measure misses them, and the files that cannot be used."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from indexer.errors import ConfigurationError, JudgmentsError
from search.evaluate import ERRORS, MEASURES
from search.floors import Floors, read_floors

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = hashlib.sha256(b"judged").hexdigest()
HEAD = f'judgments_sha256 = "{DIGEST}"\n'


@pytest.fixture
def judgments(tmp_path: Path) -> Path:
    file = tmp_path / "judged.jsonl"
    file.write_bytes(b"judged")
    return file


def _written(folder: Path, text: str) -> Path:
    file = folder / "floors.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_every_measure_can_have_a_bound(tmp_path: Path, judgments: Path) -> None:
    floors = "".join(f'"{name}" = 0.5\n' for name in MEASURES)
    ceilings = "".join(f"{name} = 1\n" for name in ERRORS)
    file = _written(tmp_path, f"{HEAD}[floors]\n{floors}[ceilings]\n{ceilings}")
    found = read_floors(file, judgments)
    assert found.floors == dict.fromkeys(MEASURES, 0.5)
    assert found.ceilings == dict.fromkeys(ERRORS, 1)


@pytest.mark.parametrize(
    ("ndcg", "refusals", "missed"),
    [
        (0.5, 0.25, []),
        (0.9, 0.0, []),
        (0.4999, 0.25, ["nDCG@10 is 0.4999, below its floor of 0.5"]),
        (0.5, 0.2501, ["false_refusals is 0.2501, above its ceiling of 0.25"]),
        (
            None,
            None,
            [
                "nDCG@10 is not measured, below its floor of 0.5",
                "false_refusals is not measured, above its ceiling of 0.25",
            ],
        ),
    ],
)
def test_what_is_on_the_wrong_side_is_named(
    ndcg: float | None, refusals: float | None, missed: list[str]
) -> None:
    bounds = {"floors": {"nDCG@10": 0.5}, "ceilings": {"false_refusals": 0.25}}
    floors = Floors.model_validate({"judgments_sha256": DIGEST, **bounds})
    assert floors.missed({"nDCG@10": ndcg, "success@1": 0.0, "false_refusals": refusals}) == missed


def test_other_judged_questions_are_another_yardstick(tmp_path: Path, judgments: Path) -> None:
    file = _written(tmp_path, HEAD)
    assert read_floors(file, judgments).floors == {}
    judgments.write_bytes(b"judged anew")
    with pytest.raises(JudgmentsError, match=f"the yardstick moved: .*judged.jsonl.*{DIGEST}"):
        read_floors(file, judgments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("judgments_sha256 = ", "cannot read the floors"),
        ("[floors]\n", "judgments_sha256: Field required"),
        ('judgments_sha256 = "abc"', "judgments_sha256: String should match"),
        (f'{HEAD}[floors]\n"nDCG@5" = 0.5\n', "floors.nDCG@5"),
        (f"{HEAD}[floors]\nfalse_answers = 0.5\n", "floors.false_answers"),
        (f'{HEAD}[floors]\n"MRR@10" = 75\n', "floors.MRR@10"),
        (f'{HEAD}[floors]\n"MRR@10" = nan\n', "floors.MRR@10"),
        (f"{HEAD}[ceilings]\nfalse_answers = -0.1\n", "ceilings.false_answers"),
        (f"{HEAD}[ceiling]\nfalse_answers = 0.1\n", "ceiling: Extra"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    tmp_path: Path, judgments: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"floors\.toml.*{said}|{said}.*floors\.toml"):
        read_floors(_written(tmp_path, text), judgments)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, judgments: Path, content: bytes | None
) -> None:
    file = tmp_path / "floors.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"floors\.toml"):
        read_floors(file, judgments)
