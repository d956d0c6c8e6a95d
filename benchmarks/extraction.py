"""What is kept of hand-labelled pages, beside trafilatura, readability-lxml and jusText.

    make bench-extract
    python -m benchmarks.extraction [--others .venv-extract/bin/python] [--pages]

The others run in an environment of their own, and are given the page as text, decoded by this
project, so that encodings cost them nothing. ``--pages`` names what goes wrong on each page.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.extraction_score import Label, Score, Shown, read_labels, score, shown, words
from indexer.extract import decode, extract

_OURS = "this project"


def ours(label: Label) -> tuple[Shown, ...]:
    """The blocks that this project keeps of a page."""
    found = extract(decode(label.html), f"https://example.org/{label.name}")
    return tuple(Shown(each.kind, each.text, each.headings) for each in found.blocks)


def _theirs(python: str, labels: Sequence[Label]) -> dict[str, dict[str, tuple[Shown, ...]]]:
    """By extractor and page."""
    given = "".join(
        json.dumps({"name": each.name, "html": decode(each.html)}) + "\n" for each in labels
    )
    program = str(Path(__file__).with_name("extractors.py"))
    done = subprocess.run(  # noqa: S603 - the operator's own environment
        [python, program], input=given, capture_output=True, text=True, check=True
    )
    found: dict[str, dict[str, tuple[Shown, ...]]] = {}
    for line in done.stdout.splitlines():
        each = json.loads(line)
        found.setdefault(each["extractor"], {})[each["name"]] = shown(each["blocks"])
    return found


def _say_page(label: Label, kept: Sequence[Shown]) -> None:
    result = score(label, kept)
    fine = result.whole and result.right == result.kept and not result.unwanted_kept
    if fine and result.trails == result.trails_right:
        return
    counts = f"{result.found}/{result.labelled} found, {result.right}/{result.kept} right"
    trails = f"{result.trails_right}/{result.trails} trails"
    click.echo(f"{label.name}: {counts}, {trails}, {result.unwanted_kept} unwanted")
    line = " ".join(word for each in kept for word in words(each.text))
    for each in label.blocks:
        if " ".join(words(each.text)) not in line:
            click.echo(f"  - {each.kind}: {each.text}")
    for each in kept:
        if each not in label.blocks:
            click.echo(f"  + {each.kind}: {each.text} {list(each.headings)}")


@click.command()
@click.option("--others", help="Python of an environment with the other extractors.")
@click.option("--pages", is_flag=True, help="Name what goes wrong on each page.")
def main(others: str | None, *, pages: bool) -> None:
    """Score this project and others on the labelled pages."""
    labels = read_labels()
    found = {_OURS: {label.name: ours(label) for label in labels}}
    if others:
        found |= _theirs(others, labels)
    click.echo(f"{len(labels)} pages, {sum(len(each.blocks) for each in labels)} blocks")
    for name, kept in found.items():
        total = Score()
        for label in labels:
            total.add(score(label, kept[label.name]))
        measures = (f"{key} {value:.3f}" for key, value in total.measures().items())
        click.echo(f"{name:>17}: {', '.join(measures)}")
    if pages:
        for label in labels:
            _say_page(label, found[_OURS][label.name])


if __name__ == "__main__":
    main()
