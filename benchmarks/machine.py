"""What a measurement was made on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

# Those of the processor's that decide how fast vectors are multiplied.
SETS = ("avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def machine() -> str:
    """Processor, cores, instruction sets, memory and Python, in a line."""
    processor, sets = processor_of(Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{processor}, {len(os.sched_getaffinity(0))} cores, {', '.join(sets) or 'no vector sets'}"
        f" (looked for: {', '.join(SETS)}), {memory:.0f} GB of memory; Python"
        f" {platform.python_version()}, Linux {platform.release().partition('-')[0]}"
    )


def processor_of(cpuinfo: str) -> tuple[str, list[str]]:
    """The model's name and those of ``SETS`` that it has, from /proc/cpuinfo."""
    values: dict[str, str] = {}
    for line in cpuinfo.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            values.setdefault(name.strip(), value.strip())
    flags = set(values.get("flags", values.get("Features", "")).split())
    return values.get("model name", "unknown processor"), [each for each in SETS if each in flags]
