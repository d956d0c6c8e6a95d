"""Crawl a site: what every URL of it answered, as an iterator.

The crawl itself runs in a process of its own (``indexer.crawl_worker``); this side starts it,
hands its results on as they come and ends it.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import astuple
from typing import TYPE_CHECKING, BinaryIO, cast

from indexer.errors import ConfigurationError, CrawlError
from indexer.frames import Validators, fetched_of, left_out_of, read_frame, write_frame
from indexer.processes import environment, module
from indexer.urls import normalise_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from indexer.records import Fetched, LeftOut
    from indexer.sources import Source

__all__ = ["Crawl", "Validators", "crawl"]

_logger = logging.getLogger(__name__)
_LAST_LINES = 5  # of the process's standard error that an error message shows
_GRACE = 600.0  # seconds beyond a crawl's time in which what it knows is written down
_PATIENCE = 10.0  # seconds that a process gets to end after its last frame


class Crawl:
    """One crawl. Iterating runs it and gives each URL's outcome; stopping early ends it.

    ``lastmod`` (dates from sitemaps, as written there) and ``links`` (the URLs on the site that a
    page leads to) fill up on the way, both by normalised URL. ``left_out`` is what has no outcome
    of its own, since there was too much of it. An address may have two outcomes: the last counts.
    """

    def __init__(
        self, source: Source, validators: Mapping[str, Validators], done: Mapping[str, str]
    ) -> None:
        self.lastmod: dict[str, str] = {}
        self.links: dict[str, tuple[str, ...]] = {}
        self.left_out: list[LeftOut] = []
        self._source = source
        self._validators = validators
        self._done = done

    def __iter__(self) -> Iterator[Fetched]:
        """Run the crawl. Raises CrawlError when the crawling process breaks."""
        process = _start()
        lines: deque[str] = deque(maxlen=_LAST_LINES)
        drain = threading.Thread(target=_drain, args=(process, lines), daemon=True)
        drain.start()
        # The process ends by itself when its time is over, unless a page has taken hold of it.
        end = threading.Timer(self._source.limits.seconds + _GRACE, process.kill)
        end.daemon = True
        end.start()
        complete = exhausted = False
        try:
            self._hand_over(process)
            for fetched in self._results(cast("BinaryIO", process.stdout)):
                if fetched is None:
                    complete = True
                else:
                    yield fetched
            exhausted = True
        finally:
            status = _stop(process, wait=exhausted)
            end.cancel()
            drain.join()
            cast("BinaryIO", process.stderr).close()
        if not complete:
            raise CrawlError(
                f"the crawl of {self._source.name} broke off (exit status {status}): "
                + (" | ".join(lines) or "it left no message")
            )

    def _hand_over(self, process: subprocess.Popen[bytes]) -> None:
        job = {
            "source": self._source.model_dump_json(),
            "validators": {url: astuple(known) for url, known in self._validators.items()},
            "done": dict(self._done),
        }
        try:
            write_frame(cast("BinaryIO", process.stdin), job)
        except OSError:
            _logger.debug("the crawling process ended before it took its job")

    def _results(self, stream: BinaryIO) -> Iterator[Fetched | None]:
        """Each outcome, and None when the crawl is complete; without it, it broke off."""
        while True:
            try:
                frame = read_frame(stream)
            except EOFError:
                return
            if frame is None:
                return
            head, body = frame
            match head["kind"]:
                case "fetched":
                    yield fetched_of(head, body)
                case "lastmod":
                    self.lastmod.update(head["dates"])
                case "links":
                    self.links[head["url"]] = tuple(map(sys.intern, head["links"]))
                case "left_out":
                    self.left_out.append(left_out_of(head))
                case "log":
                    _logger.log(head["level"], "%s: %s", self._source.name, head["message"])
                case "end":
                    yield None
                    return


def crawl(
    source: Source,
    validators: Mapping[str, Validators] | None = None,
    done: Mapping[str, str] | None = None,
) -> Crawl:
    """The crawl of one source with start URLs; nothing happens until it is iterated.

    ``validators`` hold what is known of pages by the URL that answered (``Fetched.final_url``);
    one that has not changed comes with status 304 and no body. ``done`` are URLs that need not be
    asked again, each with the one that answered: they have no outcome; their links are followed.

    Raises ConfigurationError when the source has no start URL or one that cannot be asked for.
    """
    try:
        starts = [normalise_url(url) for url in (*source.start_urls, *source.sitemaps)]
    except ValueError as error:
        raise ConfigurationError(f"source {source.name}: {error}") from error
    if not starts:
        raise ConfigurationError(f"source {source.name} has no start URL to crawl")
    return Crawl(source, validators or {}, done or {})


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own program
        module("indexer.crawl_worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        # A Ctrl-C at the terminal is this process's to handle; it then ends the other.
        start_new_session=True,
    )


def _drain(process: subprocess.Popen[bytes], lines: deque[str]) -> None:
    for line in cast("BinaryIO", process.stderr):
        if text := line.decode("utf-8", "replace").strip():
            lines.append(text)


def _stop(process: subprocess.Popen[bytes], *, wait: bool) -> int:
    """End the process, at once unless it is ending by itself; close its pipes."""
    if not wait and process.poll() is None:
        process.kill()
    try:
        status = process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    for stream in (process.stdin, process.stdout):
        with suppress(BrokenPipeError):  # a job that was not taken is still in the buffer
            cast("BinaryIO", stream).close()
    return status
