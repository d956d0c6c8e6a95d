from __future__ import annotations

import pytest

from search.english import is_english, is_everyday


@pytest.mark.parametrize("word", ["net", "pet", "cap", "all", "us", "his", "cup", "in", "scan"])
def test_everyday_words(word: str) -> None:
    assert is_everyday(word)
    assert is_english(word)


@pytest.mark.parametrize("word", ["tace", "gist", "pert", "biopsy", "tiredness"])
def test_words_that_are_english_but_not_everyday(word: str) -> None:
    assert not is_everyday(word)
    assert is_english(word)


@pytest.mark.parametrize("word", ["octreotide", "ssa", "captem", "treatmant", "Net", "", " "])
def test_what_is_no_english_word_in_lower_case(word: str) -> None:
    assert not is_everyday(word)
    assert not is_english(word)
