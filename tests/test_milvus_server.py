from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from indexer.errors import ConfigurationError, VectorsUnreachableError
from tests.milvus import need_milvus
from tests.search_index import ROOT

need_milvus()
from indexer.milvus_server import Server, alias_of  # noqa: E402


def test_a_password_is_not_told() -> None:
    assert str(Server("milvus+https://user:secret@vectors.example:19530/net")) == (
        "vectors.example:19530"
    )
    assert str(Server("milvus+file:/srv/net.db")) == "/srv/net.db"


def test_a_server_that_is_down_is_a_named_error() -> None:
    with pytest.raises(VectorsUnreachableError, match=r"Milvus at 127\.0\.0\.1:1 fails \(has_"):
        Server("milvus+http://127.0.0.1:1").has("net_x")


def test_an_alias_names_one_collection_at_a_time(milvus: str, tmp_path: Path) -> None:
    server, alias = Server(milvus), alias_of(tmp_path)
    for name in ("net_one", "net_two"):
        server.ask("create_collection", name, dimension=2)
    server.switch(alias, "net_one")
    assert server.aliases()[alias] == "net_one"
    server.drop("net_one")
    assert server.has("net_one"), "what answers is not dropped"
    server.switch(alias, "net_two")
    server.switch(alias, "net_two")
    assert server.aliases()[alias] == "net_two"
    server.drop("net_one")
    server.drop("net_one")
    assert not server.has("net_one")


def test_data_folders_have_aliases_of_their_own(tmp_path: Path) -> None:
    assert alias_of(tmp_path / "a") != alias_of(tmp_path / "b")
    assert alias_of(tmp_path / "a" / "..") == alias_of(tmp_path)


_OPENED = """
import sys
from indexer.milvus_server import Server
server = Server("milvus+file:" + sys.argv[1])
print(server.ask("list_collections"))
server.let_go()
import milvus_lite
milvus_lite.MilvusLite(sys.argv[1]).close()
print(server.ask("list_collections"))
"""


def test_a_file_is_opened_and_let_go(tmp_path: Path) -> None:
    """Others can open what was let go of, and it is opened again after them."""
    done = subprocess.run(
        [sys.executable, "-c", _OPENED, str(tmp_path / "net.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "[]\n" * 2), done.stderr


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    monkeypatch.delitem(sys.modules, "indexer.milvus_server")
    with pytest.raises(ConfigurationError, match=r"pip install -r requirements-milvus\.txt"):
        import indexer.milvus_server  # noqa: F401, PLC0415
