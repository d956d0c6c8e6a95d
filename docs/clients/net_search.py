"""A client of the search service in one file: Python 3.11 or newer, standard library only.

Copy it into your project.

    from net_search import NetSearch, NetSearchError

    net = NetSearch("https://search.example.org")
    for hit in net.search("side effects of PRRT", section="treatments").hits:
        print(hit.title, hit.link)

Try it: ``python net_search.py https://search.example.org "side effects of PRRT"``.

A question is health information: no message of this client holds one, and none is sent on to
where a redirect points.
"""  # noqa: INP001 - a file to copy, in no package

from __future__ import annotations

import json
import re
import sys
import types
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException
from time import monotonic, sleep
from typing import Any, Literal, TypedDict, TypeVar, Unpack, get_args, get_origin, get_type_hints
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

_MOST_BYTES = 32 * 1024 * 1024  # of an answer, once unpacked; the rest of a longer one is cut off
_LONGEST_PAUSE = 5.0  # seconds of a Retry-After that are waited for
_PAUSES = (0.5, 1.0, 2.0, 5.0)  # seconds between two looks at a job; the last one goes on
_MISSES = 5  # looks in a row that may fail: a service that is started anew is away for a moment


class NetSearchError(Exception):
    """The one exception: the service refused, did not answer, or something else answered.

    ``status`` is the HTTP status, 0 when there was no answer. ``code`` is the service's, or
    ``unreachable``, ``redirected``, ``invalid_answer`` or ``timeout``. ``field`` is the parameter
    at fault, ``request_id`` what to quote to the operator, and ``retry_after`` the seconds after
    which a 429 or 503 may be asked again; None where the answer names none.
    """

    def __init__(  # noqa: PLR0913 - the fields of an error's answer
        self,
        status: int,
        code: str,
        message: str,
        *,
        field: str | None = None,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(status, code, message)  # what it is made of again, to be pickled
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        return f"{self.code} ({self.status or 'no answer'}): {self.message}"


# What the service answers, by the names of its JSON. Fields that are not here are ignored, those
# with a default may be missing.


@dataclass(frozen=True)
class Highlight:
    """A stretch of a text, in characters; ``end`` is behind its last one."""

    start: int
    end: int
    kind: str = ""  # "exact" or "synonym"; none in suggestions


@dataclass(frozen=True)
class Why:
    """What decided the place of a hit."""

    semantic: float
    keyword: float
    exact_rare: bool
    heading: float = 0.0
    coverage: float = 0.0
    aspect: float = 0.0
    expansions: tuple[str, ...] = ()
    reranker: float | None = None


@dataclass(frozen=True)
class Place:
    """Another page that says the same."""

    title: str
    url: str
    link: str


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A passage. ``text`` is plain text of somebody's page: escape it where you show it."""

    id: str
    title: str
    headings: tuple[str, ...]
    text: str
    url: str
    path: str
    link: str  # lands on the passage; "" when it must not become a link
    source: str
    audience: str
    section: str
    fetched_at: str
    content_hash: str
    reviewed: str | None = None  # 2024-06-01, or 2024-06 where the page names no day
    updated: str | None = None
    review_due: str | None = None
    language: str = ""  # en
    position: int | None = None  # on its page, from 0; hits do not say it


@dataclass(frozen=True, kw_only=True)
class Hit(Passage):
    """A passage that answers."""

    score: float
    highlights: tuple[Highlight, ...]
    why: Why
    more_from_page: int = 0
    also_on: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Correction:
    """A word that was read as another."""

    from_: str
    to: str


@dataclass(frozen=True)
class Expansion:
    """Another name that was looked for as well."""

    from_: str
    to: str
    source: str  # "glossary" or "page"


@dataclass(frozen=True)
class Results:
    """One page of results."""

    q: str
    page: int
    per_page: int
    found: int
    found_relation: str  # "eq", or "gte": at least ``found``
    search_time_ms: float
    index_version: str
    answerable: bool  # False: nothing seems to answer this, and the hits are only the closest
    facets: dict[str, dict[str, int]]
    hits: tuple[Hit, ...]
    corrections: tuple[Correction, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    reviewed: dict[str, int] = field(default_factory=dict)  # by year of review, "" where unknown


@dataclass(frozen=True)
class Suggestion:
    """What a question that is being typed may become."""

    text: str
    kind: str
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True)
class PassageInPlace:
    """A passage and its neighbours on the page, in reading order."""

    index_version: str
    passage: Passage
    before: tuple[Passage, ...] = ()
    after: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class Readiness:
    """The index that answers."""

    status: str
    index_version: str
    created_at: str
    encoder: str
    pages: int
    passages: int


@dataclass(frozen=True)
class Job:
    """A run that indexes again: how far it is, or how it ended. Times are UTC."""

    job_id: str
    state: str  # queued, running, published, unchanged, refused, failed or interrupted
    error: str = ""  # why it failed or was refused
    started_at: str = ""
    finished_at: str = ""
    stage: str = ""
    done: int = 0  # of ``total`` in this stage
    total: int | None = None
    pages: int = 0
    passages: int = 0
    embedded: int = 0
    build_id: str = ""
    drops: dict[str, int] | None = None  # reason to number of pages left out
    notes: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state not in {"queued", "running"}

    @property
    def succeeded(self) -> bool:
        """Whether the index is now as the site is."""
        return self.state in {"published", "unchanged"}


class Options(TypedDict, total=False):
    """What narrows or changes a search."""

    mode: Literal["hybrid", "semantic", "keyword"]
    expand: bool
    correct: bool
    group_by: Literal["page", "none"]
    audience: str
    source: str
    section: str
    language: str
    reviewed_after: date | str | None
    url: str


class NetSearch:
    """A search service; safe to share between threads.

    ``base_url`` is its http(s) address; ``token`` the operator's, sent only to the routes that ask
    for it; ``timeout`` the seconds that one step (to connect, to get more of an answer) may take.
    A 429 or 503 that names a pause of at most 5 seconds is asked once more, but never a POST.
    Every method raises NetSearchError; ValueError is for an address or token of no use.
    """

    def __init__(self, base_url: str, *, token: str | None = None, timeout: float = 10.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("base_url is not an address such as https://search.example.org")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("base_url has a user, a query or a fragment; give it without")
        if token is not None and not (token.isascii() and token.isprintable() and token.strip()):
            raise ValueError("token is empty or has characters that no header can hold")
        self._base = base_url.rstrip("/")
        self._host = parts.netloc
        self._token = token
        self._timeout = timeout
        self._opener = build_opener(_AsAnswered())

    def search(  # noqa: PLR0913 - the parameters of the route
        self,
        q: str,
        *,
        page: int = 1,
        per_page: int = 10,
        mode: Literal["hybrid", "semantic", "keyword"] = "hybrid",
        expand: bool = True,
        correct: bool = True,
        group_by: Literal["page", "none"] = "page",
        audience: str = "",
        source: str = "",
        section: str = "",
        language: str = "",
        reviewed_after: date | str | None = None,
        url: str = "",
    ) -> Results:
        """The passages that answer ``q``, best first; ``per_page`` is at most 50.

        ``url`` is the address of a page, as hits give it: only its passages come.
        """
        asked = {
            "q": q,
            "page": str(page),
            "per_page": str(per_page),
            "mode": mode,
            "expand": "true" if expand else "false",
            "correct": "true" if correct else "false",
            "group_by": group_by,
            "audience": audience,
            "source": source,
            "section": section,
            "language": language,
            "reviewed_after": str(reviewed_after or ""),
            "url": url,
        }
        # The length of an address has its limit, and a question may need most of it.
        given = {name: value for name, value in asked.items() if value or name == "q"}
        return self._get("/api/v1/search", Results, given)

    def all(self, q: str, *, per_page: int = 50, **options: Unpack[Options]) -> Iterator[Hit]:
        """Every hit, best first, asked for page by page as they are taken; each passage once."""
        # A new index may be published between two pages, and move a hit to the next one.
        seen: set[str] = set()
        page, more = 1, True
        while more:
            results = self.search(q, page=page, per_page=per_page, **options)
            new = [hit for hit in results.hits if hit.id not in seen]
            seen.update(hit.id for hit in new)
            yield from new
            rest = results.found > page * per_page or results.found_relation != "eq"
            more = bool(new) and rest
            page += 1

    def suggest(self, q: str, *, limit: int = 8) -> list[Suggestion]:
        """What ``q``, as typed so far, may become: at most ``limit``, best first."""
        asked = {"q": q, "limit": str(limit)}
        return list(self._get("/api/v1/suggest", _Suggestions, asked).suggestions)

    def passage(self, passage_id: str) -> PassageInPlace:
        """A passage with its neighbours. Ids change with the text: 404 ``passage_not_found``."""
        return self._get(f"/api/v1/passages/{quote(passage_id, safe='')}", PassageInPlace)

    def ready(self) -> Readiness:
        """Which index answers. Raises NetSearchError with 503 when there is none yet."""
        return self._get("/readyz", Readiness)

    def reindex(self) -> Job:
        """Have what changed on the sites indexed (needs the token); does not wait for it."""
        answer = self._exchange("POST", "/api/v1/reindex", operator=True)
        return self._read(answer, Job)

    def job(self, job_id: str) -> Job:
        """How far a run is (needs the token)."""
        return self._get(f"/api/v1/jobs/{quote(job_id, safe='')}", Job, operator=True)

    def wait(self, job: Job | str, *, timeout: float = 3600.0) -> Job:
        """The run once it has ended, well or not: see its ``succeeded``.

        Raises NetSearchError ``timeout`` when that takes longer than ``timeout`` seconds.
        """
        job_id = job if isinstance(job, str) else job.job_id
        until = monotonic() + timeout
        looks = misses = 0
        while True:
            try:
                found = self.job(job_id)
                misses = 0
                if found.ended:
                    return found
            except NetSearchError as error:
                misses += 1
                passing = error.status in {0, 429, 502, 503, 504}
                if misses >= _MISSES or not passing:
                    raise
            pause = _PAUSES[min(looks, len(_PAUSES) - 1)]
            if monotonic() + pause > until:
                raise NetSearchError(0, "timeout", f"the run has not ended in {timeout:g} seconds")
            sleep(pause)
            looks += 1

    def _get(
        self,
        path: str,
        kind: type[_T],
        asked: Mapping[str, str] | None = None,
        *,
        operator: bool = False,
    ) -> _T:
        if asked:
            # Half a surrogate pair is sent as it is, for the service to refuse.
            path += "?" + urlencode(asked, errors="surrogatepass")
        answer = self._exchange("GET", path, operator=operator)
        pause = answer.retry_after
        if pause is not None and pause <= _LONGEST_PAUSE:
            sleep(pause)
            answer = self._exchange("GET", path, operator=operator)
        return self._read(answer, kind)

    def _exchange(self, method: str, path: str, *, operator: bool) -> _Answer:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "net-search-client/1",
        }
        if operator and self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = b"" if method == "POST" else None
        request = Request(self._base + path, data, headers, method=method)  # noqa: S310 - http(s)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                body = response.read(_MOST_BYTES)
                sent = {name.lower(): value for name, value in response.headers.items()}
                return _Answer(response.status, sent, body)
        except HTTPException as error:
            # Its text may be what was sent back, with the question in it.
            reason = type(error).__name__
        except (OSError, UnicodeError) as error:
            inner = error.reason if isinstance(error, URLError) else error
            reason = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
        # Outside the handlers, so that no traceback shows the library's exception with its address.
        raise NetSearchError(0, "unreachable", f"no whole answer from {self._host}: {reason}")

    def _read(self, answer: _Answer, kind: type[_T]) -> _T:
        """The object in an answer, or the exception that it is."""
        value = answer.json()
        if not answer.is_good:
            raise self._refusal(answer, value)
        problem = "the answer is cut off, or is not JSON"
        if value is not None:
            try:
                made: _T = _typed(kind, value)
            except _MalformedError as error:
                problem = f"the answer lacks or has another {error}"
            else:
                return made
        raise NetSearchError(answer.status, "invalid_answer", f"{self._host}: {problem}")

    def _refusal(self, answer: _Answer, value: Any) -> NetSearchError:
        status, pause = answer.status, answer.retry_after
        error = value.get("error") if isinstance(value, dict) else None
        if isinstance(error, dict) and isinstance(error.get("code"), str):
            return NetSearchError(
                status,
                error["code"],
                str(error.get("message") or ""),
                field=str(error["field"]) if error.get("field") else None,
                request_id=str(error.get("request_id") or ""),
                retry_after=pause,
            )
        if 300 <= status < 400:  # noqa: PLR2004
            # No more of it than the host: its query may be the question.
            to = re.match(r"https?://[\w.:-]+", answer.headers.get("location", ""))
            where = to[0] if to else "elsewhere"
            said = f"{self._host} redirects to {where}; give the service's own address"
            return NetSearchError(status, "redirected", said)
        said = f"{self._host} answered {status} without the service's error: a proxy, or no service"
        return NetSearchError(status, "invalid_answer", said, retry_after=pause)


@dataclass(frozen=True)
class _Suggestions:
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class _Answer:
    """An HTTP answer; its header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004

    @property
    def retry_after(self) -> float | None:
        """Seconds that a 429 or 503 asks for, None when it is another answer or names none."""
        written = self.headers.get("retry-after", "").strip()
        if self.status not in {429, 503} or not written:
            return None
        if written.isdecimal() and len(written) < 10:  # noqa: PLR2004 - a number of seconds
            return float(written)
        try:
            at = parsedate_to_datetime(written)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - datetime.now(UTC)).total_seconds())

    def json(self) -> Any:
        """The value in the body, None when there is none to be read."""
        body = self.body
        try:
            if self.headers.get("content-encoding", "").lower() == "gzip":
                # Of a bomb no more is unpacked than an answer may have.
                body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _MOST_BYTES)
            return json.loads(body)
        except (ValueError, RecursionError, zlib.error):
            return None


class _AsAnswered(HTTPErrorProcessor):
    """Every answer as it came: no exception for its status, and no redirect followed."""

    def http_response(self, request: Request, response: Any) -> Any:  # noqa: ARG002
        return response

    https_response = http_response


_T = TypeVar("_T")


class _MalformedError(Exception):
    """A value is not of the type that it should be; its text is where."""


def _typed(kind: Any, value: Any, at: str = "object") -> Any:
    """A JSON value as a dataclass of this module, or as what its fields are made of."""
    if is_dataclass(kind):
        return _made(kind, value, at)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list):
        return tuple(_typed(inner[0], each, f"{at}[{row}]") for row, each in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {name: _typed(inner[1], each, at) for name, each in value.items()}
    if origin is types.UnionType:
        return None if value is None else _typed(inner[0], value, at)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:  # a bool is no number
        raise _MalformedError(at)
    return value


def _made(kind: Any, value: Any, at: str) -> Any:
    if not isinstance(value, dict):
        raise _MalformedError(at)
    made = {}
    for each in fields(kind):
        name = each.name.rstrip("_")  # from is a word of Python
        if name in value:
            made[each.name] = _typed(_types(kind)[each.name], value[name], name)
        elif each.default is each.default_factory is MISSING:
            raise _MalformedError(name)
    return kind(**made)


_types = cache(get_type_hints)


def pieces(text: str, highlights: Iterable[Highlight]) -> Iterator[tuple[str, str]]:
    """A text in parts, each with the kind of its highlight or "" where there is none.

    To show a hit on a page: ``"".join(f"<mark>{escape(part)}</mark>" if kind else escape(part)
    for part, kind in pieces(hit.text, hit.highlights))``.
    """
    at = 0
    for each in sorted(highlights, key=lambda each: each.start):
        start, end = max(each.start, at), min(each.end, len(text))
        if start < end:
            if at < start:
                yield text[at:start], ""
            yield text[start:end], each.kind or "exact"
            at = end
    if at < len(text):
        yield text[at:], ""


def _shown(results: Results) -> str:
    """Results for a terminal, which gets no control characters of other people's pages."""
    about = "" if results.found_relation == "eq" else "at least "
    lines = [about + ("1 result" if results.found == 1 else f"{results.found} results")]
    if not results.answerable:
        lines = ["Nothing seems to answer this. The closest passages:"]
    for number, hit in enumerate(results.hits, 1):
        text = "".join(f"*{part}*" if k else part for part, k in pieces(hit.text, hit.highlights))
        trail = " > ".join(dict.fromkeys([hit.title, *hit.headings]))
        lines += ["", f"{number}. {trail}", f"   {' '.join(text.split())}", f"   {hit.link}"]
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)


def _main(arguments: list[str]) -> int:
    if len(arguments) != 2:  # noqa: PLR2004
        sys.stderr.write('usage: net_search.py BASE_URL "question"\n')
        return 2
    try:
        results = NetSearch(arguments[0]).search(arguments[1])
    except (NetSearchError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(_shown(results) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
