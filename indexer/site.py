"""One source as a run sees it: which address each of its pages is read at and published under."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from indexer.folder import ORIGIN
from indexer.sources import Source
from indexer.urls import site_of

MOUNT = "/site/"  # where the service serves a folder that has no real address


@dataclass(frozen=True, slots=True)
class Site:
    """A source and the prefix that takes the place of ``ORIGIN`` in its pages' addresses."""

    source: Source
    prefix: str = ""  # of a folder: its mount or its real address; "" for a site on the web

    def published(self, url: str) -> str:
        """The address that search results show."""
        if self.prefix and url.startswith(ORIGIN):
            return self.prefix + url[len(ORIGIN) :]
        return url

    def read_at(self, url: str) -> str:
        """The address that a page's links are relative to while it is read."""
        if self.prefix and url.startswith(self.prefix):
            return ORIGIN + url[len(self.prefix) :]
        return url

    def path(self, url: str) -> str:
        """The page's path on its site."""
        parts = urlsplit(self.read_at(url) if self.prefix == self.mount else url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def holds(self, url: str) -> bool:
        """Whether an address that pages are read at belongs to this site."""
        try:
            if self.source.folder is not None:
                return url.startswith(ORIGIN)
            return site_of(url) in {site_of(start) for start in self.source.start_urls}
        except ValueError:
            return False

    @property
    def mount(self) -> str | None:
        """The prefix the service serves this folder under; None when it has a real address."""
        served = self.source.folder is not None and self.source.base_url is None
        return self.prefix if served else None

    @property
    def folder(self) -> Path | None:
        """The folder the service is to serve."""
        return self.source.folder if self.mount else None


def sites_of(sources: list[Source]) -> list[Site]:
    """The sites of one run. A single folder is served as ``/site/``, several by their names."""
    served = [s for s in sources if s.folder is not None and s.base_url is None]
    sites = []
    for source in sources:
        if source in served:
            prefix = MOUNT if len(served) == 1 else f"{MOUNT}{source.name}/"
        else:
            prefix = source.base_url or ""
            prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        sites.append(Site(source, prefix))
    return sites
