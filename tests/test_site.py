from __future__ import annotations

from pathlib import Path

import pytest

from indexer.folder import ORIGIN
from indexer.site import MOUNT, Site, place, stored_sites
from indexer.sources import Source
from indexer.store import Store, StoredPage

FOLDER = Source(name="folder", folder=Path("/srv/folder"))
OTHER = Source(name="other", folder=Path("/srv/other"))
MIRROR = Source(name="mirror", folder=Path("/srv/m"), base_url="https://example.org/nets")
WEB = Source(name="web", start_urls=("https://www.example.org/a",))


@pytest.mark.parametrize(
    ("site", "read_at", "published", "path"),
    [
        (Site(FOLDER, "/site/"), ORIGIN + "a/", "/site/a/", "/a/"),
        (Site(FOLDER, "/site/folder/"), ORIGIN + "a.html", "/site/folder/a.html", "/a.html"),
        (
            Site(MIRROR, "https://example.org/nets/"),
            ORIGIN + "a/",
            "https://example.org/nets/a/",
            "/nets/a/",
        ),
        (Site(WEB), "https://example.org/a/?b=1", "https://example.org/a/?b=1", "/a/?b=1"),
        (Site(WEB), "https://example.org", "https://example.org", "/"),
    ],
)
def test_addresses(site: Site, read_at: str, published: str, path: str) -> None:
    assert site.published(read_at) == published
    assert site.read_at(published) == read_at
    assert site.path(published) == path


@pytest.mark.parametrize(
    ("source", "url", "held"),
    [
        (FOLDER, ORIGIN + "a", True),
        (FOLDER, "https://example.org/a", False),
        (WEB, "https://www.example.org/b", True),
        (WEB, "http://example.org/b", True),
        (WEB, "https://example.org:8080/b", False),
        (WEB, "https://other.example/b", False),
        (WEB, "https://example.org:port/", False),
    ],
)
def test_holds(source: Source, url: str, held: bool) -> None:
    assert Site(source, MOUNT if source.folder else "").holds(url) is held


def test_what_the_service_serves() -> None:
    assert (Site(FOLDER, MOUNT).mount, Site(FOLDER, MOUNT).folder) == (MOUNT, FOLDER.folder)
    for site in (Site(MIRROR, "https://example.org/nets/"), Site(WEB)):
        assert (site.mount, site.folder) == (None, None)


def test_each_site_gets_its_place(store: Store) -> None:
    sites = place([FOLDER, OTHER, MIRROR, WEB], store)
    assert [site.prefix for site in sites] == [
        "/site/",
        "/site/other/",
        "https://example.org/nets/",
        "",
    ]
    assert [site.source for site in stored_sites(store)] == [FOLDER, MIRROR, OTHER, WEB]


def test_a_place_is_kept_in_later_runs(store: Store) -> None:
    place([FOLDER], store)
    assert [site.prefix for site in place([OTHER], store)] == ["/site/other/"]
    assert [site.prefix for site in place([OTHER, FOLDER], store)] == ["/site/other/", "/site/"]


def test_a_site_with_another_address_is_read_anew(store: Store) -> None:
    place([FOLDER, OTHER], store)
    for source, url in ((FOLDER, "/site/a"), (OTHER, "/site/other/a")):
        store.put(StoredPage(url, source.name, "active"))
    moved = FOLDER.model_copy(update={"base_url": "https://example.org/"})
    assert [site.prefix for site in place([moved], store)] == ["https://example.org/"]
    assert [page.url for page in store.pages()] == ["/site/other/a"]
    back = place([FOLDER], store)[0]
    assert back.prefix == "/site/"
