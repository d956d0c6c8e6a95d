from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from search.app import create_app
from tests.fakes import passage
from tests.search_index import by_words, settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

SECRET = b"SECRET"
SCRIPTS = ("x.js", "a/x.mjs", "X.JS", "x.es")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with its traps; everything that must not be served holds SECRET."""
    top = tmp_path_factory.mktemp("folders")
    root = top / "site"
    for name in ("a/b c", "empty", "plain.d", ".git", "a/.hidden", "über"):
        (root / name).mkdir(parents=True)
    for name, text in {
        "index.html": "<h1>Root</h1><script>alert(1)</script>",
        "a/index.html": "<h1>A</h1>",
        "a/b c/index.htm": "<h1>B C</h1>",
        "a/page.html": "<h1>Page</h1>",
        "über/index.html": "<h1>Über</h1>",
        "plain.d/index.html": "<h1>D</h1>",
        "style.css": "body {}",
        "a/booklet.pdf": "%PDF-1.7",
        **dict.fromkeys(SCRIPTS, "alert(1)"),
        "image.svg": "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "..page.html": SECRET.decode(),
    }.items():
        (root / name).write_text(text, encoding="utf-8")
    for hidden in (root / ".env", root / ".git/config", root / "a/.hidden/index.html"):
        hidden.write_bytes(SECRET)
    (top / "secret.html").write_bytes(SECRET)
    (top / "site-other").mkdir()
    (top / "site-other/index.html").write_bytes(SECRET)
    (root / "out.html").symlink_to(top / "secret.html")
    (root / "outside").symlink_to(top / "site-other")
    (root / "shown.html").symlink_to(root / ".env")
    (root / "inside.html").symlink_to(root / "a/page.html")
    return root


@pytest.fixture(scope="module")
def client(site: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folders = {"/site/": str(site), "/site/other/": str(site / "a")}
    engine = by_words(tmp_path_factory.mktemp("index"), [passage("A")], {"folders": folders})
    return create_app(settings(), engine).test_client()


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/site/", b"<h1>Root</h1>", "text/html"),
        ("/site/index.html", b"<h1>Root</h1>", "text/html"),
        ("/site/a/", b"<h1>A</h1>", "text/html"),
        ("/site/a/index.html", b"<h1>A</h1>", "text/html"),
        ("/site/a/page.html", b"<h1>Page</h1>", "text/html"),
        ("/site/a/b%20c/", b"<h1>B C</h1>", "text/html"),
        ("/site/%C3%BCber/", "<h1>Über</h1>".encode(), "text/html"),
        ("/site/style.css", b"body {}", "text/css"),
        ("/site/image.svg", b"<svg", "image/svg+xml"),
        ("/site/inside.html", b"<h1>Page</h1>", "text/html"),
        ("/site/other/", b"<h1>A</h1>", "text/html"),
        ("/site/other/page.html?x=%3Cscript%3E", b"<h1>Page</h1>", "text/html"),
    ],
)
def test_a_file_of_the_folder(client: FlaskClient, path: str, body: bytes, kind: str) -> None:
    with client.get(path) as answer:
        assert answer.status_code == 200
        assert answer.data.startswith(body)
        assert answer.mimetype == kind
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox"), "a page of the folder can run nothing on our origin"
        assert "allow-scripts" not in policy
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


def test_a_pdf_opens_in_the_browser(client: FlaskClient) -> None:
    with client.get("/site/a/booklet.pdf") as answer:
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"] == "inline"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert "sandbox" not in policy


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_of_the_folder_is_served_as_one(client: FlaskClient, name: str) -> None:
    with client.get(f"/site/{name}") as answer:
        assert answer.data == b"alert(1)"
        assert "script" not in answer.mimetype, "on our origin our own pages could run it"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if name.endswith("x.js"):
            assert answer.mimetype == "text/plain"


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/site", "/site/"),
        ("/site/a", "/site/a/"),
        ("/site/a/b%20c", "/site/a/b%20c/"),
        ("/site/%C3%BCber", "/site/%C3%BCber/"),
        ("/site/plain.d", "/site/plain.d/"),
    ],
)
def test_a_folder_is_sent_on_to_its_slash(client: FlaskClient, path: str, to: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 308
    assert answer.headers["Location"].removeprefix("http://localhost") == to


@pytest.mark.parametrize(
    "path",
    [
        "../secret.html",
        "..%2fsecret.html",
        "%2e%2e/secret.html",
        "%2e%2e%2fsecret.html",
        "%252e%252e%252fsecret.html",
        "a/../../secret.html",
        "a/..%5c..%5csecret.html",
        "../site-other/index.html",
        "..%2fsite-other%2f",
        "%2fetc%2fpasswd",
        "%252fetc%252fpasswd",
        "//etc/passwd",
        "file:///etc/passwd",
        "out.html",
        "outside/",
        "outside/index.html",
        ".env",
        "%2eenv",
        "%252eenv",
        ".git/config",
        "%252egit/config",
        "%25252egit/config",
        "a/.hidden/",
        "a%2f.hidden%2findex.html",
        "a/%252ehidden/index.html",
        "shown.html",
        "..page.html",
        "empty",
        "empty/",
        "missing.html",
        "style.css/x",
        "%00",
        "a%00.html",
        "%ff",
        "x" * 300,
        "a/" * 2500,
    ],
)
def test_what_is_not_in_the_folder_is_not_served(client: FlaskClient, path: str) -> None:
    with client.get(f"/site/{path}", follow_redirects=True) as answer:
        assert answer.status_code == 404
        assert answer.get_json()["error"]["code"] == "not_found"
        assert SECRET not in answer.data
        assert b"root:" not in answer.data


def test_the_folder_is_read_only(client: FlaskClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.open("/site/a/page.html", method=method).status_code == 405


@pytest.mark.parametrize("path", ["/site/", "/site/a/"])
def test_without_a_folder_nothing_is_served(tmp_path: Path, path: str) -> None:
    client = create_app(settings(), by_words(tmp_path, [passage("A")])).test_client()
    answer = client.get(path)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_a_folder_that_has_gone_is_no_failure(tmp_path: Path) -> None:
    folders = {"/site/": str(tmp_path / "gone")}
    engine = by_words(tmp_path, [passage("A")], {"folders": folders})
    assert create_app(settings(), engine).test_client().get("/site/").status_code == 404


def test_a_browser_may_ask_whether_a_file_has_changed(client: FlaskClient) -> None:
    with client.get("/site/style.css") as first:
        tag = first.headers["ETag"]
    with client.get("/site/style.css", headers={"If-None-Match": tag}) as second:
        assert (second.status_code, second.data) == (304, b"")
        assert "sandbox" in second.headers["Content-Security-Policy"]
    with client.get("/site/style.css", headers={"Range": "bytes=900-"}) as third:
        assert third.status_code == 416
        assert third.get_json()["error"]["code"] == "requested_range_not_satisfiable"
        assert third.headers["Content-Range"] == "bytes */7"
