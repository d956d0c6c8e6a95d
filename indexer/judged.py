"""The judged questions that guard a publish: what an index gives for them, and what it lost.

The ranking is the service's, so it is asked in a process of its own: this package knows nothing of
that one.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer import dense_place
from indexer.errors import IndexInvalidError
from indexer.gates import Refusal
from indexer.judgments import Judgment, read_judgments
from indexer.layout import Generation
from indexer.manifest import Judged, JudgedQuestion
from indexer.processes import environment, module
from indexer.reader import passages_of

_ROUNDING = 1e-9
_MOST = 0.5  # share of the questions that an index must hold passages for
_LAST_LINES = 3  # of the process's standard error that a message shows

# Asks a generation the judged questions; None when they are about another site.
Judge = Callable[[Generation], Judged | None]


@dataclass(frozen=True, slots=True)
class Change:
    """A judged question that two indexes answer differently: the first three results of each."""

    question: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    ndcg_before: float | None
    ndcg_after: float | None


def by_search(file: Path) -> Judge:
    """The judge that asks ``python -m search evaluate``. Raises JudgmentsError for a bad file."""
    if not file.exists():
        return lambda _: None
    judgments = read_judgments(file)
    yardstick = hashlib.sha256(file.read_bytes()).hexdigest()

    def judge(generation: Generation) -> Judged | None:
        held = {(each.path, name) for each in passages_of(generation) for name in each.headings}
        if not _is_about(judgments, held):
            return None
        return Judged(yardstick=yardstick, questions=_asked(file, generation))

    return judge


def _is_about(judgments: Sequence[Judgment], held: set[tuple[str, str]]) -> bool:
    """Whether an index is of the site that most of the questions were judged on."""
    answered = [each.relevant for each in judgments if each.relevant]
    there = [any((each.path, each.heading) in held for each in relevant) for relevant in answered]
    return sum(there) > _MOST * len(there)


def _asked(file: Path, generation: Generation) -> dict[str, JudgedQuestion]:
    """What the service's own ranking gives. Raises IndexInvalidError when it cannot be asked."""
    dense_place.let_go(generation)
    arguments = ["evaluate", str(file.resolve()), "--index", str(generation.folder.resolve())]
    done = subprocess.run(  # noqa: S603 - our own program
        module("search", *arguments, "--json"),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " | ".join(done.stderr.strip().splitlines()[-_LAST_LINES:])
        raise IndexInvalidError(
            f"index {generation.build_id} could not be asked the judged questions: {said}"
        )
    return {
        each["query"]: JudgedQuestion(ndcg=each.get("nDCG@10"), first=each["first"])
        for each in json.loads(done.stdout)["questions"]
    }


def changes(before: Judged, after: Judged) -> list[Change]:
    """The questions whose first three results differ, the largest loss first."""
    found = []
    for question, now in after.questions.items():
        was = before.questions.get(question)
        if was is not None and was.first != now.first:
            found.append(Change(question, was.first, now.first, was.ndcg, now.ndcg))
    return sorted(found, key=lambda each: (each.ndcg_after or 0) - (each.ndcg_before or 0))


def lost_quality(before: Judged, after: Judged, margin: float) -> list[Refusal]:
    """A refusal when the mean nDCG@10 of the questions fell by more than ``margin``.

    Over the questions that either index answers: others would only thin the loss.
    """
    pairs = {
        question: (was.ndcg or 0.0, now.ndcg or 0.0)
        for question, now in after.questions.items()
        if (was := before.questions.get(question)) and (was.ndcg or now.ndcg)
    }
    if not pairs:
        return []
    old, new = (sum(pair[side] for pair in pairs.values()) / len(pairs) for side in (0, 1))
    if old - new <= margin + _ROUNDING:
        return []
    worst = sorted(pairs, key=lambda question: pairs[question][1] - pairs[question][0])
    return [
        Refusal(
            "judged questions",
            f"nDCG@10 over {len(pairs)} judged questions would fall from {old:.3f} to {new:.3f}"
            f" (allowed is a loss of {margin:g})",
            tuple(
                f"{question!r}: {pairs[question][0]:.2f} to {pairs[question][1]:.2f}"
                for question in worst
                if pairs[question][1] < pairs[question][0]
            ),
        )
    ]
