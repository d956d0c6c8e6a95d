"""The service as an operator starts it, with the real encoder: one start, for it takes seconds.

It answers a visitor; then comes a CMS's hook: it starts a run, says how far that is, and takes the
new index.
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from indexer.layout import DataFolder
from indexer.runs import read_run
from tests.runs import html, write
from tests.search_index import ROOT, sample_data
from tests.serving import DEADLINE, Served

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.model

TOKEN = "a-token-of-the-operator"
KEEP = ("NET_SOURCES", "NET_OPERATOR_TOKEN", "NET_JUDGMENTS")
POLL = 0.05  # seconds between two looks; the run needs the processor more
ENDED = {"published", "unchanged", "refused", "failed", "interrupted"}


def ask(service: Served, method: str, path: str, token: str = TOKEN) -> tuple[int, Any]:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
    status, _, body = service.send(f"{head}Authorization: Bearer {token}\r\n\r\n".encode())
    return status, json.loads(body)


def until_ended(service: Served, job: str) -> list[dict[str, Any]]:
    """What the job said of itself, to its end."""
    said = []
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        said.append(ask(service, "GET", f"/api/v1/jobs/{job}")[1])
        if said[-1]["state"] in ENDED:
            return said
        time.sleep(POLL)
    raise AssertionError(f"the run does not end: {said[-1]}")


def visit(service: Served) -> None:
    """Ask, and follow a result's link to the page that the service shows."""
    status, headers, body = service.get("/readyz")
    assert status == 200
    ready = json.loads(body)
    assert ready["status"] == "ready"
    assert ready["encoder"].startswith("all-MiniLM-L6-v2@")
    assert ready["passages"] > 100
    assert headers["x-content-type-options"] == "nosniff"

    hit = service.json("/api/v1/search?q=side+effects+of+PRRT+zebraword")["hits"][0]
    assert hit["headings"][-1] == "Side effects of PRRT"
    path, _, anchor = hit["link"].removeprefix("http://x").partition("#")
    status, headers, body = service.get(path)
    assert status == 200
    assert f'id="{anchor}"'.encode() in body
    assert headers["content-security-policy"].startswith("sandbox")

    status, _, body = service.get("/?q=side+effects+of+PRRT")
    assert status == 200
    assert f'href="{path}#{anchor}"'.encode() in body


def test_the_sample_is_served_and_a_hook_starts_a_run_that_outlives_the_service(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataFolder(tmp_path / "data")
    shutil.copytree(sample_data(tmp_path_factory), data.root)
    site = tmp_path / "sample"
    shutil.copytree(ROOT / "corpus" / "sample", site)
    sources = write(tmp_path, {"sources.toml": f'[[source]]\nname="sample"\nfolder="{site}"\n'})
    text = html("A new page", "<p>The zebrafish programme is a study of the hospital.</p>")
    write(site, {"treatments/new/index.html": text})
    monkeypatch.setenv("NET_SOURCES", str(sources / "sources.toml"))
    monkeypatch.setenv("NET_OPERATOR_TOKEN", TOKEN)
    monkeypatch.setenv("NET_JUDGMENTS", str(tmp_path / "none.jsonl"))  # asked in another test
    before = data.live().build_id
    serve = ("-m", "search", "serve", "--data", str(data.root), "--port", "0", "--workers", "1")
    with Served(*serve, keep=KEEP) as service:
        visit(service)
        assert ask(service, "POST", "/api/v1/reindex", "a-token-of-another")[0] == 401
        status, job = ask(service, "POST", "/api/v1/reindex")
        assert (status, job["state"]) == (202, "queued")
        said = until_ended(service, job["job_id"])
        assert {each["state"] for each in said} <= {"queued", "running", "published"}
        end = said[-1]
        assert (end["state"], end["error"]) == ("published", ""), end
        assert end["heartbeat"] >= end["started_at"]
        assert data.live().build_id == end["build_id"] != before
        assert end["embedded"] == 1
        until = time.monotonic() + DEADLINE
        while service.json("/readyz")["index_version"] != end["build_id"]:
            assert time.monotonic() < until, "the service does not take the new index"
        hit = service.json("/api/v1/search?q=zebrafish")["hits"][0]
        assert hit["path"] == "/treatments/new/"
        # One more, and the service stops while it is at work.
        _, job = ask(service, "POST", "/api/v1/reindex")
        assert service.stop(signal.SIGTERM) == 0
    assert "zebraword" not in service.said
    assert "Traceback" not in service.said
    # The run goes on, and says so to whoever reads its record, as another service does.
    until = time.monotonic() + DEADLINE
    while (end := read_run(data, job["job_id"]) or {})["state"] not in ENDED:
        assert time.monotonic() < until, end
        time.sleep(POLL)
    assert (end["state"], end["embedded"]) == ("unchanged", 0)
