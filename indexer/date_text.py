"""A date as people write it, at one place of a text. What could be read in two ways is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_YEARS = range(1990, 2100)  # the web's; systems write 1970 or 0001 where they know no date
# By number; of the languages that pages for people in Australia are written in, and neighbours.
# A name means the same month wherever it is in use: of Croatian and Polish, November and October
# share one, so they are left out.
_MONTHS = (
    "january jan januar jänner janvier janv gennaio gen enero ene"
    " januari janeiro ιανουαρίου ιανουάριος يناير",
    "february feb februar février févr fév febbraio febr febrero februari"
    " fevereiro fev φεβρουαρίου φεβρουάριος فبراير شباط",
    "march mar märz mrz mars marzo maart março μαρτίου μάρτιος مارس آذار",
    "april apr avril avr aprile abril abr απριλίου απρίλιος أبريل ابريل نيسان",
    "may mai mei maggio mag mayo maio μαΐου μαίου μάιος مايو أيار",
    "june jun juni juin giugno giu junio junho ιουνίου ιούνιος يونيو حزيران",
    "july jul juli juillet juil luglio lug julio julho ιουλίου ιούλιος يوليو تموز",
    "august aug août agosto ago augustus αυγούστου αύγουστος أغسطس آب",
    "september sept sep septembre settembre set sett septiembre"
    " setembro σεπτεμβρίου σεπτέμβριος سبتمبر أيلول",
    "october oct oktober okt octobre ottobre ott octubre outubro out οκτωβρίου οκτώβριος أكتوبر",
    "november nov novembre noviembre novembro νοεμβρίου νοέμβριος نوفمبر",
    "december dec dezember dez décembre déc dicembre dic"
    " diciembre dezembro δεκεμβρίου δεκέμβριος ديسمبر",
)
_NAMES = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_NUMBERS = {name.casefold(): number for name, number in _NAMES.items()}  # ς and ΐ become others
_MONTH = "|".join(sorted(map(re.escape, _NAMES), key=len, reverse=True))
_NAMED = rf"(?P<month>{_MONTH})(?![^\W\d])\.?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4}|['’‘]\d{2})(?![\d:])"
_WEEKDAY = r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,?\s+)?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})(?!\d)",
        r"(?P<year>\d{4})-(?P<month>\d{2})(?![-\d])",
        r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)",
        r"(?P<first>\d{1,2})(?P<sep>\s?[-/.]\s?)(?P<second>\d{1,2})(?P=sep)"
        r"(?P<year>\d{4}|\d{2})(?![\d:])",
        r"(?P<month>\d{1,2})/(?P<year>\d{4})(?![/\d])",
        r"(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월](?:\s*(?P<day>\d{1,2})\s*[日일])?",
        rf"(?:ngày\s+)?{_DAY}\s+tháng\s+(?P<month>\d{{1,2}})(?:\s+năm|,)?\s+(?P<year>\d{{4}})",
        r"tháng\s+(?P<month>\d{1,2})(?:\s+năm|,|/)?\s*(?P<year>\d{4})",
        rf"{_DAY}(?:st|nd|rd|th|er|\.|º|ª|°|ης|η)?(?:\s+of|\s+de|\s+di)?[\s\-/]*{_NAMED}"
        r",?[\s\-/]*(?:de\s+|del\s+)?(?P<year>\d{4}|['’‘]?\d{2})(?![\d:])",
        rf"{_NAMED}\s*{_DAY}(?:st|nd|rd|th)?\s*,?\s+(?P<year>\d{{4}})(?![\d:])",
        rf"{_NAMED},?[\s\-/]*(?:of\s+|de\s+|del\s+)?{_YEAR}",
    )
)
# Behind a date: a time of day, which is passed over, and another date, which makes it a range.
_TIME = re.compile(
    r"(?:T\d{2}:\d{2}\S*|,?\s*(?:at\s+)?\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?(?:\s+[A-Z]{3,4}\b)?)",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*(?:[-–—]|to|until|and|or|bis|au|al|a|et|und|e)\s*", re.IGNORECASE)
_MONTH_FIRST = re.compile(
    r"(?<!\d)(?:0?[1-9]|1[0-2])([-/])(?:1[3-9]|2\d|3[01])\1(?:\d{4}|\d{2})(?!\d)"
)
_NOT_DAY_FIRST = re.compile(r"(?:en|es)-(?:us|ph|ca)\b|fil\b|tl\b", re.IGNORECASE)
_NOT_AUSTRALIAN = (".gov", ".mil", ".edu", ".us", ".ca")


@dataclass(frozen=True, slots=True)
class Written:
    """What stands at a place of a text: how far it goes, and the date if there is only one."""

    end: int
    value: str | None  # ISO 8601, as precise as the text: 2024-03-05 or 2024-03


def is_day_first(language: str, host: str, text: str) -> bool:
    """Whether 03/04/2021 is 3 April: not where language, host or another date doubt it."""
    doubtful = _NOT_DAY_FIRST.match(language.replace("_", "-")) or host.endswith(_NOT_AUSTRALIAN)
    return not doubtful and not _MONTH_FIRST.search(text)


def read_date(text: str, at: int, *, day_first: bool) -> Written | None:
    """The date that begins at an offset; None where none does.

    Its value is None when it is none of the calendar, has two readings, or begins a range.
    """
    match = _match(text, at)
    if match is None:
        return None
    time = _TIME.match(text, match.end())
    end = time.end() if time else match.end()
    further = _TO.match(text, end)
    if further and (other := _match(text, further.end())):
        return Written(other.end(), None)
    return Written(end, _value(match.groupdict(), day_first=day_first))


def _match(text: str, at: int) -> re.Match[str] | None:
    return next((match for form in _FORMS if (match := form.match(text, at))), None)


def _value(found: dict[str, str | None], *, day_first: bool) -> str | None:
    digits = (found["year"] or "").lstrip("'’‘")
    year = int(digits if len(digits) > 2 else f"20{digits}")  # noqa: PLR2004
    if year not in _YEARS:
        return None
    if first := found.get("first"):
        day, month = int(first), int(found["second"] or 0)
        if month > 12 >= day:  # noqa: PLR2004 - the only reading there is
            day, month = month, day
        elif not day_first and day != month and day <= 12:  # noqa: PLR2004
            return None
        return _iso(year, month, day)
    name = (found["month"] or "").casefold()
    number = int(name) if name.isdecimal() else _NUMBERS.get(name)
    if number is None:
        return None  # a letter that is only like one: a dotless i
    written = found.get("day")
    if written:
        return _iso(year, number, int(written))
    first = _iso(year, number, 1)
    return first and first[:7]


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
