from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.columns import Columns
from indexer.records import Passage
from tests.fakes import passage

PASSAGES = [
    passage("a", audience="patient", section="care", reviewed="2024-05-01"),
    passage("b", audience="carer", section="care"),
    passage("c", audience="patient", section="news", reviewed="2023-01-01"),
]


def test_values_of_rows() -> None:
    columns = Columns.of(PASSAGES)
    assert columns.passages == 3
    assert columns["audience"].at([2, 1, 1]) == ["patient", "carer", "carer"]
    assert columns["reviewed"].at(np.array([0, 1])) == ["2024-05-01", ""]
    assert columns["section"].at([]) == []


@pytest.mark.parametrize(
    ("value", "rows"), [("patient", [0, 2]), ("carer", [1]), ("nobody", []), ("zz", []), ("", [])]
)
def test_which_passages_have_a_value(value: str, rows: list[int]) -> None:
    assert np.flatnonzero(Columns.of(PASSAGES)["audience"].equals(value)).tolist() == rows


@pytest.mark.parametrize(
    ("date", "rows"),
    [("2023-01-01", [0, 2]), ("2023-01-02", [0]), ("2025-01-01", []), ("0000-01-01", [0, 2])],
)
def test_an_unknown_date_is_before_all(date: str, rows: list[int]) -> None:
    assert np.flatnonzero(Columns.of(PASSAGES)["reviewed"].at_least(date)).tolist() == rows


@pytest.mark.parametrize("passages", [PASSAGES, []], ids=["three", "none"])
def test_they_are_read_as_they_were_written(tmp_path: Path, passages: list[Passage]) -> None:
    columns = Columns.of(passages)
    columns.write(tmp_path / "columns.npz")
    again = Columns.read(tmp_path / "columns.npz")
    assert again.passages == len(passages)
    rows = range(len(passages))
    assert {n: each.at(rows) for n, each in again.items()} == {
        n: each.at(rows) for n, each in columns.items()
    }


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", audience=np.zeros(1))
    with pytest.raises(KeyError):
        Columns.read(tmp_path / "some.npz")
