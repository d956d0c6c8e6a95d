from __future__ import annotations

import os
import socket
from pathlib import Path
from urllib.parse import unquote

import pytest

from indexer.folder import ORIGIN, address_of, file_of, read_folder
from indexer.records import Drop, Fetched
from indexer.sources import CrawlLimits, Source


def _write(root: Path, files: dict[str, bytes]) -> None:
    for name, body in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


def _read(root: Path, known: tuple[str, ...] = (), **changes: object) -> dict[str, Fetched]:
    source = Source.model_validate({"name": "site", "folder": root.resolve(), **changes})
    found = list(read_folder(source, known))
    assert all(each.url == each.final_url for each in found)
    return {each.url.removeprefix(ORIGIN): each for each in found}


def test_pages_are_read_in_order_of_their_paths(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "index.html": b"home",
            "b/index.htm": b"b",
            "a.HTML": b"a",
            "doc.pdf": b"%PDF",
            "x.xhtml": b"x",
            "image.png": b"png",
            "notes.txt": b"notes",
        },
    )
    (tmp_path / "folder.html").mkdir()
    found = _read(tmp_path)
    assert list(found) == ["a.HTML", "b/", "doc.pdf", "", "x.xhtml"]
    assert found[""].body == b"home"
    assert found[""].status == 200
    assert found[""].fetched_at.endswith("Z")
    assert [each.content_type for each in found.values()] == [
        *("text/html", "text/html", "application/pdf", "text/html", "application/xhtml+xml"),
    ]


def test_what_is_left_out_has_its_reason(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "robots.txt": b"User-agent: *\nDisallow: /members/\n",
            "members/a.html": b"secret",
            "print/a.html": b"print",
            "large.html": b"x" * 101,
            "fits.html": b"x" * 100,
        },
    )
    (tmp_path.parent / f"{tmp_path.name}.html").write_bytes(b"outside")
    (tmp_path / "link.html").symlink_to(tmp_path.parent / f"{tmp_path.name}.html")
    (tmp_path / "inside.html").symlink_to(tmp_path / "fits.html")
    found = _read(tmp_path, exclude=("^/print/",), limits=CrawlLimits(bytes=100))
    assert {path: each.drop for path, each in found.items()} == {
        "members/a.html": Drop.ROBOTS,
        "print/a.html": Drop.EXCLUDED,
        "large.html": Drop.TOO_LARGE,
        "link.html": Drop.EXCLUDED,
        "fits.html": None,
        "inside.html": None,
    }
    for each in found.values():
        assert bool(each.detail) is bool(each.drop)
        assert bool(each.body) is not bool(each.drop)


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, {"a.html": b"a"})

    def fail(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("indexer.folder.os.open", fail)
    # Neither can robots.txt, which then forbids everything.
    assert _read(tmp_path)["a.html"].drop is Drop.ROBOTS

    def fail_on_pages(file: Path, _: int) -> int:
        raise FileNotFoundError if file.name == "robots.txt" else PermissionError(13, "denied")

    monkeypatch.setattr("indexer.folder.os.open", fail_on_pages)
    found = _read(tmp_path)["a.html"]
    assert (found.drop, found.detail) == (Drop.UNREACHABLE, "cannot be read: denied")


def test_what_has_a_pages_name_and_is_no_file(tmp_path: Path) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text("secret")
    root = tmp_path / "site"
    _write(root, {"a.html": b"a", "b/c.html": b"c"})
    os.mkfifo(root / "pipe.html")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(root / "socket.html"))
    with (root / "hole.html").open("wb") as file:
        file.truncate(1 << 40)
    targets = {
        "zero.html": "/dev/zero",
        "memory.html": "/proc/self/mem",
        "out.html": str(outside),
        "up.html": "../outside.html",
        "ring.html": "ring.html",
        "nowhere.html": "none",
        "all": str(tmp_path),
        "again": ".",
    }
    for name, target in targets.items():
        (root / name).symlink_to(target)
    found = _read(root)
    assert {path: each.drop for path, each in found.items()} == {
        **dict.fromkeys(["a.html", "b/c.html"]),
        **dict.fromkeys(["hole.html"], Drop.TOO_LARGE),
        **dict.fromkeys(["pipe.html", "socket.html", "nowhere.html"], Drop.UNREACHABLE),
        **dict.fromkeys(
            ["zero.html", "memory.html", "out.html", "up.html", "ring.html"], Drop.EXCLUDED
        ),
    }
    assert "a device or a pipe" in found["pipe.html"].detail


@pytest.mark.parametrize("what", ["pipe", "/dev/zero"])
def test_a_robots_txt_without_end_forbids_everything(tmp_path: Path, what: str) -> None:
    _write(tmp_path, {"a.html": b"a"})
    if what == "pipe":
        os.mkfifo(tmp_path / "robots.txt")
    else:
        (tmp_path / "robots.txt").symlink_to(what)
    found = _read(tmp_path)["a.html"]
    assert (found.drop, found.detail) == (Drop.ROBOTS, "robots.txt forbids it")


def test_a_known_page_whose_file_is_gone(tmp_path: Path) -> None:
    _write(tmp_path, {"a.html": b"a"})
    found = _read(tmp_path, (ORIGIN + "a.html", ORIGIN + "gone/"))
    assert [found[path].drop for path in ("a.html", "gone/")] == [None, Drop.NOT_FOUND]


def test_an_empty_folder_has_no_pages(tmp_path: Path) -> None:
    assert _read(tmp_path) == {}


def test_a_source_on_the_web_is_no_folder() -> None:
    source = Source(name="web", start_urls=("https://example.org/",))
    with pytest.raises(ValueError, match="web has no folder"):
        list(read_folder(source))


@pytest.mark.parametrize(
    ("file", "address"),
    [
        ("index.html", ""),
        ("a/index.html", "a/"),
        ("a/Index.HTM", "a/"),
        ("a/b.html", "a/b.html"),
        ("a b/é.html", "a%20b/%C3%A9.html"),
        ("100%/a#b?.html", "100%25/a%23b%3F.html"),
        ("a:b.html", "a%3Ab.html"),
    ],
)
def test_addresses_and_files(tmp_path: Path, file: str, address: str) -> None:
    assert address_of(Path(file)) == ORIGIN + address
    _write(tmp_path, {file: b"x"})
    expected = None if file.endswith("Index.HTM") else tmp_path / file
    assert file_of(tmp_path, unquote("/" + address)) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/none",
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "//etc/passwd",
        "/a/",
        "/\x00",
        "/link",
        "/ring",
        "/page.html/",
    ],
)
def test_paths_that_stand_for_no_file_in_the_folder(tmp_path: Path, path: str) -> None:
    root = tmp_path / "site"
    (root / "a").mkdir(parents=True)
    (tmp_path / "secret").touch()
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "ring").symlink_to(root / "ring")
    (root / "page.html").touch()
    assert file_of(root, path) is None


def test_hidden_files_are_no_pages(tmp_path: Path) -> None:
    _write(tmp_path, {".secret.html": b"x", ".git/a.html": b"x", "a.html": b"x"})
    source = Source(name="s", folder=tmp_path)
    assert [each.url for each in read_folder(source)] == [ORIGIN + "a.html"]


def test_a_name_that_is_not_utf8_is_left_out_and_named(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("x")
    with open(bytes(tmp_path) + b"/caf\xe9.html", "wb") as file:  # noqa: PTH123 - no such str
        file.write(b"x")
    found = {each.url: each.detail for each in read_folder(Source(name="s", folder=tmp_path))}
    assert found == {ORIGIN + "a.html": "", ORIGIN + "caf%E9.html": "its name is not UTF-8"}
