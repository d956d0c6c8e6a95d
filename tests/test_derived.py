"""Extraction and chunking are remembered by all that they depend on, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from indexer import derived as module
from indexer.chunk import TokenBudget, chunk
from indexer.derived import Derived
from indexer.pages import Left, read_page
from indexer.records import PageContent
from indexer.site import Site
from indexer.sources import Source
from indexer.store import StoredPage
from tests.fakes import FakeEncoder
from tests.runs import html

if TYPE_CHECKING:
    from indexer.store import Store

SITE = Site(Source(name="clinic", folder=Path("/srv/clinic")), "/site/")
BODY = html(
    "Doses & “visits”",
    '<p id="a">One dose a month, <a href="more.html">more</a>.</p><h2>Später</h2>'
    "<table><tr><th>Drug<th>Dose<tr><td>A<td>1 mg</table><form>not content</form>",
    '<link rel="canonical" href="/doses.html"><meta name="last-reviewed" content="2024-05-06">',
)
PAGE = StoredPage(
    "/site/doses.html",
    "clinic",
    "active",
    content_type="text/html",
    body=BODY.encode(),
    etag='"1"',
    fetched_at="2024-01-02T03:04:05Z",
)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was worked out and not remembered, in order."""
    names: list[str] = []
    for name, function in (("read_page", read_page), ("chunk", chunk)):

        def counted(*args: Any, name: str = name, function: Any = function) -> Any:
            names.append(name)
            return function(*args)

        monkeypatch.setattr(module, name, counted)
    return names


def _both(store: Store, page: StoredPage = PAGE, site: Site = SITE, **how: Any) -> Derived:
    derived = Derived(store, how.get("encoder", FakeEncoder()), how.get("target", 50))
    content = derived.content(page, site)
    assert isinstance(content, PageContent)
    derived.chunks(content)
    return derived


def test_what_is_remembered_is_what_was_worked_out(store: Store) -> None:
    encoder = FakeEncoder()
    expected = read_page(PAGE, SITE)
    assert isinstance(expected, PageContent)
    assert expected.dropped
    assert expected.reviewed == "2024-05-06"
    passages = chunk(expected, TokenBudget(encoder.count_tokens, encoder.max_tokens, 50))
    assert len(passages) == 2
    for _ in range(2):
        derived = Derived(store, encoder, 50)
        content = derived.content(PAGE, SITE)
        assert content == expected
        assert derived.chunks(expected) == passages


class _Renamed(FakeEncoder):
    id = "fake@2"


class _Shorter(FakeEncoder):
    max_tokens = 55


# What a change of it makes to be done again.
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "validators": ({"page": replace(PAGE, etag='"2"', lastmod="2024-06-07", status=304)}, []),
    "state": ({"page": replace(PAGE, state="stale", reason="http_error", fetched_at="x")}, []),
    "mount": (
        {"site": Site(SITE.source, "/site/clinic/"),
         "page": replace(PAGE, url="/site/clinic/doses.html")},
        [],
    ),
    "audience": (
        {"site": Site(SITE.source.model_copy(update={"audience": "carer"}), SITE.prefix)}, []
    ),
    "address": ({"page": replace(PAGE, url="/site/other.html")}, ["read_page", "chunk"]),
    "body": (
        {"page": replace(PAGE, body=BODY.replace("One", "Two").encode())}, ["read_page", "chunk"]
    ),
    # Done again, but what came out is the same, and so are its passages.
    "charset": (
        {"page": replace(PAGE, content_type="text/html; charset=latin-1")}, ["read_page"]
    ),
    "comment": ({"page": replace(PAGE, body=f"{BODY}<!-- x -->".encode())}, ["read_page"]),
    "robots": ({"page": replace(PAGE, robots_tag="nofollow")}, ["read_page"]),
    "selector": (
        {"site": Site(SITE.source.model_copy(update={"content_selector": "main"}), SITE.prefix)},
        ["read_page"],
    ),
    "drop selectors": (
        {"site": Site(SITE.source.model_copy(update={"drop_selectors": ("#a",)}), SITE.prefix)},
        ["read_page", "chunk"],
    ),
    "target": ({"target": 40}, ["chunk"]),
    "target past the limit": ({"target": 5000}, ["chunk"]),
    "encoder": ({"encoder": _Renamed()}, ["chunk"]),
    "limit": ({"encoder": _Shorter()}, ["chunk"]),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_change_makes_to_be_done_again(store: Store, done: list[str], change: str) -> None:
    _both(store)
    assert done == ["read_page", "chunk"]
    done.clear()
    changes, again = CHANGES[change]
    _both(store, **changes)
    assert done == again


@pytest.mark.parametrize(
    ("name", "again"),
    [("EXTRACTOR_VERSION", ["read_page"]), ("CHUNKER_VERSION", ["chunk"])],
)
def test_a_new_version_of_the_code_does_its_work_again(
    store: Store, done: list[str], monkeypatch: pytest.MonkeyPatch, name: str, again: list[str]
) -> None:
    monkeypatch.setattr(module, name, 1000)
    _both(store)
    monkeypatch.setattr(module, name, 1001)
    done.clear()
    _both(store)
    assert done == again


def test_a_target_is_at_most_what_the_encoder_reads(store: Store, done: list[str]) -> None:
    _both(store, target=60)
    done.clear()
    _both(store, target=61)
    assert done == []


def test_pages_with_the_same_words_have_their_own_links(store: Store) -> None:
    twin = replace(PAGE, url="/site/twin.html")
    derived = Derived(store, FakeEncoder(), 50)
    for page in (PAGE, twin):
        content = derived.content(page, SITE)
        assert isinstance(content, PageContent)
        own = replace(content, url=page.url)
        assert {piece.link.partition("#")[0] for piece in derived.chunks(own)} == {page.url}


def test_a_page_that_gives_nothing_is_not_remembered(store: Store, done: list[str]) -> None:
    page = replace(PAGE, body=b'<meta name="robots" content="noindex">')
    derived = Derived(store, FakeEncoder(), 50)
    for _ in range(2):
        assert isinstance(derived.content(page, SITE), Left)
    assert done == ["read_page", "read_page"]


def test_what_a_run_did_not_need_is_forgotten(store: Store, done: list[str]) -> None:
    other = replace(PAGE, url="/site/other.html")
    _both(store, other)
    derived = _both(store)
    derived.forget_unused()
    done.clear()
    _both(store)
    assert done == []
    _both(store, other)
    assert done == ["read_page", "chunk"]
