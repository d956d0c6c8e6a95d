"""Fits, per index, the model that says whether a question is answered by it at all.

A bare cosine threshold would be wrong for every encoder and corpus but the one it was tried on, so
each publish fits a logistic model with four features on labelled questions (``corpus/
answerability.jsonl``) and stores it in the manifest with the errors it makes on them. The features
do not depend on how the ranking fuses its halves, so a change of that needs no new fit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import ConfigurationError
from indexer.manifest import COMPLETE, Answerability, Evidence

LABELLED = Path(__file__).resolve().parent.parent / "corpus" / "answerability.jsonl"
_FEWEST = 10  # labelled questions of each kind, below which nothing is fitted
_RIDGE = 0.05  # keeps weights finite when the kinds can be told apart without error
_ROUNDS = 60
# Share of the unanswerable ones that may be answered. They are chosen hard: half of them are about
# health. A question refused wrongly is the worse mistake for most who ask.
_MOST_FALSE_ANSWERS = 0.04


def labelled_questions(file: Path = LABELLED) -> list[tuple[str, bool]]:
    """Questions with whether a site on the subject answers them."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            found.append((str(entry["query"]), bool(entry["answerable"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"{file}, line {number}: {error!r}") from error
    return found


def fit(evidence: Sequence[Evidence], labels: Sequence[bool]) -> Answerability | None:
    """The model for questions with this evidence; None with too few of a kind.

    The threshold is the lowest at which at most 4 % of the unanswerable ones are answered.
    """
    y = np.asarray(labels, dtype=np.float64)
    if min(y.sum(), len(y) - y.sum()) < _FEWEST:
        return None
    given = np.asarray(evidence, dtype=np.float64)
    x = np.column_stack([np.ones(len(y)), given, given[:, 1] > COMPLETE])
    weights = _logistic(x, y)
    probability = 1 / (1 + np.exp(-(x @ weights)))
    threshold = _threshold(probability, y)
    said = probability >= threshold
    return Answerability(
        intercept=float(weights[0]),
        cosine=float(weights[1]),
        coverage=float(weights[2]),
        information=float(weights[3]),
        complete=float(weights[4]),
        threshold=threshold,
        questions=len(y),
        false_answers=float(said[y == 0].mean()),
        false_refusals=float((~said[y == 1]).mean()),
    )


def _logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ridge logistic regression by Newton's method; the intercept is not shrunk."""
    weights = np.zeros(x.shape[1])
    ridge = _RIDGE * np.diag([0.0, *[1.0] * (x.shape[1] - 1)])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-(x @ weights)))
        gradient = x.T @ (p - y) + ridge @ weights
        curvature = (x * (p * (1 - p))[:, None]).T @ x + ridge + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        weights = weights - step
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004 - converged
            break
    return weights


def _threshold(probability: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """In the middle between the last question to be refused and the next one above it."""
    wrong = np.sort(probability[y == 0])[::-1]
    refused = wrong[int(_MOST_FALSE_ANSWERS * len(wrong))]
    above = probability[probability > refused]
    return float((refused + above.min(initial=1.0)) / 2)
