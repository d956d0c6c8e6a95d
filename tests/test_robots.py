from __future__ import annotations

import pytest

from indexer.robots import USER_AGENT, RobotsRules, robots_directives, user_agent

SITE = "http://example.org"


def test_rules_for_all_robots() -> None:
    rules = RobotsRules.parse(
        b"\xef\xbb\xbfUser-agent: *\nDisallow: /members/\nDisallow: /*.zip$\nAllow: /members/faq\n"
        b"Crawl-delay: 2.5\nSitemap: http://example.org/a.xml\nsitemap: /b.xml\n"
    )
    assert not rules.allowed(f"{SITE}/members/")
    assert not rules.allowed(f"{SITE}/x/y.zip")
    assert rules.allowed(f"{SITE}/members/faq")
    assert rules.allowed(f"{SITE}/x/y.zip.html")
    assert rules.allowed(f"{SITE}/")
    assert rules.crawl_delay == 2.5
    assert rules.sitemaps == ("http://example.org/a.xml", "/b.xml")


def test_rules_for_this_robot_win() -> None:
    body = b"User-agent: *\nDisallow: /\n\nUser-agent: netsearchbot\nDisallow: /private\n"
    rules = RobotsRules.parse(body)
    assert rules.allowed(f"{SITE}/page")
    assert not rules.allowed(f"{SITE}/private")
    assert not RobotsRules.parse(body, "OtherBot/2.0").allowed(f"{SITE}/page")


def test_words_of_the_user_agent_header_are_no_robot_names() -> None:
    body = b"User-agent: github\nDisallow: /\n\nUser-agent: search\nDisallow: /\n"
    assert RobotsRules.parse(body, USER_AGENT).allowed(f"{SITE}/page")


@pytest.mark.parametrize(
    ("line", "seconds"),
    [("0", 0.0), ("7", 7.0), ("3600", 60.0), ("-1", None), ("soon", None), ("nan", None)],
)
def test_crawl_delay(line: str, seconds: float | None) -> None:
    assert (
        RobotsRules.parse(f"User-agent: *\nCrawl-delay: {line}\n".encode()).crawl_delay == seconds
    )


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe binary", b"<html><p>not found</p></html>"])
def test_a_file_that_says_nothing_allows_everything(body: bytes) -> None:
    assert RobotsRules.parse(body).allowed(f"{SITE}/page")


def test_only_the_beginning_of_a_huge_file_counts() -> None:
    filler = b"# filler\n" * 60_000
    assert len(filler) > 512 * 1024
    rules = RobotsRules.parse(b"User-agent: *\nDisallow: /a\n" + filler + b"Disallow: /b\n")
    assert not rules.allowed(f"{SITE}/a")
    assert rules.allowed(f"{SITE}/b")


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(200, False), (404, True), (403, True), (410, True), (429, False), (500, False), (302, False)],
)
def test_rules_after_an_answer(status: int, *, allowed: bool) -> None:
    rules = RobotsRules.answered(status, b"User-agent: *\nDisallow: /\n")
    assert rules.allowed(f"{SITE}/page") is allowed
    assert rules.available is (status in {200, 403, 404, 410})
    assert rules.available or str(status) in rules.detail


@pytest.mark.parametrize(
    ("meta", "header", "noindex", "nofollow"),
    [
        ([], "", False, False),
        (["index, follow"], "all", False, False),
        (["NOINDEX"], "", True, False),
        (["noindex,nofollow"], "", True, True),
        (["nofollow"], "", False, True),
        (["index", " none "], "", True, True),
        ([], "noindex", True, False),
        ([], "none", True, True),
        ([], "otherbot: noindex", False, False),
        ([], "otherbot: noindex, nofollow", False, False),
        ([], "otherbot: nofollow\nnoindex", True, False),
        ([], "NETSearchBot: nofollow", False, True),
        ([], "otherbot: noindex, netsearchbot: nofollow", False, True),
        ([], "unavailable_after: 25 Jun 2010 15:00:00 PST, noindex", True, False),
        ([], "max-snippet: 20, nofollow", False, True),
        (["noindexer"], "nofollowing", False, False),
    ],
)
def test_directives(meta: list[str], header: str, *, noindex: bool, nofollow: bool) -> None:
    directives = robots_directives(meta, header)
    assert (directives.noindex, directives.nofollow) == (noindex, nofollow)


@pytest.mark.parametrize(
    ("contact", "header"),
    [
        ("", USER_AGENT),
        ("https://charity.example/bot", "NETSearchBot/0.1 (+https://charity.example/bot)"),
        ("web@charity.example", "NETSearchBot/0.1 (web@charity.example)"),
        ("a@b.example)\r\nX-Evil: 1", "NETSearchBot/0.1 (a@b.exampleX-Evil:1)"),
    ],
)
def test_user_agent(contact: str, header: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_CRAWL_CONTACT", contact)
    assert user_agent() == header
