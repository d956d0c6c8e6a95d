"""The judged and labelled questions of the project: none that is left out is also fitted on."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING

from tests.search_index import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def _questions(file: Path) -> set[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    asked = (json.loads(line) for line in lines if line.strip())
    return {each["query"].casefold().strip() for each in asked}


def test_what_is_left_out_is_nowhere_else() -> None:
    files = [
        *(ROOT / "tests" / "eval").glob("types_*.jsonl"),
        *(ROOT / "tests" / "eval").glob("off_topic_*.jsonl"),
        ROOT / "corpus" / "answerability.jsonl",
        ROOT / "corpus" / "judgments.jsonl",
    ]
    assert len(files) == 6
    asked = {file.name: _questions(file) for file in files}
    for one, other in combinations(asked, 2):
        if "left_out" in one + other:
            assert not asked[one] & asked[other], (one, other)
