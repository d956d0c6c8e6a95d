from __future__ import annotations

import json
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.errors import EncoderError
from search.__main__ import main
from search.engine import Engine
from search.errors import SettingsError
from search.rank import Ranking
from search.rerank import CrossEncoderReranker, rerank, reranker_of
from search.serve import application
from search.settings import load_settings
from search.systems import System
from tests.fakes import AngleEncoder, passage
from tests.search_index import ask, by_angle, settings, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from search.retrieve import Scores
    from tests.conftest import Published

PLAIN = {"fusion": "weighted", "semantic_reach": 0.0}


class FakeReranker:
    """Scores by the text, 0 for one that is not given."""

    def __init__(self, given: Mapping[str, float] | None = None, name: str = "fake") -> None:
        self.name = name
        self._given = given or {}
        self.asked: list[tuple[str, list[str]]] = []

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        self.asked.append((question, list(texts)))
        return np.array([self._given.get(text, 0.0) for text in texts], dtype=np.float64)


def _ranking(order: Sequence[int], rare: Sequence[int]) -> Ranking:
    places, tiers = (np.array(each, dtype=np.int64) for each in (order, rare))
    return Ranking(places, np.linspace(1, 0, len(rare)), tiers, {7: [8]})


# The order


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], [3, 1, 0, 2]),
        ([0.5], [3, 1, 0, 2]),
        ([0.1, 0.9], [1, 3, 0, 2]),
        ([0.1, 0.9, 0.5], [1, 0, 3, 2]),
        ([1.0, 2.0, -3.0, 4.0], [2, 1, 3, 0]),
        ([0.5, 0.5, 0.5, 0.6], [2, 3, 1, 0]),
    ],
)
def test_the_first_are_reordered_and_the_rest_left(
    scores: list[float], expected: list[int]
) -> None:
    before = _ranking([3, 1, 0, 2], [0, 0, 0, 0])
    after = rerank(before, np.array(scores))
    assert after.order.tolist() == expected
    assert after.reranker == dict(zip([3, 1, 0, 2], scores, strict=False))
    assert (after.scores is before.scores, after.repeated) == (True, {7: [8]})
    assert (before.order.tolist(), before.reranker) == ([3, 1, 0, 2], {})


def test_no_passage_passes_one_with_more_rare_terms() -> None:
    # The places 4 and 2 hold a rare term in text, 0 in its headings, 3 and 1 do not.
    after = rerank(_ranking([4, 2, 0, 3, 1], [1, 0, 2, 0, 2]), np.array([1.0, 2.0, 9.0, 7.0, 8.0]))
    assert after.order.tolist() == [2, 4, 0, 1, 3]


def test_nothing_found_is_nothing_to_reorder() -> None:
    after = rerank(_ranking([], []), np.zeros(0))
    assert (after.order.tolist(), after.reranker) == ([], {})


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=8), st.integers(0, 8))
def test_tiers_hold_whatever_the_scores(drawn: list[tuple[int, int]], first: int) -> None:
    drawn = sorted(drawn, key=lambda each: -each[0])
    before = _ranking(range(len(drawn)), [tier for tier, _ in drawn])
    after = rerank(before, np.array([float(score) for _, score in drawn[:first]])).order.tolist()
    assert sorted(after) == list(range(len(drawn)))
    assert after[first:] == list(range(len(drawn)))[first:]
    assert [before.rare[place] for place in after] == before.rare.tolist()
    head = after[:first]
    assert head == sorted(head, key=lambda place: (-drawn[place][0], -drawn[place][1], place))


# In the engine


def _engine(folder: Path, given: Mapping[str, float], **changes: Any) -> Engine:
    """Five pages, in the order of their directions unless reranked."""
    pages = [
        (passage(f"text at {each}", url=f"/{each}", context="Dose"), each)
        for each in (0, 10, 20, 30, 40)
    ]
    engine = by_angle(folder, pages, {"question": 0}, **PLAIN, **changes)
    engine.reranker = FakeReranker({f"Dose\n{text}": score for text, score in given.items()})
    return engine


GIVEN = {"text at 0": 0.123456, "text at 20": 3.0, "text at 40": 9.0}


def test_the_engine_reorders_as_many_as_the_setting_says(tmp_path: Path) -> None:
    engine = _engine(tmp_path, GIVEN, rerank_passages=3)
    results = ask(engine, "question")
    assert texts(results) == [f"text at {each}" for each in (20, 0, 10, 30, 40)]
    assert [hit["why"].get("reranker") for hit in results["hits"]] == [3.0, 0.1235, 0.0, None, None]
    assert "reranker" not in results["hits"][3]["why"]
    asked = [f"Dose\ntext at {each}" for each in (0, 10, 20)]
    assert engine.reranker.asked == [("question", asked)], "the text that the encoder read, too"
    assert texts(ask(engine, "question", page=2, per_page=2)) == ["text at 10", "text at 30"]


def test_more_than_there_are_is_all(tmp_path: Path) -> None:
    engine = _engine(tmp_path, GIVEN)
    assert texts(ask(engine, "question"))[:3] == ["text at 40", "text at 20", "text at 0"]


def test_the_best_of_a_page_is_the_rerankers(tmp_path: Path) -> None:
    pages = [(passage(f"text at {each}", url="/a"), each) for each in (0, 10)]
    engine = by_angle(tmp_path, pages, {"question": 0}, **PLAIN)
    engine.reranker = FakeReranker({"text at 10": 1.0})
    assert texts(ask(engine, "question")) == ["text at 10"]


def test_a_rare_exact_term_still_wins(tmp_path: Path) -> None:
    pages = [
        (passage(text, url=f"/{text}"), 80 * (text != "other")) for text in ("other", "captem")
    ]
    engine = by_angle(tmp_path, pages, {"captem": 0}, **PLAIN)
    engine.reranker = FakeReranker({"other": 9.0, "captem": 1.0})
    results = ask(engine, "captem")
    assert texts(results) == ["captem", "other"]
    assert [hit["why"].get("reranker") for hit in results["hits"]] == [1.0, 9.0]


@pytest.mark.parametrize("mode", ["semantic", "keyword"])
def test_one_half_alone_is_not_reranked(tmp_path: Path, mode: str) -> None:
    engine = _engine(tmp_path, GIVEN)
    found = ask(engine, "text question", mode=mode)["hits"]
    assert len(found) == 5
    assert not any("reranker" in hit["why"] for hit in found)
    assert engine.reranker.asked == []


# Which


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeReranker]:
    """The rerankers that were made; no encoder is."""
    found: list[FakeReranker] = []

    def make(name: str) -> FakeReranker:
        found.append(FakeReranker(name=name))
        return found[-1]

    monkeypatch.setattr("search.rerank.CrossEncoderReranker", make)
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: AngleEncoder())
    return found


def test_it_is_off_and_never_made_unless_it_is_named(
    published: Published, made: list[FakeReranker]
) -> None:
    chosen = load_settings(data=published.data.root)
    assert (chosen.reranker, chosen.rerank_passages) == ("", 20)
    engine = Engine.load(chosen)
    application(chosen)
    assert engine.reranker is None
    assert made == []
    found = ask(engine, "octreotide")["hits"]
    assert found
    assert not any("reranker" in hit["why"] for hit in found)


def test_it_is_warm_and_used_again(
    published: Published, monkeypatch: pytest.MonkeyPatch, made: list[FakeReranker]
) -> None:
    monkeypatch.setenv("NET_RERANKER", "one")
    chosen = load_settings(data=published.data.root)
    engine = Engine.load(chosen)
    assert made[0].asked[0] == ("warm up", ["warm up"])
    again = Engine.load(chosen, engine)
    assert again.reranker is engine.reranker is made[0]
    assert len(made) == 1
    assert reranker_of(settings(reranker="two"), made[0]) is made[1]
    assert reranker_of(settings(), made[0]) is None


def test_systems_are_compared_with_and_without(
    published: Published, made: list[FakeReranker]
) -> None:
    system = System.load(load_settings(data=published.data.root), "hybrid", None)
    other = system.other("reranker=one,rerank_passages=5")
    assert (system.engine.reranker, other.engine.reranker) == (None, made[0])
    assert other.other("rerank_passages=3").engine.reranker is made[0]
    assert other.other("reranker=").engine.reranker is None


def test_fewer_than_two_are_not_reordered() -> None:
    with pytest.raises(SettingsError, match="NET_RERANK_PASSAGES"):
        load_settings({"rerank_passages": "1"})


# What cannot be used


@pytest.mark.parametrize("name", ["no-such/model", "./nowhere", "not a name"])
def test_a_model_that_is_nowhere(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = f"setting NET_RERANKER: '{name}' cannot be used, it is not there; give the folder"
    with pytest.raises(EncoderError, match=said):
        CrossEncoderReranker(name)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"config.json": "{"}, r"cannot read .*config\.json"),
        ({"config.json": "7"}, r"cannot read .*config\.json"),
        ({"config.json": "{}"}, "no cross-encoder"),
        ({"config.json": '{"architectures": ["BertModel"]}'}, "no cross-encoder"),
        (
            {
                "config.json": '{"architectures": ["BertModel"]}',
                "config_sentence_transformers.json": '{"model_type": "SentenceTransformer"}',
            },
            "no cross-encoder",
        ),
    ],
)
def test_a_folder_of_something_else(tmp_path: Path, files: dict[str, str], said: str) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(EncoderError, match=rf"NET_RERANKER.*{said}.*; give the folder"):
        CrossEncoderReranker(str(tmp_path))


@pytest.mark.parametrize("kind", ["BertForSequenceClassification", "Qwen3ForCausalLM"])
def test_the_names_of_what_scores_pairs(tmp_path: Path, kind: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [kind]}))
    assert CrossEncoderReranker(str(tmp_path)).name == str(tmp_path)


def test_one_that_sentence_transformers_saved_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["ModernBertModel"]}')
    file = tmp_path / "config_sentence_transformers.json"
    file.write_text('{"model_type": "CrossEncoder"}')
    assert CrossEncoderReranker(str(tmp_path)).scores("question", []).shape == (0,)


def test_a_service_does_not_start_without_its_reranker(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: AngleEncoder())
    with pytest.raises(EncoderError, match="NET_RERANKER: 'nobody/nothing'"):
        application(settings(data=published.data.root, reranker="nobody/nothing"))


def test_the_command_says_so_in_one_line(
    published: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", lambda _: AngleEncoder())
    monkeypatch.setenv("NET_RERANKER", "nobody/nothing")
    monkeypatch.setattr("sys.argv", ["search", "query", "dose", "--data", str(published.data.root)])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == EncoderError.exit_status == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: setting NET_RERANKER: 'nobody/nothing' cannot be used")
    assert err.count("\n") == 1


@pytest.mark.parametrize("given", [[[0.1, 0.9]], [float("nan")], [1.0, 2.0]])
def test_a_model_that_gives_no_number_for_a_passage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[Any]
) -> None:
    class Model:
        def predict(self, *_: object, **__: object) -> np.ndarray:
            return np.array(given)

    (tmp_path / "config.json").write_text('{"architectures": ["BertForSequenceClassification"]}')
    reranker = CrossEncoderReranker(str(tmp_path))
    monkeypatch.setitem(reranker.__dict__, "_model", Model())
    with pytest.raises(EncoderError, match=r"NET_RERANKER.*does not give one number"):
        reranker.scores("question", ["text"])


# A real model, of a few hundred random weights

WORDS = ("text", "at", "question", "0", "10", "20", "30", "40", "dose")
ASKED = ["Dose\ntext at 0", "Dose\ntext at 10", "Dose\ntext at 20", "text " * 200]


def _save_tiny_model(folder: Path, labels: int = 1) -> Path:
    """A cross-encoder that reads 32 tokens."""
    import torch  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        BertConfig,
        BertForSequenceClassification,
        BertTokenizerFast,
    )

    known = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS)
    folder.mkdir(parents=True)
    (folder / "vocab.txt").write_text("\n".join(known), encoding="utf-8")
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = BertForSequenceClassification(
            BertConfig(
                vocab_size=len(known),
                hidden_size=8,
                num_hidden_layers=1,
                num_attention_heads=2,
                intermediate_size=8,
                max_position_embeddings=32,
                num_labels=labels,
                initializer_range=0.5,
            )
        )
    model.save_pretrained(folder)
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _save_tiny_model(tmp_path_factory.mktemp("reranker") / "tiny")


@pytest.mark.model
def test_a_model_is_loaded_from_its_folder_at_the_first_text(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a question is sent nowhere")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    reranker = CrossEncoderReranker(str(tiny))
    assert reranker.scores("question", []).shape == (0,)
    assert "_model" not in reranker.__dict__
    scores = reranker.scores("question", ASKED)
    assert (scores.shape, scores.dtype) == ((4,), np.float64)
    assert len(set(scores.round(6))) == 4
    # A text's score is its own, whatever stands beside it.
    alone = [reranker.scores("question", [text])[0] for text in ASKED]
    np.testing.assert_allclose(scores, alone, atol=1e-5)
    assert abs(reranker.scores("dose", ASKED) - scores).max() > 1e-3, "the question is read, too"


@pytest.mark.model
def test_it_answers_several_requests_at_once(tiny: Path) -> None:
    reranker = CrossEncoderReranker(str(tiny))
    expected = reranker.scores("question", ASKED)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: reranker.scores("question", ASKED), range(40)):
            np.testing.assert_allclose(scores, expected, atol=1e-5)


@pytest.mark.model
def test_the_engine_follows_it(tiny: Path, tmp_path: Path) -> None:
    engine = _engine(tmp_path, {}, rerank_passages=4)
    reranker = engine.reranker = CrossEncoderReranker(str(tiny))
    results = ask(engine, "question")
    first = [f"text at {each}" for each in (0, 10, 20, 30)]
    given = reranker.scores("question", [f"Dose\n{text}" for text in first])
    expected = [first[place] for place in np.argsort(-given)]
    assert expected != first, "the seed is one that says something"
    assert texts(results) == [*expected, "text at 40"]
    said = [hit["why"].get("reranker") for hit in results["hits"]]
    assert said[:4] == pytest.approx(sorted(given, reverse=True), abs=1e-4)
    assert said[4] is None


@pytest.mark.model
def test_a_name_is_found_in_the_local_cache(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--someone--tiny"
    shutil.copytree(tiny, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    found = CrossEncoderReranker("someone/tiny").scores("question", ASKED)
    np.testing.assert_allclose(found, CrossEncoderReranker(str(tiny)).scores("question", ASKED))


@pytest.mark.model
@pytest.mark.parametrize("damage", ["cut", "gone", "other"])
def test_broken_weights_are_refused_by_name(tiny: Path, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(tiny, folder)
    weights = folder / "model.safetensors"
    if damage == "cut":
        weights.write_bytes(weights.read_bytes()[:100])
    elif damage == "gone":
        weights.unlink()
    else:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 16}))
    with pytest.raises(EncoderError, match=r"NET_RERANKER: '.*broken'.*it cannot be loaded"):
        CrossEncoderReranker(str(folder)).scores("question", ASKED)


@pytest.mark.model
def test_a_classifier_of_several_kinds_is_no_reranker(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(_save_tiny_model(tmp_path / "three", labels=3)))
    with pytest.raises(EncoderError, match="does not give one number for a passage"):
        reranker.scores("question", ASKED)
