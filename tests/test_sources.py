from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from indexer.errors import ConfigurationError
from indexer.sources import CrawlLimits, Source, from_site, load, named

START = ("https://example.org/",)


def _source(**values: Any) -> Source:
    return Source(**{"name": "site", "start_urls": START, **values})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "Upper"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "../x"}, "name"),
        ({"start_urls": ()}, "give either folder or start_urls"),
        ({"folder": Path("/a")}, "give either folder or start_urls"),
        ({"start_urls": ("ftp://example.org/",)}, "not an http"),
        ({"start_urls": ("https:///a",)}, "not an http"),
        ({"sitemaps": ("/sitemap.xml",)}, "not an http"),
        ({"base_url": "example.org"}, "not an http"),
        ({"include": ("(",)}, "not a regular expression"),
        ({"audience": "everyone"}, "audience"),
        ({"misspelt": 1}, "misspelt"),
        ({"limits": {"pages": 0}}, "pages"),
        ({"limits": {"page": 5}}, "page"),
    ],
)
def test_what_a_source_cannot_be(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _source(**values)


@pytest.mark.parametrize(
    ("include", "exclude", "path", "wanted"),
    [
        ((), (), "/a", True),
        (("^/a/",), (), "/a/b", True),
        (("^/a/",), (), "/b/a/", False),
        (("^/a/", "b$"), (), "/b", True),
        ((), ("/print/?$",), "/a/print/", False),
        (("^/a/",), ("x",), "/a/x", False),
    ],
)
def test_patterns(
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    path: str,
    wanted: bool,
) -> None:
    assert _source(include=include, exclude=exclude).wants(path) is wanted


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/treatments/prrt/", "treatments"),
        ("/treatments/", "treatments"),
        ("/treatments", "treatments"),
        ("/treatments/prrt.html", "treatments"),
        ("/about.html", ""),
        ("/guide.pdf", ""),
        ("/", ""),
        ("/living/well/", "support"),
        ("/living/well/diet/", "food"),
    ],
)
def test_section_of(path: str, section: str) -> None:
    sections = {"/living/": "support", "/living/well/diet": "food"}
    assert _source(sections=sections).section_of(path) == section


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("https://www.Example.org/a", "www.example.org"),
        ("HTTP://example.org", "example.org"),
        ("http://[::1]:8000/", "1"),
        ("http://bücher.example/", "b-cher.example"),
    ],
)
def test_a_site_by_its_url(site: str, name: str) -> None:
    source = from_site(site)
    assert source.start_urls == (site,)
    assert source.name.startswith(name)
    assert source.allow_private
    assert source.folder is None


@pytest.mark.parametrize(
    ("folder", "name"), [("site", "site"), ("My Site_2", "my-site-2"), ("…", "site")]
)
def test_a_site_by_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    source = from_site(str(tmp_path / folder), "https://example.org/")
    assert (source.name, source.folder) == (name, tmp_path / folder)
    assert source.base_url == "https://example.org/"


@pytest.mark.parametrize(
    ("site", "base_url", "message"),
    [
        ("http://", None, "needs a host"),
        ("http://user:secret@example.org/", None, "no user name"),
        ("http://example.org:port/", None, "not a usable URL"),
        ("http://[::1", None, "not a usable URL"),
        ("{}/nowhere", None, "does not exist; give a folder, or a URL"),
        ("{}/file", None, "is a file"),
        ("ftp://example.org/", None, "does not exist"),
        ("{}", "example.org", "--base-url 'example.org'"),
    ],
)
def test_a_site_that_cannot_be(
    tmp_path: Path, site: str, base_url: str | None, message: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=message):
        from_site(site.format(tmp_path), base_url)


ENTRY = '[[source]]\nname = "{}"\nfolder = "{}"\n'


def _load(tmp_path: Path, text: str) -> list[Source]:
    (tmp_path / "site").mkdir(exist_ok=True)
    file = tmp_path / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_load(tmp_path: Path) -> None:
    found = _load(
        tmp_path,
        ENTRY.format("one", "site")
        + '[source.limits]\npages = 7\n[source.sections]\n"/a/" = "b"\n'
        + '[[source]]\nname = "two"\nstart_urls = ["https://example.org/"]\n'
        + ENTRY.format("off", "no-such-folder")
        + "enabled = false\n",
    )
    assert [source.name for source in found] == ["one", "two"]
    assert found[0].folder == tmp_path / "site"
    assert found[0].limits == CrawlLimits(pages=7)
    assert found[0].sections == {"/a/": "b"}
    assert found[1].start_urls == START


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no enabled"),
        ("[[sauce]]", "no enabled"),
        (ENTRY.format("a", "site") + "enabled = false", "no enabled"),
        ("[[source]\n", "sources file"),
        ("[[source]]\n", "source number 1: name"),
        (ENTRY.format("a", "none"), "source a: no folder"),
        (ENTRY.format("a", "site") + "colour = 1", "source a: colour"),
        (ENTRY.format("a", "site") * 2, "the name a is used twice"),
        # One bracket too few, which is easily done.
        (ENTRY.format("a", "site").replace("[[source]]", "[source]"), r"\[\[source\]\]"),
        ('source = "site"', r"\[\[source\]\]"),
        ("source = [1]", r"\[\[source\]\]"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        _load(tmp_path, text)
    assert "sources.toml" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(ConfigurationError, match=r"latin\.toml"):
        load(tmp_path / "latin.toml")


def test_the_projects_own_sources() -> None:
    found = load(Path(__file__).parent.parent / "corpus" / "sources.toml")
    assert [source.name for source in found] == ["sample"]


def test_patterns_over_queries_and_traps() -> None:
    source = Source(
        name="s",
        start_urls=("http://a/",),
        include=("^/list/$",),
        exclude=("[?&]sort=",),
        never_trap=("^/trials/",),
    )
    assert source.wants_url("http://a/list/")
    assert source.wants_url("http://a/list/?page=2")
    assert not source.wants_url("http://a/list/?page=2&sort=name")
    assert not source.wants_url("http://a/other/")
    assert source.may_trap("http://a/list/?page=2")
    assert not source.may_trap("http://a/trials/7/")


def test_the_audience_is_the_longest_prefixs_then_the_sites() -> None:
    rules = {"/": "patient", "/staff/": "clinician", "/staff/family/": "carer"}
    source = Source(name="a", folder=Path("x"), audiences=rules)
    asked = ("/b", "/staff/b", "/staff/family/b")
    assert [source.audience_of(path) for path in asked] == ["patient", "clinician", "carer"]
    assert Source(name="a", folder=Path("x")).audience_of("/") is None
    assert Source(name="a", folder=Path("x"), audience="carer").audience_of("/") == "carer"


def test_a_source_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text('[[source]]\nname = "a"\nstart_urls = ["https://example.org/"]\n')
    assert named("a", file).name == "a"
    with pytest.raises(ConfigurationError, match=r"no enabled source 'b', but a$"):
        named("b", file)
