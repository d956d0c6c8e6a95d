from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import RequestError
from search.request import LAST_PAGE, LONGEST_QUESTION, MOST_PER_PAGE, SearchRequest, parse

BAD = [
    ("q", "", "empty"),
    ("q", " ", "empty"),
    ("q", "\u00a0\t\r\n\u3000", "empty"),
    ("q", "x" * (LONGEST_QUESTION + 1), str(LONGEST_QUESTION)),
    ("q", "x" * 10_000, "10000"),
    ("q", "a\x00b", "U+0000"),
    ("q", "\x1b[31mred", "U+001B"),
    ("q", "a\x0bb", "U+000B"),
    ("q", "a\x7f", "U+007F"),
    ("q", "a\x85b", "U+0085"),
    ("q", "\x9b31m", "U+009B"),
    ("q", "\udcff", "Unicode"),
    ("q", "a\ud800b", "Unicode"),
    ("page", "0", "1"),
    ("page", "-1", "1"),
    ("page", str(LAST_PAGE + 1), str(LAST_PAGE)),
    ("page", "9" * 5000, ""),
    ("page", "x", "integer"),
    ("page", "1.5", "integer"),
    ("page", " ", "integer"),
    ("per_page", "0", "1"),
    ("per_page", "-10", "1"),
    ("per_page", str(MOST_PER_PAGE + 1), str(MOST_PER_PAGE)),
    ("per_page", "ten", "integer"),
    ("mode", "fuzzy", "'hybrid', 'semantic' or 'keyword'"),
    ("mode", "HYBRID", "'hybrid'"),
    ("group_by", "site", "'page' or 'none'"),
    ("expand", "perhaps", "boolean"),
    ("reviewed_after", "yesterday", "date"),
    ("reviewed_after", "2024-13-01", "date"),
    ("reviewed_after", "2024-02-30", "date"),
    ("reviewed_after", "2024-02", "date"),
    ("reviewed_after", "0", "date"),
    ("reviewed_after", "2024-01-01T00:00:00", "date"),
    ("audience", "x" * 101, "100"),
    ("source", "x" * 101, "100"),
    ("section", "x" * 201, "200"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD)
def test_a_bad_value_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse({"q": "octreotide", name: value})
    error = refused.value
    assert (error.code, error.field, error.status) == (f"invalid_{name}", name, 400)
    assert error.message.startswith(f"{name}: ")
    assert said in error.message
    assert len(error.message) < 300, "a long value is not sent back"


def test_a_missing_question_is_refused() -> None:
    with pytest.raises(RequestError) as refused:
        parse({"page": "2"})
    assert (refused.value.code, refused.value.field) == ("missing_q", "q")


@pytest.mark.parametrize(
    ("parameters", "meant"),
    [
        ({}, {}),
        ({"page": str(LAST_PAGE)}, {"page": LAST_PAGE}),
        ({"per_page": "1"}, {"per_page": 1}),
        ({"per_page": str(MOST_PER_PAGE)}, {"per_page": MOST_PER_PAGE}),
        ({"mode": "keyword"}, {"mode": "keyword"}),
        ({"group_by": "none"}, {"group_by": "none"}),
        ({"expand": "false"}, {"expand": False}),
        ({"reviewed_after": "2024-02-29"}, {"reviewed_after": date(2024, 2, 29)}),
        ({"audience": "patient", "source": "s", "section": "über uns"}, None),
        ({"page": "", "per_page": "", "mode": "", "reviewed_after": "", "audience": ""}, {}),
        ({"utm_source": "mail", "callback": "alert", "Q": "", "warm": "\x00"}, {}),
    ],
)
def test_what_a_request_means(parameters: dict[str, str], meant: dict[str, object] | None) -> None:
    expected = SearchRequest(q="octreotide", **(parameters if meant is None else meant))
    assert parse({"q": "octreotide", **parameters}) == expected


def test_the_defaults_are_those_of_the_contract() -> None:
    assert parse({"q": "octreotide"}).model_dump() == {
        "q": "octreotide",
        "page": 1,
        "per_page": 10,
        "mode": "hybrid",
        "expand": True,
        "correct": True,
        "group_by": "page",
        "audience": "",
        "source": "",
        "section": "",
        "reviewed_after": None,
    }


@pytest.mark.parametrize(
    ("pasted", "asked"),
    [
        ("  octreotide  ", "octreotide"),
        ("line one\r\n\r\nline\ttwo\n", "line one line two"),
        ("a\u00a0b", "a b"),
        ("¹⁷⁷Lu – côté", "¹⁷⁷Lu – côté"),
        ("x" * LONGEST_QUESTION, "x" * LONGEST_QUESTION),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("👩🏽‍⚕️", "👩🏽‍⚕️"),
    ],
)
def test_pasted_text_is_read_as_one_line(pasted: str, asked: str) -> None:
    assert parse({"q": pasted}).q == asked


def _refused(parameters: dict[str, str]) -> tuple[str, str | None, int] | None:
    try:
        parse(parameters)
    except RequestError as error:
        return error.code, error.field, error.status
    return None


@given(st.text(st.characters(codec=None), max_size=60))
def test_a_question_is_read_or_refused_by_name(text: str) -> None:
    refused = _refused({"q": text})
    if refused is None:
        asked = parse({"q": text}).q
        assert asked == asked.strip()
        assert asked.split() == text.split()
        asked.encode()
    assert refused in {None, ("invalid_q", "q", 400)}


@given(st.sampled_from(sorted(SearchRequest.model_fields)), st.text(max_size=20))
def test_any_value_is_read_or_refused_by_name(name: str, value: str) -> None:
    refused = _refused({"q": "octreotide", name: value})
    assert refused in {None, (f"invalid_{name}", name, 400)}
