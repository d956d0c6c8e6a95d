from __future__ import annotations

from pathlib import Path

import pytest

from indexer.folder import ORIGIN
from indexer.linkcheck import BrokenLink, check_links
from indexer.site import Site
from indexer.sources import Source

WEB = Site(Source(name="web", start_urls=("https://example.org/",)))


@pytest.fixture
def folder(tmp_path: Path) -> Site:
    for name in ("a/index.html", "my page.html", "image.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return Site(Source(name="folder", folder=tmp_path), "/site/")


def test_a_link_to_an_address_that_was_not_found() -> None:
    missing, fine = "https://example.org/missing", "https://example.org/fine"
    links = [("https://example.org/", (missing, fine)), ("https://example.org/b", (missing,))]
    found = check_links(WEB, links, {missing: "404 HTTP 404"}, frozenset({fine, missing}))
    assert found.broken == [
        BrokenLink(missing, "404 HTTP 404", ("https://example.org/", "https://example.org/b"))
    ]
    assert found.external == {}


def test_on_the_web_an_address_nobody_asked_for_is_not_called_broken() -> None:
    found = check_links(WEB, [("p", ("https://example.org/never-asked",))], {}, frozenset())
    assert found.broken == []


def test_external_links_are_counted_by_page() -> None:
    other = "https://other.example/x"
    links = [("p", (other,)), ("q", (other, "https://third.example/"))]
    found = check_links(WEB, links, {other: "404"}, frozenset())
    assert found.external == {other: {"p": 1, "q": 1}, "https://third.example/": {"q": 1}}
    assert found.broken == []


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("", False),
        ("none.html", True),
        ("forbidden.html", False),
        # Other ways to the same file, and files that are no pages.
        ("a/index.html", False),
        ("a", False),
        ("a/?print=1", False),
        ("my%20page.html", False),
        ("image.png", False),
        ("none.png", True),
    ],
)
def test_in_a_folder_what_is_not_there_is_broken(folder: Site, path: str, broken: bool) -> None:
    answered = frozenset({ORIGIN, ORIGIN + "forbidden.html"})
    found = check_links(folder, [("/site/", (ORIGIN + path,))], {}, answered)
    expected = [BrokenLink("/site/" + path, "no such file", ("/site/",))] if broken else []
    assert found.broken == expected


def test_a_file_that_went_away_is_broken(folder: Site) -> None:
    gone = ORIGIN + "gone.html"
    found = check_links(folder, [("/site/", (gone,))], {gone: "no such file"}, frozenset({gone}))
    assert [link.url for link in found.broken] == ["/site/gone.html"]
