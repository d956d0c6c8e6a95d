from __future__ import annotations

from datetime import date

import pytest

from search.review import NEVER, ReviewRule


@pytest.mark.parametrize(
    ("months", "before"),
    [(0, ""), (1, "2023-12-15"), (12, "2023-01-15"), (13, "2022-12-15"), (36, "2021-01-15")],
)
def test_reviews_of_before_this_day_are_too_old(months: int, before: str) -> None:
    assert ReviewRule.on(date(2024, 1, 15), months) == ReviewRule("2024-01-15", before)


@pytest.mark.parametrize(
    ("reviewed", "review_due", "overdue"),
    [
        (None, None, False),
        ("2021-01-14", None, True),
        ("2021-01-15", None, False),
        ("2020", None, True),
        # A page's own word counts, whatever the age of its review.
        ("2023-12-01", "2024-01-14", True),
        ("2023-12-01", "2024-01-15", False),
        ("2010-01-01", "2030-01-01", False),
        (None, "2023-12", True),
        # Due in January is not overdue until it is over.
        (None, "2024-01", False),
        (None, "2024", False),
        (None, "2023", True),
    ],
)
def test_which_pages_are_overdue(
    reviewed: str | None, review_due: str | None, *, overdue: bool
) -> None:
    rule = ReviewRule.on(date(2024, 1, 15), 36)
    assert rule.is_overdue(reviewed, review_due) == overdue
    assert not NEVER.is_overdue(reviewed, review_due)
