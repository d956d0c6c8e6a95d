"""Evaluation: judged questions in, the field's measures out, over all and by kind."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.judgments import Judgment
from search.engine import Engine
from search.request import SearchRequest

_DEPTH = 10
MEASURES = ("nDCG@10", "success@1", "success@3", "MRR@10")
ERRORS = ("false_answers", "false_refusals")


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's measures."""

    judgment: Judgment
    measures: dict[str, float]  # empty for a question without an answer
    answerable: bool  # what the engine said
    first: tuple[str, ...]  # the first three results, by page and heading


def evaluate(engine: Engine, judgments: Iterable[Judgment], mode: str = "hybrid") -> list[Scored]:
    """Ask every question and measure what comes."""
    return [_score(engine, judgment, mode) for judgment in judgments]


def _score(engine: Engine, judgment: Judgment, mode: str) -> Scored:
    request = SearchRequest(q=judgment.query, mode=mode, per_page=_DEPTH, group_by="none")
    answer = engine.search(request)
    hits = answer["hits"]
    first = tuple(f"{hit['path']} {' > '.join(hit['headings'][-1:])}" for hit in hits[:3])
    if not judgment.relevant:
        return Scored(judgment, {}, answer["answerable"], first)
    relevant = {
        passage.id: grade
        for passage in engine.index.passages
        if (grade := judgment.grade(passage.path, passage.headings))
    }
    measures = _measures(relevant, [each["id"] for each in hits])
    return Scored(judgment, measures, answer["answerable"], first)


def _measures(relevant: dict[str, int], ranking: Sequence[str]) -> dict[str, float]:
    """The measures of one ranking of passage ids against graded ones."""
    if not relevant:  # judged headings that the index does not hold: nothing could be found
        return dict.fromkeys(MEASURES, 0.0)
    # The import costs half a second, which a service that never evaluates should not pay.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ir_measures  # noqa: PLC0415
        from ir_measures import RR, Success, nDCG  # noqa: PLC0415
    names = {
        nDCG @ 10: "nDCG@10",
        Success @ 1: "success@1",
        Success @ 3: "success@3",
        RR @ 10: "MRR@10",
    }
    # Scores only carry the order; a strict one, so that ties cannot reorder it.
    run = [ir_measures.ScoredDoc("q", each, -float(i)) for i, each in enumerate(ranking)]
    judged = [ir_measures.Qrel("q", each, grade) for each, grade in relevant.items()]
    found = ir_measures.calc_aggregate(names, judged, run) if run else {}
    return {name: float(found.get(measure, 0.0)) for measure, name in names.items()}


def summary(scored: Sequence[Scored]) -> dict[str, float | int | None]:
    """Means over questions: the ranking's measures and the two no-answer error rates."""
    answered = [each for each in scored if each.measures]
    unanswerable = [each for each in scored if not each.judgment.relevant]
    wrong = {
        "false_answers": [each.answerable for each in unanswerable],
        "false_refusals": [not each.answerable for each in answered],
    }
    means: dict[str, float | int | None] = {"questions": len(scored)}
    for name in MEASURES:
        means[name] = _mean([each.measures[name] for each in answered])
    for name, flags in wrong.items():
        means[name] = _mean([float(flag) for flag in flags])
    return means


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None


def as_object(engine: Engine, scored: Sequence[Scored], mode: str) -> dict[str, Any]:
    """Everything measured, as one JSON object."""
    kinds = sorted({each.judgment.kind for each in scored})
    return {
        "index_version": engine.index.version,
        "mode": mode,
        "all": summary(scored),
        "kinds": {kind: summary([s for s in scored if s.judgment.kind == kind]) for kind in kinds},
        "questions": [
            {
                "id": each.judgment.id,
                "kind": each.judgment.kind,
                "query": each.judgment.query,
                **each.measures,
                "answerable": each.answerable,
                "first": list(each.first),
            }
            for each in scored
        ],
    }


def as_text(measured: dict[str, Any]) -> str:
    """The measures as a table."""
    names = ["questions", *MEASURES, *ERRORS]
    rows = [["", *names]]
    for kind, values in {**measured["kinds"], "all": measured["all"]}.items():
        rows.append([kind, *(_cell(values[name]) for name in names)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(names) + 1)]
    lines = [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([f"index {measured['index_version']}, mode {measured['mode']}", *lines])


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
