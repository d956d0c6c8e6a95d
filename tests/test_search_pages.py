"""A passage on a page of its own, overdue reviews, notices, and the browser's own search."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from search import review
from search.app import create_app
from tests.fakes import passage
from tests.search_index import HOSTILE, by_words, hostile_passages, settings

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path
    from typing import Self

    from flask.testing import FlaskClient

TRAILS = [["Doses"], ["Doses", "Small"], ["Doses", "Small"], ["Doses", "Large"], ["Doses", "Large"]]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return _client(tmp_path)


def _client(folder: Path, made: dict[str, Any] | None = None, **changes: Any) -> FlaskClient:
    passages = [
        passage(
            f"The dose of row {row}",
            id=f"{row:04x}",
            title="Doses",
            headings=headings,
            position=row,
            link=f"/site/a/#{row}",
            reviewed="2023-11-25",
        )
        for row, headings in enumerate(TRAILS)
    ]
    passages.append(passage("Of another page", id="other", url="/site/b/", path="/b/", title="B"))
    return create_app(settings(**changes), by_words(folder, passages, made)).test_client()


def _page(client: FlaskClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    return BeautifulSoup(answer.text, "lxml")


def _texts(soup: BeautifulSoup, selector: str) -> list[str]:
    return [" ".join(each.get_text().split()) for each in soup.select(selector)]


@pytest.mark.parametrize(
    ("row", "before", "after"),
    [
        (0, [], ["Small", "The dose of row 1"]),
        (1, ["Doses", "The dose of row 0", "Small"], ["The dose of row 2"]),
        (2, ["Small", "The dose of row 1"], ["Large", "The dose of row 3"]),
        (4, ["Large", "The dose of row 3"], []),
    ],
)
def test_a_passage_stands_between_its_neighbours_under_their_headings(
    client: FlaskClient, row: int, before: list[str], after: list[str]
) -> None:
    soup = _page(client, f"/passages/{row:04x}")
    assert _texts(soup, ".here p") == [f"The dose of row {row}"]
    assert _texts(soup, ".before :is(h3, p)") == before
    assert _texts(soup, ".after :is(h3, p)") == after
    assert _texts(soup, "h1") == [TRAILS[row][-1]]
    assert soup.select_one(f'a[href="/site/a/#{row}"]')


def test_a_hit_leads_to_its_passage_and_that_back_to_the_results(client: FlaskClient) -> None:
    results = _page(client, "/?q=dose+of+row+1")
    context = str(results.select(".in-context")[0]["href"])
    soup = _page(client, context)
    assert _texts(soup, ".here p") == _texts(results, ".hits .passage p")[:1]
    back = [str(a["href"]) for a in soup.select("a") if a.get_text() == "Back to the results"]
    assert back == ["/?q=dose+of+row+1"]
    [field] = soup.select("input[name=q]")
    assert field["value"] == "dose of row 1"
    assert "Back to the results" not in _page(client, "/passages/0001").get_text()


def test_the_way_back_leads_to_the_very_same_results(client: FlaskClient) -> None:
    asked = "/?q=dose&correct=false&group_by=none&url=%2Fsite%2Fa%2F&per_page=2&page=2"
    context = str(_page(client, asked).select(".in-context")[0]["href"])
    [back] = [a["href"] for a in _page(client, context).select("a") if "Back" in a.get_text()]
    assert parse_qs(urlsplit(str(back)).query) == parse_qs(urlsplit(asked).query)


def test_what_is_kept_of_questions_is_said(tmp_path: Path) -> None:
    for gaps, said in ((False, "not logged or kept"), (True, "are counted, never who")):
        client = _client(tmp_path, gaps=gaps, data=tmp_path)
        assert said in _page(client, "/").footer.get_text()  # type: ignore[union-attr]
        described = client.get("/openapi.json").get_json()["info"]["description"]
        assert ("are counted, never who asked" in described) == gaps


def test_a_passage_that_is_not_there_is_said_on_a_page(client: FlaskClient) -> None:
    soup = _page(client, "/passages/none?q=dose", 404)
    assert "no passage 'none'" in _texts(soup, ".notice")[0]
    assert client.get("/passages/0001").headers["ETag"]


def test_hostile_text_is_text_in_context(tmp_path: Path) -> None:
    hostile = hostile_passages()
    client = create_app(settings(), by_words(tmp_path, hostile)).test_client()
    for hit in client.get("/api/v1/search?q=dose&group_by=none").get_json()["hits"]:
        query = {"q": HOSTILE[0]}
        answer = client.get(f"/passages/{hit['id'].replace('/', '%2F')}", query_string=query)
        soup = BeautifulSoup(answer.text, "lxml")
        assert not soup.select("script:not([src]), img, svg, iframe")
        assert not [n for tag in soup.find_all(True) for n in tag.attrs if n.startswith("on")]


@pytest.mark.parametrize(
    ("today", "months", "overdue"),
    [
        (date(2026, 11, 25), 36, False),
        (date(2026, 11, 26), 36, True),
        (date(2024, 1, 1), 1, True),
        (date(2023, 12, 25), 1, False),
        (date(2099, 1, 1), 0, False),
    ],
)
def test_a_review_is_overdue_after_so_many_months(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, today: date, months: int, *, overdue: bool
) -> None:
    class Calendar(datetime):
        @classmethod
        def now(cls, _: tzinfo | None = None) -> Self:
            return cls(today.year, today.month, today.day)

    monkeypatch.setattr(review, "datetime", Calendar)
    client = _client(tmp_path, review_months=months)
    for path in ("/?q=dose", "/passages/0001"):
        assert bool(_page(client, path).select(".overdue")) == overdue
    assert "overdue" not in _page(client, "/passages/other").get_text(), "it has no date"


@pytest.mark.parametrize(
    ("reviewed", "said"),
    [
        ("2999-01-01", "Reviewed or updated 1 January 2999, review due March 2024: overdue"),
        (None, "Review due March 2024: overdue for review"),
    ],
)
def test_a_page_that_says_itself_when_it_is_due(
    tmp_path: Path, reviewed: str | None, said: str
) -> None:
    due = passage("The dose", id="due", reviewed=reviewed, review_due="2024-03")
    client = create_app(settings(), by_words(tmp_path, [due])).test_client()
    for path in ("/?q=dose", "/passages/due"):
        (shown,) = _texts(_page(client, path), ".overdue")
        assert said in shown


def test_what_visitors_must_know_is_on_the_first_page(tmp_path: Path) -> None:
    notices = ("A <demonstration>.", "Another.")
    client = _client(tmp_path, {"notices": notices})
    assert _texts(_page(client, "/"), ".notice") == list(notices)


def test_a_browser_can_offer_the_search(tmp_path: Path) -> None:
    client = _client(tmp_path, site_name="Tumours & <more> of the neuroendocrine kind")
    soup = _page(client, "/")
    [link] = soup.select("link[rel=search]")
    answer = client.get(str(link["href"]), base_url="https://search.example.org")
    assert answer.mimetype == link["type"] == "application/opensearchdescription+xml"
    described = etree.fromstring(answer.data)
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}

    def text(name: str) -> str:
        return str(described.findtext(f"o:{name}", namespaces=names))

    assert text("ShortName") == "Tumours & <more>"
    assert len(text("LongName")) <= 48
    [url] = described.findall("o:Url[@type='text/html']", names)
    template = url.get("template") or ""
    assert template == "https://search.example.org/?q={searchTerms}&page={startPage?}"
    asked = template.replace("{searchTerms}", "dose").replace("{startPage?}", "")
    assert _texts(_page(client, asked.removeprefix("https://search.example.org")), ".hits")
