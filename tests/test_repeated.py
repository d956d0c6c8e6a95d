from __future__ import annotations

import pytest

from indexer.extract import extract
from indexer.records import PageContent
from indexer.repeated import REASON, find_repeated, without_repeated

DISCLAIMER = "This page does not replace the advice of your own doctor."
APPEAL = '<div><h2>Stand by us</h2><p>Your gift pays for a call.</p><a href="/give">Give</a></div>'


def _page(n: int, around: str, *, marked: bool = True) -> PageContent:
    own = f"<h1>Topic {n}</h1><p>Page {n} tells of treatment number {n} and how it is given.</p>"
    body = around.format(own)
    return extract(
        f"<body>{f'<main>{body}</main>' if marked else body}</body>", f"https://e.org/{n}"
    )


def _settled(around: str, pages: int = 6, *, marked: bool = True) -> list[PageContent]:
    found = [_page(n, around, marked=marked) for n in range(pages)]
    repeated = find_repeated(found)
    return [without_repeated(each, repeated) for each in found]


def _text(page: PageContent) -> str:
    return "\n".join(block.text for block in page.blocks)


@pytest.mark.parametrize(
    "around",
    [
        "{}" + APPEAL + "<p>A last sentence of the page.</p>",
        APPEAL + "<div>{}</div>",
        '<div>{}</div><div><p>Ring us on weekdays</p><p><a href="/ring">our helpline</a></p></div>',
    ],
)
def test_what_bids_a_visitor_on_is_left_out_and_named(around: str) -> None:
    for n, page in enumerate(_settled(around)):
        assert "Stand by us" not in _text(page)
        assert "helpline" not in _text(page)
        assert f"Topic {n}" in _text(page)
        assert {"Stand by us", "our helpline"} & {each.text for each in page.dropped}


@pytest.mark.parametrize(
    "around",
    [
        "{}" + f"<p>{DISCLAIMER}</p>",
        "<div>{}</div>" + f'<div class="note"><p>{DISCLAIMER}</p></div>',
        f"<p>{DISCLAIMER}</p>" + "{}",
    ],
)
@pytest.mark.parametrize("marked", [True, False])
def test_a_disclaimer_stays(around: str, *, marked: bool) -> None:
    assert all(DISCLAIMER in _text(page) for page in _settled(around, marked=marked))


def test_what_pages_share_in_their_own_sections_stays() -> None:
    shared = "<section><h2>Tests</h2><p>Blood is taken.</p><ul><li>Glucose</li></ul></section>"
    around = "{}" + shared + "<p>{{}} More of this page alone.</p>"
    found = [
        extract(
            f"<main>{around.format(f'<h1>T{n}</h1><p>{n} is told.</p>')}<p>{n} ends.</p></main>",
            "https://e.org/",
        )
        for n in range(6)
    ]
    repeated = find_repeated(found)
    assert "Blood is taken." in repeated
    assert all(without_repeated(each, repeated) is each for each in found)


def test_few_pages_are_no_evidence() -> None:
    assert all("Stand by us" in _text(page) for page in _settled("{}" + APPEAL, pages=3))


def test_a_page_of_nothing_else_is_left_as_it_is() -> None:
    found = [extract("<main><p>Call us.</p></main>", f"https://e.org/{n}") for n in range(5)]
    assert all(without_repeated(each, find_repeated(found)) is each for each in found)


def test_one_page_more_or_less_does_not_change_the_others() -> None:
    appeals = [_page(n, "{}" + APPEAL) for n in range(5)]
    others = [_page(n, "{}") for n in range(5, 10)]
    before = find_repeated([*appeals, *others])
    assert "Stand by us" in before
    fewer = [*appeals[1:], *others]
    assert "Stand by us" in find_repeated(fewer, before)
    assert "Stand by us" not in find_repeated(fewer)
    assert "Stand by us" not in find_repeated([*appeals[:2], *others], before)


def test_each_drop_has_its_reason() -> None:
    page = _settled("{}" + APPEAL)[0]
    assert [each.text for each in page.dropped if each.reason == REASON] == [
        "Stand by us",
        "Your gift pays for a call.",
    ]
