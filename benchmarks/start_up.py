"""Time from the start of a service to its first answer, and its memory, beside the bare recipe.

    python -m benchmarks.start_up --data DIR

Both services start in turn, so that what else the machine does hits them alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

import click

from benchmarks.load_service import Service, bare, ours
from search.settings import SearchSettings, load_settings

_QUESTION = "side+effects+of+PRRT"
_PATIENCE = 120  # seconds
_LOOK = 0.02  # seconds between two tries


class Starting(Service):
    """A service that is not waited for: whoever enters may ask as soon as it listens."""

    def _wait(self) -> None:
        self.listen()


def first_answer(service: Service) -> float:
    """Seconds from the start of a service to its first answer."""
    began = time.monotonic()
    with service:
        while time.monotonic() < began + _PATIENCE:
            connection = HTTPConnection("127.0.0.1", service.port or 1, timeout=_PATIENCE)
            try:
                connection.request("GET", service.path + _QUESTION)
                if connection.getresponse().status == 200:  # noqa: PLR2004 - HTTP's OK
                    return time.monotonic() - began
            except (OSError, HTTPException):
                time.sleep(_LOOK)
            finally:
                connection.close()
    raise SystemExit(f"{service.name} gave no answer in {_PATIENCE} s")


def memory(made: Callable[[SearchSettings], Service], settings: SearchSettings) -> float:
    """PSS of all processes of a service in MB, after every worker has answered something."""
    with made(settings) as service:
        for _ in range(20 * settings.workers):
            connection = HTTPConnection("127.0.0.1", service.port, timeout=_PATIENCE)
            connection.request("GET", service.path + _QUESTION)
            connection.getresponse().read()
            connection.close()
        return sum(each["pss"] for each in service.memory())


@click.command()
@click.option("--data", help="Data folder.")
@click.option("--rounds", default=5, show_default=True)
def main(data: str | None, rounds: int) -> None:
    """Print medians and the median ratio of the pairs, then memory by workers."""
    settings = load_settings(data=data)
    pairs = []
    for _ in range(rounds):
        before, after = (first_answer(made(settings, Starting)) for made in (bare, ours))
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
