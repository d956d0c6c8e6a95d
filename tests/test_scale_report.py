from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scale_report import CURVES, ROWS, as_markdown, draw

SIZES = [
    dict.fromkeys(ROWS, 1.0) | {"passages": 100, "kind": "flat", "recall@10": 1.0},
    dict.fromkeys(ROWS, 10.0) | {"passages": 10_000, "kind": "ivf 1/9", "recall@10": 0.9876},
]


def test_a_table_and_how_each_measure_grows() -> None:
    lines = as_markdown(SIZES, "a day").splitlines()
    assert lines[0] == "Measured on a day."
    assert "| | 100 | 10,000 |" in lines
    assert "| Recall@10 of the dense half against comparing with all | 1.000 | 0.988 |" in lines
    assert any(line.endswith("| flat | ivf 1/9 |") for line in lines)
    assert sum(line.startswith("- ") for line in lines) == len(CURVES)
    assert "10.0 times as much for 100 times the passages, about the 0.50th power" in lines[-1]


def test_curves_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the curves are drawn by matplotlib")
    draw(SIZES, tmp_path / "curves.svg")
    assert "<svg" in (tmp_path / "curves.svg").read_text(encoding="utf-8")
