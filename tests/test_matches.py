from __future__ import annotations

import numpy as np
import pytest

from indexer.dense import FlatDense
from indexer.reader import Allowed, Filter, IndexReader, KeywordQuery, WeightedName
from search.matches import Asked, Matches, matches
from tests.fakes import passage
from tests.search_index import PlaneEncoder, open_index, plane

# Every third passage speaks of a dose; the later ones less and less of it.
TEXTS = ["dose" + " more" * row if row % 3 == 0 else "scan" for row in range(30)]
DEGREES = [3.0 * row for row in range(30)]
ANYWHERE = {"title": 1.0, "headings": 1.0, "text": 1.0}


class _Inexact(FlatDense):
    """Says that it does not look at all."""

    is_exact = False


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> IndexReader:
    passages = [passage(text, url=f"/{row}/") for row, text in enumerate(TEXTS)]
    vectors = plane(DEGREES)
    return open_index(tmp_path_factory.mktemp("whole"), passages, vectors, PlaneEncoder())


@pytest.fixture(scope="module")
def large(whole: IndexReader) -> IndexReader:
    """The same, as an index that is too large to be looked through."""
    return IndexReader(
        whole.manifest,
        whole.passages,
        _Inexact.of(plane(DEGREES)),
        whole.keyword,
        whole.lexicon,
        whole.outline,
        whole.columns,
    )


def _asked(
    allowed: list[int] | None = None, most: int = 4, degrees: float | None = 0, words: str = "dose"
) -> Asked:
    left = None
    if allowed is not None:
        rows = np.zeros(len(TEXTS), dtype=np.bool_)
        rows[allowed] = True
        left = Allowed(rows, Filter())
    query = KeywordQuery((WeightedName((words,)),), ANYWHERE)
    vector = None if degrees is None else plane([degrees])[0]
    return Asked(query, vector, left, 0.5, most, most)


def _rows(found: Matches) -> tuple[list[int], list[int], bool]:
    return [*found.words], found.near.tolist(), found.is_all


def test_of_a_small_index_all_that_matches_is_found(whole: IndexReader) -> None:
    # The cosine is half of the best one's up to 60 degrees.
    assert _rows(matches(whole, _asked())) == ([*range(0, 30, 3)], [*range(21)], True)
    assert _rows(matches(whole, _asked([0, 1, 29]))) == ([0], [0, 1], True)


def test_of_a_large_one_the_best_of_either_half(large: IndexReader) -> None:
    assert _rows(matches(large, _asked())) == ([0, 3, 6, 9], [0, 1, 2, 3], False)
    assert _rows(matches(large, _asked(most=30))) == ([*range(0, 30, 3)], [*range(21)], True)
    assert _rows(matches(large, _asked(most=15)))[2] is False  # near are more
    assert _rows(matches(large, _asked(degrees=None, most=15))) == ([*range(0, 30, 3)], [], True)
    assert _rows(matches(large, _asked(degrees=None))) == ([0, 3, 6, 9], [], False)
    assert _rows(matches(large, _asked(words="never", degrees=180)))[:2] == ([], [])


@pytest.fixture(params=[0, 100], ids=["looking further", "told which"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.matches._LISTED", request.param)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    ("allowed", "words", "near"),
    [
        ([0, 1, 29], [0], [0, 1]),
        ([*range(10, 30)], [12, 15, 18, 21], [10, 11, 12, 13]),
        ([28, 29], [], []),  # near enough is what is near enough without the filter
        ([], [], []),
        ([*range(20, 30)], [21, 24, 27], [20]),
    ],
)
def test_filters_hold_in_a_large_one(
    large: IndexReader, allowed: list[int], words: list[int], near: list[int]
) -> None:
    found = matches(large, _asked(allowed))
    assert _rows(found)[:2] == (words, near)
    unfiltered = matches(large, _asked(most=30)).words
    assert found.words == {row: pytest.approx(unfiltered[row], abs=1e-6) for row in words}


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize(
    ("allowed", "is_all"),
    [([0, 1], True), ([], True), ([28, 29], True), ([*range(10)], False)],
)
def test_of_few_that_a_filter_leaves_all_are_found(
    large: IndexReader, allowed: list[int], *, is_all: bool
) -> None:
    assert matches(large, _asked(allowed)).is_all is is_all


@pytest.mark.usefixtures("_way")
def test_more_than_are_given_are_not_all(large: IndexReader) -> None:
    found = matches(large, _asked([*range(10, 30)], degrees=None))
    assert _rows(found) == ([12, 15, 18, 21], [], False)
    assert matches(large, _asked([*range(20, 30)], degrees=None)).is_all
