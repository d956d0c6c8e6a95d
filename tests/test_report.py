"""The report of a run: as text for an operator, as JSON for a program."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from indexer.linkcheck import BrokenLink
from indexer.records import Drop, LeftOut
from indexer.report import PageNote, RunReport


def _report(**changes: object) -> RunReport:
    values = {
        "run_id": "20240102T030405.000006Z",
        "sources": ["clinic"],
        "answers": {"200": 5, "304": 2},
        "pages": 7,
        "states": {"active": 7},
        "passages": 30,
        "embedded": 4,
        "encoder": "fake@1",
        "build_id": "20240102T030405Z-00c0ffee",
        "published": True,
        "seconds": {"crawl": 1.25, "publish": 0.04},
        **changes,
    }
    return RunReport(**values)  # type: ignore[arg-type]


def test_a_run_without_trouble() -> None:
    assert _report().text().splitlines() == [
        "Published 20240102T030405Z-00c0ffee: 7 pages, 30 passages (4 embedded, 26 reused).",
        "Answers: 5 200, 2 304 (0 bytes)",
        "Left out: nothing",
        "Time: crawl 1.2 s, publish 0.0 s",
    ]


def test_a_run_that_changed_nothing() -> None:
    lines = _report(published=False, embedded=0, answers={}).text().splitlines()
    assert lines[0].startswith("Nothing changed, live stays 20240102T030405Z-00c0ffee: 7 pages")
    assert lines[1] == "Answers: none (0 bytes)"


def test_all_that_an_operator_should_know() -> None:
    report = _report(
        states={"active": 5, "stale": 1},
        kept=[PageNote("/site/k", "stale: http_error", "HTTP 503")],
        dropped=[
            PageNote("/site/a", "robots", "robots.txt forbids it"),
            PageNote("/site/gone", "not_found", "HTTP 404"),
            PageNote("/site/b", "noindex", "robots meta tag"),
            PageNote("/site/c", "noindex", "X-Robots-Tag header"),
        ],
        broken_links=[
            BrokenLink("/site/gone", "HTTP 404", ("/site/x", "/site/y", "/site/z")),
            BrokenLink("/site/lost", "HTTP 410", ("/site/x",)),
        ],
        external_links={"https://a.example/": ["/site/x", "/site/y"]},
    )
    assert report.drops == {"noindex": 2, "robots": 1, "not_found": 1}
    assert report.text().splitlines()[2:-1] == [
        "Kept as in an earlier run: 1",
        "  stale: http_error: /site/k (HTTP 503)",
        "Left out: 2 noindex, 1 robots, 1 not_found",
        "  robots: /site/a (robots.txt forbids it)",
        "  noindex: /site/b (robots meta tag)",
        "  noindex: /site/c (X-Robots-Tag header)",
        "Broken links: 2",
        "  /site/gone (HTTP 404) on /site/x and 2 more",
        "  /site/lost (HTTP 410) on /site/x",
        "Links to other sites, not followed: 1",
        "  https://a.example/ on /site/x and 1 more",
    ]


@pytest.mark.parametrize(
    ("count", "named", "more"), [(12, 12, ""), (13, 13, ""), (14, 12, "2"), (500, 12, "488")]
)
def test_a_long_list_is_cut_for_the_reader_only(count: int, named: int, more: str) -> None:
    report = _report(
        dropped=[PageNote(f"/site/{at}", "noindex", "robots meta tag") for at in range(count)],
        broken_links=[BrokenLink(f"/site/b{at}", "HTTP 404", ("/site/x",)) for at in range(count)],
        external_links={f"https://a.example/{at}": ["/site/x"] for at in range(count)},
    )
    text = report.text()
    for start in ("  noindex: ", "  /site/b", "  https://"):
        assert sum(line.startswith(start) for line in text.splitlines()) == named
    assert text.count(f"  ... and {more} more") == (3 if more else 0)
    written = json.loads(report.json())
    for kind in ("dropped", "broken_links", "external_links"):
        assert len(written[kind]) == count


def test_as_json() -> None:
    report = _report(
        dropped=[PageNote("/site/ä", "noindex", "robots meta tag")],
        broken_links=[BrokenLink("/site/b", "HTTP 404", ("/site/x",))],
    )
    written = json.loads(report.json())
    assert list(written) == [*(field.name for field in fields(RunReport)), "drops"]
    assert written["dropped"] == [
        {"url": "/site/ä", "reason": "noindex", "detail": "robots meta tag"}
    ]
    assert written["broken_links"] == [{"url": "/site/b", "detail": "HTTP 404", "on": ["/site/x"]}]
    assert written["drops"] == {"noindex": 1}
    assert written["seconds"] == {"crawl": 1.25, "publish": 0.04}
    assert "ä" in report.json()
    assert "\n" not in report.json()


def test_what_was_left_out_together_is_counted_and_explained() -> None:
    report = _report(
        dropped=[PageNote("/a", "trap", "says nothing")],
        left_out=[LeftOut(Drop.TRAP, "/day/#/, such as /day/1/", 1200, "exclude them")],
    )
    assert report.drops == {"trap": 1201}
    assert "  trap: 1,200 of /day/#/, such as /day/1/: exclude them" in report.text()
    assert json.loads(report.json())["left_out"] == [
        {
            "reason": "trap",
            "what": "/day/#/, such as /day/1/",
            "count": 1200,
            "detail": "exclude them",
        }
    ]
