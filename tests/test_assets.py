"""Static files at addresses that change with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from search.app import create_app
from tests.search_index import settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

FOR_GOOD = "public, max-age=31536000, immutable"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(settings(data=tmp_path)).test_client()


def test_what_a_page_names_may_be_kept_for_good(client: FlaskClient) -> None:
    soup = BeautifulSoup(client.get("/").text, "lxml")
    named = [
        str(each.get("src") or each.get("href"))
        for each in soup.select("script, link[rel=stylesheet]")
    ]
    assert len(named) == 5
    for address in named:
        with client.get(address) as answer:
            assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_GOOD)
            known = {"If-None-Match": answer.headers["ETag"]}
        with client.get(address, headers=known) as again:
            assert (again.status_code, again.headers["Cache-Control"]) == (304, FOR_GOOD)


@pytest.mark.parametrize("address", ["style.css", "style.css?v=", "style.css?v=000000000000"])
def test_another_address_is_asked_for_again(client: FlaskClient, address: str) -> None:
    with client.get(f"/static/{address}") as answer:
        assert answer.status_code == 200
        assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_what_is_not_there_is_not_kept(client: FlaskClient) -> None:
    answer = client.get("/static/none.css?v=")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
