"""What ``load`` found, as plain tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

_WHOLE = 10  # from here on no decimals are shown


def as_text(found: dict[str, Any]) -> str:
    """The tables of either kind of run."""
    threads = found["threads"]
    lines = [
        f"index {found['index_version']}: {found['passages']} passages; {found['cores']} cores,"
        f" {found['workers']} workers; threads of a worker: {threads['bare']} bare,"
        f" {threads['ours']} ours"
    ]
    if "mixed" in found:
        lines += _mixed(found["mixed"])
        lines += _memory({name: found["memory"][name] for name in ("start", "publish", "end")})
    else:
        lines += _closed(found["closed"])
        lines.append(f"the client took {found['client_cpu']:.0%} of one core")
        lines += _overload(found.get("overload", {}))
        after = found["publish"]["memory"]
        lines += _memory({**found["memory"], "ours, after a publish": after})
    lines += [f"publish: {error}" for error in found["publish"]["errors"]]
    return "\n".join([*lines, f"errors: {found['errors']['all']}"])


def _closed(closed: dict[str, Any]) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("clients", "", "answers/s", "p50 ms", "p95 ms", "p99 ms", "errors")
    ]
    for clients, sides in closed.items():
        for side, each in sides.items():
            measures = (each[name] for name in ("per_second", "p50", "p95", "p99"))
            name = "ours/bare" if side == "ratio" else side
            rows.append((clients, name, *map(_cell, measures), _errors(each.get("errors"))))
    return ["", *_table(rows)]


def _overload(overload: dict[str, Any]) -> list[str]:
    names = ("asked", "answered", "p50", "p95", "refused", "refused_p95", "drained_after")
    heads: tuple[str, ...] = (
        "asked",
        "200",
        "p50 ms",
        "p95 ms",
        "503",
        "p95 ms of 503",
        "last answer after s",
    )
    heads = ("times capacity", "asked/s", *heads, "client late ms", "errors")
    rows = [heads]
    for times, each in overload.items():
        cells = map(_cell, (each["per_second"], *(each[name] for name in names)))
        rows.append((times, *cells, _cell(each["client_late_p95"]), _errors(each["errors"])))
    return ["", *_table(rows)] if overload else []


def _mixed(mixed: dict[str, Any]) -> list[str]:
    asked = ", ".join(f"{count} {kind}" for kind, count in sorted(mixed["asked"].items()))
    pss = mixed["pss_mb"]
    return [
        "",
        f"{mixed['answers']} answers in {mixed['seconds']} s ({asked}); by status:"
        f" {_errors(mixed['statuses'])}",
        f"{mixed['publishes']} publishes, the longest {mixed['longest_publish_s']} s;"
        f" {mixed['versions']} versions answered",
        f"median {mixed['median_ms']} ms, longest {mixed['longest_ms']} ms"
        f" ({mixed['longest_kind']})",
        f"PSS of all processes, MB: median of the first third {pss['first_third']}, of the last"
        f" {pss['last_third']}, most {pss['most']}",
        f"errors: {_errors(mixed['errors']) or 'none'}",
    ]


def _memory(memory: dict[str, list[dict[str, float]]]) -> list[str]:
    rows: list[tuple[str, ...]] = [("memory, MB", "process", "PSS", "RSS")]
    for name, processes in memory.items():
        for number, each in enumerate(processes):
            process = f"worker {number}" if number else "master"
            rows.append((name, process, _cell(each["pss"]), _cell(each["rss"])))
        total = [sum(each[kind] for each in processes) for kind in ("pss", "rss")]
        rows.append((name, "all", *map(_cell, total)))
    return ["", *_table(rows)]


def _errors(errors: dict[str, int] | None) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted((errors or {}).items()))


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if isinstance(value, int) or value >= _WHOLE else f"{value:.2f}"


def _table(rows: Sequence[Iterable[str]]) -> list[str]:
    cells = [[*row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
