from __future__ import annotations

import pytest

from indexer.extract import extract

TEXT = "<p>The drug is given every month by a nurse who knows it well.</p>"
CARDS = "<div><a href='/a'><h3>Scans</h3><p>What they show.</p></a><a href='/b'><h3>Blood</h3></a></div>"


def _kept(html: str, url: str = "https://www.example.org/page") -> str:
    page = extract(f"<title>Drug | Site</title><body>{html}</body>", url)
    return "\n".join(block.text for block in page.blocks)


@pytest.mark.parametrize(
    "html",
    [
        f"<div><ul><li><a href='/1'>Wards</a></li><li><a href='/2'>Staff</a></li></ul><h1>Drug</h1>{TEXT}</div>",
        f"<main><h1>Drug</h1><ul><li><a href='/1'>Wards</a></li></ul>{TEXT}</main>",
        f"<main><h1>Drug</h1>{TEXT}<h2>Wards</h2><ul><li><a href='/1'>One</a></li></ul></main>",
        f"<main><h1>Drug</h1>{TEXT}{CARDS.replace('Scans', 'Wards')}</main>",
        f"<main><h1>Drug</h1>{TEXT}<p><a href='https://facebook.com/x'>Wards</a></p></main>",
        f"<div><p>Wards</p><h1>Drug</h1>{TEXT}</div>",
        f"<main><h1>Drug</h1>{TEXT}<h2>Related pages</h2><ul><li><a href='/w'>Wards</a></li></ul><h2>Dose</h2>{TEXT}</main>",
    ],
)
def test_a_menu_without_a_name_is_left_out(html: str) -> None:
    kept = _kept(html)
    assert "Wards" not in kept
    assert kept.startswith("Drug\nThe drug is given")


@pytest.mark.parametrize(
    "html",
    [
        f"<main><h1>Drug</h1>{TEXT}<p>Those who can help you with that are:</p><ul><li><a href='/1'>Wards</a></li></ul></main>",
        f"<main><h1>Drug</h1>{TEXT}<ul><li><a href='https://other.example/'>Wards</a></li></ul></main>",
        f"<main><h1>Drug</h1>{TEXT}<p><a href='tel:1'>Wards</a></p></main>",
        f"<main><h1>Drug</h1>{TEXT}<p><a href='/1'>Wards</a> are where it is given to those who need it.</p></main>",
        "<main><h1>Drug</h1><ul><li><a href='/1'>Wards</a></li></ul></main>",
        f"<main><p>Wards</p><h1>Drug</h1>{TEXT}</main>",
    ],
)
def test_links_that_are_content_stay(html: str) -> None:
    assert "Wards" in _kept(html)
