from __future__ import annotations

import pytest

from indexer.extract import extract


def _trails(html: str) -> dict[str, tuple[str, ...]]:
    page = extract(f"<main><h1>Name</h1><p>It begins.</p>{html}</main>", "https://example.org/")
    return {block.text: block.headings for block in page.blocks}


TABS = "<ul class='nav nav-tabs'><li><a data-toggle=tab href='#a'>One</a></li><li><a data-toggle=tab href='#b'>Two</a></li></ul>"


@pytest.mark.parametrize(
    "html",
    [
        f"{TABS}<div class=tab-content><div id=a>First.</div><div id=b class=fade>Second.</div></div>",
        "<div role=tablist><button role=tab aria-controls=a>One</button><button role=tab aria-controls=b>Two</button></div>"
        "<div role=tabpanel id=a>First.</div><div role=tabpanel id=b hidden>Second.</div>",
        "<div role=tablist><a role=tab id=x>One</a><a role=tab id=y>Two</a></div>"
        "<div><div role=tabpanel aria-labelledby=x>First.</div><div role=tabpanel aria-labelledby=y>Second.</div></div>",
        "<ul class=tabs><li>One</li><li>Two</li></ul><div class=tab-panels><div>First.</div><div>Second.</div></div>",
        "<div class=accordion-title role=button>One</div><div class=accordion-body style='display:none'>First.</div>"
        "<div class=accordion-title role=button>Two</div><div class=accordion-body style='display:none'>Second.</div>",
        "<div class=card-header><a data-toggle=collapse href='#a'>One</a></div><div id=a class=collapse>First.</div>"
        "<div class=card-header><a data-toggle=collapse href='#b'>Two</a></div><div id=b class=collapse>Second.</div>",
    ],
)
def test_a_panel_is_under_the_words_of_what_opens_it(html: str) -> None:
    trails = _trails(html + "<p>It goes on.</p>")
    assert trails["First."] == ("Name", "One")
    assert trails["Second."] == ("Name", "Two")
    assert trails["It goes on."] == ("Name",)


def test_a_heading_in_a_panel_stays_under_the_panel() -> None:
    html = f"{TABS}<div id=a><h2>Inner</h2><p>First.</p></div><div id=b>Second.</div>"
    assert _trails(html)["First."] == ("Name", "One", "Inner")


def test_a_panel_that_begins_with_its_own_words_says_them_once() -> None:
    html = f"{TABS}<div id=a><h2>One</h2><p>First.</p></div><div id=b>Second.</div>"
    assert _trails(html)["First."] == ("Name", "One")


def test_what_nothing_opens_is_not_shown() -> None:
    html = "<div style='display:none'><p>An old dose that nobody may read.</p></div>"
    shown = "<p>The dose that is given today stands here, with all that is to be known of it.</p>"
    assert "An old dose that nobody may read." not in _trails(html + shown)
