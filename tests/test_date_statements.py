"""What lines of text state of a page's dates."""

from __future__ import annotations

import pytest

from indexer.date_statements import is_date_line, is_label, only, stated
from indexer.date_words import Kind

# Each line, and when it says the page was reviewed or updated, and is to be reviewed again.
LINES = [
    ("Last reviewed: 3rd of March, 2024", "2024-03-03", ""),
    ("Page last reviewed: 01.02.2023", "2023-02-01", ""),
    ("Reviewed: 1-Feb-2023", "2023-02-01", ""),
    ("Reviewed: 2023/02/01", "2023-02-01", ""),
    ("Content last reviewed: Feb 2023 by the Medical Advisory Committee.", "2023-02", ""),
    ("Medically reviewed by Jane Doe, MD — Updated on March 3, 2024", "2024-03-03", ""),
    ("Medically reviewed by Jane Doe, MD on March 3, 2024", "2024-03-03", ""),
    (
        "This fact sheet was last reviewed and updated by clinicians at Example Hospital in June 2022.",
        "2022-06",
        "",
    ),
    ("Reviewed 2019", "", ""),
    ("© 2023 Example. Last updated 2023.", "", ""),
    ("Next review: 3 March 2027", "", "2027-03-03"),
    ("Review due: March 2027", "", "2027-03"),
    ("To be reviewed by: March 2027", "", "2027-03"),
    ("The PBS listing was updated on 1 July 2023.", "", ""),
    ("Guidelines last updated in May 2021 recommend lanreotide.", "", ""),
    ("The information on this page was reviewed in September 2023.", "2023-09", ""),
    ("Information correct as of June 2023", "", ""),
    ("Version 2 | Reviewed October 2022", "2022-10", ""),
    ("Posted: 3 May 2020 / Modified: 4 June 2021", "2021-06-04", ""),
    ("Posted on 3 May 2020, last modified on 4 June 2021 at 3.15 pm", "2021-06-04", ""),
    ("Last Updated: 4 June 2021 3:15 PM AEST", "2021-06-04", ""),
    ("LAST REVIEWED 04 JUN 2021", "2021-06-04", ""),
    ("Last reviewed: 4/6/21", "2021-06-04", ""),
    ("Last reviewed 31/12/2021", "2021-12-31", ""),
    ("Last reviewed 12/31/2021", "2021-12-31", ""),
    ("Last reviewed: Monday, 4 June 2021", "2021-06-04", ""),
    ("Review date: June 2021", "", ""),
    ("Last review date: June 2021. Next review date: June 2023", "2021-06", "2023-06"),
    ("Next review will be on 3 June 2026", "", "2026-06-03"),
    ("Date reviewed: 2021-06", "2021-06", ""),
    ("Reviewed: 06/2021", "2021-06", ""),
    ("Updated: yesterday", "", ""),
    ("Última actualización: 4 de junio de 2021", "2021-06-04", ""),
    ("Dernière mise à jour : 4 juin 2021", "2021-06-04", ""),
    ("آخر تحديث: 2021-06-04", "2021-06-04", ""),
    ("آخر تحديث: ٤ يونيو ٢٠٢١", "2021-06-04", ""),
    ("최종 업데이트: 2021년 6월 4일", "2021-06-04", ""),
    ("最後更新:2021年6月4日", "2021-06-04", ""),
    ("Zuletzt aktualisiert: 04.06.2021", "2021-06-04", ""),
    (
        "Written by A. First published: 1 May 2020. Reviewed by Dr. B. Smith (oncologist), 3 June 2022",
        "2022-06-03",
        "",
    ),
    ("Reviewer: Dr B Smith | Review completed 3 June 2022", "2022-06-03", ""),
    ("Webinar, 3 June 2022. Updated programme", "", ""),
    ("Conference registration closes 3 May 2024. Last reviewed: 1 April 2024.", "2024-04-01", ""),
    ("Last reviewed: 30/02/2021", "", ""),
    ("Last reviewed: May 2021 – June 2021", "", ""),
    ("Last reviewed (dd/mm/yyyy): 04/06/2021", "2021-06-04", ""),
    ("This page was last updated: 15 Jan 2025 14:05", "2025-01-15", ""),
    ("Last Reviewed on Jun 04, 2021", "2021-06-04", ""),
    ("Content reviewed June 2021. Content next due for review June 2024.", "2021-06", "2024-06"),
    ("Last reviewed June 2021, due for review June 2024", "2021-06", "2024-06"),
    ("Expert reviewed: 4 June 2021", "2021-06-04", ""),
    ("Fact checked and reviewed 4 June 2021", "2021-06-04", ""),
    ("Approved by the committee 3 May 2021; review in May 2024", "", ""),
    ("Review: May 2024", "", ""),
]


@pytest.mark.parametrize(("line", "done", "due"), LINES)
def test_a_line(line: str, done: str, due: str) -> None:
    found = stated([line], day_first=True)
    assert (found.get(Kind.REVIEWED) or found.get(Kind.UPDATED) or "") == done
    assert (found.get(Kind.DUE) or "") == due


@pytest.mark.parametrize(
    ("lines", "reviewed"),
    [
        (["Last reviewed", "12 May 2022"], "2022-05-12"),
        (["Last reviewed", ":", "12 May 2022"], "2022-05-12"),
        (["Last reviewed", ": 12 May 2022"], "2022-05-12"),
        (["Last reviewed", "12 May 2022", "Next review", "12 May 2025"], "2022-05-12"),
        (["Published", "Last reviewed", "1 May 2019", "12 May 2022"], None),
        (["1 May 2019", "Published", "12 May 2022", "Last reviewed", "Text"], None),
        (["12 May 2022", "Last reviewed:", "13 May 2022"], "2022-05-13"),
        (["Last reviewed", "12 May 2022 is when we meet"], None),
        (["Last reviewed", "Text", "12 May 2022"], None),
        (["Reviewed by", "Dr B Smith", "12 May 2022"], None),
        (["Reviewed 1 May 2019", "Reviewed 12 May 2022"], None),
        (["Reviewed May 2022", "Last reviewed: 12 May 2022"], "2022-05-12"),
    ],
)
def test_words_on_one_line_and_their_date_on_the_next(lines: list[str], reviewed: str) -> None:
    assert stated(lines, day_first=True).get(Kind.REVIEWED) == reviewed


@pytest.mark.parametrize(
    "line",
    [
        "Last reviewed: 3 June 2026 Print version",
        "This page was last updated on 3 June 2026.",
        "Reviewed by Dr A. Example on 3 May 2023.",
        "Published 12 Jan 2018 | Updated 1st Sept. 2022",
        "Version 3. Last reviewed 4/6/2021. Next review 4/6/2024",
    ],
)
def test_a_line_of_dates_and_nothing_else(line: str) -> None:
    assert is_date_line(line)


@pytest.mark.parametrize(
    "line",
    [
        "", "Last reviewed: soon", "3 March 2024", "Reviewed", "The trial was reviewed on 3 May 2023",
        "Last updated: 3 March 2024 – Take two tablets", "Your scan: reviewed 3 May 2023 with your doctor",
        "Reviewed 3 May 2023: stop octreotide",
    ],
)  # fmt: skip
def test_a_line_with_content(line: str) -> None:
    assert not is_date_line(line)


def test_words_without_a_date() -> None:
    assert is_label("Date of last review:")
    assert not is_label("Last reviewed 3 May 2023")
    assert not is_label("Lanreotide was last reviewed")


def test_one_date_of_several() -> None:
    assert only({"2024-03", "2024-03-05"}) == "2024-03-05"
    assert only({"2024-03-05", "2024-03-06"}) is None
    assert only(set()) is None
