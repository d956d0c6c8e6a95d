"""What visitors send is nowhere afterwards: no log line, metric or file holds any of it."""

from __future__ import annotations

import fcntl
import json
import re
import signal
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote_plus

import pytest

from tests.serving import Forked, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Published

QUERIES = 1000
# The service as an operator starts it, but for an encoder that needs no model, fails on one word
# and waits on another for as long as a test holds a file's lock.
SERVICE = """
import fcntl, sys
import search.engine, search.serve
from search.__main__ import main
from tests.fakes import AngleEncoder
data, gate = sys.argv[1:]
class Encoder(AngleEncoder):
    def encode(self, texts):
        if "please wait" in texts[0]:
            with open(gate) as file:
                fcntl.flock(file, fcntl.LOCK_SH)
        if "please fail" in texts[0]:
            raise RuntimeError(texts[0])
        return super().encode(texts)
{leak}
search.engine.SentenceTransformerEncoder = lambda name: Encoder()
sys.argv = ["search", "serve", "--data", data, "--port", "0"]
main()
"""
SETTINGS = {
    "NET_GAPS": "true",
    "NET_LOG_FORMAT": "json",
    "NET_OPERATOR_TOKEN": "a-token-of-the-operator",
    "NET_PROXIES": "1",
    "NET_RATE_LIMIT": "30",
    "NET_THREADS": "1",
    "NET_QUEUE": "30",
}


@dataclass(frozen=True)
class Person:
    """Somebody who asks; no two share a word of this."""

    number: int

    @property
    def _own(self) -> str:
        return "".join(
            "bdfgklmnrt"[int(digit)] + "aeiou"[int(digit) % 5] for digit in f"{self.number:04d}"
        )

    @property
    def markers(self) -> tuple[str, ...]:
        """Given name, surname, phone number and e-mail address."""
        own = self._own
        phone = f"04{self.number:04d} 5{self.number:04d}"
        return f"Zë{own}q", f"Mac{own}wicz", phone, f"{own}.x@post-{own}.example"

    @property
    def question(self) -> str:
        name, surname, phone, address = self.markers
        return f"I am {name} {surname}, {phone}, {address}: insurance"


def http(
    target: str, headers: dict[str, str] | None = None, method: str = "GET", body: str = ""
) -> bytes:
    """A request; its target and headers may hold anything."""
    given = {"Host": "x", "Connection": "close", **(headers or {})}
    if body:
        given["Content-Length"] = str(len(body.encode()))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n{body}".encode()


TOKEN = {"Authorization": f"Bearer {SETTINGS['NET_OPERATOR_TOKEN']}"}
# Every place in which a request can hold text, by what it is answered with.
WAYS: tuple[Callable[[str], bytes], ...] = (
    lambda text: http(f"/api/v1/search?q={quote_plus(text)}"),
    lambda text: http(f"/api/v1/search?q={quote(text)}&mode=keyword&group_by=none"),
    lambda text: http(f"/?q={quote_plus(text)}"),
    lambda text: http(f"/api/v1/suggest?q={quote_plus(text)}"),
    lambda text: http(f"/api/v1/search?q=dose&section={quote(text)}&source={quote(text)}"),
    lambda text: http(f"/api/v1/search?q=dose&page={quote(text)}"),
    lambda text: http(f"/api/v1/search?q=%00{quote(text)}"),
    lambda text: http(f"/?q=dose&reviewed_after={quote(text)}"),
    lambda text: http(f"/healthz?{quote(text)}={quote(text)}"),
    lambda text: http(f"/api/v1/passages/{quote(text)}"),
    lambda text: http(f"/api/v1/jobs/{quote(text)}", TOKEN),
    lambda text: http("/api/v1/jobs/x", {"Authorization": f"Bearer {text}"}),
    lambda text: http(f"/{quote(text)}/{quote(text)}"),
    lambda text: http(f"/site/{quote(text)}"),
    lambda text: http(f"/static/{quote(text)}"),
    lambda text: http(f"/site?{text.replace(' ', '')}"),
    lambda text: http(
        "/api/v1/search?q=dose",
        dict.fromkeys(
            (
                "Referer",
                "User-Agent",
                "X-Request-Id",
                "Cookie",
                "Origin",
                "Accept",
                "Range",
                "If-None-Match",
                "Accept-Language",
                "X-Forwarded-Host",
                "Forwarded",
                "X-Own",
            ),
            text,
        ),
    ),
    lambda text: http("/api/v1/search?q=dose", {"X-Forwarded-For": text}),
    lambda text: http(f"/api/v1/suggest?q={quote(text)}", {"X-Forwarded-For": "203.0.113.9"}),
    lambda text: http(f"/api/v1/search?q={quote(text)}", {"X-Forwarded-For": "203.0.113.9"}),
    lambda text: http("/api/v1/search?q=dose", {"Host": text}),
    lambda text: http("/", method=re.sub(r"[^a-zA-Z]", "", text)),
    lambda text: http(f"/?q={quote(text)}", method=text.split()[3].upper().rstrip(",")),
    lambda text: http(f"/api/v1/search?q={quote(text)}", method="POST", body=text),
    lambda text: http("/api/v1/reindex", method="POST", body=text * 1000),
    lambda text: http(f"/api/v1/search?q={quote(text)}" + "x" * 9000),
    lambda text: http("/healthz", {"X-Long": text + "x" * 9000}),
    lambda text: http("/healthz", {f"X {text}": text}),
    lambda text: f"{text}\r\n\r\n".encode(),
    http,
    lambda text: http("/healthz", {"Transfer-Encoding": text}),
    lambda text: http(f"/api/v1/search?q={quote(f'please fail {text}')}"),
    lambda text: http(f"/?q={quote(f'please fail {text}')}"),
)
STATUSES = {200, 400, 401, 404, 405, 413, 414, 429, 431, 500}


def folded(text: str) -> str:
    """Letters and digits alone, plain and lower-cased: as it may be kept after it was understood."""
    plain = unicodedata.normalize("NFKD", text).lower()
    return re.sub(r"[\W_]+", "", re.sub(r"[\u0300-\u036f]", "", plain))


@dataclass
class Places:
    """All that a service wrote, by where it is."""

    served: Forked
    folder: Path  # of its data and all temporary files

    def read(self) -> Iterator[tuple[str, str]]:
        yield "log", self.served.written
        asked: set[int] = set()
        while not asked >= self.served.workers:  # each of them counts, and is asked
            yield "metrics", self.served.get("/metrics")[2].decode()
            lines = map(json.loads, self.served.written.splitlines())
            asked = {line["pid"] for line in lines if line.get("route") == "/metrics"}
        for file in self.folder.rglob("*"):
            if file.is_file() and file.suffix != ".log":
                yield (
                    f"{file.name} in {file.parent.name}",
                    file.read_bytes().decode(errors="replace"),
                )

    def holding(self, markers: list[str]) -> set[tuple[str, str]]:
        """Which of the markers is where, however it is written there."""
        found: set[tuple[str, str]] = set()
        wanted = {folded(marker): marker for marker in markers}
        for place, text in self.read():
            for form in {folded(text), folded(unquote_plus(text))}:
                found |= {(place, marker) for plain, marker in wanted.items() if plain in form}
        return found


@pytest.fixture
def started(published: Published, tmp_path: Path) -> Callable[[str], Forked]:
    (tmp_path / "gate").touch()

    def start(leak: str = "") -> Forked:
        given = (str(published.data.root), str(tmp_path / "gate"))
        script = SERVICE.replace("{leak}", leak)
        log = tmp_path / "service.log"
        return Forked(script, *given, log=log, TMPDIR=str(tmp_path), **SETTINGS)

    return start


def test_nothing_of_a_thousand_visitors_is_kept(
    started: Callable[[str], Forked], tmp_path: Path
) -> None:
    people = [Person(number) for number in range(QUERIES)]
    markers = [marker for person in people for marker in person.markers]
    assert len({*markers}) == 4 * QUERIES

    with started("") as served, ThreadPoolExecutor(4) as few, ThreadPoolExecutor(60) as many:
        until(lambda: len(served.workers) == 2)

        def ask(person: Person) -> int:
            return served.send(WAYS[person.number % len(WAYS)](person.question))[0]

        assert {*few.map(ask, people[:-60])} == STATUSES
        # More than can wait, while those at work do not end: they are refused.
        asked = [WAYS[0](f"please wait {person.question}") for person in people[-60:]]
        with (tmp_path / "gate").open() as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            answers = [many.submit(served.send, each) for each in asked]
            until(lambda: any(each.done() for each in answers))
        assert {each.result()[0] for each in answers} == {200, 503}

        lines = [json.loads(line) for line in served.written.splitlines()]
        assert sum("route" in line for line in lines) > QUERIES / 2
        assert any(line["level"] == "error" for line in lines)
        names = {file.name for file in tmp_path.rglob("*")}
        assert "gaps.sqlite" in names
        assert any(name.startswith("counter_") for name in names)
        assert Places(served, tmp_path).holding(markers) == set()
        assert served.stop(signal.SIGTERM) == 0
        assert "Traceback" not in served.said
        assert Places(served, tmp_path).holding(markers) == set()


# Each leak writes the question in another way.
LEAK = """
import logging, os, tempfile, urllib.parse
class Encoder(Encoder):
    def encode(self, texts):
        if "leaks" in texts[0]:
            logging.getLogger("search").warning("asked: %s", urllib.parse.quote(texts[0]))
            open(os.path.join(data, "kept"), "w").write(texts[0].lower())
            open(os.path.join(tempfile.gettempdir(), "cached"), "w").write(texts[0].upper())
            from search.metrics import stages
            stages.labels(urllib.parse.quote_plus(texts[0])).observe(1)
        return super().encode(texts)
"""


def test_what_is_kept_is_found(started: Callable[[str], Forked], tmp_path: Path) -> None:
    person = Person(7)
    with started(LEAK) as served:
        until(lambda: len(served.workers) == 2)
        assert served.send(WAYS[0](f"leaks {person.question}"))[0] == 200
        found = Places(served, tmp_path).holding([*person.markers, *Person(8).markers])
        for marker in person.markers:
            places = {place.split(" ")[0] for place, each in found if each == marker}
            counts = {place for place in places if place.endswith(".db")}
            assert places - counts == {"log", "metrics", "kept", "cached"}, marker
            assert counts
        assert {marker for _, marker in found} == {*person.markers}
