from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from indexer.anchors import heading_anchors


def _anchors(html: str) -> dict[str, str]:
    """Text of each heading to its anchor."""
    soup = BeautifulSoup(f"<body>{html}</body>", "lxml")
    found = heading_anchors(soup)
    headings = soup.find_all(["h1", "h2", "h3", "summary", "div"])
    return {tag.get_text(): found[id(tag)] for tag in headings if id(tag) in found}


@pytest.mark.parametrize(
    ("html", "anchors"),
    [
        ('<h2 id="a">A</h2>', {"A": "a"}),
        ("<h2>A</h2>", {}),
        ('<h2 id="">A</h2>', {}),
        ('<h2><a name="a"></a>A</h2>', {"A": "a"}),
        ('<h2><a name="a" id="a"></a>A</h2>', {"A": "a"}),
        ('<h2><span id="a">A</span></h2>', {"A": "a"}),
        ('<h2 id="outer"><span id="inner">A</span></h2>', {"A": "outer"}),
        ('<section id="s"><h2>A</h2><p>text</p></section>', {"A": "s"}),
        ('<section id="s">\n<!-- note --><div><h2>A</h2></div></section>', {"A": "s"}),
        ('<section id="s"><p>before</p><h2>A</h2></section>', {}),
        ('<section id="s">before<h2>A</h2></section>', {}),
        ('<section id="s"><h2>A</h2><h2>B</h2></section>', {"A": "s"}),
        ('<section id="s"><h2 id="own">A</h2></section>', {"A": "own"}),
        ('<main id="m"><h2>A</h2></main>', {}),
        ('<details id="d"><summary>A</summary>text</details>', {"A": "d"}),
        ('<div role="heading" id="r">A</div>', {"A": "r"}),
        # An id that stands twice leads to the first of its places.
        ('<h2 id="a">A</h2><h2 id="a">B</h2>', {}),
        ('<p id="a">p</p><h2 id="a">B</h2>', {}),
        ('<a name="a"></a><p>p</p><h2 id="a">B</h2>', {}),
        ('<section id="s"><h2 id="a">A</h2></section><p id="a">p</p>', {"A": "s"}),
    ],
)
def test_heading_anchors(html: str, anchors: dict[str, str]) -> None:
    assert _anchors(html) == anchors


def test_an_anchor_is_written_as_a_url_holds_it() -> None:
    assert _anchors('<h2 id="Größe & more">A</h2>') == {"A": "Gr%C3%B6%C3%9Fe%20&%20more"}
