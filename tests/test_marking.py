"""What became of each stretch of a page."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from indexer.extract import extract
from indexer.marking import stretches
from indexer.records import Block


def _marked(html: str) -> list[tuple[str, str]]:
    content = extract(html, "https://example.org/a")
    found = []
    for each in stretches(BeautifulSoup(html, "lxml"), content):
        fate = each.fate
        name = "" if fate is None else fate.kind if isinstance(fate, Block) else fate.reason
        found.append((name, " / ".join(" ".join(w.text for w in line) for line in each.lines)))
    return found


def test_words_that_stand_twice_are_left_out_where_they_are_a_line_of_their_own() -> None:
    html = "<main><h1>A</h1><p>Go Home now and rest.</p></main><footer>Home</footer>"
    assert _marked(html) == [
        *(("heading", "A"), ("paragraph", "Go Home now and rest."), ("footer", "Home"))
    ]


def test_what_is_inside_what_is_left_out() -> None:
    html = "<header><nav>Menu</nav>Name</header><main><p>One dose a day is enough.</p></main>"
    assert _marked(html) == [
        ("header", "Menu / Name"), ("paragraph", "One dose a day is enough."),
    ]  # fmt: skip


def test_lists_tables_and_exponents_are_known_by_where_they_begin() -> None:
    html = (
        "<main><h1>A</h1><ul><li>x<ul><li>y</li></ul></li></ul><p>10<sup>9</sup> cells each</p>"
        "<table><tr><th>Drug</th><th>Dose</th></tr><tr><td>SSA</td><td>1</td></tr></table></main>"
    )
    assert [name for name, _ in _marked(html)][:2] == ["heading", "list"]
    assert _marked(html)[-1][0] == "table"


@pytest.mark.parametrize("html", ["", "<p>", "<main></main>"])
def test_nothing(html: str) -> None:
    assert _marked(html) == []
