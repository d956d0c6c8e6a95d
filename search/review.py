"""When a page should have been reviewed again: by its own word, else by the age of its review."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Which pages are overdue for review on some day. All dates are ISO dates."""

    today: str
    before: str  # reviews of before this date are too old; "": no page is ever overdue

    @classmethod
    def on(cls, today: date, months: int) -> ReviewRule:
        """The rule of a day, by which a review lasts so many months; 0: for ever."""
        if not months:
            return cls(today.isoformat(), "")
        whole = today.year * 12 + today.month - 1 - months
        return cls(today.isoformat(), f"{whole // 12:04}-{whole % 12 + 1:02}-{today.day:02}")

    @classmethod
    def now(cls, months: int) -> ReviewRule:
        """That of this day on the operator's own calendar."""
        return cls.on(datetime.now().astimezone().date(), months)

    def is_overdue(self, reviewed: str | None, review_due: str | None) -> bool:
        """Whether a page with these dates, which may lack day or month, is overdue."""
        if not self.before:
            return False
        if review_due:
            return self.today[: len(review_due)] > review_due  # of a month: once it is over
        return bool(reviewed) and (reviewed or "") < self.before


NEVER = ReviewRule("", "")
