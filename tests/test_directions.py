"""Questions as directions, and the last ones known again."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest

from search.directions import Directions
from tests.search_index import PlaneEncoder, plane


@pytest.fixture
def encoder() -> PlaneEncoder:
    return PlaneEncoder({"one": 10, "other": 50, "a far longer reading": 90})


def test_the_direction_is_between_the_readings(encoder: PlaneEncoder) -> None:
    assert Directions(encoder, 4).of(["one", "other"]) == pytest.approx(plane([30]), abs=1e-6)
    assert encoder.encoded == ["one", "other"]


def test_readings_of_unlike_length_are_encoded_apart(encoder: PlaneEncoder) -> None:
    batches: list[list[str]] = []
    real = encoder.encode
    encoder.encode = lambda texts: (batches.append(list(texts)), real(texts))[1]  # type: ignore[method-assign]
    directions = Directions(encoder, 0)
    directions.of(["one", "other"])
    assert directions.of(["one", "a far longer reading"]) == pytest.approx(plane([50]), abs=1e-6)
    assert batches == [["one", "other"], ["one"], ["a far longer reading"]]


def test_a_question_that_was_asked_before_is_not_encoded_again(encoder: PlaneEncoder) -> None:
    directions = Directions(encoder, 2)
    first = directions.of(["one"])
    assert directions.of(["one"]) is first
    directions.of(["other"])
    directions.of(["one"])
    directions.of(["one", "other"])  # the third: the one that was asked longest ago is forgotten
    assert encoder.encoded == ["one", "other", "one", "other"]
    directions.of(["one"])
    assert encoder.encoded == ["one", "other", "one", "other"]
    directions.of(["other"])
    assert encoder.encoded == ["one", "other", "one", "other", "other"]


def test_it_can_be_switched_off(encoder: PlaneEncoder) -> None:
    directions = Directions(encoder, 0)
    for _ in range(2):
        directions.of(["one"])
    assert encoder.encoded == ["one", "one"]


def test_nothing_of_the_text_is_kept(encoder: PlaneEncoder) -> None:
    directions = Directions(encoder, 8)
    directions.of(["planted question"])
    encoder.encoded.clear()
    kept = pickle.dumps({**vars(directions), "_lock": None, "_encoder": None})
    assert b"planted" not in kept
    other = Directions(encoder, 8)
    other.of(["planted question"])
    assert set(other._known) != set(directions._known), "each process has a key of its own"


def test_threads_get_their_own_answers(encoder: PlaneEncoder) -> None:
    directions, wrong = Directions(encoder, 3), []

    def work(number: int) -> None:
        for turn in range(200):
            name = f"{(number + turn) % 7}"
            if not np.array_equal(directions.of([name]), plane([0])):
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(directions._known) == 3
