"""The operator's commands: exit statuses, messages, and what goes to which output."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import indexer.__main__ as program
from indexer import cli, inspect_page, run_commands
from indexer.errors import IndexInvalidError
from indexer.layout import DataFolder
from indexer.sources import CrawlLimits, Source, from_site
from tests.commands import exit_status
from tests.fakes import FakeEncoder
from tests.runs import Runs, html, write
from tests.sites import Site, page

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

ROOT = Path(__file__).resolve().parent.parent
PROMPT = CrawlLimits(delay=0, backoff=0, retries=0, timeout=10)
OF_EXTRACT = ["title", "language", "url", "blocks", "dropped", "passages"]
WORDS = "<p>A nurse gives the injection every month.</p>"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``python -m indexer`` in this process: its exit status and both outputs."""

    def prompt_site(site: str, base_url: str | None = None) -> Source:
        return from_site(site, base_url).model_copy(update={"limits": PROMPT})

    monkeypatch.setattr(cli, "SentenceTransformerEncoder", lambda *_, **__: FakeEncoder())
    monkeypatch.setattr(run_commands, "from_site", prompt_site)
    monkeypatch.setattr(
        inspect_page,
        "CrawlLimits",
        partial(CrawlLimits, **PROMPT.model_dump(exclude={"pages", "depth"})),
    )

    def called(*arguments: object) -> tuple[int, str, str]:
        return exit_status(program.main, "indexer", *arguments), *capsys.readouterr()

    return called


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write(tmp_path / "clinic", {"a.html": html("Injections", WORDS)})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where a data folder may come to be."""
    return tmp_path / "net data"


def _sources(folder: Path, text: str, name: str = "sites.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


# What a run says.


def test_a_run_for_a_reader(command: Command, site: Path, root: Path) -> None:
    status, out, err = command("run", "--site", site, "--data", root)
    assert (status, out) == (0, "")
    build = DataFolder(root).live().build_id
    assert f"Published {build}: 1 pages, 1 passages (1 embedded, 0 reused)." in err.splitlines()
    assert err.splitlines()[0] == "crawl clinic: 1 pages, 0 s"
    assert command("run", "--site", site, "--data", root)[2].count(f"live stays {build}") == 1


def test_a_run_for_a_program(command: Command, site: Path, root: Path) -> None:
    status, out, err = command("run", "--site", site, "--data", root, "--json")
    assert status == 0
    assert out.count("\n") == 1
    report = json.loads(out)
    assert (report["pages"], report["published"]) == (1, True)
    assert (root / f"runs/{report['run_id']}.json").read_text() == out.rstrip("\n")
    assert "Published" not in err
    assert "crawl clinic" in err


def test_settings_come_from_the_environment(
    command: Command, site: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NET_DATA", str(root))
    monkeypatch.setenv(
        "NET_SOURCES", str(_sources(root.parent, f'[[source]]\nname="s"\nfolder="{site}"'))
    )
    given: list[tuple[Any, ...]] = []
    monkeypatch.setattr(
        cli,
        "SentenceTransformerEncoder",
        lambda *args, **more: (given.append((args, more)), FakeEncoder())[1],
    )
    monkeypatch.setenv("NET_ENCODER", "my/encoder")
    monkeypatch.setenv("NET_BATCH_SIZE", "7")
    assert command("run")[0] == 0
    assert given == [(("my/encoder",), {"batch_size": 7})]
    assert Runs(DataFolder(root)).live.manifest.sources == ("s",)


def test_sites_are_added_and_sources_are_all_there_is(
    command: Command, site: Path, root: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"b.html": html("Scans", WORDS)})
    third = write(tmp_path / "deep/clinic", {"c.html": html("Diet", WORDS)})

    def live(*arguments: object) -> tuple[str, ...]:
        assert command("run", "--data", root, *arguments)[0] == 0
        return Runs(DataFolder(root)).live.manifest.sources

    assert live("--site", site) == ("clinic",)
    assert live("--site", other) == ("other", "clinic")
    assert live("--site", other, "--only") == ("other",)
    assert live("--site", site, "--site", other, "--site", third) == ("clinic", "other", "clinic-2")
    file = _sources(tmp_path, '[[source]]\nname = "mine"\nfolder = "other"\n')
    assert live("--sources", file) == ("mine",)


def test_a_folder_with_a_real_address(command: Command, site: Path, root: Path) -> None:
    arguments = ("run", "--site", site, "--base-url", "https://clinic.example/", "--data", root)
    assert command(*arguments)[0] == 0
    assert Runs(DataFolder(root)).urls == ["https://clinic.example/a.html"]


def test_a_site_on_the_web(command: Command, root: Path) -> None:
    with Site({"/": page("A nurse gives the injection every month.")}) as served:
        status, out, _ = command("run", "--site", served.url(), "--data", root, "--json")
        assert status == 0
        assert json.loads(out)["answers"] == {"200": 1}
        assert Runs(DataFolder(root)).urls == [served.url()]
        address = served.url()
    # And when it is away, the index stays.
    build = DataFolder(root).live().build_id
    status, out, err = command("run", "--site", address, "--data", root, "--json")
    assert (status, out) == (1, "")
    last = err.splitlines()[-1]
    assert last.startswith(f"error: no page of {address} could be read: {address}: ")
    assert last.endswith("connection refused; nothing was published")
    assert DataFolder(root).live().build_id == build


# What goes wrong.

BAD_SOURCES = {
    "not TOML": ("[[source]\n", "sources file {file}: "),
    "no list": ('source = "a"\n', "sources file {file}: each source begins with [[source]]"),
    "nothing": ("", "sources file {file} has no enabled [[source]]"),
    "none enabled": (
        '[[source]]\nname = "a"\nstart_urls = ["https://a.example/"]\nenabled = false\n',
        "sources file {file} has no enabled [[source]]",
    ),
    "no name": ('[[source]]\nfolder = "."\n', "sources file {file}, source number 1: name: "),
    "bad name": ('[[source]]\nname = "A B"\nfolder = "."\n', "sources file {file}, source A B: name"),
    "misspelt": (
        '[[source]]\nname = "a"\nfolder = "."\nexlude = []\n', "sources file {file}, source a: exlude: "
    ),
    "second": (
        '[[source]]\nname = "a"\nfolder = "."\n[[source]]\nname = "b"\n',
        "sources file {file}, source b: Value error, give either folder or start_urls",
    ),
    "twice": (
        '[[source]]\nname = "a"\nfolder = "."\n[[source]]\nname = "a"\nfolder = "."\n',
        "sources file {file}: the name a is used twice",
    ),
    "folder": (
        '[[source]]\nname = "a"\nfolder = "none"\n', "sources file {file}, source a: no folder "
    ),
    "URL": (
        '[[source]]\nname = "a"\nstart_urls = ["ftp://a.example/"]\n',
        "sources file {file}, source a: Value error, not an http(s) URL: 'ftp://a.example/'",
    ),
    "pattern": (
        '[[source]]\nname = "a"\nfolder = "."\ninclude = ["("]\n',
        "sources file {file}, source a: include.0: Value error, not a regular expression: ",
    ),
    "limit": (
        '[[source]]\nname = "a"\nfolder = "."\n[source.limits]\npages = 0\n',
        "sources file {file}, source a: limits.pages: ",
    ),
    "audience": (
        '[[source]]\nname = "a"\nfolder = "."\naudience = "all"\n',
        "sources file {file}, source a: audience: ",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_SOURCES)
def test_broken_sources_are_named(command: Command, root: Path, tmp_path: Path, kind: str) -> None:
    text, message = BAD_SOURCES[kind]
    file = _sources(tmp_path, text)
    status, out, err = command("run", "--sources", file, "--data", root)
    assert (status, out) == (2, "")
    assert err.startswith("error: " + message.format(file=file))
    assert len(err.splitlines()) == 1
    assert not root.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ("run", "--site", "{tmp}/none"),
            2,
            "--site '{tmp}/none' does not exist; give a folder, or",
        ),
        (
            ("run", "--site", "{tmp}/clinic/a.html"),
            2,
            "--site '{tmp}/clinic/a.html' is a file; give",
        ),
        (
            ("run", "--site", "ftp://a.example/"),
            2,
            "--site 'ftp://a.example/' does not exist; give",
        ),
        (("run", "--site", "http://"), 2, "--site 'http://' needs a host"),
        (("run", "--site", "http://[::1"), 2, "--site 'http://[::1' is not a usable URL"),
        (
            ("run", "--site", "{tmp}/empty"),
            1,
            "{tmp}/empty has no pages (.html, .htm or .pdf files)",
        ),
        (("run", "--site", "{tmp}/clinic", "--base-url", "x"), 2, "--base-url 'x': "),
        (("run", "--base-url", "https://a.example/"), 2, "--base-url goes with a folder given to"),
        (("run", "--sources", "{tmp}/none.toml"), 2, "sources file {tmp}/none.toml: "),
        (
            ("run", "--site", "{tmp}/clinic", "--data", "{tmp}/clinic/a.html/data"),
            1,
            "cannot write to the data folder {tmp}/clinic/a.html/data: Not a directory; give another",
        ),
        (
            ("run", "--site", "{tmp}/clinic", "--data", "{tmp}/clinic/a.html"),
            1,
            "cannot write to the data folder {tmp}/clinic/a.html: ",
        ),
        (
            ("status", "--data", "{tmp}/none"),
            1,
            "no index in {tmp}/none: run `python -m indexer run",
        ),
        (("status", "--data", "{tmp}/clinic/a.html"), 1, "cannot read {tmp}/clinic/a.html/index/"),
        (
            ("extract", "{tmp}/none.html"),
            2,
            "{tmp}/none.html: No such file or directory; give a URL",
        ),
        (("extract", "{tmp}"), 2, "{tmp}: Is a directory; give a URL, an HTML file or a PDF"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_goes_wrong_has_its_status_and_message(
    command: Command, site: Path, arguments: tuple[str, ...], status: int, message: str
) -> None:
    tmp = site.parent
    (tmp / "empty").mkdir()
    arguments = tuple(each.format(tmp=tmp) for each in arguments)
    if arguments[0] == "run" and "--data" not in arguments:
        arguments += ("--data", str(tmp / "net data"))
    found, out, err = command(*arguments)
    assert (found, out) == (status, "")
    assert err.startswith("error: " + message.format(tmp=tmp))
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("nonsense",), "nonsense"),
        (("run", "--nonsense"), "--nonsense"),
        (("run", "stray"), "stray"),
        (("run", "--site"), "--site"),
        (("extract",), "URL_OR_FILE"),
        (("status", "stray"), "stray"),
        ((), "Usage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_usage(command: Command, arguments: tuple[str, ...], named: str) -> None:
    status, out, err = command(*arguments)
    assert (status, out) == (2, "")
    assert named in err


@pytest.mark.parametrize("arguments", [("run",), ("status",), ("extract", "a.html")])
def test_a_bad_setting_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NET_BATCH_SIZE", "x")
    status, out, err = command(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: setting NET_BATCH_SIZE: ")
    assert err.endswith("not 'x'\n")


def _raises(error: BaseException) -> Callable[..., Any]:
    def raising(*_args: Any, **_more: Any) -> Any:
        raise error

    return raising


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device"), "error: [Errno 28] No space left on device"),
        (sqlite3.OperationalError("disk is full"), "error: disk is full"),
        (KeyboardInterrupt(), ""),
    ],
)
def test_trouble_from_outside_is_no_traceback(
    command: Command,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    said: str,
) -> None:
    root = site.parent / "net data"
    assert command("run", "--site", site, "--data", root)[0] == 0
    build = DataFolder(root).live().build_id
    write(site, {"b.html": html("Scans", WORDS)})
    monkeypatch.setattr("indexer.pipeline.promote", _raises(error))
    status, out, err = command("run", "--site", site, "--data", root, "--json")
    assert (status, out) == (1, "")
    assert err.rstrip("\n").splitlines()[-1] == said or not said
    assert "Traceback" not in err
    assert DataFolder(root).live().build_id == build


def test_a_store_that_is_none(command: Command, site: Path, root: Path) -> None:
    root.mkdir()
    (root / "store.sqlite").write_bytes(b"not a database" * 100)
    status, out, err = command("run", "--site", site, "--data", root)
    assert (status, out) == (1, "")
    assert err.startswith(
        f"error: cannot open the store {root}/store.sqlite: file is not a database"
    )


def test_two_runs_at_once(command: Command, site: Path, root: Path) -> None:
    data = DataFolder(root)
    data.create()
    with data.locked():
        status, out, err = command("run", "--site", site, "--data", root)
    assert (status, out) == (1, "")
    assert err == f"error: another run is working on {root}; wait for it, or use another --data\n"
    assert command("run", "--site", site, "--data", root)[0] == 0


# The other commands.


def _check_contract(shown: dict[str, Any]) -> None:
    assert list(shown)[: len(OF_EXTRACT)] == OF_EXTRACT
    assert all(isinstance(shown[name], str) for name in OF_EXTRACT[:3])
    for kind, keys in (
        ("blocks", {"kind": str, "text": str, "headings": list}),
        ("dropped", {"reason": str, "text": str}),
        ("passages", {"text": str, "headings": list, "tokens": int, "link": str}),
    ):
        assert shown[kind], kind
        for each in shown[kind]:
            assert {key: type(value) for key, value in each.items()} == keys


def test_extract_for_a_program(command: Command, tmp_path: Path) -> None:
    body = html("{}", f"<nav>Menu</nav>{WORDS}")
    names = ["b", "a", "ü c", "b"]
    for name in names:
        write(tmp_path, {f"{name}.html": body.replace("{}", name)})
    with Site({"/": page("web", head="<title>A page</title>")}) as site:
        site.routes["/"] = page(f"<nav>Menu</nav><h1>web</h1>{WORDS}")
        status, out, err = command(
            *("extract", "--json", *(tmp_path / f"{name}.html" for name in names), site.url())
        )
        address = site.url()
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 5
    shown = [json.loads(line) for line in lines]
    for each in shown:
        _check_contract(each)
    assert [each["title"] for each in shown[:4]] == names
    assert shown[2]["url"] == (tmp_path / "ü c.html").as_uri()
    assert "ü c" in lines[2]
    assert lines[0] == lines[3]
    assert shown[4]["url"] == address
    assert shown[4]["passages"][0]["text"] == "A nurse gives the injection every month."


def test_extract_for_a_reader(command: Command, site: Path) -> None:
    status, out, err = command("extract", site / "a.html")
    assert (status, err) == (0, "")
    assert out.startswith("Injections\n")
    assert "passage 1" in out
    assert "\x1b" not in out, "no colours where no terminal is"


def test_extract_names_what_it_cannot_read_and_goes_on(command: Command, site: Path) -> None:
    status, out, err = command("extract", "--json", site / "a.html", site / "none", site / "a.html")
    assert status == 1
    assert len(out.splitlines()) == 2
    assert (
        err == f"error: {site}/none: No such file or directory; give a URL, an HTML file or a PDF\n"
    )
    assert command("extract", site / "none")[0] == 2  # alone, it is the argument that is wrong


def test_extract_writes_a_page_that_shows_all_of_it(
    command: Command, site: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.html"
    pages = (site / "a.html", site / "none", site / "a.html")
    status, out, _ = command("extract", *pages, "--html", report)
    assert status == 1
    assert "passage 1" in out
    assert "2 pages" in report.read_text(encoding="utf-8")


def test_extract_by_the_rules_of_a_source(command: Command, site: Path, tmp_path: Path) -> None:
    sources = tmp_path / "sources.toml"
    rules = 'audience = "carer"\ncontent_selector = "h1"\n'
    sources.write_text(f'[[source]]\nname = "clinic"\nfolder = "{site}"\n{rules}')
    asked = ("extract", site / "a.html", "--json", "--sources", sources, "--source")
    shown = _one_object(command(*asked, "clinic")[1])
    assert shown["audience"] == "carer"
    assert {block["text"] for block in shown["blocks"]} == {"Injections"}
    status, _, err = command(*asked, "ward")
    assert status == 2
    assert err.endswith("has no enabled source 'ward', but clinic\n")


def test_status(command: Command, site: Path, root: Path) -> None:
    command("run", "--site", site, "--data", root)
    build = DataFolder(root).live().build_id
    status, out, err = command("status", "--data", root)
    assert (status, err) == (0, "")
    assert out.startswith(f"Live: {build}, 1 pages, 1 passages")
    status, out, err = command("status", "--data", root, "--json")
    assert (status, err) == (0, "")
    assert out.count("\n") == 1
    assert json.loads(out)["build_id"] == build


@pytest.mark.parametrize(
    "arguments", [("-h",), ("run", "--help"), ("extract", "-h"), ("status", "-h")]
)
def test_help_is_no_failure(command: Command, arguments: tuple[str, ...]) -> None:
    status, out, _ = command(*arguments)
    assert status == 0
    assert "Usage" in out


# What is live, looked at and changed.


def test_again_indexes_what_is_live_and_nothing_else(
    command: Command, site: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write(tmp_path / "other", {"b.html": html("Scans", WORDS)})
    assert command("run", "--site", site, "--site", other, "--data", root)[0] == 0
    sources = _sources(tmp_path, '[[source]]\nname = "mine"\nfolder = "other"\n')
    monkeypatch.setenv("NET_SOURCES", str(sources))
    write(site, {"c.html": html("Diet", WORDS)})
    status, out, _ = command("run", "--again", "--data", root, "--json")
    assert status == 0
    report = json.loads(out)
    assert (report["sources"], report["pages"], report["published"]) == (
        ["clinic", "other"],
        3,
        True,
    )
    assert Runs(DataFolder(root)).live.manifest.sources == ("clinic", "other")


def test_again_takes_a_source_as_the_sources_file_has_it_now(
    command: Command, site: Path, root: Path, tmp_path: Path
) -> None:
    text = f'[[source]]\nname = "mine"\nfolder = "{site}"\n'
    file = _sources(tmp_path, text)
    assert command("run", "--sources", file, "--data", root)[0] == 0
    file.write_text(text + 'audience = "patient"\n')
    assert command("run", "--again", "--sources", file, "--data", root)[0] == 0
    assert {each.audience for each in Runs(DataFolder(root)).passages} == {"patient"}


def test_again_leaves_out_what_the_sources_file_disables(
    command: Command, site: Path, root: Path, tmp_path: Path
) -> None:
    other = write(
        tmp_path / "other", {"a.html": html("Other", "<p>Something else to be read.</p>")}
    )
    first = f'[[source]]\nname = "mine"\nfolder = "{site}"\n'
    second = f'[[source]]\nname = "theirs"\nfolder = "{other}"\n'
    file = _sources(tmp_path, first + second)
    assert command("run", "--sources", file, "--data", root)[0] == 0
    file.write_text(first + second + "enabled = false\n")
    assert command("run", "--again", "--sources", file, "--data", root)[0] == 0
    assert {each.source for each in Runs(DataFolder(root)).passages} == {"mine"}
    file.write_text(first + "enabled = false\n" + second + "enabled = false\n")
    status, _, err = command("run", "--again", "--sources", file, "--data", root)
    assert status == 2
    assert "every source of the live index is disabled" in err


def test_one_site_is_named_once(command: Command, root: Path) -> None:
    given = ("--site", "https://x.example/a/", "--site", "https://x.example/b/")
    status, _, err = command("run", *given, "--data", root)
    assert status == 2
    assert "--site names one site twice" in err


@pytest.mark.parametrize(
    "more", [("--site", "{site}"), ("--only",), ("--base-url", "https://a.example/")]
)
@pytest.mark.parametrize("name", ["run", "plan"])
def test_again_takes_no_other_site(
    command: Command, site: Path, root: Path, name: str, more: tuple[str, ...]
) -> None:
    given = [each.format(site=site) for each in more]
    status, out, err = command(name, "--again", *given, "--data", root)
    assert (status, out) == (2, "")
    assert err == "error: --again takes the sites from the live index; name no other\n"


@pytest.mark.parametrize("name", ["run", "plan"])
def test_again_needs_a_live_index(command: Command, root: Path, name: str) -> None:
    status, out, err = command(name, "--again", "--data", root)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: no index in {root}: ")


def test_a_page_that_says_little_is_taken_when_it_is_accepted(
    command: Command, site: Path, root: Path
) -> None:
    write(site, {"a.html": html("Injections", WORDS * 10)})
    assert command("run", "--site", site, "--data", root)[0] == 0
    write(site, {"a.html": html("Injections", "<p>Ask your nurse about them.</p>")})
    status, out, _ = command("run", "--site", site, "--data", root, "--json")
    assert status == 0
    assert json.loads(out)["states"] == {"stale": 1}
    accept = ("run", "--site", site, "--data", root, "--json", "--accept")
    assert json.loads(command(*accept, "/site/other.html")[1])["states"] == {"stale": 1}
    assert json.loads(command(*accept, "/site/a.html")[1])["states"] == {"active": 1}
    (passage,) = Runs(DataFolder(root)).passages
    assert passage.text == "Ask your nurse about them."


def test_a_plan_for_a_reader(command: Command, site: Path, root: Path) -> None:
    assert command("run", "--site", site, "--data", root)[0] == 0
    build = DataFolder(root).live().build_id
    write(site, {"a.html": html("Injections", WORDS.replace("month", "week"))})
    status, out, err = command("plan", "--site", site, "--data", root)
    assert status == 0
    assert out.splitlines() == [
        f"A run would publish a new index in place of {build}: 1 pages, 1 passages, 1 of them"
        " embedded for this plan and kept for the run.",
        "Changed in (no section): 1",
        "  /site/a.html",
        "    Injections: A nurse gives the injection every [-month.-] {+week.+}",
    ]
    assert err.splitlines()[0] == "crawl clinic: 1 pages, 0 s"
    assert DataFolder(root).live().build_id == build


def test_a_plan_for_a_program(command: Command, site: Path, root: Path) -> None:
    status, out, err = command("plan", "--site", site, "--data", root, "--json")
    assert status == 0
    made = _one_object(out)
    assert (made["live"], made["publishes"], made["new"]) == ("", True, {"": ["/site/a.html"]})
    assert "crawl clinic" in err
    assert DataFolder(root).generations() == []


def test_a_plan_knows_the_other_sites_that_are_live(
    command: Command, site: Path, root: Path, tmp_path: Path
) -> None:
    other = write(tmp_path / "other", {"b.html": html("Scans", WORDS)})
    assert command("run", "--site", other, "--data", root)[0] == 0
    arguments = ("plan", "--site", site, "--data", root, "--json")
    assert _one_object(command(*arguments)[1])["gone"] == []
    assert [each["url"] for each in _one_object(command(*arguments, "--only")[1])["gone"]] == [
        "/site/b.html"
    ]


@pytest.mark.parametrize("time", ["", "x", "0m", "1w", "-1h", "1.5h"])
def test_a_time_between_runs_that_is_none(
    command: Command, site: Path, root: Path, time: str
) -> None:
    status, out, err = command("run", "--site", site, "--data", root, f"--every={time}")
    assert (status, out) == (2, "")
    assert err == f"error: --every {time!r} is no time such as 90s, 30m, 6h or 1d\n"
    assert not root.exists()


@pytest.mark.parametrize("given", [("--every", "2h"), ("--every=2h",)], ids=" ".join)
def test_runs_again_and_again_are_the_same_run_without_the_time(
    command: Command,
    site: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: tuple[str, ...],
) -> None:
    asked: list[tuple[int, list[str]]] = []
    monkeypatch.setattr(
        "indexer.schedule.run_every",
        lambda interval, arguments: asked.append((interval, list(arguments))),
    )
    assert command("run", "--site", site, *given, "--data", root, "--force") == (0, "", "")
    assert asked == [(7200, ["run", "--site", str(site), "--data", str(root), "--force"])]


def test_a_site_that_is_none_is_named_before_the_first_of_many_runs(
    command: Command, tmp_path: Path, root: Path
) -> None:
    status, _, err = command("run", "--site", tmp_path / "none", "--every", "1h", "--data", root)
    assert status == 2
    assert err.startswith(f"error: --site '{tmp_path}/none' does not exist")


def _one_object(out: str) -> dict[str, Any]:
    """What a command with ``--json`` printed: one object on one line."""
    assert out.count("\n") == 1
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def two_builds(command: Command, site: Path, root: Path) -> tuple[str, str]:
    """A folder with an older and a live index."""
    assert command("run", "--site", site, "--data", root)[0] == 0
    older = DataFolder(root).live().build_id
    write(site, {"b.html": html("Scans", WORDS)})
    assert command("run", "--site", site, "--data", root)[0] == 0
    return older, DataFolder(root).live().build_id


def test_every_command_tells_a_program_one_object(
    command: Command, root: Path, tmp_path: Path, two_builds: tuple[str, str]
) -> None:
    older, live = two_builds

    def told(*arguments: object) -> dict[str, Any]:
        status, out, err = command(*arguments, "--data", root, "--json")
        assert (status, err) == (0, "")
        return _one_object(out)

    assert told("verify") == {"ok": True, "wrong": []}
    builds = told("history")["builds"]
    assert [(each["build_id"], each["live"], each["pages"]) for each in builds] == [
        (live, True, 2),
        (older, False, 1),
    ]
    status = told("status")
    assert (status["build_id"], status["pages"], status["runs"]) == (live, 2, [])
    copy = tmp_path / "copy"
    assert told("backup", copy) == {"folder": str(copy), "live": live}
    assert DataFolder(copy).live().build_id == live
    assert told("rollback") == {"live": older}
    assert told("rollback", live) == {"live": live}
    assert told("withdraw", "/b.html") == {"withdrawn": "/site/b.html"}
    assert told("status")["withdrawn"] == ["/site/b.html"]
    assert told("restore", "/b.html") == {"restored": "/site/b.html"}
    assert told("status")["withdrawn"] == []
    assert told("prune") == {"deleted": []}


def test_every_command_tells_a_reader_what_it_did(
    command: Command, root: Path, tmp_path: Path, two_builds: tuple[str, str]
) -> None:
    older, live = two_builds
    copy = tmp_path / "copy"
    for arguments, said in (
        (("verify",), "every index is whole, and the live one holds no withdrawn page"),
        (
            ("backup", copy),
            f"{copy} holds the store and the index {live}; use it with --data {copy}",
        ),
        (("rollback",), f"live: {older}"),
        (("withdraw", "/b.html"), "withdrawn: /site/b.html"),
        (("restore", "/b.html"), "restored: /site/b.html; it is back with the next run"),
        (("prune",), "deleted: nothing"),
    ):
        assert command(*arguments, "--data", root) == (0, f"{said}\n", "")


def test_prune_deletes_all_but_those_that_are_kept(
    command: Command, root: Path, two_builds: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    older, live = two_builds
    monkeypatch.setenv("NET_KEEP_GENERATIONS", "1")
    status, out, _ = command("prune", "--data", root, "--json")
    assert (status, _one_object(out)) == (0, {"deleted": [older]})
    assert [each.build_id for each in DataFolder(root).generations()] == [live]


def test_a_damaged_index_is_told_as_an_object_and_as_a_failure(
    command: Command, root: Path, two_builds: tuple[str, str]
) -> None:
    _, live = two_builds
    (root / "index" / live / "passages.jsonl").write_text("")
    status, out, err = command("verify", "--data", root, "--json")
    assert status == 1
    found = _one_object(out)
    assert found["ok"] is False
    (wrong,) = found["wrong"]
    assert live in wrong
    assert err == f"error: {wrong}\n"
    assert command("verify", "--data", root) == (1, "", err)


def test_a_backup_over_something_is_refused_by_name(
    command: Command, site: Path, root: Path, two_builds: tuple[str, str]
) -> None:
    assert two_builds
    status, out, err = command("backup", site, "--data", root)
    assert (status, out) == (2, "")
    assert err == (f"error: {site} is not an empty folder; a backup is written to a new one\n")


def test_a_refusal_that_force_would_not_lift_does_not_speak_of_it(
    command: Command, site: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.pipeline.build", _raises(IndexInvalidError("planted words")))
    for force in ((), ("--force",)):
        status, out, err = command("run", "--site", site, "--data", root, "--json", *force)
        assert status == 3
        report = _one_object(out)
        assert (report["state"], report["error"]) == ("refused", "new index: planted words")
        assert err.splitlines()[-2:] == [
            "error: new index: planted words",
            "The live index is as it was.",
        ]
        assert "--force" not in err


def test_as_a_program_of_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "indexer", "status", "--data", str(tmp_path / "none")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: no index in {tmp_path}/none: ")
    assert len(done.stderr.splitlines()) == 1
