from __future__ import annotations

import os
from pathlib import Path

import pytest

from indexer import layout
from indexer.errors import IndexNotFoundError, StoreError
from indexer.layout import DataFolder, Generation, sha256_of, sync_tree, write_durably

BUILDS = ["20240101T000000Z-00000000", "20240102T000000Z-ffffffff"]


def test_a_data_folder_is_made(tmp_path: Path) -> None:
    data = DataFolder(tmp_path / "a" / "b")
    data.create()
    data.create()
    assert data.index.is_dir()
    assert data.runs.is_dir()
    assert sorted(path.name for path in data.root.iterdir()) == ["index", "runs"]


def test_a_data_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot write to the data folder .*NET_DATA"):
        DataFolder(tmp_path / "file" / "data").create()

    def read_only(_path: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "touch", read_only)
    with pytest.raises(StoreError, match="Read-only file system"):
        DataFolder(tmp_path / "data").create()


def test_live(data: DataFolder) -> None:
    write_durably(data.current, BUILDS[0] + "\n")
    live = data.live()
    assert live == Generation(data.index / BUILDS[0])
    assert live.build_id == BUILDS[0]


def test_no_index_yet(tmp_path: Path, data: DataFolder) -> None:
    for folder in (data, DataFolder(tmp_path / "none")):
        with pytest.raises(IndexNotFoundError, match="python -m indexer run") as caught:
            folder.live()
        assert str(folder.root) in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"latest\n", b"../../etc\n", b"\xff\xfe", b"20240101T000000Z", b"x" * 1000),
        b"20240101T000000Z-00000000\n20240102T000000Z-ffffffff\n",
    ],
)
def test_a_current_file_that_names_no_build(data: DataFolder, content: bytes) -> None:
    data.current.write_bytes(content)
    with pytest.raises(StoreError, match="CURRENT"):
        data.live()


def test_a_current_that_cannot_be_read(data: DataFolder) -> None:
    data.current.mkdir()
    with pytest.raises(StoreError, match="cannot read"):
        data.live()


def test_generations_are_the_complete_ones_oldest_first(data: DataFolder) -> None:
    for name in (*reversed(BUILDS), ".new-20240103T000000Z-00000000", "old"):
        (data.index / name).mkdir()
    (data.index / "20240104T000000Z-00000000").touch()
    assert [each.build_id for each in data.generations()] == BUILDS


def test_no_generations(tmp_path: Path) -> None:
    assert DataFolder(tmp_path / "none").generations() == []


def test_two_runs_do_not_work_on_one_folder(tmp_path: Path, data: DataFolder) -> None:
    other = DataFolder(tmp_path / "other")
    other.create()
    with data.locked():
        with pytest.raises(StoreError, match="another run is working"), data.locked():
            pass
        with other.locked():
            pass
    with data.locked():  # it was let go
        pass


def test_a_text_is_put_in_place_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    write_durably(file, "old é\n")
    write_durably(file, "new é\n")
    assert file.read_text(encoding="utf-8") == "new é\n"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(("owner", "name"), [(os, "fsync"), (Path, "replace")])
def test_a_write_that_fails_leaves_the_old_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    file = tmp_path / "file"
    write_durably(file, "old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fail)
        with pytest.raises(OSError, match="No space left"):
            write_durably(file, "new and longer")
    assert file.read_text(encoding="utf-8") == "old"
    write_durably(file, "newer")  # what the failure left is no hindrance
    assert file.read_text(encoding="utf-8") == "newer"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_text_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (calls.append("fsync"), fsync(number))[1])

    def replaced(path: Path, target: Path) -> Path:
        calls.append(f"replace {path.read_text(encoding='utf-8')}")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replaced)
    write_durably(tmp_path / "file", "text")
    assert calls == ["fsync", "replace text", "fsync"]


def test_every_file_of_a_tree_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").touch()
    (tmp_path / "c").touch()
    synced: list[Path] = []
    monkeypatch.setattr(layout, "sync_folder", synced.append)
    sync_tree(tmp_path)
    assert set(synced) == {tmp_path, tmp_path / "a", tmp_path / "a" / "b", tmp_path / "c"}


def test_digests_are_of_every_file_but_the_manifest(tmp_path: Path) -> None:
    generation = Generation(tmp_path)
    generation.keyword.mkdir()
    for path in (generation.manifest, generation.keyword / ".tantivy-writer.lock"):
        path.touch()
    generation.passages.write_bytes(b"abc")
    (generation.keyword / "meta.json").write_bytes(b"")
    assert generation.digests() == {
        "keyword/meta.json": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "passages.jsonl": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }
    assert sha256_of(generation.passages) == generation.digests()["passages.jsonl"]
