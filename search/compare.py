"""Two systems compared question by question: what differs, and whether chance could do as much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.evaluate import Scored, cell, counted, cut, table

COMPARED = ("nDCG@10", "success@1", "success@3")
_RANKED_BY = COMPARED[0]
_LISTED = 10  # questions in each list
_EXACT = 14  # differences whose sign vectors, 2**14 at most, are all tried
_SAMPLES = 100_000
_BATCH = 1_000  # sign vectors in memory at once
_SEED = 20_240_102  # the same questions give the same p on every run
_SMALL = 0.0005  # a p that three decimals would show as 0
_EQUAL = 1e-9  # differences of sums of floats that are none

Pair = tuple[Scored, Scored]
Differences = NDArray[np.float64]


def compare(this: Sequence[Scored], other: Sequence[Scored]) -> dict[str, Any]:
    """Two evaluations of the same questions, in one order, as an object that JSON can hold.

    A difference is this system's measure less the other's, so a win is this one's. Questions that
    nothing answers have no measures and are left out.
    """
    pairs = [pair for pair in zip(this, other, strict=True) if pair[0].measures]
    kinds = sorted({mine.judgment.kind for mine, _ in pairs})
    by_kind = {kind: [p for p in pairs if p[0].judgment.kind == kind] for kind in kinds}
    return {
        "all": {name: _measure(pairs, name) for name in COMPARED},
        "kinds": {kind: {_RANKED_BY: _measure(by_kind[kind], _RANKED_BY)} for kind in kinds},
        **_furthest(pairs),
    }


def _measure(pairs: Sequence[Pair], name: str) -> dict[str, Any]:
    """One measure of both systems over some questions."""
    values = np.array([[each.measures[name] for each in pair] for pair in pairs]).reshape(-1, 2)
    differences = values[:, 0] - values[:, 1]
    means = values.mean(axis=0) if pairs else (None, None)
    wins, losses = (differences > _EQUAL).sum(), (differences < -_EQUAL).sum()
    return {
        "this": _rounded(means[0]),
        "other": _rounded(means[1]),
        "difference": _rounded(differences.mean() if pairs else None),
        "wins": int(wins),
        "losses": int(losses),
        "ties": int(len(pairs) - wins - losses),
        "p": round(p_value(differences), 6) if pairs else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)


def p_value(differences: Differences) -> float:
    """How often random signs put the sum as far from zero: a two-sided paired randomisation test.

    Every sign vector is tried when few differences are not zero, else 100,000 random ones, of
    which the observed one is counted as one more, so that p is never 0.
    """
    changed = differences[np.abs(differences) > _EQUAL]
    observed = abs(changed.sum()) - _EQUAL
    exact = len(changed) <= _EXACT
    signs = _all_signs(len(changed)) if exact else _random_signs(len(changed))
    as_far = sum(int((np.abs(batch @ changed) >= observed).sum()) for batch in signs)
    return as_far / 2 ** len(changed) if exact else (as_far + 1) / (_SAMPLES + 1)


def _all_signs(length: int) -> Iterator[NDArray[np.int8]]:
    """Every vector of signs, shape (2**length, length), in one batch."""
    bits = np.arange(2**length)[:, None] >> np.arange(length) & 1
    yield (bits * 2 - 1).astype(np.int8)


def _random_signs(length: int) -> Iterator[NDArray[np.int8]]:
    """Random vectors of signs, in batches of shape (_BATCH, length)."""
    random = np.random.default_rng(_SEED)
    for _ in range(_SAMPLES // _BATCH):
        yield random.integers(0, 2, size=(_BATCH, length), dtype=np.int8) * 2 - 1


def _furthest(pairs: Sequence[Pair]) -> dict[str, list[dict[str, Any]]]:
    """The questions that lost and won most, the furthest first."""
    ranked = sorted(pairs, key=_difference)
    lost = [_question(pair) for pair in ranked if _difference(pair) < -_EQUAL]
    won = [_question(pair) for pair in reversed(ranked) if _difference(pair) > _EQUAL]
    return {"losses": lost[:_LISTED], "wins": won[:_LISTED]}


def _difference(pair: Pair) -> float:
    this, other = (each.measures[_RANKED_BY] for each in pair)
    return this - other


def _question(pair: Pair) -> dict[str, Any]:
    judgment = pair[0].judgment
    sides = {
        side: {_RANKED_BY: round(each.measures[_RANKED_BY], 4), "first": _first(each)}
        for side, each in zip(("this", "other"), pair, strict=True)
    }
    return {"id": judgment.id, "kind": judgment.kind, "query": judgment.query, **sides}


def _first(scored: Scored) -> str | None:
    return scored.first[0] if scored.first else None


def as_text(compared: Mapping[str, Any]) -> str:
    """The comparison as a table and two short lists; ``compared`` says of what as well."""
    heads = ("this", "other", "difference", "wins", "losses", "ties", "p")
    rows = [["", *heads]]
    rows += [_row(name, values) for name, values in compared["all"].items()]
    for kind, values in compared["kinds"].items():
        rows.append(_row(f"{_RANKED_BY} {kind}", values[_RANKED_BY]))
    about = f"{compared['spec']} (index {compared['index_version']}, mode {compared['mode']})"
    lines = [f"against {about}", *table(rows)]
    for side, said in (("losses", "worse"), ("wins", "better")):
        listed, total = compared[side], compared["all"][_RANKED_BY][side]
        shown = f", the {len(listed)} that differ most" if len(listed) < total else ""
        lines += ["", f"{counted(total)} answered {said} than by the other{shown}"] if total else []
        lines += [line for each in listed for line in _lines(each)]
    return "\n".join(lines)


def _row(name: str, values: dict[str, Any]) -> list[str]:
    cells = {key: cell(value) for key, value in values.items()}
    if values["p"] is not None:
        cells["difference"] = f"{values['difference']:+.3f}"
        cells["p"] = "<0.001" if values["p"] < _SMALL else cells["p"]
    return [name, *cells.values()]


def _lines(question: dict[str, Any]) -> list[str]:
    """One question that differs: its measure and what came first, for each system."""
    lines = [f"  {question['id']} ({question['kind']}): {cut(question['query'])}"]
    for side in ("this", "other"):
        measured = question[side]
        came = cut(measured["first"] or "nothing")
        lines.append(f"    {side:5}  {measured[_RANKED_BY]:.3f}  {came}")
    return lines
