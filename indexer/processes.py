"""How this program starts itself in processes of their own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parent.parent)


def module(name: str, *arguments: str) -> list[str]:
    """The command line that runs one of the project's modules with this Python."""
    return [sys.executable, "-P", "-m", name, *arguments]


def environment() -> dict[str, str]:
    """The environment of a process that finds the project where it is not installed."""
    path = os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path}
