from __future__ import annotations

import pytest

from indexer.date_text import Written, is_day_first, read_date


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 March 2024", "2024-03-03"),
        ("3rd of March, 2024", "2024-03-03"),
        ("Sunday, 3 Mar. 2024", "2024-03-03"),
        ("March 3rd, 2024", "2024-03-03"),
        ("3-Mar-24", "2024-03-03"),
        ("2024-03-03", "2024-03-03"),
        ("2024/3/3", "2024-03-03"),
        ("20240303", "2024-03-03"),
        ("2024-03", "2024-03"),
        ("03/2024", "2024-03"),
        ("March 2024", "2024-03"),
        ("March ’24", "2024-03"),
        ("3. März 2024", "2024-03-03"),
        ("4 de junio de 2021", "2021-06-04"),
        ("٤ يونيو ٢٠٢١", "2021-06-04"),
        ("2024年3月3日", "2024-03-03"),
        ("2024년 3월", "2024-03"),
        ("ngày 3 tháng 4 năm 2024", "2024-04-03"),
        ("tháng 4 năm 2024", "2024-04"),
        ("03/04/2021", "2021-04-03"),
        ("3.4.21", "2021-04-03"),
        ("15 Μαΐου 2024", "2024-05-15"),
        ("Ιανουάριος 2024", "2024-01"),
        ("3 ΔΕΚΕΜΒΡΊΟΥ 2024", "2024-12-03"),
        ("5 Aprıl 2024", None),  # a dotless i is another letter
        ("31 April 2023", None),
        ("2024-13-01", None),
        ("1970-01-01", None),
        ("0001-01-01", None),
        ("3 March 1924", None),
        ("3 March 2024 – 5 March 2024", None),
        ("March to May 2024", None),
    ],
)
def test_a_date(text: str, value: str | None) -> None:
    found = read_date(text, 0, day_first=True)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    "text", ["", "2024", "Marching 2024", "3/4", "12 May 19:30", "soon", "March 24"]
)
def test_no_date(text: str) -> None:
    assert read_date(text, 0, day_first=True) is None


def test_how_far_it_goes_with_its_time() -> None:
    text = "on 3 March 2024 at 10:15 am, and"
    assert read_date(text, 3, day_first=True) == Written(text.index(", and"), "2024-03-03")
    assert read_date("2024-03-03T10:15:00Z x", 0, day_first=True) == Written(20, "2024-03-03")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("03/04/2021", None),
        ("04/04/2021", "2021-04-04"),
        ("25/03/2021", "2021-03-25"),
        ("03/25/2021", "2021-03-25"),
    ],
)
def test_where_the_month_may_come_first(text: str, value: str | None) -> None:
    found = read_date(text, 0, day_first=False)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("language", "host", "text", "first"),
    [
        ("en-AU", "example.org.au", "on 25/03/2021", True),
        ("", "", "", True),
        ("en-US", "example.org.au", "", False),
        ("en_us", "", "", False),
        ("en", "clinic.gov", "", False),
        ("en", "health.gov.au", "", True),
        ("en", "example.org", "on 03/25/2021", False),
    ],
)
def test_whose_order_it_is(language: str, host: str, text: str, first: bool) -> None:
    assert is_day_first(language, host, text) is first
