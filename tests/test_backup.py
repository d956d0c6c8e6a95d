"""A copy of a data folder that is in use: whole, and a data folder itself."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.backup import backup
from indexer.errors import ConfigurationError, IndexInvalidError, IndexNotFoundError
from indexer.layout import DataFolder
from indexer.sources import Source, from_site
from indexer.store import Store, StoredPage
from indexer.verify import verify
from indexer.withdraw import withdraw
from tests.runs import Runs, html, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published

WORDS = "<p>A nurse gives the injection every month.</p>"


@pytest.fixture
def target(tmp_path: Path) -> DataFolder:
    """Where the copy is to be."""
    return DataFolder(tmp_path / "copies" / "of today")


@pytest.fixture
def site(tmp_path: Path) -> Source:
    pages = {f"{name}.html": html(name.title(), WORDS + name) for name in ("diet", "scans")}
    return from_site(str(write(tmp_path / "clinic", pages)))


def _contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_a_copy_is_whole_and_runs_on_as_the_folder_itself_would(
    data: DataFolder, target: DataFolder, site: Source
) -> None:
    build = Runs(data)(site).build_id
    assert backup(data, target.root) == build
    assert verify(target) == []
    again = Runs(target)(site)
    assert (again.embedded, again.published, again.build_id) == (0, False, build)
    assert Runs(target).urls == Runs(data).urls == ["/site/diet.html", "/site/scans.html"]
    assert Runs(target).stored == Runs(data).stored


def test_only_what_cannot_be_made_again_is_copied(
    data: DataFolder, target: DataFolder, site: Source
) -> None:
    Runs(data)(site)
    live = Runs(data)(site.model_copy(update={"audience": "patient"})).build_id
    assert len(data.generations()) == 2
    backup(data, target.root)
    assert [each.build_id for each in target.generations()] == [live]
    assert target.live().build_id == live
    assert list(target.runs.iterdir()) == []
    assert {each.name for each in target.root.iterdir()} == {
        *("index", "runs", "store.sqlite", "withdrawn.json", ".store.sqlite.lock")
    }
    copied = _contents(target.live().folder)
    assert copied == {
        name: content
        for name, content in _contents(data.live().folder).items()
        if name in copied or not name.endswith(".lock")
    }


def test_a_folder_that_is_being_written_to_is_copied_as_it_was_at_one_moment(
    data: DataFolder, target: DataFolder, site: Source
) -> None:
    Runs(data)(site)
    writer = Store(data.store)
    with data.locked(), writer.transaction():
        writer.put(StoredPage("/site/half.html", "clinic", "active"))
        backup(data, target.root)
    writer.close()
    assert sorted(Runs(target).stored) == ["/site/diet.html", "/site/scans.html"]
    assert "/site/half.html" in Runs(data).stored
    assert verify(target) == []


def test_withdrawn_pages_stay_withdrawn(data: DataFolder, target: DataFolder, site: Source) -> None:
    runs = Runs(data)
    runs(site)
    withdraw(data, "/site/diet.html", runs.encoder)
    data.withdrawn.unlink()  # the copy's list is of the store, whatever the file says
    backup(data, target.root)
    assert json.loads(target.withdrawn.read_text()) == ["/site/diet.html"]
    assert Runs(target).urls == ["/site/scans.html"]
    Runs(target)(site)
    assert Runs(target).urls == ["/site/scans.html"]


def test_nothing_withdrawn_is_an_empty_list(published: Published, target: DataFolder) -> None:
    backup(published.data, target.root)
    assert json.loads(target.withdrawn.read_text()) == []


def test_an_empty_folder_will_do(published: Published, target: DataFolder) -> None:
    target.root.mkdir(parents=True)
    assert backup(published.data, target.root) == published.generation.build_id
    assert target.live().build_id == published.generation.build_id


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_there_already_is_not_written_over(
    published: Published, target: DataFolder, kind: str
) -> None:
    there = target.root if kind == "file" else target.root / "notes.txt"
    there.parent.mkdir(parents=True)
    there.write_text("keep me")
    with pytest.raises(ConfigurationError) as refused:
        backup(published.data, target.root)
    assert str(refused.value) == (
        f"{target.root} is not an empty folder; a backup is written to a new one"
    )
    assert there.read_text() == "keep me"
    assert [each.name for each in there.parent.iterdir()] == [there.name]


def test_the_folder_itself_is_no_place_for_its_copy(published: Published) -> None:
    before = _contents(published.data.root)
    with pytest.raises(ConfigurationError, match="is not an empty folder"):
        backup(published.data, published.data.root)
    assert _contents(published.data.root) == before


def test_without_an_index_there_is_nothing_to_copy(data: DataFolder, target: DataFolder) -> None:
    with pytest.raises(IndexNotFoundError, match="no index in"):
        backup(data, target.root)
    assert not target.root.exists()


@pytest.mark.parametrize("name", ["vectors.faiss", "passages.jsonl", "manifest.json"])
def test_a_damaged_index_is_no_good_copy(
    published: Published, target: DataFolder, name: str
) -> None:
    file = published.generation.folder / name
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(IndexInvalidError) as caught:
        backup(published.data, target.root)
    assert str(caught.value).startswith(f"the backup of {published.data.root} is not whole: ")
    assert name in str(caught.value)
    assert not target.root.exists(), "what broke off does not look like a backup"
    assert list(target.root.parent.iterdir()) == []


def test_an_index_that_was_replaced_while_it_was_copied_is_copied_anew(
    data: DataFolder, target: DataFolder, site: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Runs(data)(site).build_id
    copytree = shutil.copytree

    def replaced(source: Path, to: Path) -> None:
        monkeypatch.setattr(shutil, "copytree", copytree)
        to.mkdir()
        (to / "half").touch()
        Runs(data)(site.model_copy(update={"audience": "patient"}))
        shutil.rmtree(source)
        raise FileNotFoundError(2, "No such file or directory", str(source))

    monkeypatch.setattr(shutil, "copytree", replaced)
    live = backup(data, target.root)
    assert live == data.live().build_id != first
    assert [each.name for each in target.index.iterdir() if each.is_dir()] == [live]
    assert verify(target) == []


def test_an_index_that_cannot_be_copied_is_an_error_after_some_tries(
    published: Published, target: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[Path] = []

    def fail(source: Path, _: Path) -> None:
        tries.append(source)
        raise shutil.Error([("a", "b", "planted")])

    monkeypatch.setattr(shutil, "copytree", fail)
    with pytest.raises(IndexInvalidError, match="could not be copied; try again"):
        backup(published.data, target.root)
    assert tries == [published.generation.folder] * 3
    assert not target.current.exists()
