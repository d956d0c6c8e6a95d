"""Take a page out at once, and keep it out: of the service, the index, later runs and rollbacks."""

from __future__ import annotations

import json
from urllib.parse import urldefrag

from indexer.clock import utc_now
from indexer.encoder import Encoder
from indexer.errors import BusyError, ConfigurationError, IndexNotFoundError
from indexer.layout import DataFolder, Generation, write_durably
from indexer.publish import Contents, publish
from indexer.reader import IndexReader
from indexer.store import Store


def withdraw(data: DataFolder, url: str, encoder: Encoder, *, patience: float = 0.0) -> str:
    """Withdraw a page by its address or its path; the address.

    The running service is told first, then the index is published without the page. When another
    command still works on the folder after ``patience`` seconds, it is a run, which does that when
    it ends. Raises ConfigurationError for a page that is not known.
    """
    store = Store(data.store)
    try:
        page = _page(store, url)
        store.withdraw(page, utc_now())
        tell_service(data, store)
        with data.locked(patience=patience):
            publish_without_withdrawn(data, data.live(), encoder, store)
    except (IndexNotFoundError, BusyError):
        pass  # nothing is published that could hold it, or soon nothing will be
    finally:
        store.close()
    return page


def restore(data: DataFolder, url: str) -> str:
    """Let a withdrawn page in again, with the next run; its address.

    Raises ConfigurationError when it is not withdrawn.
    """
    store = Store(data.store)
    try:
        withdrawn = store.withdrawn()
        ends = [each for each in sorted(withdrawn) if url and each.endswith(url)]
        if url not in withdrawn and len(ends) != 1:
            known = ", ".join(ends or sorted(withdrawn)) or "none is"
            what = "names several withdrawn pages" if ends else "is not withdrawn"
            raise ConfigurationError(f"{url!r} {what} (withdrawn: {known})")
        page = url if url in withdrawn else ends[0]
        store.restore(page)
        tell_service(data, store)
    finally:
        store.close()
    return page


def publish_without_withdrawn(
    data: DataFolder, generation: Generation, encoder: Encoder, store: Store
) -> Generation:
    """A generation as it is when it holds no withdrawn page, else one published without them.

    No page is fetched, extracted or embedded for it.
    """
    withdrawn = store.withdrawn()
    if not withdrawn:
        return generation  # as after nearly every run: the index need not be opened for it
    reader = IndexReader.open(generation, encoder)
    rows = [row for row, each in enumerate(reader.passages) if each.url not in withdrawn]
    if len(rows) == len(reader):
        return generation
    contents = Contents(
        passages=[reader.passages[row] for row in rows],
        vectors=reader.vectors()[rows],
        sources=reader.manifest.sources,
        folders=reader.manifest.folders,
        notices=reader.manifest.notices,
        forced=reader.manifest.forced,
    )
    return publish(data, contents, encoder, store)


def tell_service(data: DataFolder, store: Store) -> None:
    """Write the list of withdrawn pages where every worker of the service looks."""
    write_durably(data.withdrawn, json.dumps(sorted(store.withdrawn())) + "\n")


def _page(store: Store, given: str) -> str:
    url = urldefrag(given)[0]  # results lead to a part of the page
    if store.page(url):
        return url
    ends = [page.url for page in store.pages() if page.url.endswith(url)] if url else []
    if len(ends) == 1:
        return ends[0]
    what = f"names {len(ends)} pages: {', '.join(ends[:5])}" if ends else "was never indexed"
    raise ConfigurationError(f"{url!r} {what}; give the address as search results show it")
