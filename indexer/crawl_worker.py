"""The crawling process: ``python -m indexer.crawl_worker``, started by ``indexer.crawl``.

A process of its own because Twisted's reactor cannot be started twice in one, and because
whatever a hostile page does to the parsers, it does it here. It reads its job from standard input,
writes frames to standard output, and ends when its parent does.
"""

from __future__ import annotations

import logging
import os
import resource
import select
import sys
import threading
from typing import Any

from indexer.frames import Known, Outlet, Validators, read_frame
from indexer.resolver import ALLOWED_SETTING, PublicOnlyResolver, hosts_of
from indexer.sources import Source

_HANDLER = "indexer.download.BoundedDownloadHandler"
_PARENT_CHECK = 2.0  # seconds
# Bytes of address space; a crawl needs some 0.3 GB. What breaks through every other limit on size
# breaks this process and not the machine.
_MOST_MEMORY = 3 << 30


def settings_of(source: Source) -> dict[str, Any]:
    """Scrapy's settings for one source: only what the crawl needs is switched on."""
    names = source.start_urls + source.sitemaps if source.allow_private else ()
    here = "indexer.middlewares"
    return {
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOADER_MIDDLEWARES": {
            f"{here}.RobotsMiddleware": 100,
            f"{here}.DecompressionMiddleware": 200,
            f"{here}.BackOffMiddleware": 300,
            f"{here}.RedirectMiddleware": 400,
            f"{here}.AddressMiddleware": 500,
            f"{here}.PaceMiddleware": 600,
        },
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "DOWNLOAD_HANDLERS_BASE": {"http": _HANDLER, "https": _HANDLER},
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_MAXSIZE": source.limits.bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "LOG_ENABLED": False,
        "TWISTED_DNS_RESOLVER": PublicOnlyResolver,
        ALLOWED_SETTING: hosts_of(names),
    }


class _OutletHandler(logging.Handler):
    """Sends log lines to the process that started the crawl."""

    def __init__(self, outlet: Outlet) -> None:
        super().__init__(logging.WARNING)
        self._outlet = outlet

    def emit(self, record: logging.LogRecord) -> None:
        # What Scrapy warns of is in the outcomes, with better words.
        if record.name.startswith("scrapy") and record.levelno < logging.ERROR:
            return
        self._outlet.log(record.levelno, record.getMessage().partition("\n")[0][:500])


def _end_with_parent() -> None:
    """End this process at once when standard input closes or the parent is another."""
    parent = os.getppid()
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], _PARENT_CHECK)
        if ready and not os.read(0, 1):
            break
    os._exit(1)


def _validators(told: dict[str, list[Any]]) -> dict[str, Validators]:
    return {
        url: Validators(etag, modified, None if links is None else tuple(links), lastmod)
        for url, (etag, modified, links, lastmod) in told.items()
    }


def run(source: Source, known: Known, outlet: Outlet) -> None:
    """Crawl one source, once in a process; raises whatever broke the crawl itself."""
    # The reactor is installed by the first import that needs one, so these come late.
    from scrapy.crawler import AsyncCrawlerProcess  # noqa: PLC0415

    from indexer.spider import SiteSpider  # noqa: PLC0415

    process = AsyncCrawlerProcess(settings_of(source), install_root_handler=False)
    crawler = process.create_crawler(SiteSpider)
    process.crawl(crawler, source, known, outlet)
    process.start(install_signal_handlers=False)
    if crawler.spider is None:
        raise RuntimeError("the spider did not start")
    if crawler.spider.failure is not None:
        raise crawler.spider.failure


def main() -> None:
    """Read the job, crawl, report."""
    stdout = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing that a library prints may get between the frames
    with os.fdopen(0, "rb", closefd=False) as stdin:
        job = read_frame(stdin)
    if job is None:
        sys.exit("no job on standard input; this module is started by indexer.crawl")
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    outlet = Outlet(stdout)
    logging.getLogger().addHandler(_OutletHandler(outlet))
    source = Source.model_validate_json(job[0]["source"])
    run(source, Known(_validators(job[0]["validators"]), job[0]["done"]), outlet)
    outlet.end()


if __name__ == "__main__":
    main()
