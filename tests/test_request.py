from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.judgments import LONGEST_QUESTION
from search.errors import RequestError
from search.request import (
    LAST_PAGE,
    MOST_PER_PAGE,
    MOST_SUGGESTIONS,
    SearchRequest,
    SuggestRequest,
    parse,
    parse_suggest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
    *(("page", written, "integer") for written in ("1.0", "1e0", "+1", "1_0", "0x1", " 1", "1 ")),
    *(
        ("page", written, "integer")
        for written in ("\uff11", "\u00b2", "9" * 10, "--1", "1\n", "-")
    ),
    *(
        ("correct", written, "boolean")
        for written in ("1", "0", "yes", "no", "on", "off", "t", "f")
    ),
    *(("expand", written, "boolean") for written in ("true ", "truE\n", "\u017frue", "None")),
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
        ({"page": "007", "per_page": "000000050"}, {"page": 7, "per_page": 50}),
        ({"expand": "FALSE", "correct": "False"}, {"expand": False, "correct": False}),
        ({"expand": "True", "correct": "TRUE"}, {"expand": True, "correct": True}),
        ({"expand": "", "correct": ""}, {"expand": True, "correct": True}),
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
        "language": "",
        "reviewed_after": None,
        "url": "",
        "typed": False,
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


def _refused(
    parameters: dict[str, str], read: Callable[[dict[str, str]], object] = parse
) -> tuple[str, str | None, int] | None:
    try:
        read(parameters)
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


# Suggestions


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("q", "a\x00b", "U+0000"),
        ("q", "\x1b", "U+001B"),
        ("q", "\udcff", "Unicode"),
        ("q", "x" * (LONGEST_QUESTION + 1), str(LONGEST_QUESTION)),
        ("q", " " * (LONGEST_QUESTION + 1), str(LONGEST_QUESTION)),
        ("limit", "0", "1"),
        ("limit", "-1", "1"),
        ("limit", str(MOST_SUGGESTIONS + 1), str(MOST_SUGGESTIONS)),
        ("limit", "1.0", "integer"),
        ("limit", "many", "integer"),
    ],
)
def test_a_bad_value_of_a_suggestion_is_refused_by_name(name: str, value: str, said: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse_suggest({"q": "octreotide", name: value})
    error = refused.value
    assert (error.code, error.field, error.status) == (f"invalid_{name}", name, 400)
    assert said in error.message
    assert len(error.message) < 300


def test_without_what_was_typed_there_is_no_suggestion() -> None:
    with pytest.raises(RequestError) as refused:
        parse_suggest({"limit": "2"})
    assert (refused.value.code, refused.value.field) == ("missing_q", "q")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", ""),
        ("  ", ""),
        ("oct", "oct"),
        ("  oct", "oct"),
        ("oct ", "oct "),
        ("oct \t\r\n", "oct "),
        ("oct\u00a0", "oct "),
        ("lu\n 177", "lu 177"),
        ("x" * LONGEST_QUESTION, "x" * LONGEST_QUESTION),
    ],
)
def test_of_spaces_only_the_one_at_the_end_is_kept(typed: str, read: str) -> None:
    assert parse_suggest({"q": typed}).q == read


@pytest.mark.parametrize(
    ("parameters", "limit"),
    [({}, 8), ({"limit": ""}, 8), ({"limit": "1"}, 1), ({"limit": str(MOST_SUGGESTIONS)}, 20)],
)
def test_how_many_suggestions(parameters: dict[str, str], limit: int) -> None:
    others = {"page": "x", "mode": "x", "utm_source": "\x00"}  # are none of its parameters
    asked = parse_suggest({"q": "oct", **others, **parameters})
    assert asked == SuggestRequest(q="oct", limit=limit)


@given(st.text(st.characters(codec=None), max_size=60))
def test_what_was_typed_is_read_or_refused_by_name(text: str) -> None:
    refused = _refused({"q": text}, parse_suggest)
    if refused is None:
        read = parse_suggest({"q": text}).q
        assert read.split() == text.split()
        assert read.endswith(" ") == bool(text.split() and text[-1].isspace())
    assert refused in {None, ("invalid_q", "q", 400)}
