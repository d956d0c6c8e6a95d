"""What holds for every page, however broken: no crash, no word invented, no endless work."""

from __future__ import annotations

import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.extract import decode, extract

URL = "https://example.org/"
_TAGS = "div p span b a ul li ol table tr td th dl dt dd h1 h2 h3 details summary section main nav aside button form blockquote figure figcaption br sup template svg article".split()
_ATTRIBUTES = [
    *("", "", "", ' class="menu"', ' class="share-bar"', ' class="tab-pane" id="a"', " hidden"),
    *(' role="tabpanel"', ' role="tab" aria-controls="a"', ' href="#a"', ' href="/x"'),
    *(' style="display:none"', ' class="card-title"', ' aria-hidden="true"', ' role="list"'),
]
_PIECES = st.one_of(
    st.sampled_from(
        ["word ", "Long sentence that says something of a drug. ", "x", "&nbsp;", "<!--c-->"]
    ),
    st.builds("<{}{}>".format, st.sampled_from(_TAGS), st.sampled_from(_ATTRIBUTES)),
    st.builds("</{}>".format, st.sampled_from(_TAGS)),
)


@given(st.lists(_PIECES, max_size=40).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_word_is_invented_and_nothing_crashes(html: str) -> None:
    page = extract(f"<body>{html}</body>", URL)
    said = set(re.findall(r"[a-z]+", BeautifulSoup(html, "lxml").get_text(" ").lower()))
    kept = {word for block in page.blocks for word in re.findall(r"[a-z]+", block.text.lower())}
    # Words that only elements part ("x" beside "word") may be one.
    assert all(word in said or any(each in word for each in said) for word in kept)


@given(st.binary(max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read(body: bytes) -> None:
    page = extract(decode(body), URL)
    assert page.url == URL
    assert all(block.text for block in page.blocks)


@pytest.mark.parametrize(
    "piece",
    [
        '<b>word</b> and <a href="/x">link</a> ',
        "<ul><li>a",
        "<span>a",
        "<div hidden>a</div><p>b",
        '<button aria-controls="p">b</button>',
        "<h2></h2>",
        '<button aria-controls="p1">b</button><div><p id="p1">Words of a panel.</p></div>',
        "<tr><td>a</td></tr>",
    ],
)
def test_twice_the_page_takes_about_twice_the_time(piece: str) -> None:
    def spent(count: int) -> float:
        begun = time.process_time()
        extract(f"<main><p>{piece * count}</main>", URL)
        return time.process_time() - begun

    spent(50)
    # Four times for what is quadratic; a little more than twice is noise of a busy machine.
    assert min(spent(500) for _ in range(2)) < 3.4 * max(spent(250), 0.02)
