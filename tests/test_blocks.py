from __future__ import annotations

import pytest
from bs4 import BeautifulSoup, Tag

from indexer.anchors import heading_anchors
from indexer.blocks import blocks
from indexer.records import Block


def _blocks(html: str) -> list[Block]:
    soup = BeautifulSoup(f"<body>{html}</body>", "lxml")
    body = soup.body
    assert isinstance(body, Tag)
    return blocks(body, heading_anchors(soup))


def _shown(html: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in _blocks(html)]


def _trails(html: str) -> dict[str, tuple[str, ...]]:
    """Text of each block to the headings above it."""
    return {block.text: block.headings for block in _blocks(html)}


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<h1>A</h1><p>b <b>c</b></p>", [("heading", "A"), ("paragraph", "b c")]),
        ("loose<p>b</p>text", [("paragraph", each) for each in ("loose", "b", "text")]),
        ("<div><div>a</div>b</div>", [("paragraph", "a"), ("paragraph", "b")]),
        ("<p>a<br>b</p>", [("paragraph", "a b")]),
        ("a<br><br>b<br> <br>c", [("paragraph", each) for each in "abc"]),
        ("<span>a<p>b</p>c</span>", [("paragraph", each) for each in "abc"]),
        ("<h2><button>A</button></h2>", [("heading", "A")]),
        ('<div role="heading" aria-level="3">A</div>', [("heading", "A")]),
        ("<h2> </h2><p>a</p>", [("paragraph", "a")]),
        ("<blockquote><p>a</p><p>b</p></blockquote>", [("quote", "a\nb")]),
        ("<blockquote><ul><li>a</li></ul></blockquote>", [("list", "• a")]),
        ("<pre>a\n  b</pre>", [("code", "a b")]),
        ("<figure><img><figcaption>a</figcaption></figure>", [("caption", "a")]),
        ("<p><!-- a -->b</p>", [("paragraph", "b")]),
        ("<ul></ul><table></table><dl></dl><blockquote></blockquote><pre></pre>", []),
        ("<details><summary></summary>a</details>", [("paragraph", "a")]),
        ("", []),
    ],
)
def test_kinds(html: str, shown: list[tuple[str, str]]) -> None:
    assert _shown(html) == shown


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<ul><li>a</li><li>b <i>c</i></li></ul>", ["• a", "• b c"]),
        ("<ol><li>a</li><li>b</li></ol>", ["1. a", "2. b"]),
        ('<ol start="4"><li>a</li></ol>', ["4. a"]),
        *(
            (f'<ol start="{odd}"><li>a</li></ol>', ["1. a"])
            for odd in ("x", "--2", "²", "9" * 5000)
        ),
        (
            "<ul><li>a<ol><li>b<ul><li>c</li></ul></li></ol></li><li>d</li></ul>",
            ["• a", "  1. b", "    • c", "• d"],
        ),
        ("<ul><li><p>a</p><ul><li>b</li></ul></li></ul>", ["• a", "  • b"]),
        # Words on both sides of an inner list are two words.
        ("<ul><li>a<ul><li>b</li></ul>c</li></ul>", ["• a c", "  • b"]),
        # Old editors put the inner list beside the item, not into it.
        ("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", ["• a", "  • b", "• c"]),
        ("<ul>a<li>b</li><p>c</p></ul>", ["a", "• b", "c"]),
        ("<ul><li>a</li><li></li><li> </li></ul>", ["• a"]),
    ],
)
def test_lists(html: str, lines: list[str]) -> None:
    assert _shown(html) == [("list", "\n".join(lines))]


def test_a_list_that_arranges_sections_is_not_a_list() -> None:
    html = "<ul><li><h2>A</h2><p>a</p></li><li><h2>B</h2><p>b</p></li></ul>"
    assert _shown(html) == [
        *(("heading", "A"), ("paragraph", "a")),
        *(("heading", "B"), ("paragraph", "b")),
    ]


HEAD = "<tr><th>Drug</th><th>Dose</th></tr>"


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            HEAD + "<tr><td>A</td><td>10 mg</td></tr><tr><td>B</td><td>20 mg</td></tr>",
            ["Drug: A; Dose: 10 mg", "Drug: B; Dose: 20 mg"],
        ),
        (
            f"<thead>{HEAD}</thead><tbody><tr><th>A</th><td>1</td></tr></tbody>",
            ["Drug: A; Dose: 1"],
        ),
        (HEAD + "<tr><td>A</td><td></td></tr>", ["Drug: A"]),
        (HEAD + "<tr><td>A</td><td>1</td><td>more</td></tr>", ["Drug: A; Dose: 1; more"]),
        ("<tr><th></th><th>Dose</th></tr><tr><td>A</td><td>1</td></tr>", ["A; Dose: 1"]),
        ("<tr><th>A</th><td>1</td></tr><tr><th>B</th><td>2</td></tr>", ["A; 1", "B; 2"]),
        ("<tr><td>A</td><td>1</td></tr>", ["A; 1"]),
        (HEAD, ["Drug; Dose"]),
        # A cell over two rows or columns keeps the others under their own headers.
        (
            HEAD + '<tr><td rowspan="2">A</td><td>1</td></tr><tr><td>2</td></tr>',
            ["Drug: A; Dose: 1", "Drug: A; Dose: 2"],
        ),
        (
            '<tr><th colspan="2">Drug</th><th>Dose</th></tr>'
            "<tr><td>A</td><td>B</td><td>1</td></tr>",
            ["Drug: A; Drug: B; Dose: 1"],
        ),
        (
            "<tr><th>Drug</th><th>Dose</th><th>Often</th></tr>"
            '<tr><td>A</td><td colspan="2">ask</td></tr>',
            ["Drug: A; Dose / Often: ask"],
        ),
        (
            "<tr><th>Drug</th><th>Dose</th><th>Often</th></tr>"
            '<tr><td colspan="3">Capsules</td></tr><tr><td>A</td><td>1</td><td>daily</td></tr>',
            ["Capsules", "Drug: A; Dose: 1; Often: daily"],
        ),
        # A title or an empty row above the names of the columns.
        (
            '<tr><th colspan="2">Octreotide</th></tr>' + HEAD + "<tr><td>A</td><td>1</td></tr>",
            ["Octreotide", "Drug: A; Dose: 1"],
        ),
        ("<tr><td></td></tr>" + HEAD + "<tr><td>A</td><td>1</td></tr>", ["Drug: A; Dose: 1"]),
        # The columns are named anew further down.
        (
            HEAD + "<tr><td>A</td><td>1</td></tr><tr><th>Drug</th><th>Child dose</th></tr>"
            "<tr><td>A</td><td>2</td></tr>",
            ["Drug: A; Dose: 1", "Drug: A; Child dose: 2"],
        ),
        (
            "<tr><th><h3>Adults</h3></th><th><h3>Children</h3></th></tr>"
            "<tr><td>100 mcg</td><td>50 mcg</td></tr>",
            ["Adults: 100 mcg; Children: 50 mcg"],
        ),
        (
            HEAD + '<tr><td rowspan="3">A</td><td>1</td></tr>'
            "<tr><td>2</td></tr><tr><td>3</td></tr><tr><td>B</td><td>4</td></tr>",
            ["Drug: A; Dose: 1", "Drug: A; Dose: 2", "Drug: A; Dose: 3", "Drug: B; Dose: 4"],
        ),
        (
            HEAD + '<tr><td>A</td><td rowspan="2">1</td></tr><tr><td>B</td></tr>',
            ["Drug: A; Dose: 1", "Drug: B; Dose: 1"],
        ),
        (
            '<tr><th rowspan="2">Drug</th><th colspan="2">Dose</th></tr>'
            "<tr><th>First</th><th>Most</th></tr><tr><td>A</td><td>1</td><td>2</td></tr>",
            ["Drug: A; Dose First: 1; Dose Most: 2"],
        ),
        (HEAD + "<tr><th>A</th><th>1</th></tr>", ["Drug: A; Dose: 1"]),
        (HEAD + '<tr><td rowspan="x">A</td><td colspan="0">1</td></tr>', ["Drug: A; Dose: 1"]),
        (HEAD + '<tr><td rowspan="999999">A</td><td>1</td></tr>', ["Drug: A; Dose: 1"]),
    ],
)
def test_a_table_row_carries_its_header(rows: str, lines: list[str]) -> None:
    assert _shown(f"<table>{rows}</table>") == [("table", "\n".join(lines))]


def test_tables_of_other_kinds() -> None:
    captioned = f"<table><caption>Doses</caption>{HEAD}<tr><td>A</td><td>1</td></tr></table>"
    assert _shown(captioned) == [("caption", "Doses"), ("table", "Drug: A; Dose: 1")]
    for layout in (
        "<table><tr><td><h2>A</h2></td><td>b</td></tr></table>",
        '<table role="presentation"><tr><td><h2>A</h2></td><td>b</td></tr></table>',
    ):
        assert _shown(layout) == [("heading", "A"), ("paragraph", "b")]
    inner = (
        "<table><tr><td>x</td><td><table><tr><td>y</td><td>z</td></tr></table></td></tr></table>"
    )
    assert _shown(inner) == [("paragraph", "x"), ("table", "y; z")]


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<dt>A</dt><dd>one</dd><dt>B</dt><dd>two</dd>", ["A: one", "B: two"]),
        ("<dt>A</dt><dt>B</dt><dd>both</dd>", ["A, B: both"]),
        ("<div><dt>A</dt><dd>one</dd></div>", ["A: one"]),
        ("<dd>alone</dd>", ["alone"]),
        ("<dt>A</dt>", ["A"]),
    ],
)
def test_definitions(html: str, lines: list[str]) -> None:
    assert _shown(f"<dl>{html}</dl>") == [("definitions", "\n".join(lines))]


def test_trails() -> None:
    assert _trails("<p>before</p><h1>A</h1><p>a</p><h2>B</h2><p>b</p><h2>C</h2><p>c</p>") == {
        "before": (),
        "A": (),
        "a": ("A",),
        "B": ("A",),
        "b": ("A", "B"),
        "C": ("A",),
        "c": ("A", "C"),
    }


def test_heading_levels_out_of_order() -> None:
    html = "<h3>A</h3><p>a</p><h1>B</h1><p>b</p><h4>C</h4><p>c</p><h2>D</h2><p>d</p>"
    trails = _trails(html)
    assert [trails[text] for text in "abcd"] == [("A",), ("B",), ("B", "C"), ("B", "D")]


def test_the_same_heading_twice_is_two_sections() -> None:
    found = _blocks('<h2 id="one">A</h2><p>a</p><h2 id="two">A</h2><p>b</p>')
    assert [block.section for block in found] == [1, 1, 2, 2]
    assert [block.anchor for block in found] == ["one", "one", "two", "two"]


def test_the_nearest_anchor_above_is_kept() -> None:
    found = _blocks('<h1 id="top">A</h1><h2>B</h2><p>b</p><h2 id="c">C</h2><p>c</p>')
    last = {block.text: (block.anchor, block.around) for block in found}
    assert last["b"] == (None, "top")
    assert last["c"] == ("c", "c")


@pytest.mark.parametrize("summary", ["Panel", "<h3>Panel</h3>", '<h3 id="p">Panel</h3>'])
def test_a_summary_heads_its_panel_and_nothing_after(summary: str) -> None:
    html = (
        "<h2>A</h2><p>a</p>"
        f"<details><summary>{summary}</summary><p>inside</p><h4>Deep</h4><p>deep</p></details>"
        "<p>after</p><details><p>open</p></details>"
    )
    trails = _trails(html)
    assert trails["Panel"] == ("A",)
    assert trails["inside"] == ("A", "Panel")
    assert trails["deep"] == ("A", "Panel", "Deep")
    assert trails["after"] == trails["open"] == ("A",)


def test_a_panel_inside_a_panel() -> None:
    html = (
        "<details><summary>A</summary>a<details><summary>B</summary>b</details>c</details><p>d</p>"
    )
    trails = _trails(html)
    assert [trails[text] for text in "abcd"] == [("A",), ("A", "B"), ("A",), ()]


def test_a_panel_whose_heading_is_above_its_place_gives_the_place_back() -> None:
    trails = _trails("<h3>A</h3><details><summary><h2>B</h2></summary>b</details><p>c</p>")
    assert trails["b"] == ("B",)
    assert trails["c"] == ("A",)


def test_each_part_knows_the_words_as_one_element_holds_them() -> None:
    html = (
        "<p>one<br>two</p><ul><li><p>three</p><p>four</p></li></ul>"
        "<table><tr><th>H</th><th>I</th></tr><tr><td>five</td><td>six</td></tr></table>"
        "<dl><dt>seven</dt><dd>eight</dd></dl>"
    )
    parts = [part for block in _blocks(html) for part in block.parts]
    assert [part.run for part in parts] == ["one", "three", "five", "seven"]
