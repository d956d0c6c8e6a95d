"""Why a passage has its place, in words."""

from __future__ import annotations

import pytest

from search.reasons import reasons
from tests.test_terminal import _hit

NOTHING = {
    "semantic": 0.0, "keyword": 0.0, "exact_rare": False, "heading": 0.0, "coverage": 0.0,
    "aspect": 0.0, "expansions": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ({"exact_rare": True}, "rare exact term"),
        ({"coverage": 0.834}, "83% of your words"),
        ({"heading": 0.5}, "headings hold 50%"),
        ({"expansions": ["PRRT", "Lutate"]}, "“PRRT”, “Lutate”"),
        ({"aspect": 0.5}, "kind of thing you ask about"),
        ({"semantic": 0.784}, "in meaning: 0.78"),
        ({"keyword": 17.84}, "(BM25): 17.8"),
        ({"reranker": 0.913}, "second reading gave it 0.91"),
    ],
)
def test_each_thing_that_speaks_for_a_hit_is_said(why: dict[str, object], said: str) -> None:
    found = reasons(_hit(score=0.25, why={**NOTHING, **why}))
    assert len(found) == 2
    assert said in found[0]
    assert "0.25" in found[1]


def test_what_does_not_speak_for_it_is_not_said() -> None:
    assert len(reasons(_hit(why={**NOTHING, "aspect": 0.49, "semantic": -0.1}))) == 1
