"""The links of the search page that change a search, followed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from search.app import create_app
from tests.fakes import passage
from tests.search_index import by_words, entry, settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient

# A page a date; by year 2, 3, 1 and 2 that do not say.
DATES = ["2026-03-01", "2026-01-01", "2024-12-31", "2024-05-05", "2024-01-01", "2019-07-07"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    pages = [
        passage(
            f"The dose of page {number}",
            url=f"/site/{number}/",
            path=f"/{number}/",
            title=f"Page {number}",
            reviewed=reviewed,
        )
        for number, reviewed in enumerate([*DATES, None, None])
    ]
    more = {"url": "/site/0/", "title": "Page 0", "reviewed": DATES[0]}
    pages += [passage(f"A further dose {n}", **more) for n in range(3)]
    pages.append(passage("Octreotide", url="/site/7/", title="Page 7"))
    glossary = [entry("Sandostatin", "octreotide")]
    engine = by_words(tmp_path_factory.mktemp("refine"), pages, glossary=glossary)
    return create_app(settings(), engine).test_client()


def _page(client: FlaskClient, path: str = "/?q=dose") -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "lxml")


def _found(client: FlaskClient, path: str) -> int:
    """How many results an address of the page has, as the API says."""
    return int(client.get(path.replace("/?", "/api/v1/search?")).get_json()["found"])


def _years(soup: BeautifulSoup) -> dict[str, tuple[int, str]]:
    """The years that can be chosen, their counts and addresses."""
    links = soup.select("#filter-reviewed ~ a:not(.chosen)")
    texts = [link.get_text().split() for link in links]
    return {
        year: (int(count), str(link["href"]))
        for (year, count), link in zip(texts, links, strict=True)
    }


def test_years_of_review_count_what_they_leave(client: FlaskClient) -> None:
    years = _years(_page(client))
    assert {year: count for year, (count, _) in years.items()} == {"2026": 2, "2024": 5, "2019": 6}
    for count, address in years.values():
        assert _found(client, address) == count


def test_a_year_of_review_can_be_lifted_and_narrowed(client: FlaskClient) -> None:
    _, address = _years(_page(client))["2024"]
    narrowed = _page(client, address)
    [lift] = narrowed.select("#lift-reviewed")
    assert lift.get_text().startswith("2024")
    assert _found(client, str(lift["href"])) == 8
    assert list(_years(narrowed)) == ["2026"]


def test_a_day_of_review_is_named_as_such(client: FlaskClient) -> None:
    [lift] = _page(client, "/?q=dose&reviewed_after=2024-05-05").select("#lift-reviewed")
    assert lift.get_text().startswith("5 May 2024")


@pytest.mark.parametrize(
    "address", ["/?q=dose&reviewed_after=2026-01-01", "/?q=dose&reviewed_after=2030-01-01"]
)
def test_no_year_is_offered_that_leaves_all_or_nothing(client: FlaskClient, address: str) -> None:
    assert _years(_page(client, address)) == {}


def test_where_all_are_of_one_year_it_is_not_offered(client: FlaskClient) -> None:
    assert not _page(client, "/?q=dose&url=/site/3/").select("#filter-reviewed")


def test_one_page_by_the_address_that_hits_give(client: FlaskClient) -> None:
    [hit, *_] = client.get("/api/v1/search?q=dose+of+page+0").get_json()["hits"]
    assert (hit["url"], hit["more_from_page"]) == ("http://localhost/site/0/", 3)
    for url in (hit["url"], "/site/0/"):
        query = {"q": "dose", "url": url, "group_by": "none"}
        found = client.get("/api/v1/search", query_string=query).get_json()
        assert {each["url"] for each in found["hits"]} == {hit["url"]}
        assert found["found"] == 4
    assert client.get("/api/v1/search?q=dose&url=/site/none/").get_json()["found"] == 0


def test_a_new_question_keeps_the_filters_and_nothing_else(client: FlaskClient) -> None:
    kept = {"per_page": "5", "mode": "keyword", "section": "a", "reviewed_after": "2019-01-01"}
    left = {"page": "1", "expand": "false", "correct": "false", "group_by": "none"}
    answer = client.get("/", query_string={"q": "dose", **kept, **left, "url": "/site/0/"})
    form = BeautifulSoup(answer.text, "lxml").select_one("form[role=search]")
    assert form
    hidden = {str(each["name"]): each["value"] for each in form.select("input[type=hidden]")}
    assert hidden == kept


@pytest.mark.parametrize(
    ("q", "undoes", "parameter"),
    [("dosse", "uncorrected", "correct"), ("Sandostatin", "unexpanded", "expand")],
)
def test_what_was_understood_is_undone_by_one_click(
    client: FlaskClient, q: str, undoes: str, parameter: str
) -> None:
    asked = _page(client, f"/?q={q}")
    [undo] = asked.select(f"#{undoes}")
    assert parse_qs(urlsplit(str(undo["href"])).query) == {"q": [q], parameter: ["false"]}
    undone = _page(client, str(undo["href"]))
    assert not undone.select(f"#{undoes}")
    [again] = undone.select("#again")
    assert str(again["href"]) == f"/?q={q}"
    assert not asked.select("#again")
