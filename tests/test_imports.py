"""Who may import what: the house rules of DESIGN section 2, read from the sources themselves."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted([*(ROOT / "indexer").glob("**/*.py"), *(ROOT / "search").glob("**/*.py")])

# What the service may know of the indexer: a question is embedded by the very code that embedded
# the passages, and an index is read by the code that checked it.
SHARED = {
    "indexer.converted_encoder",
    "indexer.encoder",
    "indexer.errors",
    "indexer.judgments",
    "indexer.layout",
    "indexer.manifest",
    "indexer.processes",
    "indexer.reader",
    "indexer.records",
    "indexer.report",
    "indexer.runs",
    "indexer.settings_file",
}
FLASK = {
    f"search/{name}.py"
    for name in (
        *("api", "app", "assets", "caching", "entrance", "folders", "jobs", "metrics", "openapi"),
        *("operator_page", "pages", "refine", "refusals", "serve", "widget"),
    )
}
FAISS = {"indexer/dense.py", "indexer/dense_build.py", "indexer/same.py"}
CRAWLER = {
    f"indexer/{name}.py"
    for name in (
        "answers",
        "crawl_worker",
        "download",
        "links",
        "middlewares",
        "outcomes",
        "sitemaps",
        "spider",
    )
}
NETWORK = (
    *("scrapy", "twisted", "requests", "urllib3", "urllib.request", "socket", "ssl"),
    *("http.client", "aiohttp", "httpx", "ftplib", "smtplib", "socketserver", "xmlrpc"),
)


def _imported(text: str) -> set[str]:
    """Every module that a source file imports, anywhere in it, with each name taken from one."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


IMPORTS = {
    file.relative_to(ROOT).as_posix(): _imported(file.read_text(encoding="utf-8")) for file in FILES
}


def _importers(module: str) -> set[str]:
    """The files that import a module or anything inside it."""
    return {
        file
        for file, imported in IMPORTS.items()
        if any(name == module or name.startswith(f"{module}.") for name in imported)
    }


def test_all_sources_are_read() -> None:
    assert {"indexer/pipeline.py", "search/engine.py"} < set(IMPORTS)
    assert "indexer.records.Passage" in IMPORTS["indexer/publish.py"]


def test_imports_are_found_wherever_they_stand() -> None:
    text = "import a.b\ndef f():\n    if 1:\n        from c import d as e\n        import g, h\n"
    assert _imported(text) == {"a.b", "c", "c.d", "g", "h"}


def test_the_indexer_does_not_know_the_service() -> None:
    assert {file for file in _importers("search") if file.startswith("indexer/")} == set()


def test_the_service_knows_little_of_the_indexer() -> None:
    modules = {
        name
        for file, imported in IMPORTS.items()
        if file.startswith("search/")
        for name in imported
        if name.startswith("indexer.") and name.count(".") == 1
    }
    assert modules <= SHARED
    assert {"indexer.encoder", "indexer.reader"} <= modules
    # "from indexer import x" and "import indexer" would get around the list.
    assert not any("indexer" in IMPORTS[file] for file in IMPORTS if file.startswith("search/"))


def test_flask_is_in_the_app_and_its_routes_only() -> None:
    assert _importers("flask") == FLASK


def test_faiss_is_where_vectors_are_indexed_or_an_index_is_opened_only() -> None:
    assert _importers("faiss") == FAISS


def test_milvus_is_known_where_an_index_is_there_only() -> None:
    clients = {
        file for module in ("pymilvus", "milvus_lite", "grpc") for file in _importers(module)
    }
    assert clients == {"indexer/milvus.py", "indexer/milvus_server.py"}
    users = _importers("indexer.milvus") | _importers("indexer.milvus_server")
    assert users - clients == {"indexer/dense_place.py"}


def test_the_network_is_in_the_crawler_only() -> None:
    found = {file for module in NETWORK for file in _importers(module)}
    # The worker only sets how long the connections it is given may wait.
    assert found - {"search/worker.py"} == CRAWLER


_LOADED = """
import importlib, json, sys
found = {}
for name in sys.argv[1:]:
    importlib.import_module(name)
    found[name] = sorted({module.partition(".")[0] for module in sys.modules})
print(json.dumps(found))
"""


def test_commands_start_without_the_large_libraries() -> None:
    modules = ["search.engine", "search.app", "indexer.__main__"]
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, *modules],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = json.loads(done.stdout)
    assert list(loaded) == modules
    for module in modules:
        large = {"torch", "sentence_transformers", "transformers", "scrapy", "twisted", "pdfminer"}
        large |= {"pymilvus", "milvus_lite", "grpc", "pandas", "pyarrow"}
        assert large.isdisjoint(loaded[module]), module
    assert "flask" not in loaded["search.engine"]
