from __future__ import annotations

import re
from html import escape
from itertools import count
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.chunk import TokenBudget, chunk
from indexer.extract import extract
from indexer.records import Block, Chunk, PageContent, Part
from tests.test_fragments import places

URL = "https://example.org/a/"


def _pieces(text: str) -> int:
    """Tokens as sub-word models count them: a word is a token for every four characters."""
    return sum(-(-len(word) // 4) for word in text.split())


def _words(text: str) -> int:
    return len(text.split())


def _page(html: str, title: str = "") -> PageContent:
    return extract(f"<title>{title}</title><body><main>{html}</main></body>", URL)


def _chunks(html: str, title: str = "", limit: int = 60, target: int | None = None) -> list[Chunk]:
    return chunk(_page(html, title), TokenBudget(_words, limit, target or limit))


def _text(words: int, begin: str = "w") -> str:
    return " ".join(f"{begin}{number}" for number in range(words))


def _shown(html: str, **changes: int) -> list[tuple[tuple[str, ...], str]]:
    return [(each.headings, each.text) for each in _chunks(html, **changes)]


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>a</p>", [((), "a")]),
        ("<p>a</p><p>b</p>", [((), "a\nb")]),
        ("<h1>A</h1><p>a</p>", [(("A",), "a")]),
        ("<h1>A</h1><p>a</p><h2>B</h2><p>b</p>", [(("A",), "a"), (("A", "B"), "b")]),
        # Text before the first heading is a passage, however little it is.
        ("<p>a</p><h1>A</h1><p>b</p>", [((), "a"), (("A",), "b")]),
        # A heading of headings travels with them; one with nothing under it stands for itself.
        ("<h1>A</h1><h2>B</h2><p>b</p>", [(("A", "B"), "b")]),
        ("<h1>A</h1><p>a</p><h2>B</h2>", [(("A",), "a"), (("A", "B"), "B")]),
        ("<h2>A</h2><h2>B</h2><p>b</p>", [(("A",), "A"), (("B",), "b")]),
        ("<h2>A</h2><h1>B</h1><p>b</p>", [(("A",), "A"), (("B",), "b")]),
        # What comes after a panel belongs to the heading before it, again.
        (
            "<h1>A</h1><details><summary>B</summary>b</details><p>a</p><h2>C</h2><p>c</p>",
            [(("A", "B"), "b"), (("A",), "a"), (("A", "C"), "c")],
        ),
        ("<h2>A</h2><p>a</p><h2>A</h2><p>b</p>", [(("A",), "a"), (("A",), "b")]),
        ("", []),
    ],
)
def test_sections(html: str, shown: list[tuple[tuple[str, ...], str]]) -> None:
    assert _shown(html) == shown


def test_a_full_passage_goes_on_in_the_next() -> None:
    first, second = _text(30, "a"), _text(40, "b")
    assert _shown(f"<p>{first}</p><p>{second}</p>", limit=61) == [((), first), ((), second)]


def test_a_long_row_keeps_its_name_and_headers_in_every_passage() -> None:
    says = " ".join(f"Word{n} is said of it here." for n in range(12))
    table = f"<table><tr><th>Drug</th><th>Dose</th><th>Notes</th></tr><tr><td>Octreotide</td><td>10 mg</td><td>{says}</td></tr></table>"
    shown = _shown(table, limit=40)
    assert len(shown) > 1
    assert all(text.startswith("Drug: Octreotide; ") for _, text in shown)
    assert all("Notes: Word" in text for _, text in shown)
    assert all(any(f"Word{n} is said" in text for _, text in shown) for n in range(12))


def test_a_long_definition_keeps_its_term_in_every_passage() -> None:
    says = " ".join(f"Word{n} is said of it here." for n in range(12))
    shown = _shown(f"<dl><dt>Grade</dt><dd>{says}</dd></dl>", limit=40)
    assert len(shown) > 1
    assert all(text.startswith("Grade: Word") for _, text in shown)


def test_a_tiny_rest_joins_its_neighbour_where_both_fit() -> None:
    text, rest = _text(40, "a"), _text(5, "b")
    html = f"<p>{text}</p><p>{rest}</p>"
    assert _shown(html, limit=60, target=42) == [((), f"{text}\n{rest}")]
    assert _shown(html, limit=45, target=42) == [((), text), ((), rest)]


def test_a_long_paragraph_is_cut_between_sentences_and_repeats_one() -> None:
    sentences = [f"{letter} {_text(18)} end." for letter in "ABCDE"]
    shown = _shown(f"<p>{' '.join(sentences)}</p>", limit=61)
    assert [text for _, text in shown] == [
        " ".join(sentences[:3]),
        " ".join(sentences[2:]),
    ]


def test_a_long_sentence_is_not_repeated() -> None:
    sentences = [f"{letter} {_text(43)} end." for letter in "ABC"]
    assert [text for _, text in _shown(f"<p>{' '.join(sentences)}</p>", limit=61)] == sentences


def test_a_list_that_goes_on_repeats_its_lead_in() -> None:
    items = "".join(f"<li>{letter} {_text(20)}</li>" for letter in "abcd")
    html = f"<p>Tell your nurse about:</p><ul>{items}</ul>"
    shown = [text for _, text in _shown(html, limit=61)]
    assert len(shown) == 2
    assert all(text.startswith("Tell your nurse about:\n• ") for text in shown)


def test_an_item_inside_another_is_never_without_it() -> None:
    def inner(begin: str) -> str:
        return "".join(f"<li>{_text(8, begin)}</li>" for _ in range(5))

    html = (
        "<p>PRRT:</p><ul>"
        f"<li>is suitable if you have: <ul>{inner('good')}</ul></li>"
        f"<li>is not suitable if you have: <ul>{inner('bad')}</ul></li></ul>"
    )
    shown = [text for _, text in _shown(html, limit=40)]
    assert len(shown) > 3
    for text in shown:
        assert text.startswith("PRRT:\n")
        lines = text.split("\n")
        for at, line in enumerate(lines):
            if line.startswith("  • "):
                above = next(each for each in reversed(lines[:at]) if each.startswith("• "))
                wanted = "is not suitable" if "bad0" in line else "is suitable"
                assert wanted in above
        assert not lines[-1].startswith("• "), "an item that leads is not left at an end"


def test_a_lead_in_moves_to_its_list() -> None:
    before, item = _text(36, "a"), _text(40, "b")
    html = f"<p>{before}</p><p>Tell us about:</p><ul><li>{item}</li></ul>"
    assert [text for _, text in _shown(html, limit=61)] == [before, f"Tell us about:\n• {item}"]


def test_only_the_end_of_a_long_lead_in_is_repeated() -> None:
    lead = f"Much is known of it. {_text(35, 'W')} so tell us about:"
    items = "".join(f"<li>{letter} {_text(15)}</li>" for letter in "abcd")
    shown = [text for _, text in _shown(f"<p>{lead}</p><ul>{items}</ul>", limit=61)]
    assert shown[0] == "Much is known of it."
    assert all(f"{_text(35, 'W')} so tell us about:" in text for text in shown[1:])
    assert not any("Much is known of it." in text for text in shown[1:])


def test_an_item_longer_than_a_passage_keeps_its_lead_in() -> None:
    html = f"<p>Tell us about:</p><ul><li>{_text(150)}</li><li>b</li></ul>"
    shown = [text for _, text in _shown(html, limit=61)]
    assert len(shown) == 3
    assert shown[0].startswith("Tell us about:\n• w0 w1")
    assert all(text.startswith("Tell us about:") for text in shown)
    said = " ".join(shown).replace("Tell us about:", "").split()
    assert said == ["•", *_text(150).split(), "•", "b"]


def test_an_item_that_goes_on_repeats_lead_in_and_sentence() -> None:
    sentences = [f"{letter} {_text(18)} end." for letter in "ABC"]
    html = f"<p>Tell us:</p><ul><li>{' '.join(sentences)}</li></ul>"
    assert [text for _, text in _shown(html, limit=51)] == [
        f"Tell us:\n• {' '.join(sentences[:2])}",
        f"Tell us:\n{' '.join(sentences[1:])}",
    ]


def test_a_row_keeps_its_header_in_every_passage() -> None:
    rows = "".join(f"<tr><td>{letter} {_text(15)}</td><td>x</td></tr>" for letter in "abcd")
    html = f"<table><tr><th>Drug</th><th>Dose</th></tr>{rows}</table>"
    lines = [line for _, text in _shown(html, limit=41) for line in text.split("\n")]
    assert [line.split()[:2] for line in lines] == [["Drug:", letter] for letter in "abcd"]
    assert all(line.endswith("; Dose: x") for line in lines)


def test_context_is_title_and_trail() -> None:
    (found,) = _chunks("<h1>Doses</h1><h2>Adults</h2><p>a</p>", "Lanreotide")
    assert found.context == "Lanreotide > Doses > Adults"
    assert found.embedded_text == "Lanreotide > Doses > Adults\na"
    assert found.tokens == 6


def test_a_title_that_a_heading_repeats_is_said_once() -> None:
    (found,) = _chunks("<h1>lanreotide</h1><h2>Adults</h2><p>a</p>", "Lanreotide")
    assert found.context == "lanreotide > Adults"


def test_without_title_and_heading_there_is_no_context() -> None:
    (found,) = _chunks("<p>a</p>")
    assert (found.context, found.embedded_text) == ("", "a")


def test_outer_headings_give_way_in_a_long_context() -> None:
    html = f"<h1>{_text(30, 'a')}</h1><h2>{_text(30, 'b')}</h2><h3>c</h3><p>text</p>"
    (found,) = _chunks(html, "Title", limit=120)
    assert found.context == f"Title > {_text(30, 'b')} > c"
    (found,) = _chunks(f"<h1>{_text(200)}</h1><p>text</p>", limit=100)
    assert found.context == _text(50)
    assert found.headings == (_text(200),)


@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<h2 id="x">A</h2><p>a</p>', ["#x"]),
        ('<section id="x"><h2>A</h2><p>a</p></section>', ["#x"]),
        ("<p>Few words here today.</p>", ["#:~:text=Few%20words%20here%20today."]),
        ('<h2 id="x">A</h2><p>one two</p><h2 id="x">A</h2><p>a</p>', ["#:~:text=one%20two", None]),
        (
            '<h2 id="x">A</h2><p>a</p><h2 id="y">A</h2><p>a</p>',
            ["#x", "#y"],
        ),
        # Only the first passage stands right under its heading.
        (
            f'<h2 id="x">A</h2><p>{_text(40, "a")}</p><p>{_text(40, "b")}</p>',
            ["#x", "#:~:text=b0%20b1%20b2%20b3"],
        ),
        # After a panel its own words are further down than the heading.
        (
            '<h2 id="x">A</h2><p>a</p><details><summary>B</summary>b b</details><p>c c c c d</p>',
            ["#x", None, "#:~:text=c%20c%20c%20c"],
        ),
        # Nothing of it stands once: the nearest anchor above it is better than the top.
        ('<h1 id="t">T</h1><p>x x</p><h2>A</h2><p>a a a</p><p>a a a</p>', ["#t", None]),
    ],
)
def test_links(html: str, links: list[str | None]) -> None:
    found = [each.link for each in _chunks(html, limit=60)]
    assert len(found) == len(links)
    for link, expected in zip(found, links, strict=True):
        if expected is not None:
            assert link == URL + expected
        else:
            assert link.startswith(URL + "#")


def test_words_that_stand_everywhere_lead_to_their_first_place() -> None:
    repeated = "<p>Ask your nurse.</p>" * 4
    html = '<h1 id="t">T</h1><p>x</p>' + f"<h2>Q</h2>{repeated}" * 4
    assert _chunks(html)[-2].link == f"{URL}#:~:text=Ask%20your%20nurse."


def test_a_passage_that_only_begins_like_another_is_not_taken_for_it() -> None:
    html = '<h1 id="t">T</h1><p>x</p><h2>A</h2><p>Ask us.</p><p>Ring us.</p><p>Go.</p>'
    html += "<h2>B</h2><p>Ask us.</p><p>Go.</p>" * 3
    middle = _chunks(html)[-2]
    assert middle.text == "Ask us.\nGo."
    # "Ask us." would lead to A, which says something else; "Go." would too.
    assert middle.link == f"{URL}#t"
    assert _chunks(html.replace(' id="t"', ""))[-2].link == URL


@pytest.mark.parametrize("word", ["x" * 900, "瘤" * 900, "https://example.org/" + "a/" * 300])
def test_a_word_longer_than_a_passage_is_cut(word: str) -> None:
    for html in (f"<p>{word}</p>", f"<p>a b</p><ul><li>{word} c</li></ul>", f"<h2>{word}</h2>"):
        found = chunk(_page(html), TokenBudget(_pieces, 60, 60))
        assert all(_pieces(each.embedded_text) <= 60 for each in found)
        assert "".join("".join(each.text for each in found).split()).count(word) == 1


# Pages of numbered words: which passage holds which words of the page can be told exactly.

Html = st.SearchStrategy[str]


@st.composite
def _pages(draw: st.DrawFn) -> str:
    number = count()

    def words(least: int, most: int) -> str:
        picked = [f"w{next(number)}" for _ in range(draw(st.integers(least, most)))]
        marks = draw(st.lists(st.sampled_from(["", "", ",", ". W", "-x"]), max_size=len(picked)))
        for place, mark in enumerate(marks):
            picked[place] += mark.partition(" ")[0]
            if mark == ". W" and place + 1 < len(picked):
                picked[place + 1] = picked[place + 1].upper()
        return " ".join(picked)

    def items(depth: int) -> str:
        made = ""
        for _ in range(draw(st.integers(1, 4))):
            inner = f"<ul>{items(depth - 1)}</ul>" if depth and draw(st.booleans()) else ""
            made += f"<li>{words(1, 30)}{inner}</li>"
        return made

    def block(kind: str) -> str:
        match kind:
            case "list":
                return f"<p>{words(1, 6)} lead{next(number)}:</p><ul>{items(1)}</ul>"
            case "table":
                cells = [f"<td>{words(0, 12)}</td><td>{words(1, 3)}</td>" for _ in range(3)]
                rows = "".join(f"<tr>{each}</tr>" for each in cells)
                return f"<table><tr><th>{words(1, 2)}</th><th>{words(1, 1)}</th></tr>{rows}</table>"
            case "details":
                return f"<details><summary>h{next(number)}</summary>{flow(2)}</details>"
            case "paragraph":
                return f"<p>{words(1, 120)}</p>"
            case _:
                return f"<{kind}>h{next(number)} h{next(number)}</{kind}>"

    def flow(most: int) -> str:
        kinds = st.sampled_from(["paragraph", "list", "table", "details", "h1", "h2", "h3"])
        return "".join(block(kind) for kind in draw(st.lists(kinds, min_size=1, max_size=most)))

    return flow(7)


BODY = re.compile(r"(?:w|lead)\d+", re.IGNORECASE)


def _numbered(text: str) -> list[str]:
    return list(dict.fromkeys(word.lower() for word in BODY.findall(text)))


@given(_pages(), st.integers(48, 90))
def test_passages_of_any_page(html: str, limit: int) -> None:
    page = _page(html, "Title")
    found = chunk(page, TokenBudget(_pieces, limit, 50))
    sections = {
        word: block.headings
        for block in page.blocks
        if block.kind != "heading"
        for word in _numbered(block.text)
    }
    # No passage is longer than the encoder reads, its context included.
    for each in found:
        assert each.tokens == _pieces(each.embedded_text) <= limit
    # Nothing is lost, and all is in the page's order.
    assert _numbered("\n".join(each.text for each in found)) == list(sections)
    headings = {name for each in found for name in each.headings}
    assert headings == {block.text for block in page.blocks if block.kind == "heading"}
    # No passage crosses a heading, and what is said twice is said within one section.
    for each in found:
        assert {sections[word] for word in _numbered(each.text)} <= {each.headings}
    # A list's items begin behind their lead-in.
    for lead, words in _led(page):
        for word in words:
            first = next(held for held in map(_numbered, (p.text for p in found)) if word in held)
            assert lead in first
    # A link lands in the passage's own section.
    own = {each.link: each for each in found}
    for link, each in own.items():
        if link.startswith(f"{URL}#:~:text="):
            landed = _numbered(unquote(link))
            assert {sections[word] for word in landed} <= {each.headings}


def _led(page: PageContent) -> list[tuple[str, set[str]]]:
    """The last word of each lead-in, and the words that its items begin with."""
    return [
        (_numbered(before.text)[-1], {_numbered(part.text)[0] for part in block.parts})
        for before, block in zip(page.blocks, page.blocks[1:], strict=False)
        if block.kind == "list"
    ]


MORE = "Whatever else is said on this page is said here, so that the menu is small beside it."
COMMON = st.sampled_from(["yes", "no", "ask", "a-b", "x,", "Ki-67", "é", "&"])


@st.composite
def _repetitive(draw: st.DrawFn) -> str:
    tags = st.sampled_from(["p", "p", "h2", "li", "td"])
    made = ""
    for tag in draw(st.lists(tags, min_size=1, max_size=10)):
        text = escape(" ".join(draw(st.lists(COMMON, min_size=1, max_size=6))))
        outer = {"li": "<ul>{}</ul>", "td": "<table><tr>{}</tr></table>"}.get(tag, "{}")
        made += outer.format(f"<{tag}>{text}</{tag}>")
    return made


@given(_repetitive(), st.sampled_from([8, 60]))
def test_every_text_fragment_matches_exactly_once(html: str, limit: int) -> None:
    page = extract(f"<body><nav>yes no</nav><main>{html}<p>{MORE}</p></main></body>", URL)
    for each in chunk(page, TokenBudget(_words, limit, limit)):
        _, _, fragment = each.link.partition("#")
        if fragment:
            first, *more = places(list(page.runs), fragment)
            assert page.runs[first] in f"{html}{MORE}".replace("&amp;", "&")
            # More than one place only where each of them says the same.
            assert {page.runs[place] for place in more} <= {page.runs[first]}


def test_a_passage_of_a_pdf_opens_the_page_it_begins_on() -> None:
    first, second = _text(9, "a") + ".", _text(9, "b") + "."
    over = Part(f"{first} {second}", f"{first} {second}", ((0, 2), (len(first) + 1, 4)))
    parts = (Part("Read this:", "Read this:", ((0, 1),)), over, Part("c", "c", ((0, 5),)))
    blocks = tuple(Block("paragraph", (part,), (), 0) for part in parts)
    page = PageContent("https://example.org/a.pdf", "", "", blocks)
    found = chunk(page, TokenBudget(_words, 10, 10))
    assert [each.link.partition("#")[2] for each in found] == [
        *("page=1", "page=2", "page=4", "page=5")
    ]
