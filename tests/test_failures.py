"""The questions that went wrong: which they are, and how they are listed."""

from __future__ import annotations

from search.failures import ANSWERED, MISSED, REFUSED, as_text, failures
from tests.scored import scored


def test_what_is_a_failure() -> None:
    asked = [
        scored("third", 0.5, "/b/ X", rank=3),
        scored("fourth", 0.5, "/b/ X", "/b/ Y", "/b/ Z", rank=4),
        scored("absent", 0.0, "/b/ X", rank=None),
        scored("refused", 1.0, "/a/ Dose", answerable=False),
        scored("both", 0.0, rank=None, answerable=False),
        scored("none, said", answerable=False),
        scored("none, not said", None, "/b/ X"),
    ]
    found = failures(asked)
    assert {each["id"]: (each["rank"], each["wrong"]) for each in found} == {
        "fourth": (4, [MISSED]),
        "absent": (None, [MISSED]),
        "refused": (1, [REFUSED]),
        "both": (None, [MISSED, REFUSED]),
        "none, not said": (None, [ANSWERED]),
    }
    assert found[0]["first"] == ["/b/ X", "/b/ Y", "/b/ Z"]


def test_the_first_of_the_best_is_what_was_wanted() -> None:
    relevant = (("Useful", 1), ("Best", 2), ("As good", 2))
    [failure] = failures([scored("a", 0.0, rank=None, relevant=relevant)])
    assert failure["wanted"] == "/a/ Best"
    [none] = failures([scored("b")])
    assert none["wanted"] is None


def test_the_list() -> None:
    asked = [
        scored("fourth", 0.5, "/b/ X", "/b/ Y", rank=4),
        scored("good", 1.0, "/a/ Dose"),
        scored("q" * 100, 0.0, "h" * 100, rank=None, answerable=False),
        scored("n", None),
    ]
    found = failures(asked)
    lines = as_text(found, len(asked)).splitlines()
    assert lines == [
        "3 of 4 questions went wrong",
        f"  fourth (plain), rank 4: {MISSED}",
        "    query   ask fourth",
        "    wanted  /a/ Dose",
        "    came    /b/ X",
        "            /b/ Y",
        f"  {'q' * 100} (plain), rank -: {MISSED}; {REFUSED}",
        f"    query   ask {'q' * 75}…",
        "    wanted  /a/ Dose",
        f"    came    {'h' * 87}…",
        f"  n (plain), rank -: {ANSWERED}",
        "    query   ask n",
        "    wanted  nothing",
        "    came    nothing",
    ]
    assert found[1]["query"] == f"ask {'q' * 100}", "a program gets all of it"


def test_without_failures_one_line_says_so() -> None:
    assert as_text([], 1) == "0 of 1 question went wrong"
