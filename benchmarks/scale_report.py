"""The measurements of ``scale`` as a table, in sentences, and as curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BEGIN = "<!-- grown: written by `python -m benchmarks.scale` -->"
END = "<!-- end of grown -->"
ROWS = {
    "kind": "Dense half (lists looked at, of all)",
    "recall@10": "Recall@10 of the dense half against comparing with all",
    "dense ms": "Dense half alone, median, ms",
    "p50 ms": "Hybrid answer over HTTP, p50, ms",
    "p95 ms": "p95, ms",
    "p99 ms": "p99, ms",
    "filtered p50 ms": "With two filters, p50, ms",
    "filtered p95 ms": "With two filters, p95, ms",
    "memory MB": "Service with 2 workers, PSS, MB",
    "start s": "Service from start to ready, s",
    "swap s": "A worker takes a new index in place of the old, s",
    "publish s": "Publish, nothing embedded, s",
    "again s": "Publish with 100 passages changed, 100 embedded, s",
    "publish peak GB": "Most memory of the publisher (the grown passages too), GB",
    "disk MB": "Index on disk, MB",
    "load": "Load of the machine, mean of the last 15 minutes",
}
CURVES = {
    "p95 ms": "hybrid p95 [ms]",
    "dense ms": "dense half [ms]",
    "memory MB": "service, 2 workers [MB]",
    "publish s": "publish [s]",
    "start s": "start to ready [s]",
    "disk MB": "disk [MB]",
}


def as_markdown(sizes: Sequence[dict[str, Any]], made: str) -> str:
    """A table with a column for each size, and how each row grows."""
    counts = [f"{each['passages']:,}" for each in sizes]
    lines = [f"Measured on {made}.", "", f"| | {' | '.join(counts)} |"]
    lines.append("|---" * (len(sizes) + 1) + "|")
    for name, what in ROWS.items():
        cells = [_cell(name, each.get(name, "not measured")) for each in sizes]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    lines += ["", "![Curves](scale.svg)", ""]
    lines += [f"- {CURVES[name]}: {_growth(name, sizes)}" for name in CURVES]
    return "\n".join(lines)


def _cell(name: str, value: float | str) -> str:
    if isinstance(value, str):
        return value
    if name == "recall@10":
        return f"{value:.3f}"
    return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"  # noqa: PLR2004 - digits enough


def _growth(name: str, sizes: Sequence[dict[str, Any]]) -> str:
    """How a measure grows from the smallest to the largest size, as a power of the passages."""
    first, last = sizes[0], sizes[-1]
    times = last["passages"] / first["passages"]
    ratio = last[name] / first[name]
    power = math.log(ratio) / math.log(times) if times > 1 else 0.0
    return (
        f"{_cell(name, ratio)} times as much for {times:,.0f} times the passages, about the"
        f" {power:.2f}th power of their number."
    )


def draw(sizes: Sequence[dict[str, Any]], file: Path) -> None:
    """Curves of the measures over the number of passages, both logarithmic."""
    from matplotlib import pyplot as plt  # noqa: PLC0415 - only who draws needs it

    figure, panels = plt.subplots(2, 3, figsize=(11, 6), layout="constrained")
    for panel, (name, what) in zip(panels.flat, CURVES.items(), strict=True):
        panel.loglog(
            [each["passages"] for each in sizes], [each[name] for each in sizes], marker="o"
        )
        panel.set_title(what)
        panel.set_xlabel("passages")
        panel.grid(visible=True, which="both", alpha=0.3)
        panel.set_ylim(bottom=min(each[name] for each in sizes) / 3)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
