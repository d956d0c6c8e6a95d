"""Measure what each part of the ranking is worth, and write it into docs/ranking.md.

    python -m benchmarks.ablate NAME=JUDGMENTS.jsonl=DATA [NAME=JUDGMENTS.jsonl=DATA ...]

Each part is left out in turn, on the same index and the same questions. The table between the
marks in docs/ranking.md and the plot beside it, docs/ranking.svg, are written anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import click

from benchmarks.marked import replaced
from indexer.judgments import Judgment, read_judgments
from search.compare import compare
from search.engine import Engine
from search.evaluate import Scored, evaluate
from search.settings import SearchSettings, load_settings

PAGE = Path("docs/ranking.md")
PLOT = Path("docs/ranking.svg")
BEGIN = "<!-- measured: written by `python -m benchmarks.ablate` -->"
END = "<!-- end of measured -->"
PLAIN: dict[str, Any] = {
    "fusion": "weighted", "rare_passages": 0, "expansions": False, "spelling": False
}  # fmt: skip
PARTS: dict[str, dict[str, Any]] = {
    "the whole ranking": {},
    "without other names": {"expansions": False},
    "without spelling": {"spelling": False},
    "without rare terms first": {"rare_passages": 0},
    "without vectors": {"weights": {"meaning": 0}},
    "without BM25": {"weights": {"words": 0}},
    "without coverage of words": {"weights": {"coverage": 0}},
    "without aspects": {"weights": {"aspect": 0}},
    "without section evidence": {"weights": {"section": 0, "parent": 0}},
    "without page evidence": {"weights": {"page": 0}},
    "reciprocal ranks": {"fusion": "ranks"},
    "plain weighted fusion": PLAIN,
    "keyword alone": {**PLAIN, "mode": "keyword"},
    "dense alone": {**PLAIN, "mode": "semantic"},
}
_BAR = 300  # width of a bar of nDCG@10 = 1, in pixels
_ROW = 16
_LEFT = 190


def changed(settings: SearchSettings, changes: Mapping[str, Any]) -> tuple[SearchSettings, str]:
    """Settings with a part left out, and the mode."""
    changes = dict(changes)
    mode = changes.pop("mode", "hybrid")
    weights = settings.weights.model_copy(update=changes.pop("weights", {}))
    return settings.model_copy(update={**changes, "weights": weights}), mode


def measure(
    engine: Engine, settings: SearchSettings, judged: Sequence[Judgment]
) -> dict[str, list[Scored]]:
    """What each system of ``PARTS`` gives for the questions that have an answer."""
    asked = [judgment for judgment in judged if judgment.relevant]
    found = {}
    for part, changes in PARTS.items():
        without, mode = changed(settings, changes)
        found[part] = evaluate(Engine(engine.index, engine.encoder, without), asked, mode)
    return found


def table(measured: Mapping[str, Mapping[str, Sequence[Scored]]]) -> list[str]:
    """A Markdown table: a row for each part, three columns for each set of questions."""
    names = list(measured)
    head = " | ".join(f"{name}: nDCG@10 | success@1 | success@3 | p" for name in names)
    lines = [f"| | {head} |", "|---" * (1 + 4 * len(names)) + "|"]
    for part in PARTS:
        cells = []
        for name in names:
            whole = measured[name]["the whole ranking"]
            row = compare(whole, measured[name][part])["all"]
            ndcg, first, three = (row[m] for m in ("nDCG@10", "success@1", "success@3"))
            p = "" if part == "the whole ranking" else f"{ndcg['p']:.3f}"
            means = " | ".join(f"{each['other']:.3f}" for each in (ndcg, first, three))
            cells.append(f"{means} | {p}")
        lines.append(f"| {part} | {' | '.join(cells)} |")
    return lines


def plot(measured: Mapping[str, Mapping[str, Sequence[Scored]]]) -> str:
    """Bars of nDCG@10, those of one part under one another."""
    colours = ("#0b5a75", "#b07a12", "#5b4a86", "#52626d")
    bars, top = [], 24
    for part in PARTS:
        middle = top + _ROW * len(measured) / 2 + 4
        bars.append(
            f'<text x="{_LEFT - 8}" y="{middle:.0f}" text-anchor="end">{escape(part)}</text>'
        )
        for colour, found in zip(colours, measured.values(), strict=False):
            values = [each.measures["nDCG@10"] for each in found[part]]
            value = sum(values) / len(values)
            bars.append(
                f'<rect x="{_LEFT}" y="{top}" width="{value * _BAR:.0f}" height="{_ROW - 3}"'
                f' fill="{colour}"/><text x="{_LEFT + value * _BAR + 6:.0f}" y="{top + 11}">'
                f"{value:.3f}</text>"
            )
            top += _ROW
        top += 8
    legend = "".join(
        f'<rect x="{_LEFT + 150 * i}" y="4" width="11" height="11" fill="{colour}"/>'
        f'<text x="{_LEFT + 150 * i + 16}" y="14">{escape(name)}</text>'
        for i, (colour, name) in enumerate(zip(colours, measured, strict=False))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _BAR + 60}" height="{top}"'
        f' font-family="sans-serif" font-size="12" role="img"'
        f' aria-label="nDCG@10 with each part of the ranking left out">'
        f'<rect width="100%" height="100%" fill="#fff"/>{legend}{"".join(bars)}</svg>\n'
    )


@click.command()
@click.argument("specs", metavar="NAME=JUDGMENTS=DATA...", nargs=-1, required=True)
def main(specs: Sequence[str]) -> None:
    """Measure, and write docs/ranking.md's table and plot."""
    measured: dict[str, dict[str, list[Scored]]] = {}
    before: Engine | None = None
    for spec in specs:
        name, file, data = spec.split("=")
        settings = load_settings(data=data)
        before = engine = Engine.load(settings, before)
        measured[name] = measure(engine, settings, read_judgments(Path(file)))
        click.echo(f"{name}: {len(measured[name]['the whole ranking'])} questions", err=True)
    lines = "\n".join(table(measured))
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), BEGIN, END, lines), encoding="utf-8")
    PLOT.write_text(plot(measured), encoding="utf-8")
    click.echo(lines)


if __name__ == "__main__":
    main()
