"""Index and publish: a complete new generation, checked, then made current by one rename."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from indexer import answerability, dense_place, keyword
from indexer.analyse import analyse
from indexer.chunk import CHUNKER_VERSION
from indexer.clock import as_utc
from indexer.columns import Columns
from indexer.embed import content_hash, embed
from indexer.encoder import Encoder, Vectors
from indexer.errors import IndexerError, IndexInvalidError
from indexer.extract import EXTRACTOR_VERSION
from indexer.glossary import GLOSSARY, read_glossary
from indexer.layout import (
    UNFINISHED,
    DataFolder,
    Generation,
    sha256_of,
    sync_folder,
    sync_tree,
    write_durably,
)
from indexer.lexicon import Lexicon
from indexer.manifest import (
    SCHEMA_VERSION,
    Answerability,
    DenseRecord,
    EncoderRecord,
    Manifest,
)
from indexer.outline import Outline
from indexer.reader import IndexReader
from indexer.records import Passage
from indexer.store import Store
from indexer.terms import ANALYSIS_VERSION

_FIELDS = tuple(each.name for each in fields(Passage))
_PROBES = 3  # passages that a new index must find by their own text


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a generation: row i of ``vectors`` is passage i."""

    passages: Sequence[Passage]
    vectors: Vectors
    sources: tuple[str, ...]
    folders: dict[str, str]  # URL prefix to the folder served under it
    notices: tuple[str, ...] = ()  # what visitors must know of the text
    forced: tuple[str, ...] = ()  # what gates said and --force overruled


def publish(data: DataFolder, contents: Contents, encoder: Encoder, store: Store) -> Generation:
    """Write, check and make current a new generation; the live one is untouched until the end.

    Raises IndexInvalidError when what was written does not open and answer.
    """
    return promote(data, build(data, contents, encoder, store))


def build(data: DataFolder, contents: Contents, encoder: Encoder, store: Store) -> Generation:
    """Write and check a new generation beside the others, under a name that nobody looks at.

    Raises IndexInvalidError when what was written does not open and answer.
    """
    now = datetime.now(UTC)
    # In the order of publishing by name, within one second as well.
    build_id = f"{now:%Y%m%dT%H%M%SZ}-{now.microsecond:05x}{secrets.token_hex(2)[:3]}"
    clear_unfinished(data)
    generation = data.generation(f"{UNFINISHED}{build_id}")
    generation.folder.mkdir()
    questions = answerability.labelled_questions()
    asked, _ = embed([question for question, _ in questions], encoder, store)
    dense = _write(generation, contents, encoder, asked)
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        build_id=build_id,
        created_at=as_utc(now),
        encoder=EncoderRecord(
            id=encoder.id, weights_digest=encoder.weights_digest, dimension=encoder.dimension
        ),
        dense=dense,
        passages=len(contents.passages),
        pages=len({passage.url for passage in contents.passages}),
        extractor_version=EXTRACTOR_VERSION,
        chunker_version=CHUNKER_VERSION,
        analysis_version=ANALYSIS_VERSION,
        glossary=sha256_of(GLOSSARY),
        labelled=sha256_of(answerability.LABELLED),
        source_commit=_source_commit(),
        sources=contents.sources,
        folders=contents.folders,
        notices=contents.notices,
        forced=contents.forced,
        answerability=None,
        digests=generation.digests(),
    )
    fitted = _fit(IndexReader.load(generation, manifest), questions, asked)
    manifest = manifest.model_copy(update={"answerability": fitted})
    write_manifest(generation, manifest)
    check(generation, encoder)
    return generation


def write_manifest(generation: Generation, manifest: Manifest) -> None:
    """Write the manifest of a generation that is not published yet."""
    generation.manifest.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")


def promote(data: DataFolder, built: Generation) -> Generation:
    """Give a generation that was built its name, and make it current by one rename."""
    sync_tree(built.folder)
    published = data.generation(built.build_id)
    built.folder.rename(published.folder)
    sync_folder(data.index)
    make_current(data, published)
    return published


def make_current(data: DataFolder, generation: Generation) -> None:
    """Make a published generation the live one. Raises VectorsUnreachableError."""
    # The name on a server first: when that fails, what was live is live.
    dense_place.make_live(data, generation)
    write_durably(data.current, generation.build_id + "\n")


def unchanged(data: DataFolder, contents: Contents, encoder: Encoder) -> Generation | None:
    """The live generation, when it is sound and holds these contents; else None."""
    try:
        live = data.live()
        reader = IndexReader.open(live, encoder)
    except IndexerError:
        return None
    manifest = reader.manifest
    same = (
        reader.passages == contents.passages
        and manifest.sources == contents.sources
        and manifest.folders == contents.folders
        and manifest.notices == contents.notices
        and not remade(manifest, encoder)
    )
    return live if same else None


def remade(manifest: Manifest, encoder: Encoder) -> list[str]:
    """What makes an index and is another now than when this one was made."""
    now = {
        "encoder": (manifest.encoder.id, encoder.id),
        "extractor": (manifest.extractor_version, EXTRACTOR_VERSION),
        "chunker": (manifest.chunker_version, CHUNKER_VERSION),
        "analysis": (manifest.analysis_version, ANALYSIS_VERSION),
        "glossary": (manifest.glossary[:8], sha256_of(GLOSSARY)[:8]),
        "labelled questions": (manifest.labelled[:8], sha256_of(answerability.LABELLED)[:8]),
    }
    return [f"{name} ({was} is now {new})" for name, (was, new) in now.items() if was != new]


def check(generation: Generation, encoder: Encoder) -> None:
    """Open a generation as the service does and ask it. Raises IndexInvalidError."""
    reader = IndexReader.open(generation, encoder)
    if not reader.keyword.rows_in_order():
        raise IndexInvalidError(f"index {generation.build_id}: keyword rows are out of order")
    ids: set[str] = set()
    for row, passage in enumerate(reader.passages):
        if passage.id in ids:
            raise IndexInvalidError(
                f"index {generation.build_id}: passage {passage.id} of {passage.url} is there twice"
            )
        ids.add(passage.id)
        if content_hash(passage.embedded_text) != passage.content_hash:
            raise IndexInvalidError(
                f"index {generation.build_id}: the text of passage {row} is not the one that was"
                " embedded"
            )
    step = max(1, len(reader) // _PROBES)
    rows = list(range(0, len(reader), step))[:_PROBES]
    texts = [reader.passages[row].embedded_text for row in rows]
    for row, text, vector in zip(rows, texts, encoder.encode(texts), strict=True):
        cosine = reader.cosines(vector, [row])[0]
        best = reader.nearest(vector, 1)[1]
        if not len(best) or best[0] > cosine + 1e-3:
            raise IndexInvalidError(
                f"index {generation.build_id}: passage {row} is not found by its own text"
                f" {text[:60]!r}"
            )


def prune(data: DataFolder, keep: int) -> list[str]:
    """Delete the oldest generations but for ``keep`` and the live one; their build ids."""
    live = data.live().build_id
    others = [each for each in data.generations() if each.build_id != live]
    doomed = others[: max(0, len(others) - keep + 1)]
    for generation in doomed:
        dense_place.delete(generation)
    return [generation.build_id for generation in doomed]


def clear_unfinished(data: DataFolder) -> None:
    """Delete what a publish that was cut off left behind."""
    for generation in data.unfinished():
        dense_place.delete(generation)


def _write(
    generation: Generation, contents: Contents, encoder: Encoder, questions: Vectors
) -> DenseRecord:
    if contents.vectors.shape != (len(contents.passages), encoder.dimension):
        raise IndexInvalidError(
            f"{contents.vectors.shape} vectors for {len(contents.passages)} passages"
            f" of dimension {encoder.dimension}"
        )
    with generation.passages.open("w", encoding="utf-8") as file:
        for passage in contents.passages:
            file.write(
                json.dumps({name: getattr(passage, name) for name in _FIELDS}, ensure_ascii=False)
                + "\n"
            )
    analysed = analyse(contents.passages)
    keyword.build(analysed, generation.keyword)
    Lexicon.of(analysed, read_glossary()).write(generation.lexicon)
    Outline.of(analysed, contents.vectors).write(generation.outline)
    Columns.of(contents.passages).write(generation.columns)
    return dense_place.build(contents.vectors, contents.passages, generation, questions)


def _fit(
    reader: IndexReader, questions: Sequence[tuple[str, bool]], asked: Vectors
) -> Answerability | None:
    evidence = [
        reader.evidence(question, vector)
        for (question, _), vector in zip(questions, asked, strict=True)
    ]
    return answerability.fit(evidence, [label for _, label in questions])


def _source_commit() -> str | None:
    """The commit this program runs from, where it runs from a checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the operator has
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
