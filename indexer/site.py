"""One source as a run sees it: which address each of its pages is read at and published under."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from indexer.clock import utc_now
from indexer.errors import ConfigurationError
from indexer.folder import ORIGIN
from indexer.layout import DataFolder
from indexer.manifest import sources_of
from indexer.sources import Source, entries
from indexer.store import Store
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


def place(sources: list[Source], store: Store) -> list[Site]:
    """The sites of a run, each with its prefix, which the store remembers from then on.

    The first folder without a real address is served as ``/site/``, further ones by their names.
    A source that was given another folder, site or address is read anew.
    """
    known = {site.source.name: site for site in stored_sites(store)}
    taken = {site.prefix for site in known.values()}
    sites = []
    for source in sources:
        before = known.get(source.name)
        if source.folder is None:
            prefix = ""
        elif source.base_url is not None:
            prefix = source.base_url.rstrip("/") + "/"
        elif before is not None and before.mount:
            prefix = before.prefix
        else:
            prefix = f"{MOUNT}{source.name}/" if MOUNT in taken else MOUNT
        if before is not None and (before.prefix != prefix or _elsewhere(before.source, source)):
            store.forget(source.name)
            _withdraw_there_too(store, before.prefix, prefix)
        taken.add(prefix)
        store.put_source(source.name, source.model_dump_json(), prefix)
        sites.append(Site(source, prefix))
    return sites


def _withdraw_there_too(store: Store, before: str, prefix: str) -> None:
    """A folder's withdrawn pages stay out under the addresses that its pages have from now on."""
    if before and prefix:
        for url in store.withdrawn():
            if url.startswith(before):
                store.withdraw(prefix + url.removeprefix(before), utc_now())


def _elsewhere(before: Source, now: Source) -> bool:
    """Whether a source of the same name is now another site: its pages must not be mixed."""
    sites = [{site_of(url) for url in source.start_urls} for source in (before, now)]
    return before.folder != now.folder or (bool(sites[0]) and not sites[0] & sites[1])


def live_sources(data: DataFolder, file: Path) -> list[Source]:
    """The sources of the live index: as the sources file has them now, else as they were indexed.

    Those that the file disables are left out.

    Raises IndexNotFoundError when nothing was published, ConfigurationError for a bad file.
    """
    names = sources_of(data.live().manifest)
    written = {source.name: source for source in entries(file)} if file.exists() else {}
    store = Store(data.store)
    try:
        known = {site.source.name: site.source for site in stored_sites(store)}
    finally:
        store.close()
    found = [written.get(name) or known[name] for name in names if name in {*written, *known}]
    enabled = [source for source in found if source.enabled]
    if found and not enabled:
        raise ConfigurationError(f"every source of the live index is disabled in {file}")
    return enabled


def stored_sites(store: Store) -> list[Site]:
    """Every site that was ever indexed into a store, by name."""
    return [Site(Source.model_validate_json(text), prefix) for text, prefix in store.sources()]
