from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import socket
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from indexer.errors import EncoderError, IndexerError, IndexInvalidError, StoreError
from search import serve
from search.errors import SettingsError
from search.serve import application
from tests.fakes import AngleEncoder, FakeEncoder
from tests.search_index import settings
from tests.serving import Served, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from indexer.layout import DataFolder
    from tests.conftest import Published

PLANTED = "planted-question-zebra"
# The service as it is, but for an encoder that needs no model.
FAKE = """
import sys
import search.engine, search.serve
from search.settings import load_settings
from tests.fakes import AngleEncoder
search.engine.SentenceTransformerEncoder = lambda name: AngleEncoder()
data = sys.argv[1]
search.serve.serve(lambda: load_settings(data=data, port=0, workers=2))
"""


@pytest.fixture(scope="module")
def served(_published: DataFolder) -> Iterator[Served]:
    with Served("-c", FAKE, str(_published.root)) as service:
        yield service


def _line(length: int) -> bytes:
    """A search whose request line, without its end, has this many bytes."""
    head, tail = b"GET /api/v1/search?q=", b" HTTP/1.1"
    return head + b"x" * (length - len(head) - len(tail)) + tail


END = b"\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (_line(8000) + END, 400, "invalid_q"),
        (_line(9000) + END, 414, "uri_too_long"),
        (_line(200_000) + END, 414, "uri_too_long"),
        (b"GET /healthz HTTP/1.1\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", 431, "headers_too_large"),
        (b"GET /healthz HTTP/1.1\r\nX-A: " + b"b" * 9000 + END, 431, "headers_too_large"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400, "bad_request"),
        (b"hello\r\n\r\n", 400, "bad_request"),
        (b"GET /healthz HTTP/9.9" + END, 400, "bad_request"),
        (b"GET /healthz HTTP/1.1\r\nno header" + END, 400, "bad_request"),
        (b"GET /healthz HTTP/1.1\r\nContent-Length: x" + END, 400, "bad_request"),
        (b"GET /nothing HTTP/1.1" + END, 404, "not_found"),
        (b"PURGE / HTTP/1.1" + END, 405, "method_not_allowed"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_broken_request_gets_the_one_shape(
    served: Served, request_bytes: bytes, status: int, code: str
) -> None:
    found, headers, body = served.send(request_bytes)
    error = json.loads(body)["error"]
    assert (found, error["code"]) == (status, code)
    assert set(error) == {"code", "message", "field", "request_id"}
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    assert error["request_id"] == headers.get("x-request-id", "")
    assert served.get("/healthz")[0] == 200, "it goes on answering"


def test_several_processes_answer_alike(served: Served) -> None:
    answers = [served.json("/api/v1/search?q=direction+90") for _ in range(6)]
    for answer in answers:
        assert answer["hits"][0]["url"] == "http://x/site/prrt/"
        assert answer["hits"] == answers[0]["hits"]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(published: Published, sent: signal.Signals) -> None:
    with Served("-c", FAKE, str(published.data.root)) as service:
        assert service.get(f"/api/v1/search?q={PLANTED}")[0] == 200
        assert service.send(PLANTED.encode() + b"\r\n\r\n")[0] == 400
        assert service.stop(sent) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", service.port), timeout=5)
    assert PLANTED not in service.said
    assert "Traceback" not in service.said


# What cannot be served


def test_without_an_index_it_does_not_start(tmp_path: Path) -> None:
    done = run("serve", "--data", str(tmp_path), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"indexer run --data {tmp_path}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_index_of_another_encoder_does_not_start(published: Published) -> None:
    done = run("serve", "--data", str(published.data.root), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "angle@1" in done.stderr
    assert "all-MiniLM-L6-v2@" in done.stderr
    assert "Traceback" not in done.stderr


def _no_current(published: Published) -> None:
    published.data.current.write_bytes(b"\xff\x00garbage")


def _foreign_current(published: Published) -> None:
    published.data.current.write_text("../../etc")


def _gone(published: Published) -> None:
    published.data.current.write_text("20000101T000000Z-00000000\n")
    shutil.rmtree(published.generation.folder)  # else that one would answer


def _no_manifest(published: Published) -> None:
    published.generation.manifest.write_text("{not json")


def _other_schema(published: Published) -> None:
    values = json.loads(published.generation.manifest.read_text())
    published.generation.manifest.write_text(json.dumps({**values, "schema_version": 99}))


def _altered(published: Published) -> None:
    with published.generation.passages.open("a") as file:
        file.write("\n")


def _no_vectors(published: Published) -> None:
    published.generation.vectors.unlink()


@pytest.mark.parametrize(
    ("damage", "error", "said"),
    [
        (_no_current, StoreError, "CURRENT"),
        (_foreign_current, StoreError, "does not name a build"),
        (_gone, IndexInvalidError, "20000101T000000Z"),
        (_no_manifest, IndexInvalidError, "manifest"),
        (_other_schema, IndexInvalidError, "schema 99"),
        (_altered, IndexInvalidError, r"passages\.jsonl"),
        (_no_vectors, IndexInvalidError, r"vectors\.faiss"),
    ],
)
def test_damaged_data_is_refused_by_name(
    published: Published, monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Published], None], error: type[IndexerError], said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: AngleEncoder())
    application(settings(data=published.data.root))
    damage(published)
    with pytest.raises(error, match=said) as refused:
        application(settings(data=published.data.root))
    assert refused.value.exit_status == 1


def test_a_file_that_one_process_alone_can_open_is_refused(published: Published) -> None:
    asked = settings(data=published.data.root, index="milvus+file:net.db")
    with pytest.raises(SettingsError, match="milvus-lite server --data-dir"):
        application(asked)


def test_an_encoder_that_is_not_there_is_refused_by_name(published: Published) -> None:
    with pytest.raises(EncoderError, match="nobody/nothing"):
        application(settings(data=published.data.root, encoder="nobody/nothing"))


def test_garbage_does_not_start(published: Published) -> None:
    _no_manifest(published)
    done = run("serve", "--data", str(published.data.root), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "manifest" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_encoder_of_the_same_size_is_another(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: FakeEncoder())
    with pytest.raises(IndexInvalidError, match=r"angle@1.*fake@1"):
        application(settings(data=published.data.root))


@pytest.fixture
def _no_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: AngleEncoder())
    monkeypatch.setattr("search.serve.set_up_logs", lambda _: None)
    monkeypatch.setattr("search.live.LiveEngine.watch", lambda _: None)
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_no_model")
def test_a_reload_frees_the_index_of_before(published: Published) -> None:
    given = settings(data=published.data.root)
    server = serve._Server(lambda: given, given, application(given))
    before = weakref.ref(server.callable.extensions["live"].engine)
    assert before() is not None
    server.reload()
    assert before() is None
    assert server.callable.test_client().get("/readyz").status_code == 200


@pytest.mark.usefixtures("_no_model")
def test_no_pool_of_threads_is_left_when_the_index_is_loaded(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[int] = []

    def loaded(_: Any) -> None:
        pools.extend(each["num_threads"] for each in threadpool_info())
        raise KeyboardInterrupt

    monkeypatch.setattr("search.serve.application", loaded)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr("sys.argv", ["search"])
    with threadpool_limits(2), pytest.raises(KeyboardInterrupt):
        serve.serve(lambda: settings(data=published.data.root))
    assert pools
    assert set(pools) == {1}
