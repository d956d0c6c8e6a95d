from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.arrays import read_arrays, strings_in, write_arrays
from indexer.strings import Strings

GIVEN: dict[str, Any] = {
    "rows": np.arange(5, dtype=np.int32),
    "table": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "none": np.zeros((0, 4), dtype=np.float32),
    "names": Strings.of(["one", "", "zwölf"]),
}


@pytest.mark.parametrize("mapped", [False, True])
def test_arrays_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, mapped: bool) -> None:
    file = tmp_path / "some.npz"
    write_arrays(file, GIVEN)
    if mapped:
        monkeypatch.setattr("indexer.arrays.MAPPED_FROM", 0)
    found = read_arrays(file)
    assert {
        name: isinstance(each, np.memmap) for name, each in found.items() if each.size
    } == dict.fromkeys(("rows", "table", "names", "names_at"), mapped)
    for name in ("rows", "table", "none"):
        assert found[name].dtype == GIVEN[name].dtype
        assert found[name].tolist() == GIVEN[name].tolist()
    assert [*strings_in(found, "names")] == ["one", "", "zwölf"]


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("kept", [0, 1, 200, -1])
def test_a_file_that_was_cut_off_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int, *, mapped: bool
) -> None:
    file = tmp_path / "some.npz"
    write_arrays(file, GIVEN)
    file.write_bytes(file.read_bytes()[:kept])
    if mapped:
        monkeypatch.setattr("indexer.arrays.MAPPED_FROM", 0)
    with pytest.raises(ValueError, match=r"\S"):
        read_arrays(file)
