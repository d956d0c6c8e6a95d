from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from search.memory import give_back, keep_heap_small
from tests.search_index import ROOT

# Threads that free what others were given; then how much memory there is beside what is in use.
_THREADS = """
import sys, threading
from pathlib import Path
from search.memory import give_back, keep_heap_small
if sys.argv[1] == "small":
    keep_heap_small()
def work():
    kept = [bytes(1000) for _ in range(20_000)]
    del kept[::2], kept
threads = [threading.Thread(target=work) for _ in range(16)]
for each in threads: each.start()
for each in threads: each.join()
give_back()
print(Path("/proc/self/maps").read_text().count("---p"))
"""


def _reserved(heap: str) -> int:
    """Stretches of address space that the heap keeps for later: each further part has one."""
    done = subprocess.run(
        [sys.executable, "-c", _THREADS, heap], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="needs glibc")
def test_threads_share_few_parts_of_the_heap() -> None:
    assert _reserved("small") < _reserved("usual")


def test_another_c_library_has_nothing_to_keep_small(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[object] = []
    monkeypatch.setattr("search.memory.ctypes.CDLL", lambda name: loaded.append(name) or object())
    keep_heap_small()
    give_back()
    assert loaded == [None, None]
