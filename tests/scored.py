"""Evaluations made by hand."""

from __future__ import annotations

from indexer.judgments import Judgment, Relevant
from search.evaluate import Scored


def scored(
    name: str,
    ndcg: float | None = None,
    *first: str,
    rank: int | None = 1,
    answerable: bool = True,
    kind: str = "plain",
    relevant: tuple[tuple[str, int], ...] = (("Dose", 2),),
) -> Scored:
    """One question, answered by headings of the page /a/; without an nDCG nothing answers it."""
    wanted = [Relevant(path="/a/", heading=heading, grade=grade) for heading, grade in relevant]
    answers = () if ndcg is None else tuple(wanted)
    judgment = Judgment(id=name, kind=kind, query=f"ask {name}", relevant=answers)
    measures = {
        "nDCG@10": ndcg or 0.0,
        "success@1": float(rank == 1),
        "success@3": float(rank is not None and rank <= 3),
        "MRR@10": 1 / rank if rank else 0.0,
    }
    return Scored(judgment, measures if answers else {}, answerable, first)
