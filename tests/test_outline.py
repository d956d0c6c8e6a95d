from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.analyse import analyse
from indexer.outline import Outline
from indexer.strings import Strings
from indexer.terms import terms
from tests.fakes import FakeEncoder, passage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from indexer.records import Passage

PASSAGES = (
    passage("Doses of octreotide", url="/1/", title="Page", headings=["Page", "Care", "Dose"]),
    passage("A dose each month", url="/1/", title="Page", headings=["Page", "Care", "Scan"]),
    passage("Nothing else", url="/1/", title="Page", headings=["Page", "Care"]),
    passage("Nothing here", url="/1/", title="Page", headings=["Page"]),
    passage("Nothing here", url="/2/", title="Page", headings=["Page", "Care", "Dose"]),
    passage("", url="/2/"),
)


def _outline(passages: Sequence[Passage] = PASSAGES) -> Outline:
    encoder = FakeEncoder()
    vectors = encoder.encode([each.embedded_text for each in passages])
    return Outline.of(analyse(passages), vectors)


def _arrays(outline: Outline) -> dict[str, list[object]]:
    names = Outline.__dataclass_fields__
    values = {name: getattr(outline, name) for name in names} | {"words": outline.words.numbers}
    return {
        name: [*each] if isinstance(each, Strings) else [each.tolist(), each.dtype]
        for name, each in values.items()
    }


def test_passages_are_numbered_by_page_and_by_each_heading_above() -> None:
    outline = _outline()
    assert len(outline) == len(PASSAGES)
    assert outline.page.tolist() == [0, 0, 0, 0, 1, 1]
    # Page 1: its name 0, Care 1, Dose 2, Scan 3; page 2: its name 4, Care 5, Dose 6, no heading 7.
    assert [[n for n in trail if n >= 0] for trail in outline.trail.tolist()] == [
        [0, 1, 2], [0, 1, 3], [0, 1], [0], [4, 5, 6], [7],
    ]  # fmt: skip
    assert outline.section.tolist() == [2, 3, 1, 0, 6, 7]
    # A section right under the page's name is its own parent: the page counts by itself.
    assert outline.parent.tolist() == [1, 1, 1, 0, 5, 7]


def test_passages_under_one_trail_are_one_section() -> None:
    under = {"title": "Page", "headings": ["Page", "Care"]}
    outline = _outline([passage("one", **under), passage("two", **under)])
    assert outline.section.tolist() == outline.parent.tolist() == [1, 1]
    assert outline.same.tolist() == [0, 1]


def test_a_trail_is_cut_where_no_page_goes() -> None:
    deep = [f"H{level}" for level in range(9)]
    outline = _outline([passage("deep", headings=deep), passage("less", headings=deep[:6])])
    assert outline.section.tolist() == [5, 5]
    assert outline.trail.shape == (2, 6)


def test_the_best_under_a_heading_counts_for_all_above() -> None:
    best = _outline().best_under(np.array([0, 1, 2, 4]), np.array([0.3, 0.9, 0.5, 0.1]))
    assert best.tolist() == [0.9, 0.9, 0.3, 0.9, 0.1, 0.1, 0.1, -np.inf]
    assert _outline([]).best_under(np.array([], dtype=np.int64), np.array([])).tolist() == []


@pytest.mark.parametrize(
    ("row", "beside"),
    [
        (0, [0, 1, 2]),  # under Care, the section above its own
        (2, [0, 1, 2]),  # Care itself, and what is under it
        (3, []),  # under the page's name only
        (4, [4]),  # the same headings on another page are others
        (5, []),  # under none
    ],
)
def test_what_stands_close_by_under_the_same_headings(row: int, beside: list[int]) -> None:
    assert _outline().beside([row]) == beside


def test_what_stands_far_off_is_not_close_by() -> None:
    under = {"headings": ["Page", "Care"]}
    outline = _outline([passage(f"text {row}", **under) for row in range(20)])
    assert outline.beside([2]) == [*range(8)]
    assert outline.beside([10, 11]) == [*range(5, 17)]


def test_what_says_the_same_points_to_the_first() -> None:
    assert _outline().same.tolist() == [0, 1, 2, 3, 3, 5]


def test_the_mean_vector_is_that_of_the_passages() -> None:
    vectors = np.array([[1, 0], [0, 1], [0, 1]], dtype=np.float32)
    outline = Outline.of(analyse([passage(text) for text in ("one", "two", "three")]), vectors)
    assert outline.mean_vector == pytest.approx([1 / 3, 2 / 3])
    assert Outline.of(analyse([]), vectors[:0]).mean_vector.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("stem", "rows"),
    [("page", [0, 1, 2, 3, 4]), ("dose", [0, 1, 4]), ("month", [1]), ("never", [])],
)
def test_which_passages_hold_a_word(stem: str, rows: list[int]) -> None:
    outline = _outline()
    found = outline.holds(np.arange(len(outline)), [stem])[:, 0]
    assert np.flatnonzero(found).tolist() == rows
    assert (outline.number(stem) >= 0) is bool(rows)


def test_each_stem_has_its_own_number() -> None:
    outline = _outline()
    assert [outline.number(stem) for stem in outline.stems] == [*range(len(outline.stems))]


@given(st.data())
def test_any_rows_and_words_in_any_order(data: st.DataObject) -> None:
    texts = st.lists(st.sampled_from("dose scan liver month 177Lu".split())).map(" ".join)
    passages = [passage(text) for text in data.draw(st.lists(texts, max_size=6))]
    outline = _outline(passages)
    asked = data.draw(st.lists(st.sampled_from(["dose", "scan", "177lu", "never"]), unique=True))
    chosen = st.lists(st.integers(0, len(passages) - 1), max_size=8) if passages else st.just([])
    rows = np.array(data.draw(chosen), dtype=np.int64)
    held = [{term.stem for term in terms(passages[row].text)} for row in rows]
    found = outline.holds(rows, asked)
    assert found.shape == (len(rows), len(asked))
    assert found.tolist() == [[stem in stems for stem in asked] for stems in held]


@pytest.mark.parametrize("passages", [PASSAGES, ()], ids=["six passages", "none"])
def test_it_is_read_as_it_was_written(tmp_path: Path, passages: Sequence[Passage]) -> None:
    outline = _outline(passages)
    outline.write(tmp_path / "outline.npz")
    again = Outline.read(tmp_path / "outline.npz")
    assert _arrays(again) == _arrays(outline)
    assert len(again) == len(passages)


def _written(folder: Path) -> bytes:
    _outline().write(folder / "whole.npz")
    return (folder / "whole.npz").read_bytes()


@pytest.mark.parametrize("kept", [0, 1, 100, -1], ids=lambda kept: f"cut at {kept}")
def test_one_that_was_cut_off_is_refused(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "outline.npz"
    file.write_bytes(_written(tmp_path)[:kept])
    with pytest.raises(ValueError, match=r"\S"):
        Outline.read(file)


def test_one_with_a_byte_altered_is_refused(tmp_path: Path) -> None:
    whole = _written(tmp_path)
    at = whole.index(b"octreotid")
    file = tmp_path / "outline.npz"
    file.write_bytes(whole[:at] + b"\x61" + whole[at + 1 :])
    with pytest.raises(ValueError, match="no arrays: Bad CRC"):
        Outline.read(file)


def test_other_arrays_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", page=np.zeros(1))
    with pytest.raises(KeyError):
        Outline.read(tmp_path / "some.npz")
    np.save(tmp_path / "one.npy", np.zeros(1))
    with pytest.raises(TypeError):
        Outline.read(tmp_path / "one.npy")
    (tmp_path / "text.npz").write_text("nothing of the kind")
    with pytest.raises(ValueError, match="allow_pickle"):
        Outline.read(tmp_path / "text.npz")
    with pytest.raises(OSError, match="nowhere"):
        Outline.read(tmp_path / "nowhere.npz")
