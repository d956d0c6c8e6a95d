from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from indexer.errors import IndexInvalidError
from indexer.glossary import GLOSSARY
from indexer.manifest import SCHEMA_VERSION, Answerability, Evidence, Manifest
from tests.conftest import Published


def test_a_manifest_says_what_the_index_was_made_of(published: Published) -> None:
    manifest = Manifest.read(published.generation.manifest)
    assert manifest.schema_version == SCHEMA_VERSION
    assert manifest.build_id == published.generation.build_id
    assert (manifest.passages, manifest.pages) == (4, 3)
    assert manifest.encoder.model_dump() == {
        "id": "angle@1",
        "weights_digest": "a" * 64,
        "dimension": 2,
    }
    assert manifest.sources == ("site",)
    assert manifest.folders == {"/site/": "/a"}
    files = {"passages.jsonl", "vectors.faiss", "keyword/meta.json", "lexicon.json", "outline.npz"}
    assert files <= manifest.digests.keys()
    assert manifest.glossary == sha256(GLOSSARY.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-20], "manifest .*manifest.json"),
        (lambda _text: "", "manifest.json"),
        (lambda _text: "[]", "manifest.json"),
        (lambda text: text.replace('"build_id"', '"bild_id"'), "build_id: Field required"),
        (lambda text: text.replace('"passages":', '"passages": "many", "x":'), "passages: "),
        (lambda text: text.replace('"schema_version": ', '"schema_version": 7'), "has schema 7"),
    ],
)
def test_a_manifest_that_cannot_be_trusted(published: Published, change: Any, message: str) -> None:
    file = published.generation.manifest
    text = json.dumps(json.loads(file.read_text(encoding="utf-8")))
    changed = change(text)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(IndexInvalidError, match=message):
        Manifest.read(file)


def test_a_manifest_that_cannot_be_read(published: Published) -> None:
    file = published.generation.manifest
    file.write_bytes(b"\xff{}")
    with pytest.raises(IndexInvalidError, match="cannot read the manifest"):
        Manifest.read(file)
    file.unlink()
    with pytest.raises(IndexInvalidError, match="cannot read the manifest"):
        Manifest.read(file)


@pytest.mark.parametrize(
    ("evidence", "answered"),
    [
        ((0.9, 0.0, 0.0), True),
        ((0.1, 0.0, 0.0), False),
        ((0.1, 1.0, 0.0), True),
        ((0.1, 0.99, 0.0), False),
        ((0.5, 0.0, 0.0), True),
        ((0.1, 0.0, 7.9), False),
        ((0.1, 0.0, 8.0), True),
    ],
)
def test_a_question_is_answered_from_the_threshold_on(
    evidence: tuple[float, float, float], *, answered: bool
) -> None:
    # Probability 0.5 is where 2 · cosine + information / 10 + complete = 1.
    model = Answerability(
        intercept=-1,
        cosine=2,
        coverage=0,
        information=0.1,
        complete=1,
        threshold=0.5,
        questions=20,
        false_answers=0,
        false_refusals=0,
    )
    assert model.says(Evidence(*evidence)) is answered
