from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from indexer.middlewares import retry_after


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        *(("", 0), ("0", 0), ("7", 7), ("2.5", 2.5), ("-3", 0), ("9999", 120), ("nan", 0)),
        *(("inf", 120), ("soon", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)),
        ("Wed, 21 Oct 2015 07:28:00", 0),
    ],
)
def test_retry_after(value: str, seconds: float) -> None:
    assert retry_after(value) == seconds


def test_retry_after_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < retry_after(date) <= 60
