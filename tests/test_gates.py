"""Gates refuse what would lose content, and name it."""

from __future__ import annotations

import pytest

from indexer.gates import PageMark, failed_fetches, lost_sections

TREATMENTS, STORIES = PageMark("neca", "treatments"), PageMark("neca", "stories")
SITE = {f"/treatments/{n}/": TREATMENTS for n in range(93)} | {
    f"/stories/{n}/": STORIES for n in range(7)
}


def without(*urls: str) -> dict[str, PageMark]:
    return {url: mark for url, mark in SITE.items() if url not in urls}


def test_a_whole_small_section_is_refused_and_named() -> None:
    stories = [url for url in SITE if url.startswith("/stories/")]
    (refusal,) = lost_sections(SITE, without(*stories), {stories[0]: "404"}, share=0.1, pages=2)
    assert "'stories'" in refusal.message
    assert "7 of its 7 pages (100%" in refusal.message
    assert refusal.urls == (f"{stories[0]} (404)", *(f"{u} (no longer found)" for u in stories[1:]))
    assert "treatments" not in refusal.text()


@pytest.mark.parametrize(
    ("section", "lost", "refused"),
    [
        ("stories", 2, False),  # a large share, but two pages
        ("stories", 3, True),
        ("treatments", 9, False),  # under a tenth
        ("treatments", 10, True),
    ],
)
def test_share_and_number_must_both_be_passed(section: str, lost: int, refused: bool) -> None:
    gone = [url for url in SITE if url.startswith(f"/{section}/")][:lost]
    assert bool(lost_sections(SITE, without(*gone), {}, share=0.1, pages=2)) is refused


def test_new_pages_do_not_make_up_for_lost_ones() -> None:
    new = {f"/stories/new-{n}/": STORIES for n in range(7)} | {
        url: mark for url, mark in SITE.items() if mark == TREATMENTS
    }
    assert lost_sections(SITE, new, {}, share=0.1, pages=2)


def test_the_same_section_of_two_sources_is_two_sections() -> None:
    other = {f"https://b/{n}": PageMark("b", "stories") for n in range(100)}
    stories = [url for url in SITE if url.startswith("/stories/")]
    assert lost_sections(SITE | other, without(*stories) | other, {}, share=0.1, pages=2)


def test_nothing_live_refuses_nothing() -> None:
    assert lost_sections({}, SITE, {}, share=0.1, pages=2) == []


@pytest.mark.parametrize(
    ("failed", "asked", "refused"), [(5, 100, False), (6, 100, True), (5, 6, False), (6, 60, False)]
)
def test_failed_fetches(failed: int, asked: int, refused: bool) -> None:
    urls = [f"/{n}" for n in range(failed)]
    found = failed_fetches(urls, asked, share=0.1 if asked == 60 else 0.05, pages=5)
    assert bool(found) is refused
    if refused:
        assert found[0].urls == tuple(urls)


def test_a_refusal_names_only_so_many_addresses() -> None:
    (refusal,) = failed_fetches([f"/{n:02}" for n in range(30)], 30, share=0.1, pages=5)
    assert refusal.text().endswith("  /19\n  ... and 10 more")
