from __future__ import annotations

import pytest

from indexer import frontier
from indexer.frontier import Entry, Frontier


def test_each_url_once_in_the_order_found() -> None:
    urls = Frontier(depth=2)
    for url, depth in [("a", 0), ("b", 1), ("a", 1), ("c", 2)]:
        urls.offer(Entry(url, depth))
    assert urls.next() == Entry("a", 0)
    urls.offer(Entry("a", 0))
    assert [urls.next(), urls.next(), urls.next()] == [Entry("b", 1), Entry("c", 2), None]


def test_what_was_claimed_is_not_queued() -> None:
    urls = Frontier(depth=1)
    assert urls.claim("a")
    assert not urls.claim("a")
    assert urls.knows("a")
    assert not urls.knows("b")
    urls.offer(Entry("a", 0))
    assert urls.next() is None


def test_too_deep_unless_found_nearer() -> None:
    urls = Frontier(depth=1)
    urls.offer(Entry("near", 1))
    for url in ("far", "near", "later-near"):
        urls.offer(Entry(url, 2))
    urls.offer(Entry("later-near", 1))
    assert list(urls.too_deep()) == ["far"]
    assert list(urls.left()) == ["near", "later-near"]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier, "MOST_KNOWN", 3)
    monkeypatch.setattr(frontier, "MOST_LEFT", 2)
    urls = Frontier(depth=0)
    for n in range(5):
        urls.offer(Entry(f"{n}", 0))
        urls.offer(Entry(f"deep{n}", 1))
    assert (urls.refused, urls.refused_deep, urls.left_unnamed) == (2, 3, 1)
    assert list(urls.left()) == ["0", "1"]
    assert list(urls.too_deep()) == ["deep0", "deep1"]


def test_the_characters_of_all_urls_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontier, "MOST_KNOWN_CHARACTERS", 100)
    urls = Frontier(depth=0)
    assert [urls.claim(letter * 60) for letter in "abc"] == [True, True, False]
    assert urls.refused == 1


def test_what_is_remembered() -> None:
    urls = Frontier(depth=0)
    urls.offer(Entry("near", 0))
    urls.offer(Entry("deep", 1))
    assert [urls.remembers(url) for url in ("near", "deep", "other")] == [True, True, False]
