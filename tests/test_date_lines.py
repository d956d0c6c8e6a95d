"""The lines of a page in which its dates are looked for."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from indexer.date_lines import Lines
from indexer.dates import page_dates


def _lines(html: str) -> list[str]:
    soup = BeautifulSoup(html, "lxml")
    return list(Lines(soup, day_first=True).under(soup))


def test_blocks_and_breaks_end_a_line_and_other_elements_do_not() -> None:
    assert _lines("<p>Last <b>reviewed</b><br>3 May</p><div>a<div>b</div>c</div>") == [
        *("Last reviewed", "3 May", "a", "b", "c")
    ]


def test_what_is_not_of_the_page_is_left_out() -> None:
    html = "<nav>a</nav><script>b</script><aside>c</aside><div class=related-pages>d</div><p>e"
    assert _lines(html) == ["e"]


def test_a_table_by_rows_or_by_columns() -> None:
    rows = "<tr><th>Reviewed</th><td>3 May 2023</td></tr><tr><td>Author<td>Nurses</tr>"
    assert _lines(f"<table>{rows}</table>") == ["Reviewed | 3 May 2023", "Author | Nurses"]
    rows = "<tr><th>Published<th>Reviewed</tr><tr><td>1 May 2020<td>3 May 2023</tr>"
    assert _lines(f"<table>{rows}</table>") == ["Published: 1 May 2020", "Reviewed: 3 May 2023"]


def test_a_time_is_what_it_shows_else_what_it_means() -> None:
    time = '<time datetime="2024-05-03">{}</time>'
    assert _lines(time.format("3 May 2024")) == ["3 May 2024"]
    assert _lines(time.format("two weeks ago")) == ["2024-05-03"]
    assert _lines("<time>soon</time>") == ["soon"]


@pytest.mark.parametrize(
    ("html", "reviewed"),
    [
        ("<ul><li>Last reviewed<span>12 May 2022</span></li></ul>", "2022-05-12"),
        (
            "<div class=a><span>Last reviewed</span><span>12 May 2022</span><span>Next review</span><span>12 May 2025</span></div>",
            "2022-05-12",
        ),
        (
            "<div><div>Last reviewed</div><div>12 May 2022</div><div>Next review</div><div>12 May 2025</div></div>",
            "2022-05-12",
        ),
        (
            "<table><tr><th>Last reviewed</th><td>12/05/2022</td></tr><tr><th>Next review</th><td>12/05/2025</td></tr></table>",
            "2022-05-12",
        ),
        (
            "<table><thead><tr><th>Resource</th><th>Last reviewed</th></tr></thead><tr><td>PRRT</td><td>3 May 2020</td></tr><tr><td>SSA</td><td>3 May 2021</td></tr></table>",
            "",
        ),
        (
            "<h2>References</h2><ol><li>Cancer Guide. Last updated 3 March 2021. Available from www.example.org</li></ol>",
            "",
        ),
        ("<h2>References</h2><p>Guide on NETs. Updated 3 March 2021.</p>", ""),
        (
            "<article><h1>A</h1><p>x</p></article><article><h2>B</h2><p>Updated 3 May 2020</p></article>",
            "",
        ),
        ("<h3><a href=x>Other page</a></h3><p>Updated 3 May 2020</p>", ""),
        (
            "<h2>References</h2><ol><li>A book</li></ol><p>Last reviewed: 3 May 2020</p>",
            "2020-05-03",
        ),
        ("<h2><a href=#x>Part</a></h2><p>Updated 3 May 2020</p>", "2020-05-03"),
    ],
)
def test_whose_date_it_is(html: str, reviewed: str) -> None:
    soup = BeautifulSoup(f"<main><h1>A</h1><p>Text about it.</p>{html}</main>", "lxml")
    assert (page_dates(soup, "https://example.org.au/", "en-AU").reviewed or "") == reviewed
