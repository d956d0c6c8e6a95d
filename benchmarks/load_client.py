"""Ask a service on this machine under load, and reckon with what it answered.

One asyncio loop over bare sockets: the machine's cores belong to the service. Every request has a
connection of its own, as visitors have. A time is counted from when the request was due, so that
one that had to wait for the client itself is not measured as a fast one.
"""

from __future__ import annotations

import asyncio
import math
import random
import socket
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from indexer.reader import STOPWORDS, terms
from indexer.records import Passage

PATIENCE = 30.0  # seconds until an answer counts as none
PAUSE = 0.1  # seconds that a client waits after a refusal: else it would do nothing but ask
_BLOCK = 1 << 18
OK = str(HTTPStatus.OK.value)
_SHORTEST = 4  # letters of a word that is asked
BUSY = str(HTTPStatus.SERVICE_UNAVAILABLE.value)

TEMPLATES = (
    "{word}",
    "{word} {other}",
    "{heading} {word}",
    "{slip} {other}",  # a search box gets misspelt words
    "{heading} and {word}",
    "what is {word} in {heading}",
    "side effects of {word} and {other}",
    "does {word} help with {other}",
    "how long does {word} take after {heading}",
    "can i have {word} when i have {heading}",
    "what should i ask about {heading}, {word} and {other}",
    "i was told that {word} may cause {other} and want to know more about {heading}",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Times are of the loop's clock, in seconds.

    ``status`` is the HTTP status, or the name of the error where there was none.
    """

    due: float
    sent: float
    ended: float
    status: str
    headers: dict[str, str] = field(default_factory=dict)  # by their names in lower case
    body: bytes = b""

    @property
    def took(self) -> float:
        """Seconds from when it was due."""
        return self.ended - self.due


@dataclass(frozen=True, slots=True)
class Post:
    """A POST request's path and its JSON body, in ASCII."""

    path: str
    body: str


Target = str | Post  # what is asked: a path with its query by GET, or a POST


async def ask(port: int, target: Target, *, due: float | None = None, headers: str = "") -> Answer:
    """The answer to a request; ``headers`` are whole lines."""
    loop = asyncio.get_running_loop()
    sent = loop.time()
    method, path, body = "GET", target, ""
    if isinstance(target, Post):
        method, path, body = "POST", target.path, target.body
        headers += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    request = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
        f"{headers}\r\n{body}"
    )
    due = sent if due is None else due
    try:
        async with asyncio.timeout(PATIENCE):
            status, given, body = await _exchange(port, request.encode("ascii"))
    except (OSError, ValueError) as error:  # a time-out is an OSError
        return Answer(due, sent, loop.time(), type(error).__name__)
    return Answer(due, sent, loop.time(), status, given, body)


async def _exchange(port: int, request: bytes) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body. Raises OSError, or ValueError when the answer is not whole."""
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", port))
        await loop.sock_sendall(connection, request)
        got, body_at, whole = b"", 0, math.inf
        while len(got) < whole:
            block = await loop.sock_recv(connection, _BLOCK)
            if not block:
                break
            got += block
            if not body_at and (end := got.find(b"\r\n\r\n")) >= 0:
                body_at = end + 4
                status, headers = _head(got[:end])
                whole = body_at + int(headers.get("content-length", "0"))
    if not body_at or len(got) != whole:
        raise ValueError("an answer that is not whole")
    return status, headers, got[body_at:]


def _head(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split()[1], {name.lower(): value.strip() for name, _, value in pairs}


async def closed_loop(
    port: int, targets: Iterator[Target], clients: int, seconds: float
) -> list[Answer]:
    """Answers to clients that each ask again as soon as they are answered; bodies are not kept."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    answers: list[Answer] = []

    async def client() -> None:
        while True:
            answer = _light(await ask(port, next(targets)))
            answers.append(answer)
            if loop.time() >= until:
                return
            if answer.status != OK:
                await asyncio.sleep(PAUSE)

    await asyncio.gather(*(client() for _ in range(clients)))
    return answers


async def open_loop(port: int, targets: Iterator[Target], offsets: Sequence[float]) -> list[Answer]:
    """Answers to visitors who come at these offsets (seconds) whatever became of those before."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def visit(due: float) -> Answer:
        return _light(await ask(port, next(targets), due=due))

    visits = []
    for offset in offsets:
        # Also when late: else those who came would never have their turn.
        await asyncio.sleep(max(0.0, began + offset - loop.time()))
        visits.append(asyncio.create_task(visit(began + offset)))
    return await asyncio.gather(*visits)


def _light(answer: Answer) -> Answer:
    return Answer(answer.due, answer.sent, answer.ended, answer.status, answer.headers)


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Offsets of Poisson arrivals, in seconds, ``rate`` a second."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, the same each time
    found, at = [], chance.expovariate(rate)
    while at < seconds:
        found.append(at)
        at += chance.expovariate(rate)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed; nan of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def spread(answers: Sequence[Answer]) -> dict[str, float | None]:
    """p50, p95 and p99 of the times, in milliseconds; None of no answers."""
    times = [answer.took * 1000 for answer in answers]
    return {f"p{n}": round(percentile(times, n / 100), 1) if times else None for n in (50, 95, 99)}


def median_ratio(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float | None:
    """The median over the rounds of ours to theirs, of the rounds that have both; else None."""
    ratios = [a / b for a, b in zip(ours, theirs, strict=True) if a is not None and b]
    return round(statistics.median(ratios), 3) if ratios else None


def summary(answers: Sequence[Answer]) -> dict[str, Any]:
    """Good answers a second until the last came, their spread, and the errors by status."""
    good = [answer for answer in answers if answer.status == OK]
    errors = Counter(answer.status for answer in answers if answer.status != OK)
    seconds = max(each.ended for each in answers) - min(each.due for each in answers)
    return {"per_second": round(len(good) / seconds, 1), **spread(good), "errors": dict(errors)}


def overload(answers: Sequence[Answer], seconds: float) -> dict[str, Any]:
    """What became of an open loop: answers, refusals with the time they took, and errors."""
    of = {status: [each for each in answers if each.status == status] for status in (OK, BUSY)}
    errors = Counter(each.status for each in answers if each.status not in of)
    rude = sum("retry-after" not in each.headers for each in of[BUSY])
    if rude:
        errors["503 without Retry-After"] = rude
    last = max((each.due for each in answers), default=0.0)
    late = [(each.sent - each.due) * 1000 for each in answers]
    return {
        "asked": len(answers),
        "per_second": round(len(answers) / seconds, 1),
        "answered": len(of[OK]),
        **spread(of[OK]),
        "refused": len(of[BUSY]),
        "refused_p95": spread(of[BUSY])["p95"],
        "errors": dict(errors),
        "drained_after": round(max((e.ended for e in answers), default=0.0) - last, 2),
        "client_late_p95": round(percentile(late, 0.95), 1),
    }


class Questions:
    """Questions that never repeat, made of an index's words and headings; the same each time.

    Those ``given`` come first, then with words of the index.
    """

    def __init__(self, passages: Sequence[Passage], given: Sequence[str] = ()) -> None:
        texts = " ".join(each.text for each in passages)
        words = {term.exact for term in terms(texts)} - STOPWORDS
        self._words = sorted(word for word in words if word.isalpha() and len(word) >= _SHORTEST)
        self._headings = sorted({each.headings[-1] for each in passages if each.headings})
        braced = (text.replace("{", "{{").replace("}", "}}") for text in given)
        self._templates = [f"{text} {{word}}" for text in braced] or TEMPLATES
        self._chance = random.Random(1)  # noqa: S311 - questions, the same each time
        self._made = list(dict.fromkeys(given))
        self._known = set(self._made)

    def __getitem__(self, number: int) -> str:
        self.make(number + 1)
        return self._made[number]

    def make(self, count: int) -> None:
        """Have so many ready."""
        while len(self._made) < count:
            self._make()

    def since(self, number: int) -> Iterator[str]:
        """One question after another, from this one on."""
        while True:
            yield self[number]
            number += 1

    def _make(self) -> None:
        choose = self._chance.choice
        word = choose(self._words)
        cut = self._chance.randrange(len(word))
        made = choose(self._templates).format(
            word=word,
            other=choose(self._words),
            heading=choose(self._headings or self._words),
            slip=word[:cut] + word[cut + 1 :],
        )
        while made in self._known:
            made += f" {choose(self._words)}"
        self._known.add(made)
        self._made.append(made)
