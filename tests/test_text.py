from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag

from indexer.text import collapse, has_block, link_share, plain, runs


def _body(html: str) -> Tag:
    body = BeautifulSoup(f"<body>{html}</body>", "lxml").body
    assert body is not None
    return body


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  a \n\t b ", "a b"),
        ("a\u00a0b\u2009c", "a b c"),
        ("soma\u00adto\u200bstat\ufeffin", "somatostatin"),
        ("", ""),
    ],
)
def test_collapse(text: str, shown: str) -> None:
    assert collapse(text) == shown


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one <b>t</b>wo</p><p>three</p>", ["one two", "three"]),
        ("one<br>two<div>three</div>four", ["one", "two", "three", "four"]),
        ("<p><sup>177</sup>Lu-DOTATATE</p>", ["177Lu-DOTATATE"]),
        ("<p>a<!-- hidden -->b</p>", ["ab"]),
        ("<table><tr><td>a</td><td>b</td></tr></table>", ["a", "b"]),
        ("<span>a<p>b</p>c</span>", ["a", "b", "c"]),
        ("<p> </p>", []),
    ],
)
def test_runs_end_where_a_block_or_line_does(html: str, expected: list[str]) -> None:
    assert list(runs(_body(html))) == expected
    assert plain(_body(html)) == " ".join(expected)


def test_has_block() -> None:
    assert has_block(_body("<span>a<br>b</span>"))
    assert not has_block(_body("<span>a <b>b</b></span>"))


@pytest.mark.parametrize(
    ("html", "share"),
    [
        ("<p>abcd</p>", 0.0),
        ('<a href="/x">abcd</a>', 1.0),
        ('<p>abc <a href="/x">d</a></p>', 0.25),
        ('<p>abc <a name="x">d</a></p>', 0.0),
        ('<h2><a href="/x">long heading</a></h2><p>abcd</p>', 0.0),
        ("", 0.0),
    ],
)
def test_link_share(html: str, share: float) -> None:
    assert link_share(_body(html)) == share
