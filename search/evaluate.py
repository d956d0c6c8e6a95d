"""Evaluation: judged questions in, the field's measures out, over all and by kind."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.judgments import Judgment
from indexer.records import Passage
from search.engine import Engine
from search.request import SearchRequest

_DEPTH = 10
MEASURES = ("nDCG@10", "success@1", "success@3", "MRR@10")
ERRORS = ("false_answers", "false_refusals")

Pages = Mapping[str, Sequence[Passage]]  # the passages of each page by its path


@dataclass(frozen=True, slots=True)
class Scored:
    """One question's measures."""

    judgment: Judgment
    measures: dict[str, float]  # empty for a question without an answer
    answerable: bool  # what the engine said
    first: tuple[str, ...]  # the first three results, by page and heading

    @property
    def rank(self) -> int | None:
        """The place of the first relevant passage among the ten, from 1; None: it is not there."""
        reciprocal = self.measures.get("MRR@10")
        return round(1 / reciprocal) if reciprocal else None


def evaluate(engine: Engine, judgments: Iterable[Judgment], mode: str = "hybrid") -> list[Scored]:
    """Ask every question and measure what comes."""
    pages = by_path(engine.index.passages)
    return [_score(engine, judgment, mode, pages) for judgment in judgments]


def by_path(passages: Iterable[Passage]) -> Pages:
    """The passages of each page by its path."""
    pages = defaultdict(list)
    for passage in passages:
        pages[passage.path].append(passage)
    return pages


def _score(engine: Engine, judgment: Judgment, mode: str, pages: Pages) -> Scored:
    request = SearchRequest(q=judgment.query, mode=mode, per_page=_DEPTH, group_by="none")
    answer = engine.search(request)
    hits = answer["hits"]
    first = tuple(f"{hit['path']} {' > '.join(hit['headings'][-1:])}" for hit in hits[:3])
    measures = measures_of(judgment, [each["id"] for each in hits], pages)
    return Scored(judgment, measures, answer["answerable"], first)


def measures_of(judgment: Judgment, ranking: Sequence[str], pages: Pages) -> dict[str, float]:
    """The measures of one ranking of passage ids, whoever made it; none without an answer."""
    if not judgment.relevant:
        return {}
    relevant = {
        passage.id: grade
        for path in {each.path for each in judgment.relevant}
        for passage in pages.get(path, ())
        if (grade := judgment.grade(path, passage.headings))
    }
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


def as_text(measured: Mapping[str, Any]) -> str:
    """The measures as a table."""
    names = ["questions", *MEASURES, *ERRORS]
    rows = [["", *names]]
    for kind, values in {**measured["kinds"], "all": measured["all"]}.items():
        rows.append([kind, *(cell(values[name]) for name in names)])
    given = "".join(f", {name}={value}" for name, value in measured.get("with", {}).items())
    about = f"index {measured['index_version']}, mode {measured['mode']}{given}"
    return "\n".join([about, *table(rows)])


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table: names, in the first column, on the left, and figures on the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if i else text.ljust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def cell(value: float | None) -> str:
    """A count as it is, a measure with three decimals, and a dash for none."""
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def cut(text: str, most: int = 80) -> str:
    """The text in at most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def counted(number: int) -> str:
    """So many questions."""
    return "1 question" if number == 1 else f"{number} questions"
