"""Publishing: whatever breaks and whenever, what is live stays whole until the new one is."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from indexer.analyse import analyse
from indexer.answerability import LABELLED
from indexer.errors import (
    ConfigurationError,
    EncoderError,
    IndexInvalidError,
    IndexNotFoundError,
)
from indexer.glossary import GLOSSARY
from indexer.layout import DataFolder, Generation, write_durably
from indexer.manifest import Manifest
from indexer.publish import Contents, check, clear_unfinished, prune, publish, remade, unchanged
from indexer.reader import IndexReader
from indexer.store import Store
from search.engine import Engine
from search.request import SearchRequest
from search.settings import SearchSettings
from tests.conftest import PASSAGES, Published
from tests.fakes import AngleEncoder, passage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
NEW = (*PASSAGES[:2], passage("Embolisation blocks the blood supply, direction 75", url="/site/e/"))
FOLDERS = {"/site/": "/a"}


def _contents(passages: tuple[Any, ...] = NEW, **changes: Any) -> Contents:
    vectors = AngleEncoder().encode([each.embedded_text for each in passages])
    return replace(Contents(passages, vectors, ("site",), FOLDERS), **changes)


@pytest.fixture
def live_store(published: Published) -> Iterator[Store]:
    opened = Store(published.data.store)
    yield opened
    opened.close()


def _files(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, whole."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def _unfinished(data: DataFolder) -> list[Path]:
    return list(data.index.glob(".new-*"))


def test_a_new_generation_takes_the_place_of_the_old(
    published: Published, live_store: Store
) -> None:
    before = _files(published.generation.folder)
    made = publish(published.data, _contents(), published.encoder, live_store)
    assert made == published.data.live()
    assert made.build_id != published.generation.build_id
    reader = IndexReader.open(made, published.encoder)
    assert reader.passages == list(NEW)
    manifest = reader.manifest
    assert manifest.build_id == made.build_id
    assert (manifest.passages, manifest.pages, manifest.sources) == (3, 2, ("site",))
    assert manifest.folders == FOLDERS
    assert manifest.answerability is not None
    assert (manifest.encoder.id, manifest.encoder.dimension) == ("angle@1", 2)
    files = {name for name in _files(made.folder) if not name.endswith(".lock")}
    assert set(manifest.digests) == files - {"manifest.json"}
    assert _files(published.generation.folder) == before, "a published one never changes"
    assert _unfinished(published.data) == []


# Every step of a publish, in order, and how it can fail.


def _fail(error: Exception) -> Callable[..., Any]:
    def failing(*_args: Any, **_kwargs: Any) -> Any:
        raise error

    return failing


FULL = OSError(28, "No space left on device")
STEPS: dict[str, Exception] = {
    "json.dumps": ValueError("not JSON"),
    "dense_place.dense_build.faiss.serialize_index": RuntimeError("out of memory"),
    "keyword.build": ValueError("disk full"),
    "Lexicon.write": FULL,
    "read_glossary": ConfigurationError("cannot read the glossary"),
    "Outline.of": EncoderError("the encoder broke"),
    "Outline.write": FULL,
    "Generation.digests": FULL,
    "IndexReader.load": IndexInvalidError("cannot be opened"),
    "answerability.labelled_questions": FULL,
    "embed": EncoderError("the encoder broke"),
    "IndexReader.evidence": KeyError("no such row"),
    "answerability.fit": np.linalg.LinAlgError("singular"),
    "IndexReader.open": IndexInvalidError("damaged"),
    "check": IndexInvalidError("does not answer"),
    "sync_tree": FULL,
    "Path.rename": FULL,
    "sync_folder": FULL,
    "write_durably": FULL,
}


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_the_live_index_alone(
    published: Published, live_store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    data = published.data
    current, before = data.current.read_bytes(), _files(published.generation.folder)
    with monkeypatch.context() as patched:
        patched.setattr(f"indexer.publish.{step}", _fail(STEPS[step]))
        with pytest.raises(type(STEPS[step])):
            publish(data, _contents(), published.encoder, live_store)
    assert data.current.read_bytes() == current
    assert _files(published.generation.folder) == before
    check(data.live(), published.encoder)
    # The next publish works and clears up.
    made = publish(data, _contents(), published.encoder, live_store)
    assert data.live() == made
    check(made, published.encoder)
    assert _unfinished(data) == []
    for each in data.generations():
        check(each, published.encoder)


@pytest.mark.parametrize("call", ["os.fsync", "Path.replace"])
def test_a_name_that_cannot_be_put_in_place(
    published: Published, live_store: Store, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fails_at_the_end(*args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(f"indexer.layout.{call}", _fail(FULL))
        write_durably(*args, **kwargs)

    monkeypatch.setattr("indexer.publish.write_durably", fails_at_the_end)
    with pytest.raises(OSError, match="No space left"):
        publish(published.data, _contents(), published.encoder, live_store)
    assert published.data.live() == published.generation


def test_current_names_a_complete_generation_at_every_moment(
    published: Published, live_store: Store
) -> None:
    data, encoder = published.data, AngleEncoder()
    watched = {"publish.py", "layout.py"}
    seen: dict[str, int] = {}

    def look(frame: Any, _event: str, _arg: object) -> None:
        if Path(frame.f_code.co_filename).name not in watched:
            return
        name = data.current.read_text(encoding="ascii")
        if name not in seen:
            check(data.live(), encoder)
        seen[name] = seen.get(name, 0) + 1

    profiler = sys.getprofile()
    sys.setprofile(look)
    try:
        made = publish(data, _contents(), published.encoder, live_store)
    finally:
        sys.setprofile(profiler)
    assert list(seen) == [f"{published.generation.build_id}\n", f"{made.build_id}\n"]
    assert min(seen.values()) > 2, "looked at often before and after"


_KILLED = """
import os, signal, sys
from pathlib import Path
from indexer import publish
from indexer.layout import DataFolder
from indexer.store import Store
from tests.fakes import AngleEncoder
from tests.test_publish import _contents

def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

data = DataFolder(Path(sys.argv[1]))
with data.locked():
    setattr(publish, sys.argv[2], die)
    publish.publish(data, _contents(), AngleEncoder(), Store(data.store))
"""


# Before the new folder has its name, and after it, when it is not yet live.
@pytest.mark.parametrize(("moment", "left"), [("sync_tree", 1), ("write_durably", 0)])
def test_killed_in_the_middle(
    published: Published, live_store: Store, moment: str, left: int
) -> None:
    data = published.data
    child = subprocess.run(
        [sys.executable, "-c", _KILLED, str(data.root), moment],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert len(_unfinished(data)) == left
    assert data.live() == published.generation
    check(data.live(), published.encoder)
    with data.locked():  # the kernel let go of it
        made = publish(data, _contents(), published.encoder, live_store)
    assert data.live() == made
    assert _unfinished(data) == []
    for each in data.generations():
        check(each, published.encoder)
    prune(data, 1)
    assert data.generations() == [made]


# A generation that does not hold together or does not answer.


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vectors": AngleEncoder().encode(["direction 0", "direction 30"])}, "vectors for 3"),
        ({"vectors": np.ones((3, 4), dtype=np.float32)}, "of dimension 2"),
        (
            {"vectors": AngleEncoder().encode([f"direction {at}" for at in (75, 0, 30)])},
            "passage 0 is not found by its own text",
        ),
        (
            {"vectors": AngleEncoder().encode([f"direction {at}" for at in (0, 75, 30)])},
            "passage 1 is not found by its own text",
        ),
        ({"vectors": np.full((3, 2), np.nan, dtype=np.float32)}, "not found by its own text"),
    ],
)
def test_vectors_that_are_not_those_of_the_passages_are_refused(
    published: Published, live_store: Store, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(IndexInvalidError, match=message):
        publish(published.data, _contents(**changes), published.encoder, live_store)
    assert published.data.live() == published.generation


def test_passages_with_the_same_words_find_each_other(
    published: Published, live_store: Store
) -> None:
    twice = (*NEW, passage(NEW[0].text, id="other", url="/site/other/", title=NEW[0].title))
    publish(published.data, _contents(twice), published.encoder, live_store)
    assert len(IndexReader.open(published.data.live(), published.encoder)) == 4


def test_a_passage_that_is_there_twice_is_refused(published: Published, live_store: Store) -> None:
    with pytest.raises(IndexInvalidError, match="is there twice"):
        publish(published.data, _contents((*NEW, NEW[0])), published.encoder, live_store)
    assert published.data.live() == published.generation


def test_keyword_rows_in_another_order_are_refused(
    published: Published, live_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer import keyword  # noqa: PLC0415 - the original, before it is replaced

    build = keyword.build
    monkeypatch.setattr(
        "indexer.publish.keyword.build",
        lambda some, folder: build(analyse(some.passages[:2]), folder),
    )
    with pytest.raises(IndexInvalidError, match="2 keyword entries"):
        publish(published.data, _contents(), published.encoder, live_store)
    monkeypatch.setattr("indexer.publish.keyword.build", build)
    monkeypatch.setattr("indexer.keyword.KeywordIndex.rows_in_order", lambda _: False)
    with pytest.raises(IndexInvalidError, match="keyword rows are out of order"):
        publish(published.data, _contents(), published.encoder, live_store)
    assert published.data.live() == published.generation


# Whether there is anything to publish.


def _live_contents(published: Published) -> Contents:
    return _contents(published.passages)


def test_what_is_live_already_is_unchanged(published: Published) -> None:
    contents = _live_contents(published)
    assert unchanged(published.data, contents, published.encoder) == published.generation


class _OtherEncoder(AngleEncoder):
    id = "angle@2"


@pytest.mark.parametrize(
    "changes",
    [
        {"passages": PASSAGES[:3]},
        {"passages": (*PASSAGES[:3], replace(PASSAGES[3], text="other words"))},
        {"passages": (*PASSAGES[:3], replace(PASSAGES[3], reviewed="2024-05-06"))},
        {"passages": PASSAGES[::-1]},
        {"sources": ("site", "other")},
        {"folders": {"/site/": "/b"}},
        {"folders": {}},
    ],
    ids=["fewer", "text", "review date", "order", "sources", "other folder", "no folder"],
)
def test_other_contents_are_a_change(published: Published, changes: dict[str, Any]) -> None:
    contents = replace(_live_contents(published), **changes)
    assert unchanged(published.data, contents, published.encoder) is None


@pytest.mark.parametrize("name", ["EXTRACTOR_VERSION", "CHUNKER_VERSION"])
def test_another_version_of_the_code_is_a_change(
    published: Published, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(f"indexer.publish.{name}", 99)
    assert unchanged(published.data, _live_contents(published), published.encoder) is None


@pytest.mark.parametrize(
    ("file", "where", "name"),
    [
        (GLOSSARY, "indexer.publish.GLOSSARY", "glossary"),
        (LABELLED, "indexer.answerability.LABELLED", "labelled questions"),
    ],
)
def test_another_reviewed_file_is_a_change(
    published: Published, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    *, file: Path, where: str, name: str,
) -> None:  # fmt: skip
    copy = tmp_path / file.name
    shutil.copy(file, copy)
    monkeypatch.setattr(where, copy)
    assert unchanged(published.data, _live_contents(published), published.encoder)
    copy.write_text(copy.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert unchanged(published.data, _live_contents(published), published.encoder) is None
    [said] = remade(Manifest.read(published.generation.manifest), published.encoder)
    assert re.fullmatch(rf"{name} \([0-9a-f]{{8}} is now [0-9a-f]{{8}}\)", said)


def test_an_index_of_nothing_is_published_and_answers(
    published: Published, live_store: Store
) -> None:
    nothing = Contents((), np.zeros((0, 2), dtype=np.float32), ("site",), {})
    made = publish(published.data, nothing, published.encoder, live_store)
    engine = Engine(IndexReader.open(made, published.encoder), published.encoder, SearchSettings())
    assert engine.search(SearchRequest(q="octreotide"))["hits"] == []


def test_another_encoder_is_a_change(published: Published) -> None:
    assert unchanged(published.data, _live_contents(published), _OtherEncoder()) is None


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda live: _flip(live.passages),
        lambda live: _flip(live.vectors),
        lambda live: _flip(max(live.keyword.iterdir(), key=lambda file: file.stat().st_size)),
        lambda live: live.vectors.unlink(),
        lambda live: live.manifest.write_text("{}"),
        lambda live: (live.folder / "stray.txt").write_text("not of this index"),
        lambda live: shutil.rmtree(live.folder),
        lambda live: (live.folder.parent / "CURRENT").write_text("nonsense"),
        lambda live: (live.folder.parent / "CURRENT").unlink(),
    ],
    ids=["passages", "vectors", "keyword", "lost", "manifest", "more", "folder", "name", "no name"],
)
def test_a_damaged_index_is_published_anew(
    published: Published, live_store: Store, damage: Callable[[Generation], object]
) -> None:
    damage(published.generation)
    contents = _live_contents(published)
    assert unchanged(published.data, contents, published.encoder) is None
    made = publish(published.data, contents, published.encoder, live_store)
    assert unchanged(published.data, contents, published.encoder) == made


# Old generations.


def _builds(data: DataFolder, count: int) -> list[str]:
    """Folders of made-up generations, oldest first."""
    names = [f"20240102T03040{number}Z-{number:08x}" for number in range(count)]
    for name in names:
        (data.index / name).mkdir()
    return names


@pytest.mark.parametrize(
    ("live", "keep", "left"),
    [
        (4, 3, [2, 3, 4]),
        (4, 1, [4]),
        (4, 9, [0, 1, 2, 3, 4]),
        (0, 3, [0, 3, 4]),  # after a rollback the live one is old
        (0, 1, [0]),
        (2, 2, [2, 4]),
    ],
)
def test_prune(data: DataFolder, live: int, keep: int, left: list[int]) -> None:
    names = _builds(data, 5)
    (data.index / "notes").mkdir()  # nothing of ours
    write_durably(data.current, f"{names[live]}\n")
    gone = prune(data, keep)
    assert [each.build_id for each in data.generations()] == [names[at] for at in left]
    assert gone == [name for at, name in enumerate(names) if at not in left]
    assert (data.index / "notes").is_dir()
    assert data.live().folder.is_dir()


def test_nothing_is_pruned_where_nothing_is_live(data: DataFolder) -> None:
    _builds(data, 5)
    with pytest.raises(IndexNotFoundError):
        prune(data, 1)
    assert len(data.generations()) == 5


def test_what_was_cut_off_is_cleared_and_nothing_else(data: DataFolder) -> None:
    names = _builds(data, 2)
    for number in range(2):
        folder = data.index / f".new-{number}" / "keyword"
        folder.mkdir(parents=True)
        (folder / "file").touch()
    write_durably(data.current, f"{names[0]}\n")
    clear_unfinished(data)
    assert sorted(path.name for path in data.index.iterdir()) == [*names, "CURRENT"]


# The commit that the program runs from.


@pytest.mark.parametrize(
    "error",
    [FileNotFoundError("git"), subprocess.CalledProcessError(128, "git"),
     subprocess.TimeoutExpired("git", 10)],
)  # fmt: skip
def test_no_commit_without_a_checkout(
    published: Published, live_store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr("indexer.publish.subprocess.run", _fail(error))
    made = publish(published.data, _contents(), published.encoder, live_store)
    assert IndexReader.open(made, None).manifest.source_commit is None


def test_the_commit_is_recorded(
    published: Published, live_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.CompletedProcess([], 0, stdout="abc123\n")
    monkeypatch.setattr("indexer.publish.subprocess.run", lambda *_, **__: done)
    made = publish(published.data, _contents(), published.encoder, live_store)
    assert IndexReader.open(made, None).manifest.source_commit == "abc123"
