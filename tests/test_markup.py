from __future__ import annotations

import time

import pytest

from indexer.markup import MOST_ATTRIBUTES, MOST_TAGS, overfull

MANY = MOST_ATTRIBUTES + 1


def test_ordinary_pages_are_let_through() -> None:
    rows = "<tr><td class='a b'>1 < 2</td><td title=\"a > b\">x</td></tr>" * 5_000
    script = "<script>if (a<b && c) { " + "x = y + z; " * 1_000 + "}</script>"
    image = f'<img alt="{"word " * 9_000}" src="data:image/png;base64,{"A" * 100_000}">'
    for html in ("", "plain", rows, script, image, "<p " + "a='1' " * MOST_ATTRIBUTES + ">"):
        assert overfull(html) == ""


def test_too_many_tags() -> None:
    assert overfull("<a href=/x>" * MOST_TAGS) == ""
    assert overfull("<a href=/x>" * 1_000_000) == "1,000,000 tags; 50,000 are read at most"


@pytest.mark.parametrize(
    "flood",
    [
        " ".join(f"a{n}" for n in range(MANY)),
        "/".join(f"a{n}" for n in range(MANY)),
        "".join(f"a{n}='>'" for n in range(MANY)),
        "\n".join(f'a{n} = "<b>"' for n in range(MANY)),
        " ".join(f"a{n}=b" for n in range(MANY)),
    ],
)
@pytest.mark.parametrize("before", ["", "<!-- <x a='", '<script>"<x a="', "<x y=<z '"])
def test_too_many_attributes_however_they_are_hidden(before: str, flood: str) -> None:
    html = f"{before}--></script><p {flood}>'\""
    assert overfull(html) == "a tag with more than 5,000 attributes"


def test_looking_takes_no_longer_than_the_page_is_long() -> None:
    began = time.process_time()
    assert overfull("<a " * MOST_TAGS) != ""
    assert overfull("<a x='" * MOST_TAGS) != ""
    assert overfull("<a " + "= " * 4_000_000) != ""
    overfull("<a x=" * 40_000 + "y" * 9_000_000)
    assert time.process_time() - began < 5
