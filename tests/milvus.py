"""A Milvus Lite server for tests, where the optional packages are installed."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MISSING = "pymilvus and milvus-lite are not installed: pip install -r requirements-milvus.txt"


def need_milvus() -> None:
    """Skip the test where Milvus cannot be asked."""
    for module in ("pymilvus", "milvus_lite"):
        pytest.importorskip(module, reason=_MISSING)


@contextmanager
def milvus_lite(folder: Path) -> Iterator[str]:
    """The address of a server in a process of its own, as NET_INDEX gives it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    module = [sys.executable, "-u", "-m", "milvus_lite", "server"]
    process = subprocess.Popen(
        [*module, "--data-dir", str(folder), "--host", "127.0.0.1", "--port", port],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "listening" in process.stdout.readline()
        yield f"milvus+http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
