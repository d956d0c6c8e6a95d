"""Time from the start of a service to its first answer, and its memory, beside the bare recipe.

    python -m benchmarks.start_up --data DIR

Both services start in turn, so that what else the machine does hits them alike.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable

import click

from benchmarks.load_client import OK, ask
from benchmarks.load_service import Service, bare, ours
from search.settings import SearchSettings, load_settings

_QUESTION = "side effects of PRRT"
_PATIENCE = 120  # seconds
_LOOK = 0.02  # seconds between two tries


def first_answer(service: Service) -> float:
    """Seconds from the start of a service to its first answer."""
    began = time.monotonic()
    with service.at_once():
        while time.monotonic() < began + _PATIENCE:
            if asyncio.run(ask(service.port or 1, service.request(_QUESTION))).status == OK:
                return time.monotonic() - began
            time.sleep(_LOOK)
    raise SystemExit(f"{service.name} gave no answer in {_PATIENCE} s")


def memory(made: Callable[[SearchSettings], Service], settings: SearchSettings) -> float:
    """PSS of all processes of a service in MB, after every worker has answered something."""
    with made(settings) as service:
        for _ in range(20 * settings.workers):
            asyncio.run(ask(service.port, service.request(_QUESTION)))
        return sum(each["pss"] for each in service.memory())


@click.command()
@click.option("--data", help="Data folder.")
@click.option("--rounds", default=5, show_default=True)
def main(data: str | None, rounds: int) -> None:
    """Print medians and the median ratio of the pairs, then memory by workers."""
    settings = load_settings(data=data)
    pairs = []
    for _ in range(rounds):
        before, after = (first_answer(made(settings)) for made in (bare, ours))
        pairs.append((before, after))
    for name, values in zip(("bare", "ours"), zip(*pairs, strict=True), strict=True):
        click.echo(f"{name}: first answer after {statistics.median(values):.1f} s (median)")
    click.echo(f"ours/bare: {statistics.median(b / a for a, b in pairs):.2f}")
    for name, made in (("bare", bare), ("ours", ours)):
        by_workers = [
            memory(made, settings.model_copy(update={"workers": workers})) for workers in (1, 4)
        ]
        click.echo(
            f"{name}: {by_workers[0]:.0f} MB with 1 worker, {by_workers[1]:.0f} with 4,"
            f" {by_workers[1] / by_workers[0]:.2f} times"
        )


if __name__ == "__main__":
    main()
