"""What ``bench`` found, as a Markdown table in which a loss stands as plainly as a win."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from search.evaluate import MEASURES

OURS = "ours"
_CHANCE = 0.05  # a p from which on a difference in ranking is not told apart from chance
_SMALL = 0.0005  # a p that three decimals would show as 0
_MANY = 100  # from here on no decimals are shown

Rounds = dict[str, list[float]]  # a measure's value in each round, by system


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of time or size, taken in rounds."""

    name: str
    title: str
    unit: str
    more_is_better: bool = False


TAKEN = (
    Measure("index_rate", "indexing with the model loaded", "passages/s", more_is_better=True),
    Measure("index_whole", "indexing from the start of the process", "s"),
    Measure("start", "start of the service to its first answer", "s"),
    Measure("p50", "median time of 1 client", "ms"),
    Measure("p95", "p95 of 1 client", "ms"),
    Measure("rate_8", "throughput with 8 clients", "answers/s", more_is_better=True),
    Measure("p95_8", "p95 with 8 clients", "ms"),
    Measure("memory", "memory of all processes after the run", "MB, PSS"),
)


@dataclass
class Ranked:
    """One set of judged questions."""

    answered: int  # questions that have an answer
    means: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # of measures, by system
    chance: dict[str, dict[str, float]] = field(default_factory=dict)  # p of ours against each


@dataclass
class Found:
    """All that was measured."""

    titles: dict[str, str]  # of the systems by name, ours first
    ranking: dict[str, Ranked] = field(default_factory=dict)  # by set of judged questions
    rounds: dict[str, Rounds] = field(default_factory=dict)  # by measure
    failed: dict[str, str] = field(default_factory=dict)  # why a system was not measured
    errors: dict[str, int] = field(default_factory=dict)  # answers that were none, by system
    facts: list[str] = field(default_factory=list)  # machine, versions, input

    def take(self, measure: str, system: str, value: float | None) -> None:
        """Keep a round's value; a round without any is left out."""
        if value is not None:
            self.rounds.setdefault(measure, {}).setdefault(system, []).append(value)

    def drop(self, system: str, reason: str) -> None:
        """Say why a system is not measured, and forget what was."""
        self.failed[system] = reason
        for each in self.rounds.values():
            each.pop(system, None)


def as_markdown(found: Found) -> str:
    """The table, what is lost, and the facts."""
    others = [name for name in found.titles if name != OURS]
    heads = [*found.titles.values(), *(f"ours against {found.titles[name]}" for name in others)]
    rows = [_ranking(found, name, each, others) for name in found.ranking for each in MEASURES]
    rows += [_taken(found, measure, others) for measure in TAKEN]
    lines = [f"| | {' | '.join(heads)} |", "|---" * (1 + len(heads)) + "|"]
    lines += [f"| {' | '.join([title, *cells, *verdicts])} |" for title, cells, verdicts in rows]
    lines += ["", losses(rows, [found.titles[name] for name in others]), ""]
    lines += [f"- {found.titles[name]}: not measured: {why}" for name, why in found.failed.items()]
    lines += [
        f"- {found.titles[name]}: {count} questions without an answer"
        for name, count in found.errors.items()
        if count
    ]
    return "\n".join([*lines, *(f"- {fact}" for fact in found.facts)])


Row = tuple[str, list[str], list[str]]  # title, a cell a system, a verdict for each of the others


def _ranking(found: Found, questions: str, measure: str, others: Sequence[str]) -> Row:
    ranked_ = found.ranking[questions]
    means = {name: each[measure] for name, each in ranked_.means.items()}
    cells = [f"{means[name]:.3f}" if name in means else "–" for name in found.titles]
    verdicts = []
    for name in others:
        if name not in means or OURS not in means:
            verdicts.append("–")
            continue
        p = ranked_.chance.get(name, {}).get(measure)
        verdicts.append(against(means[OURS] - means[name], p))
    return f"{measure}, `{questions}` ({ranked_.answered} questions)", cells, verdicts


def _taken(found: Found, measure: Measure, others: Sequence[str]) -> Row:
    rounds = found.rounds.get(measure.name, {})
    cells = [spread(rounds.get(name, ())) for name in found.titles]
    ours = rounds.get(OURS, [])
    verdicts = [compared(ours, rounds.get(name, ()), measure) for name in others]
    return f"{measure.title} ({measure.unit})", cells, verdicts


def against(difference: float, p: float | None) -> str:
    """A difference of means with what chance could do; ``p`` of None was not reckoned."""
    shown = f"{difference:+.3f}"
    if p is None:
        return shown
    chance = "p < 0.001" if p < _SMALL else f"p {p:.3f}"
    word = "not told apart" if p >= _CHANCE else "better" if difference > 0 else "worse"
    return f"{shown}, {chance}: {word}"


def compared(ours: Sequence[float], theirs: Sequence[float], measure: Measure) -> str:
    """The median ratio over the rounds, what that is, and in how many of them it was so."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=False) if b]
    if not ratios:
        return "–"
    median = statistics.median(ratios)
    if median == 1:
        return "1.00 times: equal"
    more = median > 1
    alike = sum((ratio > 1) == more and ratio != 1 for ratio in ratios)
    word = "better" if more == measure.more_is_better else "worse"
    share = f" in {alike} of {len(ratios)}" if len(ratios) > 1 else ""
    return f"{number(median)} times: {word}{share}"


def spread(values: Sequence[float]) -> str:
    """The median, and the least and the most of several rounds."""
    if not values:
        return "–"
    median = number(statistics.median(values))
    several = len(values) > 1
    return f"{median} ({number(min(values))}–{number(max(values))})" if several else median


def number(value: float) -> str:
    """Three digits that count, more before the point."""
    if value >= _MANY:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= _MANY / 10 else f"{value:.2f}"


def losses(rows: Sequence[Row], others: Sequence[str]) -> str:
    """A sentence that names every measure in which ours is worse, and than which."""
    lost: dict[str, list[str]] = {}
    for title, _, verdicts in rows:
        for other, verdict in zip(others, verdicts, strict=True):
            if ": worse" in verdict:
                lost.setdefault(other, []).append(title.partition(" (")[0])
    told = [f"than {other} in {', '.join(titles)}" for other, titles in lost.items()]
    return f"Losses: worse {'; '.join(told)}." if told else "Losses: none."


def input_facts(found: Mapping[str, Any]) -> list[str]:
    """What was measured, on what and how, a line each."""
    systems = [
        f"{title}: {how}. Versions: {', '.join(f'{n} {v}' for n, v in versions.items())}"
        for title, how, versions in found["systems"]
    ]
    return [
        f"{found['date']}, commit {found['commit']}. Machine: {found['machine']}; load average"
        f" {found['load'][0]:.1f} before, {found['load'][1]:.1f} after",
        f"{found['passages']} passages ({found['source']}), the same text for all: title and"
        f" headings, then the passage; the encoder's weights are the same. Asked for times:"
        " judged questions with a word of the index added, none twice",
        *systems,
    ]
