"""What the engine makes of a question's words: corrections, other names, and what undoes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from search.engine import Engine
from search.retrieve import _OTHER_NAME
from tests.fakes import FakeEncoder, passage
from tests.search_index import ask, by_angle, by_words, entry, settings, texts

if TYPE_CHECKING:
    from pathlib import Path

MODES = ("hybrid", "semantic", "keyword")
GLOSSARY = (
    entry("Sandostatin", "octreotide", direction="forward"),
    entry("octreotide", "somatostatin analogue", direction="forward"),
)
TEXTS = (
    "Octreotide once a month",
    "A somatostatin analogue for palliative care",
    "The scan takes an hour",
    "Meals with less fat",
    "Somatostatin and an analogue of it",
    "Where to park",
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    found = [passage(text, url=f"/{i}") for i, text in enumerate(TEXTS)]
    return by_words(tmp_path_factory.mktemp("wording"), found, None, GLOSSARY)


# Other names


def test_other_names_find_passages_and_are_said(engine: Engine) -> None:
    results = ask(engine, "Sandostatin", mode="keyword")
    assert texts(results) == [TEXTS[0], TEXTS[1]], "the nearer name first"
    assert results["expansions"] == [
        {"from": "Sandostatin", "to": "octreotide", "source": "glossary"},
        {"from": "Sandostatin", "to": "somatostatin analogue", "source": "glossary"},
    ]
    assert results["corrections"] == []
    first, second = results["hits"]
    assert first["highlights"] == [{"start": 0, "end": 10, "kind": "synonym"}]
    assert first["why"]["expansions"] == ["octreotide"]
    assert first["why"]["coverage"] == _OTHER_NAME
    assert second["highlights"] == [
        {"start": 2, "end": 14, "kind": "synonym"},
        {"start": 15, "end": 23, "kind": "synonym"},
    ]
    assert second["why"]["expansions"] == ["somatostatin analogue"]


def test_what_was_asked_for_comes_before_its_other_name(tmp_path: Path) -> None:
    found = [passage("octreotide at home", url="/1"), passage("SSA at home", url="/2")]
    glossary = (entry("SSA", "octreotide"),)
    for asked, expected in (("SSA", ["/2", "/1"]), ("octreotide", ["/1", "/2"])):
        hits = ask(by_words(tmp_path, found, None, glossary), asked, mode="keyword")["hits"]
        assert [hit["url"] for hit in hits] == expected
        kinds = [mark["kind"] for hit in hits for mark in hit["highlights"]]
        assert kinds == ["exact", "synonym"]


def test_a_pair_that_a_page_explains_is_said_to_be_of_a_page(tmp_path: Path) -> None:
    found = [
        passage("Somatostatin analogues (SSAs) help", url="/1"),
        passage("A somatostatin analogue is injected", url="/2"),
        *(
            passage(text, url=f"/more/{text}")
            for text in ("a scan", "meals", "where", "how", "when")
        ),
    ]
    results = ask(by_words(tmp_path, found), "SSA", mode="keyword")
    assert {each["source"] for each in results["expansions"]} == {"page"}
    assert [hit["url"] for hit in results["hits"]] == ["/1", "/2"]


@pytest.mark.parametrize("mode", MODES)
def test_expand_false_undoes_it(engine: Engine, mode: str) -> None:
    results = ask(engine, "Sandostatin", mode=mode, expand="false")
    assert results["expansions"] == []
    for hit in results["hits"]:
        assert hit["highlights"] == []
        assert hit["why"]["expansions"] == []
        assert (hit["why"]["keyword"], hit["why"]["coverage"]) == (0, 0)
    if mode == "keyword":
        assert results["hits"] == []


def test_the_setting_undoes_it_for_all(engine: Engine) -> None:
    never = Engine(engine.index, FakeEncoder(), settings(expansions=False))
    assert ask(never, "Sandostatin", expand="true")["expansions"] == []


def test_the_meaning_is_that_of_the_question_and_its_other_name(tmp_path: Path) -> None:
    asked = {"sandostatin": 0, "sandostatin (octreotide)": 60}
    pages = [(passage(text, url=f"/{i}"), 30 * i) for i, text in enumerate(TEXTS)]
    engine = by_angle(tmp_path, pages, asked, None, GLOSSARY)
    encoder = engine.encoder
    assert isinstance(encoder, FakeEncoder)
    # Halfway between its readings, at 30 degrees, is the second passage.
    assert texts(ask(engine, "sandostatin", mode="semantic"))[0] == TEXTS[1]
    assert encoder.encoded == list(asked)
    assert texts(ask(engine, "sandostatin", mode="semantic", expand="false"))[0] == TEXTS[0]


# Corrections


@pytest.mark.parametrize("mode", MODES)
def test_a_misspelt_word_is_corrected_and_said(engine: Engine, mode: str) -> None:
    results = ask(engine, "pallitive", mode=mode)
    assert results["q"] == "pallitive"
    assert results["corrections"] == [{"from": "pallitive", "to": "palliative"}]
    [hit] = [each for each in results["hits"] if each["text"] == TEXTS[1]]
    assert hit["highlights"] == [{"start": 28, "end": 38, "kind": "exact"}]
    assert hit["why"]["coverage"] == 1
    if mode != "semantic":
        assert hit == results["hits"][0]


@pytest.mark.parametrize("mode", MODES)
def test_correct_false_undoes_it(engine: Engine, mode: str) -> None:
    results = ask(engine, "pallitive", mode=mode, correct="false")
    assert results["corrections"] == []
    assert all(not hit["highlights"] for hit in results["hits"])
    assert {hit["why"]["coverage"] for hit in results["hits"]} <= {0}


def test_the_setting_leaves_all_words_as_they_are(engine: Engine) -> None:
    never = Engine(engine.index, FakeEncoder(), settings(spelling=False))
    assert ask(never, "pallitive", correct="true")["corrections"] == []


@pytest.mark.parametrize("q", ['"pallitive"', "“pallitive”", 'a scan, "pallitive" or not'])
def test_quoted_words_are_never_corrected(engine: Engine, q: str) -> None:
    results = ask(engine, q)
    assert results["corrections"] == []
    assert TEXTS[1] not in [hit["text"] for hit in results["hits"] if hit["highlights"]]


def test_a_corrected_name_has_other_names(engine: Engine) -> None:
    results = ask(engine, "sandostatine", mode="keyword")
    assert results["corrections"] == [{"from": "sandostatine", "to": "sandostatin"}]
    assert [each["to"] for each in results["expansions"]] == [
        "octreotide",
        "somatostatin analogue",
    ]
    assert texts(results) == [TEXTS[0], TEXTS[1]]


def test_a_corrected_word_is_a_rare_exact_one(engine: Engine) -> None:
    first, *others = ask(engine, "pallitive")["hits"]
    assert (first["text"], first["why"]["exact_rare"]) == (TEXTS[1], True)
    assert not any(each["why"]["exact_rare"] for each in others)
