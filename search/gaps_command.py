"""The gap report as people and programs read it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from search.gap_terms import DAYS
from search.gaps import KEPT, GapReport, Share

_OFF = (
    "The gap report is off, as far as this command can see: NET_GAPS=true in the service's\n"
    "environment switches it on, and a restart."
)
_ON = "The gap report is on."
FORGOTTEN = "All that was recorded for the gap report is deleted, and its key."
NOTHING = "Nothing was recorded for the gap report; there is nothing to delete."


def as_object(report: GapReport, *, recording: bool) -> dict[str, Any]:
    """The report as an object that JSON can hold."""
    return {
        "recording": recording,
        "kept_days": KEPT,
        "shown_from_days": DAYS,
        "overall": report.overall and _share(report.overall),
        "weeks": [_share(each) for each in report.weeks],
        "terms": [
            {
                "term": each.term,
                "searches": each.searches,
                "days_at_least": each.days,
                "since_week_of": each.since.isoformat(),
            }
            for each in report.gaps
        ],
    }


def _share(share: Share) -> dict[str, Any]:
    return {**asdict(share), "since": share.since.isoformat()}


def as_text(report: GapReport, *, recording: bool) -> str:
    """The report as a table; whether it is on, and what it does not show."""
    parts = [_ON if recording else _OFF]
    if not report.overall:
        parts.append(f"Nothing was recorded in the last {KEPT} days.")
    else:
        parts += [_terms(report), _shares(report.overall, report.weeks)]
        if not recording:
            parts.append("`python -m search gaps --forget` deletes what was recorded.")
    return "\n\n".join(parts)


def _terms(report: GapReport) -> str:
    if not report.gaps:
        return f"No word was missed on {DAYS} different days yet; none is shown before."
    width = max(len("term"), *(len(each.term) for each in report.gaps))
    return "\n".join(
        [
            f"Looked for without an answer on {DAYS} days or more, of the last {KEPT}:",
            "",
            f"{'term':{width}}  searches  days  since the week of",
            *(
                f"{each.term:{width}}  {each.searches:8}  {f'{each.days}+':4}  {each.since}"
                for each in report.gaps
            ),
        ]
    )


def _shares(overall: Share, weeks: tuple[Share, ...]) -> str:
    lines = [f"week of {each.since}  {_said(each)}" for each in weeks]
    return "\n".join(
        ["Searches without an answer:", "", *lines, f"in all              {_said(overall)}"]
    )


def _said(share: Share) -> str:
    if share.searches is None:
        return "too few to say"
    return f"{share.unanswered} % of about {share.searches:,}"
