from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.pieces import Pieces

if TYPE_CHECKING:
    import pytest
    from numpy.typing import NDArray

NUMBERS = np.arange(100, 150, dtype=np.int32)


def _mapped(folder: Path) -> NDArray[np.int32]:
    """The same numbers in a file, behind others."""
    file = folder / "numbers"
    file.write_bytes(b"12345678" + NUMBERS.tobytes())
    return np.memmap(file, np.int32, "r", 8)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=6))
def test_pieces_come_one_after_another(
    tmp_path_factory: pytest.TempPathFactory, given: list[tuple[int, int]]
) -> None:
    starts, lengths = np.array(given, dtype=np.int64).reshape(-1, 2).T
    lengths = np.minimum(lengths, len(NUMBERS) - starts)
    wanted = [n for start, count in given for n in NUMBERS[start : start + count].tolist()]
    folder = tmp_path_factory.mktemp("numbers")
    for pieces in (Pieces(NUMBERS), Pieces(_mapped(folder))):
        found = pieces.at(starts, lengths)
        assert found.tolist() == wanted
        assert found.dtype == np.int32


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_mapped_one_is_read_and_its_file_may_go(tmp_path: Path) -> None:
    mapped = _mapped(tmp_path)
    before = _open_files()
    pieces = Pieces(mapped)
    (tmp_path / "numbers").unlink()  # an index is pruned while a service still answers from it
    assert pieces.at(np.array([3]), np.array([2])).tolist() == [103, 104]
    del pieces
    assert _open_files() == before
