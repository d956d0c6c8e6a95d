"""Failures: the judged questions that went wrong, what was wanted and what came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from search.evaluate import Scored, counted, cut

_WIDTH = 88  # of a page and heading in a listing
MISSED = "nothing relevant in the first three"
REFUSED = "said to have no answer"
ANSWERED = "said to have an answer"


def failures(scored: Iterable[Scored]) -> list[dict[str, Any]]:
    """Every question that went wrong, each as an object that JSON can hold."""
    return [_failure(each, wrong) for each in scored if (wrong := _wrong(each))]


def _wrong(scored: Scored) -> list[str]:
    if not scored.measures:
        return [ANSWERED] if scored.answerable else []
    missed = [MISSED] if not scored.measures["success@3"] else []
    return missed if scored.answerable else [*missed, REFUSED]


def _failure(scored: Scored, wrong: list[str]) -> dict[str, Any]:
    # max gives the first of the best: judges name the closest heading first.
    best = max(scored.judgment.relevant, key=lambda each: each.grade, default=None)
    return {
        "id": scored.judgment.id,
        "kind": scored.judgment.kind,
        "query": scored.judgment.query,
        "wrong": wrong,
        "wanted": f"{best.path} {best.heading}" if best else None,
        "rank": scored.rank,
        "first": list(scored.first),
    }


def as_text(found: Sequence[dict[str, Any]], questions: int) -> str:
    """The failures, a few lines each."""
    lines = [f"{len(found)} of {counted(questions)} went wrong"]
    for each in found:
        came, rank = each["first"] or ["nothing"], each["rank"] or "-"
        lines += [
            f"  {each['id']} ({each['kind']}), rank {rank}: {'; '.join(each['wrong'])}",
            f"    query   {cut(each['query'])}",
            f"    wanted  {cut(each['wanted'] or 'nothing', _WIDTH)}",
            f"    came    {cut(came[0], _WIDTH)}",
            *(f"            {cut(other, _WIDTH)}" for other in came[1:]),
        ]
    return "\n".join(lines)
