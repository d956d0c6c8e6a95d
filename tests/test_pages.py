from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from indexer.extract import extract
from indexer.folder import ORIGIN
from indexer.pages import Kept, Left, choose, read_page
from indexer.records import Drop, PageContent
from indexer.site import Site
from indexer.sources import Source
from indexer.store import StoredPage

TEXT = "<p>Enough words about one treatment to be a page that is worth finding.</p>"
FOLDER = Site(Source(name="folder", folder=Path("/srv/site")), "/site/")
MIRROR = Site(
    Source(name="m", folder=Path("/srv/site"), base_url="https://example.org/nets/"),
    "https://example.org/nets/",
)
WEB = Site(Source(name="web", start_urls=("https://example.org/",)))


def _stored(url: str, html: str, **changes: str) -> StoredPage:
    page = StoredPage(url, "folder", "active", body=html.encode(), content_type="text/html")
    return replace(page, **changes)


@pytest.mark.parametrize(
    ("html", "changes", "reason", "detail"),
    [
        (
            *("x", {"content_type": "application/pdf"}),
            *(Drop.BROKEN, "no PDF, though it is served as one"),
        ),
        ("x", {"content_type": "image/png"}, Drop.WRONG_TYPE, "image/png"),
        ("x", {"content_type": ""}, Drop.WRONG_TYPE, "no content type"),
        ('<meta name="robots" content="noindex">', {}, Drop.NOINDEX, "robots meta tag"),
        ("x", {"robots_tag": "noindex"}, Drop.NOINDEX, "X-Robots-Tag header"),
        ("<p>" * 60_000, {}, Drop.TOO_LARGE, "60,000 tags; 50,000 are read at most"),
        (f"<p {'a ' * 6_000}>", {}, Drop.TOO_LARGE, "a tag with more than 5,000 attributes"),
    ],
)
def test_pages_that_are_left_out(
    html: str, changes: dict[str, str], reason: Drop, detail: str
) -> None:
    found = read_page(_stored("/site/a/", html, **changes), FOLDER)
    assert isinstance(found, Left)
    assert (found.reason, found.detail) == (reason, detail)


@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml"])
def test_a_page_is_read_at_its_own_address(kind: str) -> None:
    html = f'<p>é</p>{TEXT}<a href="b/">b</a>'
    found = read_page(_stored("/site/a/", html, content_type=kind), FOLDER)
    assert isinstance(found, PageContent)
    assert found.links == (ORIGIN + "a/b/",)
    assert found.blocks[0].text == "é"


def test_a_page_that_is_left_out_still_has_links() -> None:
    html = '<meta name="robots" content="noindex"><a href="/b">b</a>'
    found = read_page(_stored("/site/a/", html), FOLDER)
    assert isinstance(found, Left)
    assert found.links == (ORIGIN + "b",)


def test_a_source_knows_where_the_content_is() -> None:
    source = Source(
        name="s", folder=Path("/srv"), content_selector="#c", drop_selectors=(".ad", "footer")
    )
    html = '<main>x</main><div id="c"><p>kept</p><p class="ad">ad</p></div>'
    found = read_page(_stored("/site/", html), Site(source, "/site/"))
    assert isinstance(found, PageContent)
    assert [block.text for block in found.blocks] == ["kept"]


def _choose(pages: dict[str, str], site: Site = FOLDER) -> tuple[dict[str, Kept], dict[str, Left]]:
    """Kept and left pages by path, from their HTML by path."""
    origin = ORIGIN if site.source.folder else "https://example.org/"
    contents = {
        origin + path: (
            _stored(site.published(origin + path), html),
            extract(html, origin + path),
        )
        for path, html in pages.items()
    }
    kept, left = choose(contents, site)
    by_url = {site.published(origin + path): path for path in pages}
    return (
        {by_url[each.page.url]: each for each in kept},
        {by_url[each.page.url]: each for each in left},
    )


def _with(canonical: str) -> str:
    return f'<link rel="canonical" href="{canonical}">{TEXT}'


def test_a_copy_of_a_withdrawn_page_does_not_take_its_place() -> None:
    for original in ("a", "/a", "https://real.example/a"):
        address = f"{ORIGIN}print"
        html = _with(original)
        contents = {address: (_stored("/site/print", html), extract(html, address))}
        assert [each.page.url for each in choose(contents, FOLDER)[0]] == ["/site/print"]
        kept, (left,) = choose(contents, FOLDER, None, [f"{ORIGIN}a"])
        assert not kept
        assert (left.reason, left.detail) == ("canonical", "names /site/a as the original")


@pytest.mark.parametrize(
    ("canonicals", "kept"),
    [
        ({"a": "/a", "b": "/a"}, "a"),
        ({"a": "", "b": "/a"}, "a"),
        # A chain leads to its end.
        ({"a": "", "b": "/a", "c": "/b"}, "a"),
        # In a ring the first by address stands for all, whatever leads into it.
        ({"a": "/b", "b": "/a"}, "a"),
        ({"a": "/b", "b": "/c", "c": "/b", "d": "/a"}, "b"),
        # What names a page that is not there stays itself.
        ({"a": "/none"}, "a"),
        ({"a": "", "b": "/a/none"}, "ab"),
        # The real site's address in a folder's page means the folder's page.
        ({"a": "", "b": "https://www.example.org/a"}, "a"),
        ({"a": "https://www.example.org/a"}, "a"),
        # Another name of the same file.
        ({"x/": "", "b": "/x/index.html"}, ["x/"]),
        ({"x/": "/x/index.html", "b": "/x/"}, ["x/"]),
    ],
)
def test_the_original_stands_for_its_copies(canonicals: dict[str, str], kept: str) -> None:
    pages = {path: f"<main>{_with(to) if to else TEXT}</main>" for path, to in canonicals.items()}
    found, left = _choose(pages)
    assert list(found) == list(kept)
    assert set(left) == set(pages) - set(kept)
    for each in left.values():
        assert each.reason is Drop.CANONICAL
        original = next(iter(kept))
        assert each.detail == f"names /site/{original} as the original"


@pytest.mark.parametrize(
    ("canonical", "kept"),
    [
        # The original could not be read: its copy is better than nothing.
        ("/a", True),
        ("https://other.example/a", False),
        ("https://example.org/b", True),
        ("https://www.example.org/none", True),
    ],
)
def test_originals_on_the_web(canonical: str, kept: bool) -> None:
    found, left = _choose({"b": _with(canonical)}, WEB)
    assert bool(found) is kept
    if not kept:
        assert left["b"].detail == f"names {canonical} as the original"


def test_the_original_of_a_mirror_below_a_path() -> None:
    found, _ = _choose({"a": TEXT, "b": _with("https://example.org/nets/a")}, MIRROR)
    assert list(found) == ["a"]
    assert found["a"].content.url == "https://example.org/nets/a"


def test_pages_without_text_of_their_own() -> None:
    links = "".join(f'<li><a href="/{n}">Another page of this site</a></li>' for n in range(9))
    found, left = _choose(
        {
            "links": f"<main><h1>All pages</h1><p>See:</p><ul>{links}</ul></main>",
            "empty": "<main></main>",
            "heading": "<main><h1>A heading with a good many letters in it</h1></main>",
            "short": "<main><p>Coming soon.</p></main>",
            "numbers": f"<main><p>{'123 456 ' * 20}</p></main>",
            "text": f"<main>{TEXT}<ul>{links[:200]}</ul></main>",
        }
    )
    assert list(found) == ["text"]
    reasons = {path: each.reason for path, each in left.items()}
    assert reasons.pop("links") is Drop.LINK_LIST
    assert set(reasons) == {"empty", "heading", "short", "numbers"}
    assert set(reasons.values()) == {Drop.NO_CONTENT}
    assert left["links"].detail.endswith("% of its text are links")
    assert len(left["links"].links) == 9


def _texts(kept: Kept) -> list[str]:
    return [block.text for block in kept.content.blocks]


def test_frame_text_of_templates_without_main_is_left_out() -> None:
    pages = {
        str(
            n
        ): f"<div><p>Call us now</p><h2>Topic {n}</h2><p>{n} {TEXT}</p><p>© All of us</p></div>"
        for n in range(5)
    }
    found, _ = _choose(pages)
    for path, kept in found.items():
        assert "Call us now" not in _texts(kept)
        assert "© All of us" not in _texts(kept)
        assert f"Topic {path}" in _texts(kept)
    few, _ = _choose({path: pages[path] for path in "012"})
    assert all("Call us now" in _texts(kept) for kept in few.values())


def test_frame_text_is_left_out_at_the_edges_only() -> None:
    pages = {
        str(n): f"<div><p>Again</p><p>{n} own words</p><p>Again</p>{TEXT}{n}</div>"
        for n in range(5)
    }
    found, _ = _choose(pages)
    assert all(_texts(kept).count("Again") == 1 for kept in found.values())


def test_text_that_marked_pages_share_stays() -> None:
    pages = {str(n): f"<main><p>Call us now</p><p>{n}</p>{TEXT}</main>" for n in range(5)}
    found, _ = _choose(pages)
    assert len(found) == 5
    assert all(_texts(kept)[0] == "Call us now" for kept in found.values())
