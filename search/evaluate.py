"""Evaluation: judged questions in, the field's measures out, over all and by kind."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from search.engine import Engine
from search.errors import JudgmentsError
from search.request import SearchRequest

_DEPTH = 10
MEASURES = ("nDCG@10", "success@1", "success@3", "MRR@10")
ERRORS = ("false_answers", "false_refusals")


class Relevant(BaseModel):
    """A heading of a page that answers a question: 2 the best, 1 useful as well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    heading: str
    grade: int = 1


class Judgment(BaseModel):
    """One judged question. Nothing relevant means that nothing on the site answers it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    query: str
    relevant: tuple[Relevant, ...]

    def grade(self, path: str, headings: Sequence[str]) -> int:
        """How well a passage answers: the best grade of a judged heading it is under, else 0."""
        grades = (r.grade for r in self.relevant if r.path == path and r.heading in headings)
        return max(grades, default=0)


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's measures."""

    judgment: Judgment
    measures: dict[str, float]  # empty for a question without an answer
    answerable: bool  # what the engine said
    first: str  # what came first


def read_judgments(file: Path) -> list[Judgment]:
    """The questions of a JSON lines file. Raises JudgmentsError that names the line."""
    found = []
    try:
        # Not splitlines, which cuts at characters that JSON text may hold, such as U+2028.
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise JudgmentsError(f"cannot read the judgments {file}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(Judgment.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise JudgmentsError(f"{file}, line {number}: {where}: {first['msg']}") from error
    if not found:
        raise JudgmentsError(f"{file} holds no judged questions")
    ids = [judgment.id for judgment in found]
    if twice := {each for each in ids if ids.count(each) > 1}:
        raise JudgmentsError(f"{file}: the id {min(twice)} is used twice")
    return found


def evaluate(engine: Engine, judgments: Iterable[Judgment], mode: str = "hybrid") -> list[Scored]:
    """Ask every question and measure what comes."""
    return [_score(engine, judgment, mode) for judgment in judgments]


def _score(engine: Engine, judgment: Judgment, mode: str) -> Scored:
    request = SearchRequest(q=judgment.query, mode=mode, per_page=_DEPTH, group_by="none")
    answer = engine.search(request)
    hits = answer["hits"]
    first = f"{hits[0]['path']} {' > '.join(hits[0]['headings'][-1:])}" if hits else "nothing"
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
                "first": each.first,
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
