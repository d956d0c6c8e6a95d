"""The four systems that ``benchmarks.bench`` measures: how each is indexed, served and asked."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environments import environment_of, last_line
from benchmarks.load_service import BARE_THREADS, Service, bare, ours
from indexer.encoder import SentenceTransformerEncoder
from indexer.processes import environment, module
from search.settings import SearchSettings

_LONGEST = 1800.0  # seconds that indexing may take
_HERE = Path(__file__).resolve().parent / "systems"
# Nothing is fetched, and nobody is told; our modules are not found by the other systems.
APART = {
    "PYTHONPATH": "",
    "HF_HUB_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


class SystemFailedError(Exception):
    """A system could not be indexed or served; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """What all systems are made of."""

    settings: SearchSettings  # of our service; its data folder is a copy
    passages: Path  # id and text of each passage, a JSON object a line
    folder: Path  # for what the systems write
    environments: Path


@dataclass(frozen=True, slots=True)
class System:
    """One system."""

    name: str
    title: str
    how: str  # it is served, and what differs from its defaults
    packages: tuple[str, ...]  # whose versions are told
    python: Path
    index_command: Callable[[Path], list[str]]  # given the folder to write
    env: dict[str, str]
    service: Callable[[], Service]
    ids: Callable[[Any], list[str]]  # of the passages in an answer

    def index(self, folder: Path) -> tuple[float, float]:
        """Seconds from texts to an index on disk, and of the whole process.

        Raises SystemFailedError.
        """
        began = time.monotonic()
        try:
            done = subprocess.run(  # noqa: S603 - our own programs
                self.index_command(folder),
                env=environment() | self.env,
                capture_output=True,
                text=True,
                timeout=_LONGEST,
                check=True,
            )
            return float(json.loads(last_line(done.stdout))["seconds"]), time.monotonic() - began
        except subprocess.CalledProcessError as error:
            raise SystemFailedError(f"indexing: {last_line(error.stderr)}") from error
        except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            raise SystemFailedError(f"indexing: {error}") from error

    def versions(self) -> dict[str, str]:
        """Versions of its packages as they are installed."""
        code = (
            "import importlib.metadata as m, json, sys;"
            "print(json.dumps({n: m.version(n) for n in sys.argv[1:]}))"
        )
        done = subprocess.run(  # noqa: S603 - our own program
            [str(self.python), "-c", code, *self.packages],
            capture_output=True,
            text=True,
            check=True,
        )
        found: dict[str, str] = json.loads(done.stdout)
        return found


def systems(place: Place) -> list[System]:
    """Ours first, then those that it is measured against."""
    return [_ours(place), _bare(place), _txtai(place), _haystack(place)]


def _ours(place: Place) -> System:
    settings = place.settings
    return System(
        "ours",
        "this service",
        f"gunicorn, {settings.workers} workers of {settings.threads} threads, default settings,"
        " converted encoder; asked with `group_by=none` for passages rather than pages",
        ("openvino", "faiss-cpu", "tantivy", "flask", "gunicorn"),
        Path(sys.executable),
        lambda folder: module("benchmarks.bench_index", "ours", str(settings.data), str(folder)),
        {},
        lambda: _passages_of(ours(settings)),
        lambda body: [each["id"] for each in body["hits"]],
    )


def _passages_of(service: Service) -> Service:
    service.path = "/api/v1/search?group_by=none&q="
    return service


def _bare(place: Place) -> System:
    settings = place.settings
    return System(
        "bare",
        "bare recipe",
        f"Flask under gunicorn, {settings.workers} workers of {BARE_THREADS} threads;"
        " `SentenceTransformer.encode` and a flat FAISS index, vectors alone",
        ("sentence-transformers", "torch", "faiss-cpu", "flask", "gunicorn"),
        Path(sys.executable),
        lambda folder: module("benchmarks.bench_index", "bare", str(settings.data), str(folder)),
        {},
        lambda: bare(settings),
        lambda body: [each["id"] for each in body],
    )


def _txtai(place: Place) -> System:
    home, python = _python(place, "txtai")
    folder = place.folder / "txtai"

    def service() -> Service:
        serve = ["txtai.api:app", "--host", "127.0.0.1", "--port", "0", "--workers"]
        workers = place.settings.workers
        command = [str(home / "bin" / "uvicorn"), *serve, str(workers)]
        made = Service("txtai", "/search?limit=10&query=", command, workers)
        made.env = APART | {"CONFIG": str(folder / "config.yml")}
        return made

    return System(
        "txtai",
        "txtai hybrid",
        f"its own API under uvicorn, {place.settings.workers} workers (default: 1); `hybrid` and"
        " `content` on, all else by default",
        ("txtai", "transformers", "torch", "faiss-cpu", "fastapi", "uvicorn"),
        python,
        lambda into: _foreign(python, "txtai_index.py", place, into),
        APART,
        service,
        lambda body: [each["id"] for each in body],
    )


def _haystack(place: Place) -> System:
    home, python = _python(place, "haystack")
    folder = place.folder / "haystack"

    def service() -> Service:
        # hayhooks does not take port 0, and with several workers does not name its port.
        port = free_port()
        workers = place.settings.workers
        options = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
        pipelines = ["--pipelines-dir", str(_HERE / "haystack_pipelines")]
        silent = ["--without-tracing", "--without-monitoring"]
        command = [str(home / "bin" / "hayhooks"), "run", *options, *pipelines, *silent]
        made = Service("haystack", "/search/run", command, workers)
        made.field, made.port = "question", port
        made.env = APART | {
            "BENCH_STORE": str(folder / "store.json"),
            "BENCH_MODEL": _model(place),
        }
        return made

    return System(
        "haystack",
        "Haystack hybrid",
        f"hayhooks, {place.settings.workers} workers (default: 1), its local traces off (default:"
        " on); BM25 and embedding retrievers on an in-memory store, 10 each, joined by reciprocal"
        " ranks; the tutorial's ranker, another model, left out",
        ("haystack-ai", "sentence-transformers-haystack", "hayhooks", "torch", "uvicorn"),
        python,
        lambda into: _foreign(python, "haystack_index.py", place, into),
        APART,
        service,
        lambda body: [each["id"] for each in body["result"]],
    )


def _python(place: Place, name: str) -> tuple[Path, Path]:
    home = environment_of(place.environments, name)
    return home, home / "bin" / "python"


def _foreign(python: Path, program: str, place: Place, folder: Path) -> list[str]:
    folder.mkdir(parents=True)
    return [str(python), str(_HERE / program), str(place.passages), str(folder), _model(place)]


def _model(place: Place) -> str:
    return str(SentenceTransformerEncoder(place.settings.encoder).folder)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
