from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sentences import sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One thing. Another thing.", ["One thing.", "Another thing."]),
        ("Really? Yes! Good.", ["Really?", "Yes!", "Good."]),
        ('She said "stop." Then it stopped.', ['She said "stop."', "Then it stopped."]),
        ("No stop at the end", ["No stop at the end"]),
        ("Take 2.5 mg daily.", ["Take 2.5 mg daily."]),
        ("See Dr. Smith about it. Then rest.", ["See Dr. Smith about it.", "Then rest."]),
        ("This one vs? The other vs.", ["This one vs?", "The other vs."]),
        ("Some foods, e.g. Bananas, matter.", ["Some foods, e.g. Bananas, matter."]),
        ("Written by J. Smith. It is new.", ["Written by J. Smith.", "It is new."]),
        ("It grew. 3 of 4 shrank.", ["It grew.", "3 of 4 shrank."]),
        ("It ended. then went on.", ["It ended. then went on."]),
        ("", []),
        ("  ", []),
    ],
)
def test_sentences(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@given(st.text("aB1 .!?\"'()\n", max_size=60))
def test_no_word_is_lost_or_made(text: str) -> None:
    assert " ".join(sentences(text)).split() == text.split()
