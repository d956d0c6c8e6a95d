from __future__ import annotations

from collections import Counter
from copy import copy
from math import cos, log, radians
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.dense import FlatDense
from indexer.errors import IndexInvalidError, IndexNotFoundError
from search.engine import Engine
from search.fuse import weighted
from search.request import SearchRequest
from search.settings import Weights
from tests.fakes import AngleEncoder, FakeEncoder, passage
from tests.search_index import (
    COSINE_OVER_HALF,
    PlaneEncoder,
    ask,
    by_angle,
    by_words,
    candidates,
    plane,
    settings,
    texts,
)

if TYPE_CHECKING:
    from pathlib import Path

    from indexer.records import Passage
    from tests.conftest import Published

MODES = ("hybrid", "semantic", "keyword")
# The sum of the halves and nothing else.
PLAIN = {"fusion": "weighted", "rare_passages": 0, "semantic_reach": 0.0}


def _pages(*directions: float, words: dict[int, str] | None = None) -> list[tuple[Passage, float]]:
    """A page for each direction, named after it."""
    return [
        (passage(f"{(words or {}).get(row, 'text')} at {each}", url=f"/{row}"), each)
        for row, each in enumerate(directions)
    ]


# What ranks


def test_semantic_ranks_by_direction(tmp_path: Path) -> None:
    engine = by_angle(tmp_path, _pages(0, 30, 60, 85, 170), {"q": 40})
    results = ask(engine, "q", mode="semantic")
    # 40 degrees are 10, 20, 40 and 45 from them, and 130 from the last: out of reach.
    assert texts(results) == ["text at 30", "text at 60", "text at 0", "text at 85"]
    degrees = (10, 20, 40, 45)
    cosines = [cos(radians(each)) for each in degrees]
    assert [hit["why"]["semantic"] for hit in results["hits"]] == pytest.approx(cosines, abs=1e-4)
    assert [hit["score"] for hit in results["hits"]] == pytest.approx(
        [(each - cosines[-1]) / (cosines[0] - cosines[-1]) for each in cosines], abs=1e-4
    )
    assert {hit["why"]["keyword"] for hit in results["hits"]} == {0}


def test_semantic_takes_no_notice_of_words(tmp_path: Path) -> None:
    engine = by_angle(tmp_path, _pages(0, 30, words={1: "captem"}), {"captem": 0})
    assert texts(ask(engine, "captem", mode="semantic")) == ["text at 0", "captem at 30"]


def test_keyword_ranks_by_bm25(tmp_path: Path) -> None:
    found = [passage(text, url=f"/{i}") for i, text in enumerate(["a b", "b c d e f g", "c b b h"])]
    engine = by_words(tmp_path, found, **PLAIN)
    results = ask(engine, "b", mode="keyword")
    assert texts(results) == ["c b b h", "a b", "b c d e f g"]

    def bm25(times: int, length: int) -> float:
        """With k1 = 1.2 and b = 0.75; all 3 passages hold the word, 4 words is their mean."""
        idf = log(1 + (3 - 3 + 0.5) / (3 + 0.5))
        return idf * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / 4))

    scores = [bm25(2, 4), bm25(1, 2), bm25(1, 6)]
    assert [hit["why"]["keyword"] for hit in results["hits"]] == pytest.approx(scores, abs=1e-4)
    assert [hit["score"] for hit in results["hits"]] == pytest.approx(
        [each / scores[0] for each in scores], abs=1e-4
    )


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        # Cosines 1, 0.5, 0 and the word in the last alone: 1, 0.5, 0 and 0, 0, 1 are weighed.
        (0.6, {"text at 0": 0.6, "word at 90": 0.4, "text at 60": 0.3}),
        (0.3, {"word at 90": 0.7, "text at 0": 0.3, "text at 60": 0.15}),
        (0.9, {"text at 0": 0.9, "text at 60": 0.45, "word at 90": 0.1}),
    ],
)
def test_hybrid_ranks_by_the_weighted_sum(
    tmp_path: Path, weight: float, expected: dict[str, float]
) -> None:
    pages = _pages(0, 60, 90, words={2: "word"})
    engine = by_angle(tmp_path, pages, {"word": 0}, semantic_weight=weight, **PLAIN)
    results = ask(engine, "word")
    assert texts(results) == list(expected)
    assert [hit["score"] for hit in results["hits"]] == pytest.approx(list(expected.values()))


def test_hybrid_ranks_by_what_was_learned(tmp_path: Path) -> None:
    weights = Weights(
        meaning=2, words=1, coverage=2, aspect=1, section=1, parent=1, page=1
    )  # 6 for a passage's own, times 4
    passages = [
        (passage("word one", url="/a", title="A", headings=["A", "Causes"]), 60),
        (passage("text two", url="/a", title="A", headings=["A", "Other"]), 0),
        (passage("text three", url="/b", title="B"), 60),
    ]
    asked = {"why do word": 0}
    engine = by_angle(
        tmp_path, passages, asked, weights=weights, rare_passages=0, semantic_reach=0.0
    )
    results = ask(engine, "why do word", group_by="none")
    # Cosines are 0.5, 1, 0.5 and on the mean 2/3. "word" is in one passage, and "why do", which say
    # nothing, are an aspect.
    own = [-0.5 * 2 + 1 + 2 + 1, 2, -0.5 * 2]
    assert own == [3, 2, -1]
    expected = {"word one": 4 * 3 / 24, "text two": (3 * 2 + 3) / 24, "text three": 0}
    assert {hit["text"]: hit["score"] for hit in results["hits"]} == pytest.approx(
        expected, abs=1e-4
    )
    assert texts(results) == list(expected)
    why = results["hits"][0]["why"]
    assert why["keyword"] > 0
    assert why == {
        "semantic": 0.5,
        "keyword": why["keyword"],
        "exact_rare": False,
        "heading": 0.0,
        "coverage": 1.0,
        "aspect": 1.0,
        "expansions": [],
    }


def test_hybrid_ranks_by_reciprocal_ranks(tmp_path: Path) -> None:
    pages = _pages(0, 60, 85, words={2: "word"})
    engine = by_angle(tmp_path, pages, {"word": 0}, **PLAIN | {"fusion": "ranks"})
    results = ask(engine, "word")
    assert texts(results) == ["word at 85", "text at 0", "text at 60"]
    sums = [1 / 63 + 1 / 61, 1 / 61, 1 / 62]
    assert [hit["score"] for hit in results["hits"]] == pytest.approx(
        [each / sums[0] for each in sums], abs=1e-4
    )


@pytest.mark.parametrize("fusion", ["learned", "weighted", "ranks"])
@pytest.mark.parametrize(("mode", "first"), [("semantic", "text at 0"), ("keyword", "word at 85")])
def test_one_half_alone_is_never_fused(tmp_path: Path, fusion: str, mode: str, first: str) -> None:
    pages = _pages(0, 60, 85, words={2: "word"})
    engine = by_angle(tmp_path, pages, {"word": 0}, fusion=fusion, semantic_weight=0.5)
    hits = ask(engine, "word", mode=mode)["hits"]
    assert (hits[0]["text"], hits[0]["score"]) == (first, 1.0)


def test_keyword_asks_for_no_vector_it_does_not_need(tmp_path: Path) -> None:
    engine = by_angle(tmp_path, _pages(0))
    encoder = engine.encoder
    assert isinstance(encoder, FakeEncoder)
    ask(engine, "text", mode="keyword")
    assert encoder.encoded == []
    ask(engine, "text")
    assert encoder.encoded == ["text"]


# A rare exact term wins


@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("captem", "captem at 180"),
        ("CAPTEM?", "captem at 180"),
        ("captem text", "captem at 180"),
        ("when do people begin to have CAPTEM as text", "captem at 180"),
        ("when do people begin to have captem-2 as text", "text at 0"),
        # In a long question an ordinary word is one word among others, rare or not.
        ("when do people begin to have captem as text", "text at 0"),
        ('when do people begin to have "captem at" as text', "captem at 180"),
        ('when do people begin to have "at captem" as text', "text at 0"),
    ],
)
def test_a_rare_exact_term_wins_from_afar(tmp_path: Path, q: str, first: str) -> None:
    pages = _pages(0, 10, 20, 30, 40, 50, 180, words={6: "captem"})
    results = ask(by_angle(tmp_path, pages), q)
    assert texts(results)[0] == first
    assert [hit["why"]["exact_rare"] for hit in results["hits"]].count(True) == (
        first == "captem at 180"
    )


@pytest.mark.parametrize(("holding", "ahead"), [(1, True), (5, True), (6, False)])
def test_few_passages_are_five(tmp_path: Path, holding: int, *, ahead: bool) -> None:
    words = {4 + row: "captem" for row in range(holding)}
    pages = _pages(0, 1, 2, 3, *range(100, 100 + holding), words=words)
    # Without a share of the words in the sum only rarity can bring far passages ahead.
    found = texts(ask(by_angle(tmp_path, pages, semantic_weight=1.0), "captem"))
    with_word = [text for text in found if "captem" in text]
    assert len(with_word) == holding
    assert (found[:holding] == with_word) is ahead


@pytest.fixture(scope="module")
def three_of_ten(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Ten passages, three of which hold the word captem."""
    pages = _pages(*range(10), words=dict.fromkeys((2, 5, 9), "captem text"))
    return by_angle(tmp_path_factory.mktemp("rare"), pages)


@given(
    st.lists(st.integers(0, 359), min_size=10, max_size=10),
    st.integers(0, 359),
    st.sampled_from(["captem", "CAPTEM and text", "how is it that text has CAPTEM in this place"]),
)
def test_no_direction_outweighs_a_rare_exact_term(
    three_of_ten: Engine, directions: list[int], asked: int, q: str
) -> None:
    index = three_of_ten.index
    moved = copy(index)
    moved.dense = FlatDense.of(plane(directions))
    hits = ask(Engine(moved, PlaneEncoder({q: asked}), settings()), q)["hits"]
    assert {hit["url"] for hit in hits[:3]} == {"/2", "/5", "/9"}
    assert [hit["why"]["exact_rare"] for hit in hits] == [True] * 3 + [False] * (len(hits) - 3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "written",
    [
        ("177Lu", "Lu-177", "lutetium-177", "¹⁷⁷Lu", "Lutetium 177"),
        ("tumour", "tumor", "TUMOUR’S"),
        ("Ki-67", "Ki67", "ki‑67"),
        ("embolisation", "embolization"),
        ("anaemia", "anemia"),
        ("Ki-67 of the tumour", "ki67 of the tumor"),
        ("“Ki-67 of the tumour”", "“ki67 of the tumor”"),
    ],
)
def test_written_variants_rank_alike(tmp_path: Path, written: tuple[str, ...], mode: str) -> None:
    sentences = (
        "The tumour takes up 177Lu", "A tumor's Ki-67", "Ki67 of the tumour", "Lu-177 at night",
        "Lutetium-177 and ⁶⁸Ga", "Embolization of the liver", "embolisation", "Anaemia", "anemia again",
        "tumours of the tumour", "Nothing of the kind", "gallium-68 scans show a tumour",
    )  # fmt: skip
    found = [passage(text, url=f"/{i % 4}", position=i // 4) for i, text in enumerate(sentences)]
    engine = by_words(tmp_path, found)
    results = [ask(engine, q, mode=mode, group_by="none", per_page=50) for q in written]
    assert len(results[0]["hits"]) > 1
    for other in results[1:]:
        assert [(h["id"], h["why"]) for h in other["hits"]] == [
            (h["id"], h["why"]) for h in results[0]["hits"]
        ]


# The same words are not two answers; nor does an order depend on chance


def test_the_same_words_on_two_pages_are_shown_once(tmp_path: Path) -> None:
    notice = "Call the ward when you have a fever."
    found = [
        passage("Something else about a fever", url="/other"),
        passage(notice, id="a" * 16, url="/a"),
        passage("CALL the ward, when you have a fever", id="b" * 16, url="/b"),
        passage(f"• {notice}", id="c" * 16, url="/c"),
    ]
    engine = by_words(tmp_path, found)
    for group_by in ("page", "none"):
        results = ask(engine, "fever ward", group_by=group_by)
        assert results["found"] == 2
        assert [hit["url"] for hit in results["hits"]] == ["/a", "/other"]


@pytest.mark.parametrize("mode", ["hybrid", "semantic"])
def test_ties_keep_the_order_of_the_index(tmp_path: Path, mode: str) -> None:
    engine = by_angle(tmp_path, [(passage(f"text {i}", url=f"/{i}"), 20) for i in range(30)])
    for _ in range(2):
        found = ask(engine, "question", mode=mode, per_page=50)["hits"]
        assert [hit["url"] for hit in found] == [f"/{i}" for i in range(30)]


def test_ties_of_words_keep_the_order_of_the_index(tmp_path: Path) -> None:
    found = [passage(f"dose {'abcdefgh'[i]}", url=f"/{i}") for i in range(8)]
    results = ask(by_words(tmp_path, found), "dose", mode="keyword")
    assert [hit["url"] for hit in results["hits"]] == [f"/{i}" for i in range(8)]


# Paging, grouping, facets and filters, against brute force over a larger index


_WORDS = "dose scan tumour octreotide liver surgery pain care team month cell blood diet".split()


def _many() -> list[Passage]:
    """60 passages on 17 pages; every value of every filter, dates known and unknown."""
    made = []
    chance = Random(17)
    for row in range(60):
        page = row * 17 // 60
        words = chance.choices(_WORDS, k=5)
        made.append(
            passage(
                " ".join(words) + f" {row}",
                url=f"/site/{page}/",
                path=f"/{page}/",
                position=row,
                audience=("patient", "clinician", "carer")[page % 3],
                source=("one", "two")[page % 2],
                section=("treatments", "about-nets", "living well", "ünder")[page % 4],
                reviewed=(None, "2023-12-31", "2024-01", "2024-06-01")[page % 4],
                language=("en", "el", "it")[page % 3],
            )
        )
    return made


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return by_words(tmp_path_factory.mktemp("many"), _many())


QUESTIONS = ("dose", "what helps with pain after liver surgery", "tumour 7", "quite other words")


@pytest.mark.parametrize("group_by", ["page", "none"])
@pytest.mark.parametrize("q", QUESTIONS)
@pytest.mark.parametrize("per_page", [1, 3, 7, 50])
def test_pages_joined_are_the_whole(many: Engine, q: str, group_by: str, per_page: int) -> None:
    whole = ask(many, q, group_by=group_by, per_page=50)
    ids = [hit["id"] for hit in whole["hits"]]
    if whole["found"] > 50:
        ids += [hit["id"] for hit in ask(many, q, group_by=group_by, per_page=50, page=2)["hits"]]
    assert len(ids) == len(set(ids)) == whole["found"] > 1
    assert whole["found_relation"] == "eq"
    joined = []
    pages = -(-len(ids) // per_page)
    for page in range(1, pages + 1):
        results = ask(many, q, group_by=group_by, per_page=per_page, page=page)
        assert (results["found"], results["page"]) == (len(ids), page)
        assert len(results["hits"]) == min(per_page, len(ids) - len(joined))
        joined += [hit["id"] for hit in results["hits"]]
    assert joined == ids
    for page in (pages + 1, 1000):
        past = ask(many, q, group_by=group_by, per_page=per_page, page=page)
        assert (past["hits"], past["found"], past["facets"]) == ([], len(ids), whole["facets"])


def _all(engine: Engine, q: str, **parameters: str) -> list:
    hits: list = []
    for page in (1, 2):
        hits += ask(engine, q, per_page=50, page=page, **parameters)["hits"]
    return hits


@pytest.mark.parametrize("q", QUESTIONS)
def test_a_page_is_shown_by_its_best_passage(many: Engine, q: str) -> None:
    alone = _all(many, q, group_by="none")
    best: dict[str, str] = {}
    for hit in alone:
        best.setdefault(hit["url"], hit["id"])
    together = _all(many, q)
    assert [(hit["url"], hit["id"]) for hit in together] == list(best.items())
    pages = Counter(hit["url"] for hit in alone)
    assert max(pages.values()) > 1
    for hit in alone + together:
        assert hit["more_from_page"] == pages[hit["url"]] - 1


@pytest.mark.parametrize("group_by", ["page", "none"])
@pytest.mark.parametrize("q", QUESTIONS)
def test_facets_count_the_results(many: Engine, q: str, group_by: str) -> None:
    facets = ask(many, q, group_by=group_by)["facets"]
    hits = _all(many, q, group_by=group_by)
    assert facets == {
        name: dict(Counter(hit[name] for hit in hits))
        for name in ("audience", "source", "section", "language")
    }
    for counts in facets.values():
        assert list(counts.values()) == sorted(counts.values(), reverse=True)


FILTERS: list[dict[str, str]] = [
    {"audience": "patient"},
    {"source": "two"},
    {"section": "living well"},
    {"section": "ünder"},
    {"reviewed_after": "2024-01-01"},
    {"reviewed_after": "2024-01-02"},
    {"reviewed_after": "1900-01-01"},
    {"audience": "carer", "source": "one", "reviewed_after": "2023-01-01"},
    {"language": "el"},
    {"audience": "nobody"},
    {"audience": "patien"},
    {"section": "TREATMENTS"},
    {"url": "/site/3/"},
    {"url": "/SITE/3/"},
]


def _day(passage: Passage) -> str:
    """A date without a day counts as the first."""
    return passage.reviewed.replace("2024-01", "2024-01-01") if passage.reviewed else ""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("filters", FILTERS, ids=str)
@pytest.mark.parametrize("q", QUESTIONS[:2])
def test_filters_equal_brute_force(
    many: Engine, q: str, filters: dict[str, str], mode: str
) -> None:
    passages = many.index.passages
    many = Engine(many.index, FakeEncoder(), settings(fusion="weighted"))
    after = filters.get("reviewed_after", "")
    left = [
        row
        for row, each in enumerate(passages)
        if (not after or _day(each) >= after)
        and all(getattr(each, n) == v for n, v in filters.items() if n != "reviewed_after")
    ]
    encoder = FakeEncoder()
    asked = encoder.encode([q])[0]
    cosines = encoder.encode([each.text for each in passages]) @ asked
    # The words' scores are those of the whole index: a filter makes no word rarer.
    rows = {each.id: row for row, each in enumerate(passages)}
    scores = {
        rows[hit["id"]]: hit["why"]["keyword"]
        for hit in _all(many, q, mode="keyword", group_by="none")
    }
    words = {row: scores[row] for row in left if row in scores and mode != "semantic"}
    reach = 0.5 * cosines.max()  # of all passages: a filter makes none nearer
    near = {row for row in left if cosines[row] >= reach and mode != "keyword"}
    found = sorted(near | set(words))
    weight = {"semantic": 1.0, "keyword": 0.0, "hybrid": 0.6}[mode]
    halves = {
        "semantic": [cosines[row] for row in found],
        "keyword": [words.get(row, 0) for row in found],
    }
    total = weighted(candidates(found, **halves), weight)
    expected = dict(zip(found, total, strict=True))

    hits = _all(many, q, mode=mode, group_by="none", **filters)
    got = {rows[hit["id"]]: hit["score"] for hit in hits}
    assert got == pytest.approx(expected, abs=1e-3)
    in_order = [total for _, total in sorted(expected.items(), key=lambda item: -item[1])]
    assert [hit["score"] for hit in hits] == pytest.approx(in_order, abs=1e-3)
    assert bool(hits) == bool(found)


@pytest.fixture(scope="module", params=[1, 4, 1000])
def few_ranked(many: Engine, request: pytest.FixtureRequest) -> Engine:
    """An engine that ranks only so many passages of either half; the rest follows."""
    ranked = settings(keyword_candidates=request.param, candidates=request.param)
    return Engine(many.index, FakeEncoder(), ranked)


@pytest.mark.parametrize("group_by", ["page", "none"])
@pytest.mark.parametrize("mode", ["hybrid", "semantic", "keyword"])
@pytest.mark.parametrize("q", QUESTIONS)
def test_counts_are_those_of_all_results(
    few_ranked: Engine, q: str, mode: str, group_by: str
) -> None:
    first = ask(few_ranked, q, mode=mode, group_by=group_by)
    hits = _all(few_ranked, q, mode=mode, group_by=group_by)
    assert first["found"] == len(hits) == len({hit["id"] for hit in hits})
    for name in ("audience", "source", "section", "language"):
        assert first["facets"][name] == Counter(hit[name] for hit in hits)
        for value, count in first["facets"][name].items():
            filtered = ask(few_ranked, q, mode=mode, group_by=group_by, **{name: value})
            assert filtered["found"] == count
    assert first["reviewed"] == Counter((hit["reviewed"] or "")[:4] for hit in hits)
    assert list(first["reviewed"]) == sorted(first["reviewed"], reverse=True)


def test_what_is_not_ranked_is_shown_with_what_speaks_for_it(many: Engine) -> None:
    few = Engine(many.index, FakeEncoder(), settings(keyword_candidates=1, candidates=1))
    ranked, whole = _all(few, "dose", group_by="none"), _all(many, "dose", group_by="none")
    assert {hit["id"] for hit in ranked} == {hit["id"] for hit in whole}
    known = {hit["id"]: hit for hit in whole}
    last = ranked[-1]
    assert last["score"] == 0.0
    assert last["why"] == known[last["id"]]["why"]
    assert last["highlights"] == known[last["id"]]["highlights"]


# Say when there is no answer


@pytest.mark.parametrize(
    ("parameters", "asked", "answerable"),
    [
        ({}, 0, True),
        ({}, 59, True),
        ({}, 61, False),  # the cosine is under a half
        ({"mode": "semantic"}, 61, False),
        ({"mode": "keyword"}, 0, True),
        ({"mode": "keyword"}, 61, False),
        ({"page": 1000}, 0, True),
        ({"audience": "nobody"}, 0, False),  # nothing is found at all
    ],
)
def test_what_is_said_of_an_answer(
    tmp_path: Path, parameters: dict[str, str], asked: float, *, answerable: bool
) -> None:
    made = {"answerability": COSINE_OVER_HALF}
    engine = by_angle(tmp_path, _pages(0, -10), {"text": asked}, made)
    results = ask(engine, "text", **parameters)
    assert results["answerable"] is answerable
    if "page" not in parameters and "audience" not in parameters:
        assert len(results["hits"]) == 2, "the closest come all the same"


def test_an_index_without_a_fitted_model_does_not_judge(tmp_path: Path) -> None:
    engine = by_angle(tmp_path, _pages(0), {"text": 179})
    assert ask(engine, "text")["answerable"]


@pytest.mark.parametrize("mode", MODES)
def test_nothing_in_common_is_no_failure(tmp_path: Path, mode: str) -> None:
    engine = by_angle(tmp_path, _pages(0), {"?!": 180})
    results = ask(engine, "?!", mode=mode)
    assert (results["hits"], results["found"], results["answerable"]) == ([], 0, False)
    assert results["facets"] == {"audience": {}, "source": {}, "section": {}, "language": {}}


# A passage by its id


def test_a_passage_comes_with_its_neighbours_on_the_page(tmp_path: Path) -> None:
    found = [
        passage(f"text {i}", id=str(i), url="/a" if i < 3 else "/b", position=i % 3)
        for i in range(4)
    ]
    engine = by_words(tmp_path, found)

    def around(passage_id: str) -> tuple[list[str], list[str]]:
        answer = engine.passage(passage_id)
        assert answer is not None
        assert answer["passage"]["id"] == passage_id
        assert answer["passage"]["text"] == f"text {passage_id}"
        return ([each["id"] for each in answer["before"]], [each["id"] for each in answer["after"]])

    assert around("0") == ([], ["1"])
    assert around("1") == (["0"], ["2"])
    assert around("2") == (["1"], [])
    assert around("3") == ([], [])
    assert engine.passage("4") is None


# Loading


def test_the_live_index_is_loaded_warm(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = AngleEncoder()
    named = []
    monkeypatch.setattr(
        "search.engine.SentenceTransformerEncoder", lambda name: named.append(name) or encoder
    )
    engine = Engine.load(settings(data=published.data.root, encoder="some/model"))
    assert named == ["some/model"]
    assert engine.index.version == published.generation.build_id
    assert len(encoder.encoded) == 1, "the first question does not pay for the model's loading"
    assert engine.search(SearchRequest(q="direction 90"))["hits"][0]["title"] == "PRRT"


def test_what_cannot_be_loaded_says_why(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: FakeEncoder())
    with pytest.raises(IndexInvalidError, match=r"angle@1.*fake@1"):
        Engine.load(settings(data=published.data.root))
    with pytest.raises(IndexNotFoundError, match="indexer run"):
        Engine.load(settings(data=tmp_path / "nothing"))
