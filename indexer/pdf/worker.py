"""The reading process: ``python -m indexer.pdf.worker``, started by ``indexer.booklets``.

A process of its own because a hostile PDF may take any time and memory, or end the process that
parses it. It reads one job from standard input, writes one frame to standard output, and ends;
also when its parent does.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from dataclasses import asdict
from typing import Any, BinaryIO

from indexer.frames import read_frame, write_frame
from indexer.records import Drop

_PARENT_CHECK = 1.0  # seconds
_TO_SAY_SO = 64 << 20  # bytes left to report that the memory was used up


def _limit(memory: int, seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory + _TO_SAY_SO))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent() -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK)
    os._exit(1)


def answer(job: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """The frame that tells what a PDF gives, or why it is not read."""
    # Late: the limits hold for whatever these do, and the command line starts without them.
    from indexer.pdf.booklet import content_of  # noqa: PLC0415
    from indexer.pdf.device import RefusedError  # noqa: PLC0415
    from indexer.pdf.drawn import read  # noqa: PLC0415

    try:
        content = content_of(read(body, job["pages"], job["stream"]), job["url"])
        return {"drop": None}, json.dumps(asdict(content)).encode()
    except RefusedError as refused:
        return {"drop": refused.drop, "detail": refused.detail}, b""
    except MemoryError:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        detail = f"reading it takes more than {job['memory'] >> 20} MiB of memory"
        return {"drop": Drop.TOO_LARGE, "detail": detail}, b""


def main() -> None:
    """Read the job, read the PDF, answer."""
    stdout: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may get into the frame
    job = read_frame(sys.stdin.buffer)
    if job is None:
        sys.exit("no job on standard input; this module is started by indexer.booklets")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(job[0]["memory"], job[0]["seconds"])
    write_frame(stdout, *answer(*job))


if __name__ == "__main__":
    main()
