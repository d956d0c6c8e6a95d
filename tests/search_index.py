"""Small indexes to search, made in milliseconds, whose rankings can be worked out by hand."""

from __future__ import annotations

import fcntl
import os
from math import cos, radians, sin
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer import keyword
from indexer.analyse import analyse
from indexer.columns import Columns
from indexer.dense import FlatDense
from indexer.encoder import SentenceTransformerEncoder
from indexer.glossary import Entry
from indexer.lexicon import Lexicon
from indexer.manifest import SCHEMA_VERSION, Answerability, DenseRecord, EncoderRecord, Manifest
from indexer.outline import Outline
from indexer.pipeline import run
from indexer.progress import Progress
from indexer.reader import IndexReader
from indexer.settings import IndexerSettings
from indexer.sources import load
from search.engine import Engine
from search.request import parse
from search.retrieve import Candidates, Found
from search.settings import SearchSettings
from tests.fakes import FakeEncoder, passage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

    from indexer.encoder import Encoder, Vectors
    from indexer.records import Passage
    from search.schema import Results

ROOT = Path(__file__).resolve().parent.parent
FEATURES = ("semantic", "keyword", "coverage", "aspect")
BUILD_ID = "20240102T030405Z-00c0ffee"
# A threshold on the cosine alone, so that a question's direction decides what is said of it.
COSINE_OVER_HALF = Answerability.model_validate(
    {
        **dict.fromkeys(Answerability.model_fields, 0),
        "intercept": -5,
        "cosine": 10,
        "threshold": 0.5,
    }
)


class PlaneEncoder(FakeEncoder):
    """Two dimensions: the direction of a text in degrees is looked up; it is 0 when not given."""

    id = "plane@1"
    weights_digest = "b" * 64
    dimension = 2

    def __init__(self, directions: Mapping[str, float] | None = None) -> None:
        super().__init__()
        self._directions = directions or {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return plane([self._directions.get(text, 0) for text in texts])


def plane(degrees: Sequence[float]) -> Vectors:
    """The unit vectors of some directions, shape (len(degrees), 2)."""
    pairs = [(cos(radians(each)), sin(radians(each))) for each in degrees]
    return np.array(pairs, dtype=np.float32).reshape(-1, 2)


def settings(**changes: Any) -> SearchSettings:
    """The defaults, whatever the environment says, but for the changes."""
    return SearchSettings.model_construct(**changes)


def manifest(passages: Sequence[Passage], encoder: Encoder, **changes: Any) -> Manifest:
    """The manifest of an index that was never written to disk."""
    made_by = {name: getattr(encoder, name) for name in ("id", "weights_digest", "dimension")}
    values: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "build_id": BUILD_ID,
        "created_at": "2024-01-02T03:04:05Z",
        "encoder": EncoderRecord(**made_by),
        "dense": DenseRecord(kind="flat"),
        "passages": len(passages),
        "pages": len({each.url for each in passages}),
        "extractor_version": 1,
        "chunker_version": 1,
        "analysis_version": 1,
        "glossary": "c" * 64,
        "labelled": "d" * 64,
        "source_commit": None,
        "sources": ("site",),
        "answerability": None,
        "digests": {},
    }
    return Manifest(**{**values, **changes})


def entry(written: str, *to: str, direction: str = "both", near: tuple[str, ...] = ()) -> Entry:
    """A glossary's entry."""
    return Entry.model_validate(
        {
            "from": written,
            "to": to,
            "kind": "abbreviation",
            "direction": direction,
            "near": near,
            "source": "a test",
        }
    )


def open_index(
    folder: Path,
    passages: Sequence[Passage],
    vectors: Vectors,
    encoder: Encoder,
    glossary: Sequence[Entry] = (),
    **made: Any,
) -> IndexReader:
    """An index of the passages with these vectors; its keyword index is put into the folder.

    ``made`` changes the manifest.
    """
    analysed = analyse(passages)
    words = folder / f"keyword-{len(list(folder.glob('keyword-*')))}"
    keyword.build(analysed, words)
    return IndexReader(
        manifest(passages, encoder, **made),
        list(passages),
        FlatDense.of(vectors),
        keyword.KeywordIndex(words),
        Lexicon.of(analysed, glossary),
        Outline.of(analysed, vectors),
        Columns.of(passages),
    )


def by_words(
    folder: Path,
    passages: Sequence[Passage],
    made: Mapping[str, Any] | None = None,
    glossary: Sequence[Entry] = (),
    **changes: Any,
) -> Engine:
    """An engine over passages that are near when they share words.

    ``made`` changes the manifest, further arguments the settings.
    """
    encoder = FakeEncoder()
    vectors = encoder.encode([each.embedded_text for each in passages])
    index = open_index(folder, passages, vectors, encoder, glossary, **(made or {}))
    return Engine(index, FakeEncoder(), settings(**changes))


def by_angle(
    folder: Path,
    passages: Sequence[tuple[Passage, float]],
    asked: Mapping[str, float] | None = None,
    made: Mapping[str, Any] | None = None,
    glossary: Sequence[Entry] = (),
    **changes: Any,
) -> Engine:
    """An engine over passages in given directions, and questions in others, all in degrees.

    ``asked`` gives those of questions: 0 when not given.
    """
    found = [each for each, _ in passages]
    vectors = plane([direction for _, direction in passages])
    index = open_index(folder, found, vectors, PlaneEncoder(asked), glossary, **(made or {}))
    return Engine(index, PlaneEncoder(asked), settings(**changes))


def candidates(rows: Sequence[int], **features: Any) -> Candidates:
    """Candidates with these features; those not given are 0."""
    values: dict[str, Any] = {name: np.zeros(len(rows)) for name in FEATURES}
    values |= {"usual_cosine": 0.0}
    for name, given in features.items():
        values[name] = np.array(given, dtype=np.float64) if name in FEATURES else given
    return Candidates(Found(np.array(rows, dtype=np.int64), values.pop("keyword")), **values)


def ask(engine: Engine, q: str, **parameters: Any) -> Results:
    """The results of a question with the parameters as a client writes them."""
    return engine.search(parse({"q": q, **{name: str(v) for name, v in parameters.items()}}))


def texts(results: Results) -> list[str]:
    """The text of each hit."""
    return [hit["text"] for hit in results["hits"]]


def sample_data(factory: pytest.TempPathFactory) -> Path:
    """A data folder with the whole sample, by the real encoder: one for all processes of a run."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    data = shared / "sample-data"
    with (shared / "sample-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / "index" / "CURRENT").exists():
            run(
                load(ROOT / "corpus" / "sources.toml"),
                IndexerSettings.model_construct(data=data),
                SentenceTransformerEncoder(),
                Progress(quiet=True),
            )
    return data


# What a page could try, wherever its words are shown.
HOSTILE = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"><svg onload=document.title='owned'>",
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)" x="',
    "</title><script>alert(1)</script>",
    "</mark></p></li><iframe src=javascript:alert(1)></iframe>",
    "</textarea><!-- {{ 7*7 }} {% raw %} ${7*7}",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#60;script&#62;",
)
HOSTILE_LINKS = (
    "javascript:document.title='owned'",
    "JAVASCRIPT:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example/",
    "/\\evil.example/",
    'https://evil.example/"onmouseover="alert(1)',
    "/site/'><script>alert(1)</script>",
    "https://example.org/<img src=x onerror=alert(1)>",
)


def hostile_passages() -> list[Passage]:
    """Passages with an attack in everything that comes from a page, and in every link."""
    found = []
    for row, link in enumerate(HOSTILE_LINKS):
        attack, other = (HOSTILE[(row + step) % len(HOSTILE)] for step in (0, 3))
        found.append(
            passage(
                f"A dose of {attack}\n• dose {other}\n• " + f"{attack} dose. " * (10 * (row % 2)),
                id=f"{row}{attack}",
                url=link,
                path=f"/{attack}",
                link=link,
                title=f"Title {attack}",
                headings=[f"One {other}", f"Two {attack}"],
                source=f"source {attack}",
                audience=f"audience {other}",
                section=f"section {attack}",
            )
        )
    return found
