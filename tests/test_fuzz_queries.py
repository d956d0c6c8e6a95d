"""The fuzzing benchmark's questions against a small index, in this process, and its own parts."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzz_queries import Answer, Client, Fuzz, is_error, report, traces, words_of
from benchmarks.hostile_queries import KINDS, query, target
from search.app import create_app
from search.schema import Highlight
from tests.fakes import passage
from tests.search_index import by_words, entry, settings
from tests.sites import Answer as Page
from tests.sites import Site

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from tests.conftest import Published

RUN = "zq0123456789"
WORDS = ["octreotide", "lanreotide", "tumour", "177Lu", "SSA", "side", "effects", "of", "PRRT", "a"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    texts = (
        "Side effects of PRRT with 177Lu",
        "Octreotide, an SSA (somatostatin analogue)",
        "½ a ﬁ",
    )
    passages = [passage(text, title=text, url=f"/site/{n}/") for n, text in enumerate(texts)]
    engine = by_words(
        tmp_path_factory.mktemp("fuzz"), passages, glossary=[entry("PRRT", "radionuclide therapy")]
    )
    return create_app(settings(), engine).test_client()


def check(client: FlaskClient, address: str) -> int:
    """The status of an answer that is as it should be."""
    answer = client.get(address)
    assert answer.status_code in {200, 400}
    if answer.mimetype == "text/html":
        assert answer.data.startswith(b"<!doctype html>")
    elif answer.status_code == 400:
        assert is_error(answer.data)
    elif address.startswith("/api/v1/search"):
        for hit in answer.get_json()["hits"]:
            ends = [
                0,
                *(end for mark in hit["highlights"] for end in _ends(mark)),
                len(hit["text"]),
            ]
            assert ends == sorted(ends)
    return answer.status_code


def _ends(mark: Highlight) -> tuple[int, int]:
    return mark["start"], mark["end"]


@pytest.mark.parametrize("part", range(4))
def test_hostile_questions_are_answered_or_refused(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, part: int
) -> None:
    caplog.set_level(logging.DEBUG)
    statuses = set()
    for number in range(part * 75, part * 75 + 75):
        asked = query(number, WORDS, RUN, 0)
        # The socket's raw bytes are for the server in front, which is not here.
        if asked.value.isascii():
            statuses.add(check(client, target(number, asked, WORDS, 0)))
    assert statuses == {200, 400}
    assert RUN not in caplog.text


@given(
    st.sampled_from(["/api/v1/search", "/", "/api/v1/suggest"]),
    st.text(st.characters(codec=None), max_size=200),
)
def test_any_text_is_answered_or_refused(client: FlaskClient, route: str, text: str) -> None:
    check(client, f"{route}?q={quote(text, safe='', errors='surrogatepass')}")


def test_questions_are_of_every_kind_and_can_be_made_again() -> None:
    asked = [query(number, WORDS, RUN, 7) for number in range(400)]
    assert asked == [query(number, WORDS, RUN, 7) for number in range(400)]
    assert asked != [query(number, WORDS, RUN, 8) for number in range(400)]
    assert {each.kind for each in asked} == set(KINDS)
    assert all(f"{RUN}n{number:07}" in each.value for number, each in enumerate(asked))
    lengths = [len(unquote_to_bytes(each.value)) for each in asked]
    assert min(lengths) < 40
    assert max(lengths) > 8190


def test_the_words_are_those_of_the_index(published: Published) -> None:
    words = words_of(published.data)
    assert {"octreotide", "177Lu", "PRRT"} <= set(words)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"code": "a", "message": "b", "field": null, "request_id": "c"}}', True),
        (b'{"error": {"code": "a", "message": "b", "request_id": "c"}}', False),
        (b'{"error": "a"}', False),
        (b"[]", False),
        (b"<!doctype html>", False),
        (b"\xff", False),
    ],
)
def test_what_is_the_error_object(body: bytes, said: bool) -> None:
    assert is_error(body) is said


def test_a_trace_is_found_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "clean").write_bytes(b"zq")
    assert traces(RUN, [tmp_path], b"GET / 200") == []
    (tmp_path / "deep" / "file").write_bytes(b"\x00\xff" + RUN.upper().encode() + b"N1")
    found = traces(RUN, [tmp_path], f"failed: {RUN}n0000001".encode())
    assert found == ["the log or the metrics", str(tmp_path / "deep" / "file")]


def _answer(status: int = 200, seconds: float = 0.1, *, well_formed: bool = True) -> Answer:
    return Answer(1, "slips", "/?q=a", 5, status, seconds, well_formed)


@pytest.mark.parametrize(
    ("answer", "found", "ready", "said"),
    [
        (_answer(), [], True, "wrong answers: 0"),
        (_answer(400), [], True, "1 of 400"),
        (_answer(414), [], True, "1 of 414"),
        (_answer(500), [], True, "status 500"),
        (_answer(429), [], True, "status 429"),
        (_answer(0), [], True, "no answer"),
        (_answer(seconds=10.5), [], True, "late"),
        (_answer(400, well_formed=False), [], True, "another shape"),
        (_answer(), ["log"], True, "traces of questions: log"),
        (_answer(), [], False, "ready at the end: NO"),
    ],
)
def test_what_is_wrong_is_told(
    capsys: pytest.CaptureFixture[str], answer: Answer, found: list[str], ready: bool, said: str
) -> None:
    well = not answer.wrong and not found and ready
    assert report(Fuzz(0, WORDS, RUN, 0, 1, [answer]), found, ready=ready) is well
    assert said in capsys.readouterr().out


def test_a_client_keeps_its_connection_and_comes_again() -> None:
    closing = Page("bye", headers={"Connection": "close"})
    with Site({"/": Page("a"), "/bye": closing, "/cut": Page("a", missing=5)}) as site:
        client = Client(site.port)
        answers = [client.ask(path) for path in ("/", "/", "/bye", "/", "/none", "/cut", "/")]
        client.close()
    assert answers == [(200, b"a")] * 2 + [
        (200, b"bye"),
        (200, b"a"),
        (404, b"not here"),
        (0, b""),
    ] + [(200, b"a")]
    assert site.count("/cut") == 2


def test_a_service_that_is_not_there_gives_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert Client(port).ask("/") == (0, b"")


def test_every_question_is_asked_once() -> None:
    with Site() as site:
        fuzz = Fuzz(site.port, WORDS, RUN, 0, 30)
        fuzz.ask_all()
    assert sorted(each.number for each in fuzz.answers) == list(range(30))
    assert "status 404" in {each.wrong for each in fuzz.answers}
