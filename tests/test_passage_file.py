from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from indexer.passage_file import PassageFile
from tests.fakes import passage

PASSAGES = [passage("one"), passage("zwölf\nlines\u2028here", url="/b/"), passage("three")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "passages.jsonl"
    lines = [json.dumps(asdict(each), ensure_ascii=False) for each in PASSAGES]
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return file


def test_passages_are_read_where_they_stand(file: Path) -> None:
    passages = PassageFile(file)
    assert len(passages) == 3
    assert [*passages] == passages[:] == PASSAGES
    assert passages[-1] == PASSAGES[2]
    assert passages[1:] == PASSAGES[1:]
    assert passages == PASSAGES
    assert passages != PASSAGES[:2]
    assert passages != [*PASSAGES[:2], passage("four")]
    assert passages != 3


@pytest.mark.parametrize("index", [3, -4])
def test_there_are_no_others(file: Path, index: int) -> None:
    with pytest.raises(IndexError):
        PassageFile(file)[index]


def test_they_are_read_in_blocks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.passage_file._BLOCK", 7)
    assert PassageFile(file) == PASSAGES


def test_they_stay_though_the_folder_is_pruned(file: Path) -> None:
    passages = PassageFile(file)
    shutil.rmtree(file.parent)
    assert passages == PASSAGES


def test_none_are_none(tmp_path: Path) -> None:
    (tmp_path / "none").touch()
    assert PassageFile(tmp_path / "none") == []


@pytest.mark.parametrize("text", ['{"id": 1}\n', "[]\n", "{\n", '{"id": 1}'])
def test_anything_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "some").write_text(text)
    with pytest.raises((ValueError, TypeError)):
        PassageFile(tmp_path / "some")
