"""Learn the weights of the ranking from judged questions.

    python -m benchmarks.fit_ranking JUDGMENTS.jsonl=DATA [JUDGMENTS.jsonl=DATA ...]

The features of a passage are those of ``search/fuse.py``, worked out by the engine itself. Their
weights are found by coordinate ascent on the measures that the ranking is judged by (Metzler and
Croft, 2007), since these are all that counts and there are few weights. Each set of questions
counts the same, however many it has. The ascent is repeated on samples of the questions drawn with
replacement, and the mean of all is printed: single runs differ by more than their scores do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from indexer.judgments import Judgment, read_judgments
from indexer.outline import Outline
from search.engine import Engine
from search.fuse import learned
from search.rank import rank
from search.request import SearchRequest
from search.retrieve import Candidates, Found
from search.settings import SearchSettings, Weights, load_settings

_DEPTH = 10
_DISCOUNT = 1 / np.log2(np.arange(2, _DEPTH + 2))
_STEPS = (0.4, 0.2, 0.1)
_CONSIDERED = 300  # candidates of a question
_ARRAYS = ("semantic", "coverage", "aspect")
_LEAST_GAIN = 2e-4
_WORTH = (1.0, 0.3, 0.2)  # of nDCG@10, success@1 and success@3


@dataclass(frozen=True, slots=True)
class Asked:
    """One judged question: its candidates, the grades of their rows, and the best there is."""

    outline: Outline
    candidates: Candidates
    rare: NDArray[np.int64]  # how many rare terms each candidate has: these go before all scores
    grades: NDArray[np.float64]  # of each candidate
    ideal: float

    def measures(self, weights: Weights) -> NDArray[np.float64]:
        """nDCG@10, success@1 and success@3 with these weights."""
        scores = learned(self.candidates, self.outline, weights)
        order = np.lexsort((self.candidates.rows, -scores, -self.rare))[: 4 * _DEPTH]
        same = self.outline.same[self.candidates.rows[order]]
        order = order[np.sort(np.unique(same, return_index=True)[1])][:_DEPTH]
        found = self.grades[order]
        gain = float(found @ _DISCOUNT[: len(found)]) / self.ideal
        return np.array([gain, (found[:1] > 0).any(), (found[:3] > 0).any()], dtype=np.float64)


def ask(engine: Engine, judgment: Judgment) -> Asked | None:
    """The candidates of a question that has an answer in the index; None for others."""
    passages = engine.index.passages
    grades = np.array([judgment.grade(each.path, each.headings) for each in passages], dtype=float)
    if not grades.any():
        return None
    best = np.sort(grades)[::-1][:_DEPTH]
    question, candidates = engine.candidates(SearchRequest(q=judgment.query))
    outline = engine.index.outline
    scores = learned(candidates, outline, Weights())
    rare = rank(candidates, scores, question.rare, engine.index).rare
    # Only the best by today's weights: others do not come among the first ten.
    kept = np.lexsort((-scores, -rare))[:_CONSIDERED]
    arrays = {name: getattr(candidates, name)[kept] for name in _ARRAYS}
    return Asked(
        outline,
        replace(candidates, found=Found(candidates.rows[kept], candidates.keyword[kept]), **arrays),
        rare[kept],
        grades[candidates.rows[kept]],
        float(best @ _DISCOUNT[: len(best)]),
    )


def worth(sets: Sequence[Sequence[Asked]], weights: Weights) -> float:
    """What is to be as high as possible: each set counts the same."""
    means = [np.mean([each.measures(weights) for each in asked], axis=0) for asked in sets]
    return float(np.mean(means, axis=0) @ _WORTH)


def ascend(sets: Sequence[Sequence[Asked]], start: Weights) -> Weights:
    """The weights from which no single step is better."""
    weights, best = start, worth(sets, start)
    for step in _STEPS:
        moved = True
        while moved:
            moved = False
            for name, value in dict(weights).items():
                for change in (step, -step):
                    tried = weights.model_copy(update={name: max(value + change, 0.0)})
                    if (found := worth(sets, tried)) > best + _LEAST_GAIN:
                        weights, best, moved = tried, found, True
                        break
    return weights


def mean_of(fitted: Sequence[Weights]) -> Weights:
    """The mean of some weights, to two decimals."""
    return Weights(
        **{
            name: round(float(np.mean([getattr(each, name) for each in fitted])), 2)
            for name in Weights.model_fields
        }
    )


def load(specs: Sequence[str]) -> list[list[Asked]]:
    """The questions of each set, asked of its index."""
    sets: list[list[Asked]] = []
    before: Engine | None = None
    for spec in specs:
        file, _, data = spec.partition("=")
        settings: SearchSettings = load_settings(data=data)
        before = engine = Engine.load(settings, before)
        asked = [ask(engine, judgment) for judgment in read_judgments(Path(file))]
        sets.append([each for each in asked if each])
        click.echo(f"{file}: {len(sets[-1])} questions", err=True)
    return sets


@click.command()
@click.argument("specs", metavar="JUDGMENTS=DATA...", nargs=-1, required=True)
@click.option("--samples", default=6, show_default=True, help="Ascents on drawn questions.")
def main(specs: Sequence[str], samples: int) -> None:
    """Print the weights and what they reach on the questions they were learned from."""
    sets = load(specs)
    start = Weights()
    fitted = [ascend(sets, start)]
    chance = np.random.default_rng(0)
    for number in range(samples):
        drawn = [[asked[i] for i in chance.integers(0, len(asked), len(asked))] for asked in sets]
        fitted.append(ascend(drawn, start))
        click.echo(f"sample {number + 1}: {json.dumps(dict(fitted[-1]))}", err=True)
    weights = mean_of(fitted)
    click.echo(json.dumps(dict(weights)))
    for name, each in (("before", start), ("after", weights)):
        for spec, asked in zip(specs, sets, strict=True):
            means = np.mean([one.measures(each) for one in asked], axis=0)
            click.echo(f"{name:7} {spec.partition('=')[0]}: " + " ".join(f"{m:.3f}" for m in means))


if __name__ == "__main__":
    main()
