"""Which searches the gap report counts."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from search.app import create_app
from tests.fakes import passage
from tests.search_index import by_words, settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        ("q=dose", (1, 0)),
        ("q=bicycle&mode=keyword", (1, 1)),
        ("q=dose&page=2", None),
        # Half a word finds nothing; a whole one may be answered while it is typed.
        ("q=bicy&mode=keyword&typed=true", None),
        ("q=dose&typed=true", (1, 0)),
        ("q=bicycle&mode=keyword&typed=false", (1, 1)),
        # What is not in a part of the index may be in the rest.
        ("q=dose&section=elsewhere", None),
        ("q=dose&audience=carer", None),
        ("q=dose&source=another", None),
        ("q=dose&language=it", None),
        ("q=dose&reviewed_after=2030-01-01", None),
        ("q=dose&url=/b/&group_by=none", None),
    ],
)
def test_what_is_counted(tmp_path: Path, asked: str, counted: tuple[int, int] | None) -> None:
    engine = by_words(tmp_path, [passage("A dose")])
    app = create_app(settings(data=tmp_path, gaps=True), engine)
    for path in (f"/api/v1/search?{asked}", f"/?{asked}"):
        assert app.test_client().get(path).status_code == 200
        file = app.extensions["settings"].folder.gaps
        rows = []
        if file.exists():
            connection = sqlite3.connect(file)
            rows = connection.execute("SELECT searches, unanswered FROM day").fetchall()
            connection.close()
            file.unlink()
        assert rows == ([] if counted is None else [counted])
