from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.strings import Strings


@given(st.lists(st.text()))
def test_texts_come_back_in_order(texts: list[str]) -> None:
    strings = Strings.of(texts)
    assert [*strings] == strings[:] == texts
    assert len(strings) == len(texts)
    assert [strings[-each] for each in range(1, len(texts) + 1)] == texts[::-1]


@pytest.mark.parametrize("index", [2, -3])
def test_there_are_no_others(index: int) -> None:
    with pytest.raises(IndexError):
        Strings.of(["a", "bé"])[index]


def test_half_a_letter_of_a_hostile_page_is_kept() -> None:
    assert Strings.of(["\ud800"])[0] == "\ud800"
