"""Read a PDF in a process of its own, within limits: what it gives, or the named reason why not.

This side never loads the PDF library; ``indexer.pdf.worker`` is the other.
"""

from __future__ import annotations

import io
import signal
import subprocess
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter

from indexer.frames import read_frame, write_frame
from indexer.processes import environment, module
from indexer.records import Drop, PageContent

BOOKLET_VERSION = 1  # raised when the same PDF would give other blocks

_CONTENT = TypeAdapter(PageContent)
_WAIT = 3  # times the seconds of work before the process is ended, whatever it waits for
_SNIFFED = 1024  # bytes before which a PDF's mark may stand, as readers allow
_MOST_MESSAGE = 200  # letters of a parser's last words


@dataclass(frozen=True, slots=True)
class BookletLimits:
    """Bounds on reading one PDF. The longest booklets have some 100 pages and 10 MB."""

    pages: int = 500
    seconds: float = 60.0  # of work; on a busy machine they may take as long again, and once more
    memory: int = 1 << 30  # bytes
    stream: int = 100_000_000  # bytes of one stream after it is unpacked


LIMITS = BookletLimits()


class UnreadableError(Exception):
    """A body that gives no content, with the name of the reason."""

    def __init__(self, drop: Drop, detail: str) -> None:
        super().__init__(detail)
        self.drop = drop
        self.detail = detail


def is_pdf(body: bytes) -> bool:
    """Whether a body is meant as a PDF."""
    return b"%PDF-" in body[:_SNIFFED]


def read_booklet(body: bytes, url: str, limits: BookletLimits = LIMITS) -> PageContent:
    """What a PDF gives at an address. Raises UnreadableError."""
    job = io.BytesIO()
    write_frame(job, {"url": url, **asdict(limits)}, body)
    try:
        # Whatever ends this call ends the process too.
        done = subprocess.run(  # noqa: S603 - our own program
            module("indexer.pdf.worker"),
            input=job.getvalue(),
            capture_output=True,
            timeout=_WAIT * limits.seconds,
            env=environment(),
            check=False,
            start_new_session=True,  # a Ctrl-C at the terminal is this process's to handle
        )
    except subprocess.TimeoutExpired as error:
        raise _too_slow(limits) from error
    try:
        answer = read_frame(io.BytesIO(done.stdout))
    except EOFError:
        answer = None
    if answer is None:
        if done.returncode == -signal.SIGXCPU:
            raise _too_slow(limits)
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [
            "it left no message"
        ]
        said = lines[-1][:_MOST_MESSAGE]
        raise UnreadableError(
            Drop.BROKEN, f"reading it ended with status {done.returncode}: {said}"
        )
    head, content = answer
    if head["drop"] is not None:
        raise UnreadableError(Drop(head["drop"]), head["detail"])
    return _CONTENT.validate_json(content)


def _too_slow(limits: BookletLimits) -> UnreadableError:
    return UnreadableError(Drop.TOO_SLOW, f"reading it takes more than {limits.seconds:g} s")
