"""What can happen to a running service, done to one: it answers on, or says why it cannot."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

import numpy as np
import pytest

from indexer import publish
from indexer.embed import content_hash
from indexer.layout import DataFolder
from indexer.publish import Contents
from indexer.reader import IndexReader
from indexer.store import Store
from search.gaps import GapLog
from tests.runs import html, write
from tests.serving import DEADLINE, Forked, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Self

    from indexer.layout import Generation
    from tests.conftest import Published

# The service as an operator starts it, but for an encoder that needs no model.
SERVICE = """
import sys
import search.engine, search.serve
from search.__main__ import main
from tests.fakes import AngleEncoder as Encoder, FakeEncoder
{changes}
search.engine.SentenceTransformerEncoder = lambda name: Encoder()
sys.argv = ["search", "serve", "--data", sys.argv[1], "--port", "0"]
main()
"""
# A question with "please wait" in it is at work for as long as a test holds a file's lock.
GATE = """
import fcntl
class Encoder(Encoder):
    def encode(self, texts):
        if any("please wait" in each for each in texts):
            with open({gate!r}) as file:
                fcntl.flock(file, fcntl.LOCK_SH)
        return super().encode(texts)
"""
QUESTION = "/api/v1/search?q=direction+90"
ANSWER = "http://x/site/prrt/"
WAITING = "/api/v1/search?q=please+wait+90"


def service(data: DataFolder, folder: Path, changes: str = "", **given: str) -> Forked:
    """A service with changes to its program and settings."""
    log = folder / f"service-{len(list(folder.glob('service-*')))}.log"
    settings = {f"NET_{name.upper()}": value for name, value in given.items()}
    script = SERVICE.format(changes=changes)
    return Forked(script, str(data.root), log=log, TMPDIR=str(folder), **settings)


def is_right(body: bytes) -> bool:
    """Whether it is the whole answer to the question."""
    return bool(json.loads(body)["hits"][0]["url"] == ANSWER)


class Load:
    """Clients that ask the same again and again; every other one keeps its connection."""

    def __init__(self, served: Forked, clients: int = 4) -> None:
        self._served = served
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=(self._ask_anew, self._ask_on)[number % 2], daemon=True)
            for number in range(clients)
        ]
        self.answered = 0
        self.wrong: list[tuple[int, bytes]] = []
        self.broken: list[Exception] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(DEADLINE)
            assert not thread.is_alive(), "a request waits for ever"

    def more(self, answers: int = 40) -> None:
        """Wait for some more answers."""
        enough = self.answered + answers
        until(lambda: self.answered >= enough, f"{self.broken[-3:]} {self.wrong[-3:]}")

    def _took(self, status: int, body: bytes) -> None:
        with self._lock:
            if status == 200 and is_right(body):
                self.answered += 1
            else:
                self.wrong.append((status, body))

    def _ask_anew(self) -> None:
        while not self._stopped.is_set():
            try:
                status, _, body = self._served.get(QUESTION)
                self._took(status, body)
            except (OSError, ValueError, IndexError) as error:  # nothing came, or not all of it
                self.broken.append(error)

    def _ask_on(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._served.port, timeout=DEADLINE)
        while not self._stopped.is_set():
            try:
                connection.request("GET", QUESTION, headers={"Host": "x"})
                answer = connection.getresponse()
                self._took(answer.status, answer.read())
            except (OSError, HTTPException, ValueError) as error:
                self.broken.append(error)
                connection.close()
        connection.close()


@contextmanager
def asked(
    served: Forked, path: str, times: int
) -> Iterator[list[tuple[int, dict[str, str], bytes]]]:
    """The answers, as they come, to the same question asked so often at once."""
    answers: list[tuple[int, dict[str, str], bytes]] = []

    def ask() -> None:
        try:
            answers.append(served.get(path))
        except (OSError, IndexError):
            answers.append((0, {}, b""))  # the connection broke

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(times)]
    for thread in threads:
        thread.start()
    yield answers
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive(), "a request waits for ever"


@contextmanager
def closed(gate: Path) -> Iterator[None]:
    """While in here, questions that wait are at work."""
    with gate.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def metrics(served: Forked) -> dict[str, float]:
    """Every number by its name and labels."""
    text = served.get("/metrics")[2].decode()
    lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def counted(numbers: dict[str, float]) -> dict[str, float]:
    """Those that must never go back."""
    return {k: v for k, v in numbers.items() if re.match(r"\w+_(total|count|sum|bucket)\b", k)}


def version(served: Forked) -> str:
    return str(served.json("/readyz")["index_version"])


def both(served: Forked) -> set[int]:
    """The two workers, once there are two."""
    return until(lambda: len(served.workers) == 2 and served.workers)


def kill_one(served: Forked) -> None:
    """Kill a worker; back when another is there in its place."""
    before = both(served)
    os.kill(min(before), signal.SIGKILL)
    until(lambda: len(served.workers - {min(before)}) == 2, "nobody comes in its place")


def until_each_answers(served: Forked) -> None:
    """Ask until both workers that are there now have answered the question."""
    workers = both(served)

    def answered() -> bool:
        status, _, body = served.get(QUESTION)
        assert (status, is_right(body)) == (200, True)
        lines = [json.loads(line) for line in served.written.splitlines()]
        return workers <= {line["pid"] for line in lines if "route" in line}

    until(answered, "one of the workers does not answer")


def built(published: Published, mark: str) -> Generation:
    """A new index with a word more in each text, not live yet."""
    marked = [replace(each, text=f"{each.text} {mark}") for each in published.passages]
    passages = [replace(each, content_hash=content_hash(each.embedded_text)) for each in marked]
    texts = [each.embedded_text for each in passages]
    vectors = np.ascontiguousarray(published.encoder.encode(texts))
    store = Store(published.data.store)
    try:
        contents = Contents(passages, vectors, ("site",), {})
        return publish.build(published.data, contents, published.encoder, store)
    finally:
        store.close()


# Workers


def test_a_worker_killed_under_load_is_replaced(published: Published, tmp_path: Path) -> None:
    with service(published.data, tmp_path) as served:
        both(served)
        with Load(served) as load:
            load.more()
            before = metrics(served)
            kill_one(served)
            load.more()
            until_each_answers(served)
            during = metrics(served)
        after = metrics(served)
        assert len(load.broken) <= 4, "no more than were being answered by the one that was killed"
        assert load.wrong == []
        for old, new in ((before, during), (during, after)):
            back = {name for name, value in counted(old).items() if new.get(name, -1) < value}
            assert back == set()
        lines = [json.loads(line) for line in served.written.splitlines()]
        answers = Counter(line["route"] for line in lines if "route" in line)
        route = 'route="/api/v1/search"'
        for name in (
            f'net_requests_total{{{route},status="200"}}',
            f"net_request_seconds_count{{{route}}}",
            "net_found_count",
        ):
            # What was killed may have been counted and not written, or the other way round.
            assert abs(after[name] - answers["/api/v1/search"]) <= len(load.broken)


def test_who_waited_in_a_killed_worker_is_forgotten(published: Published, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    changes = GATE.format(gate=str(gate))
    with (
        service(published.data, tmp_path, changes, threads="1", queue="4") as served,
        ExitStack() as held,
    ):
        workers = both(served)
        held.enter_context(closed(gate))
        with asked(served, WAITING, 12) as answers:
            # One or two are at work, four wait, and the others were refused.
            until(lambda: metrics(served)["net_waiting"] == 4 and len(answers) >= 6)
            for worker in workers:
                os.kill(worker, signal.SIGKILL)
            until(lambda: len(served.workers - workers) == 2)
            assert metrics(served)["net_waiting"] == 0
        # Those who waited are cut off.
        assert {status for status, _, _ in answers} == {0, 503}
        with asked(served, WAITING, 12) as answers:
            until(lambda: metrics(served)["net_waiting"] == 4)
            held.close()
        assert {status for status, _, _ in answers} == {200, 503}
        assert metrics(served)["net_waiting"] == 0


# The data folder

# A run in which no file can grow while a named function is at work; from the first of them on to
# the end.
INDEXER = """
import io, os, resource, sys
import indexer.answerability, indexer.lexicon, indexer.outline, indexer.publish
import indexer.run_commands
from indexer.__main__ import main
from tests.fakes import FakeEncoder
data, site, module, *name = sys.argv[1:]
questions = indexer.answerability.labelled_questions()
few = questions[:12] + questions[-12:]
indexer.answerability.labelled_questions = lambda: few
indexer.run_commands.encoder_of = lambda settings: FakeEncoder()
def may_grow(most):
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
if module:
    owner = sys.modules[module]
    for step in name[:-1]:
        owner = getattr(owner, step)
    real = getattr(owner, name[-1])
    def full(*arguments, **named):
        may_grow(0)
        try:
            return real(*arguments, **named)
        finally:
            if name[-1] != "_write":
                may_grow(resource.RLIM_INFINITY)  # as when what was written is deleted
    setattr(owner, name[-1], full)
sys.argv = ["indexer", "run", "--data", data, "--site", site]
sys.stderr = io.StringIO()  # for what is said goes to a file as well
try:
    main()
finally:
    may_grow(resource.RLIM_INFINITY)
    sys.stderr, said = sys.__stderr__, sys.stderr
    os.write(2, said.getvalue().encode())
"""
WRITERS = (  # the first stands for all; the others are each told in another way
    "indexer.publish _write",
    "indexer.publish Path write_bytes",
    "indexer.publish keyword build",
    "indexer.publish write_durably",
)


def test_a_disk_that_is_full_during_a_publish(data: DataFolder, tmp_path: Path) -> None:
    words = "All there is to know of this page of the clinic is in this edition of it."

    def index(edition: str, full_at: str = "") -> tuple[int, str]:
        """One run after the pages changed: exit status and what it says."""
        pages = {
            f"{n}/index.html": html(f"Page {n}", f"<p>{edition}: {words}</p>") for n in range(9)
        }
        site = write(tmp_path / "site", pages)
        log = tmp_path / f"run-{edition}.log"
        given = (str(data.root), str(site), *full_at.split(" "))
        status = Forked(INDEXER, *given, log=log, NET_JUDGMENTS="/none").end()
        return status, log.read_text()

    status, said = index("first")
    assert status == 0, said
    live = data.live().build_id
    with service(data, tmp_path, "Encoder = FakeEncoder") as served:
        for number, writer in enumerate(WRITERS):
            status, said = index(f"edition-{number}", writer)
            assert status == 1, f"{writer}: {said}"
            assert "Traceback" not in said
            assert re.search(r"error: .*(File too large|full)", said), writer
            assert data.live().build_id == live
            assert version(served) == live
            assert served.json("/api/v1/search?q=first")["hits"]
        assert IndexReader.open(data.live(), None).version == live
        status, said = index("last")
        assert status == 0, said
        until(lambda: version(served) == data.live().build_id != live)
        until(lambda: "last" in served.json("/api/v1/search?q=last")["hits"][0]["text"])
    assert not list(data.index.glob(".new-*"))


def test_the_folder_of_the_index_is_deleted(published: Published, tmp_path: Path) -> None:
    with service(published.data, tmp_path) as served:
        live = published.generation.build_id
        shutil.rmtree(published.generation.folder)
        until_each_answers(served)
        kill_one(served)
        until_each_answers(served)
        assert version(served) == live
        # And what is published then is taken.
        new = publish.promote(published.data, built(published, "new"))
        until(lambda: version(served) == new.build_id)


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-3] ^= 0xFF
    file.write_bytes(content)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


@pytest.mark.parametrize("damage", [_flip, _cut])
def test_damaged_vectors_are_refused_and_the_sound_index_answers(
    published: Published, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    sound = published.generation
    with service(published.data, tmp_path) as served:
        workers = both(served)
        new = built(published, "damaged")
        damage(new.vectors)
        new = publish.promote(published.data, new)
        refused = f"index {new.build_id} is refused, {sound.build_id} answers on:"

        def refused_by() -> set[int]:
            lines = [json.loads(line) for line in served.written.splitlines()]
            said = [line for line in lines if line.get("message", "").startswith(refused)]
            assert all("vectors.faiss" in line["message"] for line in said)
            return {line["pid"] for line in said}

        until(lambda: refused_by() == workers)
        kill_one(served)
        until_each_answers(served)
        assert version(served) == sound.build_id

    with service(published.data, tmp_path) as served:  # it starts on the sound one
        assert version(served) == sound.build_id
        assert f"index {new.build_id} is refused, {sound.build_id} answers:" in served.written
        until_each_answers(served)

    damage(sound.vectors)
    ended = service(published.data, tmp_path)
    assert ended.end() == 1
    assert re.fullmatch(rf"error: index {new.build_id} is damaged: vectors.faiss .*\n", ended.said)


# Clients


def request(path: str, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{''.join(lines)}\r\n".encode()


def test_more_clients_than_the_table_of_the_rate_limit_holds(
    published: Published, tmp_path: Path
) -> None:
    changes = """
import search.limits
Limiter = search.limits.RateLimiter
search.limits.RateLimiter = lambda: Limiter(slots=16)
"""
    with service(published.data, tmp_path, changes, proxies="1", rate_limit="30") as served:
        began = time.monotonic()
        flood = []
        for number in range(150):
            client = f"198.51.{number}.7"
            status, _, body = served.send(request(QUESTION, X_Forwarded_For=client))
            assert (status, is_right(body)) == (200, True)
            flood.append(served.send(request(QUESTION, X_Forwarded_For="203.0.113.9")))
        minutes = (time.monotonic() - began) / 60
        statuses = Counter(status for status, _, _ in flood)
        assert set(statuses) == {200, 429}
        assert 10 <= statuses[200] <= 10 + 30 * minutes
        assert all(int(headers["retry-after"]) > 0 for status, headers, _ in flood if status == 429)


CLOCK = """
import datetime, os, pathlib, time
import search.gaps, search.logs
back = pathlib.Path({back!r})
real = time.time
def shift():
    return 3 * 86400 if back.exists() else 0
time.time = lambda: real() - shift()
class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) - datetime.timedelta(seconds=shift())
datetime.datetime = search.gaps.datetime = search.logs.datetime = Clock
"""


def test_a_clock_set_back(published: Published, tmp_path: Path) -> None:
    back = tmp_path / "back"
    changes = CLOCK.format(back=str(back))
    given = {"proxies": "1", "rate_limit": "1", "gaps": "true"}
    missed = "/api/v1/search?q=zebra+insurance"
    with service(published.data, tmp_path, changes, **given) as served:
        _, headers, _ = served.get(QUESTION)
        flood = request(QUESTION, X_Forwarded_For="203.0.113.9")
        assert [served.send(flood)[0] for _ in range(2)] == [200, 429]
        for _ in range(9):
            served.get(missed)
        assert metrics(served)["net_index_age_seconds"] >= 0
        now = json.loads(served.written.splitlines()[-1])["time"]

        back.touch()
        assert served.send(flood)[0] == 429
        other = request(QUESTION, X_Forwarded_For="203.0.113.10")
        assert [served.send(other)[0] for _ in range(2)] == [200, 429]
        assert served.send(request(QUESTION, If_None_Match=headers["etag"]))[0] == 304
        for _ in range(9):
            assert served.get(missed)[0] == 200
        numbers = metrics(served)
        assert numbers["net_index_age_seconds"] == 0
        assert numbers['net_requests_total{route="/api/v1/search",status="200"}'] == 21
        assert json.loads(served.written.splitlines()[-1])["time"] < now, "it was set back"
        until_each_answers(served)
    report = GapLog(published.data).report()
    assert report.overall is not None
    assert (report.overall.searches, len(report.weeks) >= 1) == (20, True)


def test_slow_clients_do_not_keep_others_waiting(published: Published, tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", {"large.html": "x" * 20_000_000})
    changes = "import search.worker\nsearch.worker._PATIENCE = 1"
    store = Store(published.data.store)
    passages = list(published.passages)
    vectors = published.encoder.encode([each.embedded_text for each in passages])
    contents = Contents(passages, vectors, ("site",), {"/site/": str(folder)})
    publish.publish(published.data, contents, published.encoder, store)
    store.close()
    # 17 threads in each of two workers: fewer than there are of each kind of client.
    with (
        service(published.data, tmp_path, changes, threads="1", queue="0") as served,
        ExitStack() as held,
    ):

        def connected(sent: bytes, many: int = 40) -> list[socket.socket]:
            made = []
            for _ in range(many):
                connection = held.enter_context(socket.socket())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                connection.settimeout(DEADLINE)
                connection.connect(("127.0.0.1", served.port))
                connection.sendall(sent)
                made.append(connection)
            return made

        both(served)
        status, _, body = served.get("/site/large.html")
        assert (status, len(body)) == (200, 20_000_000)
        # Those that hold the connection after their answer.
        connected(request("/healthz"))
        assert is_right(served.get(QUESTION)[2])
        # Those that do not read it.
        connected(request("/site/large.html"))
        assert is_right(served.get(QUESTION)[2])
        # Those that send a byte now and then.
        dripping = connected(b"GET / HTTP/1.1\r\nX-")
        stopped = threading.Event()

        def drip() -> None:
            while not stopped.wait(0.2):
                for connection in dripping:
                    try:
                        connection.sendall(b"a")
                    except OSError:
                        continue

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        assert is_right(served.get(QUESTION)[2])
        # One that is slow and makes it in time is answered.
        stopped.set()
        thread.join(DEADLINE)
        with socket.create_connection(("127.0.0.1", served.port), timeout=DEADLINE) as slow:
            for byte in request("/healthz"):
                slow.sendall(bytes([byte]))
            assert slow.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        until_each_answers(served)
        assert "Traceback" not in served.written


def test_when_the_queue_is_full_others_are_told_at_once(
    published: Published, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    changes = GATE.format(gate=str(gate))
    given = {"workers": "1", "threads": "1", "queue": "2"}
    with service(published.data, tmp_path, changes, **given) as served, ExitStack() as held:
        held.enter_context(closed(gate))
        with asked(served, WAITING, 10) as answers:
            until(lambda: len(answers) == 7, "those who may not wait are not told")
            for status, headers, body in answers:
                error = json.loads(body)["error"]
                assert (status, error["code"], headers["retry-after"]) == (503, "too_busy", "1")
            assert served.get(QUESTION)[0] == 503
            assert served.get("/?q=direction+90")[0] == 503
            assert served.json("/healthz") == {"status": "ok"}
            assert served.json("/api/v1/suggest?q=octreo")["suggestions"]
            assert metrics(served)["net_waiting"] == 2
            assert len(answers) == 7, "the others wait still"
            held.close()
        assert Counter(status for status, _, _ in answers) == {503: 7, 200: 3}
        assert is_right(served.get(QUESTION)[2])
        assert metrics(served)["net_waiting"] == 0


# Signals


def test_a_reload_under_load_loses_nothing(published: Published, tmp_path: Path) -> None:
    written = write(tmp_path, {"net.toml": '[search]\nsite_name = "The first name"\n'}) / "net.toml"
    with service(published.data, tmp_path, settings=str(written)) as served:
        with Load(served) as load:
            load.more()

            def reload(text: str, said: str) -> None:
                before = both(served)
                written.write_text(text)
                served.signal(signal.SIGHUP)
                until(lambda: said in served.written, f"it does not say: {said}")
                until(lambda: len(both(served) - before) == 2)
                load.more()

            assert b"The first name" in served.get("/")[2]
            reload('[search]\nsite_name = "The second name"\nworkers = 2\n', '"reloaded"')
            assert b"The second name" in served.get("/")[2]
            for text, said in (
                ("[search]\nworkers = 0\n", "NET_WORKERS"),
                ("[search\n", "cannot read"),
            ):
                reload(text, said)
                assert b"The second name" in served.get("/")[2]
            until_each_answers(served)
        assert (load.broken, load.wrong) == ([], [])
        assert served.written.count("not reloaded, the old settings answer on") == 2


def test_a_reload_without_an_index_is_refused(published: Published, tmp_path: Path) -> None:
    with service(published.data, tmp_path) as served:
        before = both(served)
        published.data.root.rename(tmp_path / "away")
        served.signal(signal.SIGHUP)
        until(lambda: len(served.workers - before) == 2)
        assert "not reloaded, the old settings answer on: no index in" in served.written
        until_each_answers(served)


def test_a_stop_under_load_answers_all_that_was_accepted(
    published: Published, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    changes = GATE.format(gate=str(gate))
    with (
        service(published.data, tmp_path, changes, threads="1", queue="20") as served,
        ExitStack() as held,
    ):
        both(served)
        held.enter_context(closed(gate))
        with asked(served, WAITING, 8) as answers:
            until(lambda: metrics(served)["net_waiting"] >= 6)
            served.signal(signal.SIGTERM)
            until(lambda: refuses(served.port), "who comes now is left waiting")
            held.close()
        assert served.end() == 0
        assert [(status, is_right(body)) for status, _, body in answers] == [(200, True)] * 8


def test_a_stop_cuts_no_answer_off(published: Published, tmp_path: Path) -> None:
    with service(published.data, tmp_path) as served, Load(served) as load:
        load.more()
        served.signal(signal.SIGTERM)
        assert served.end() == 0
        load._stopped.set()
    assert load.wrong == []
    lines = [json.loads(line) for line in served.said.splitlines()]
    assert sum(line.get("route") == "/api/v1/search" for line in lines) == load.answered
    assert "Traceback" not in served.said


def refuses(port: int) -> bool:
    """Whether nobody takes a connection any more."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=DEADLINE).close()
    except ConnectionRefusedError:
        return True
    return False
