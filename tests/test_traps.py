from __future__ import annotations

import time
from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING

import pytest

from indexer.traps import TRIED, Traps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SITE = "http://example.org"
MENU = "<nav><a href=/>Home</a> <a href=/about/>About us all</a></nav>"
WORDS = "octreotide lanreotide liver pancreas scan nurse surgeon tumour grade serotonin".split()


def _page(text: str) -> str:
    return f"<title>Trust</title>{MENU}<main><h1>{text}</h1></main>"


def _crawl(urls: Iterable[str], page: Callable[[str], str]) -> tuple[list[str], set[str], Traps]:
    """What is read of some addresses, what of that turns out to be in a trap, and the traps."""
    traps, read, dropped = Traps(), [], set()
    for url in urls:
        plain = traps.plain(SITE + url)
        if plain == SITE + url and not traps.hold(plain):
            read.append(url)
            dropped.update(each for each, _ in traps.learn(plain, page(url)))
    return read, {each.removeprefix(SITE) for each in dropped}, traps


DAYS = [
    f"/events/{y}/{m:02}/{d:02}/" for y in (2024, 2025) for m in range(1, 13) for d in range(1, 29)
]
MONTHS = (
    "January February March April May June July August September October November December".split()
)


def _day(url: str) -> str:
    _, _, year, month, day, _ = url.split("/")
    name = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()[int(day) % 7]
    event = (
        "Patients meet their nurses in the town hall of Leeds"
        if (month, day) == ("05", "07")
        else ""
    )
    return _page(f"{name} {day} {MONTHS[int(month) - 1]} {year}: no events on this day. {event}")


def test_a_calendar() -> None:
    read, dropped, traps = _crawl(DAYS, _day)
    assert TRIED <= len(read) < 3 * TRIED
    assert len(dropped) > TRIED / 2
    assert dropped < set(read)
    (left,) = traps.found()
    assert left.count == len(DAYS) - len(read)
    assert left.what.startswith("/events/#/#/#/, such as http://example.org/events/2024/01/01/")
    assert "exclude them in sources.toml" in left.detail
    assert traps.hold(f"{SITE}/events/2031/01/01/")
    assert not traps.hold(f"{SITE}/events/charity-run/")


def test_facets() -> None:
    """Filters of a list in any combination and order: all show some of the same few things."""
    names = ["grade", "site", "sort", "type", "view"]
    sets = [some for n in range(1, 6) for some in combinations(names, n)]
    urls = [
        "/resources/?"
        + "&".join(f"{name}={value}" for name, value in zip(some, values, strict=True))
        for values in product("abcd", repeat=3)
        for some in sets
        if len(some) == 3
    ]

    def shown(url: str) -> str:
        picked = sorted(WORDS, key=lambda word: Random(url + word).random())[:4]
        return MENU + "".join(f"<li>All about the {word} and how it is treated" for word in picked)

    read, _, traps = _crawl(urls, shown)
    assert len(read) < len(urls) * 0.75
    assert {left.what.partition(",")[0] for left in traps.found()} <= {
        f"/resources/?{'&'.join(some)}" for some in sets
    }
    assert sum(left.count for left in traps.found()) == len(urls) - len(read)


def test_many_sets_of_parameters_are_one_shape() -> None:
    names = [f"filter{letter}" for letter in "abcdefgh"]
    sets = [some for n in range(1, 9) for some in combinations(names, n)]
    urls = ["/list?" + "&".join(f"{name}=on" for name in some) for some in sets]
    read, _, traps = _crawl(urls, lambda _: _page("Nothing was found"))
    assert len(urls) == 255
    assert len(read) < 80
    assert [left.what.partition(",")[0] for left in traps.found()] == ["/list?*"]


def test_a_session_is_taken_off() -> None:
    paths = [f"/{word}/" for word in WORDS]
    urls = [f"{path}?token={n}{k}" for n in range(5) for k, path in enumerate(paths)]
    read, dropped, traps = _crawl(
        urls, lambda url: _page(f"Page {url.partition('?')[0]} has 3 words")
    )
    assert len(read) == len(paths) + 5, "each page once, and five to see what the parameter is"
    assert dropped == set(read[len(paths) :])
    (left,) = traps.found()
    assert left.what.startswith("the parameter token, as in http://example.org/octreotide/?token=")
    assert left.count == len(urls) - len(read)
    assert traps.plain(f"{SITE}/new/?b=2&token=9") == f"{SITE}/new/?b=2"


@pytest.mark.parametrize(
    "path",
    ["/a/b/a/b/a/b", "/x/x/x/", "/n/a/b/c/d/a/b/c/d/a/b/c/d/", "/" + "/".join(map(str, range(30)))],
)
def test_paths_that_go_round(path: str) -> None:
    traps = Traps()
    assert traps.hold(SITE + path)
    (left,) = traps.found()
    assert (left.count, left.reason) == (1, "trap")
    assert path in left.what


@pytest.mark.parametrize("path", ["/a/b/a/b/", "/2011/11/11/11/", "/", "//", "/a/a/b/a/a/"])
def test_paths_that_do_not(path: str) -> None:
    assert not Traps().hold(SITE + path)


def _definition(url: str) -> str:
    """Twelve words, out of eighty."""
    number = int(url.rpartition("=")[2].rpartition("/")[2])
    return _page(" ".join(Random(number).choices([a + b for a in WORDS for b in WORDS[:8]], k=12)))


@pytest.mark.parametrize(
    "urls",
    [
        [f"/glossary?id={n}" for n in range(200)],
        [f"/node/{n}" for n in range(200)],
        [f"/news/?page={n}" for n in range(60)],
    ],
)
def test_pages_of_a_good_site_are_no_trap(urls: list[str]) -> None:
    """Short as they are, and though all share their few words and the menu."""
    read, dropped, traps = _crawl(urls, _definition)
    assert (read, dropped, list(traps.found())) == (urls, set(), [])


def test_articles_below_dates_are_no_trap() -> None:
    urls = [f"/2024/05/{n:02}/about-{word}-{n}/" for n in range(1, 29) for word in WORDS]
    read, _, _ = _crawl(
        urls, lambda url: _page(url.replace("-", " ").replace("/", " ") + " for all")
    )
    assert len(read) < len(urls), "ten pages that say the same, over and over"
    read, _, _ = _crawl(urls[:30], lambda url: _page(f"{url[-3]} is new"))
    assert read == urls[:30]


def test_a_parameter_that_now_and_then_matters_stays() -> None:
    urls = [f"/{word}/?lang={lang}" for word in WORDS for lang in ("en", "de")]
    read, _, traps = _crawl(
        urls, lambda url: _page(f"In {'English' if url in urls[:6] else url[-2:]}")
    )
    assert read == urls
    assert list(traps.found()) == []


def test_pages_of_earlier_crawls_are_not_given_up() -> None:
    known = {SITE + url for url in DAYS[3:9]} | {f"{SITE}/{word}/?token=2" for word in WORDS}
    traps = Traps(known)
    found = {url for day in DAYS[:60] for url, _ in traps.learn(SITE + day, _day(day))}
    assert found
    assert not found & known
    urls = [f"{SITE}/{word}/?token={n}" for n in (1, 2, 3) for word in WORDS]
    found = {url for each in urls for url, _ in traps.learn(each, _page(each[:-1]))}
    assert found == {url for url in urls if url not in known}


def test_hostile_pages_take_no_time() -> None:
    began = time.process_time()
    traps = Traps()
    for n, text in enumerate(("<script>", "<!--", "<", "<style", "</script", "<a ")):
        list(traps.learn(f"{SITE}/?q={n}", text * 50_000 + "x" * 1_000_000))
    traps.hold(SITE + "/a" * 1000)
    traps.hold(SITE + "/" + "/".join(["ab" * 240] * 2 + ["ab" * 239] * 2))
    assert time.process_time() - began < 3
