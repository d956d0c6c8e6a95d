"""The systems of an evaluation, as a command line names them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from indexer.errors import IndexerError
from search.errors import SettingsError
from search.settings import load_settings
from search.systems import MODES, System, named
from tests.fakes import AngleEncoder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Published

EARLIER = "20200102T030405Z-0badcafe"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the encoders that were loaded."""
    names: list[str] = []

    def load(name: str) -> AngleEncoder:
        names.append(name)
        return AngleEncoder()

    monkeypatch.setattr("search.engine.SentenceTransformerEncoder", load)
    return names


@pytest.fixture
def system(published: Published, loaded: list[str]) -> System:
    assert loaded == []
    return System.load(load_settings(data=published.data.root, encoder="one"), "hybrid", None)


def test_the_live_index_or_a_folder_is_loaded(
    published: Published, system: System, tmp_path: Path, loaded: list[str]
) -> None:
    assert system.generation == published.generation
    copy = tmp_path / "copy"
    shutil.copytree(published.generation.folder, copy)
    other = System.load(load_settings(data=tmp_path / "nowhere"), "keyword", copy)
    assert (other.generation.folder, other.mode, len(loaded)) == (copy, "keyword", 2)


def test_a_kept_index_is_named_by_its_build(
    published: Published, system: System, loaded: list[str]
) -> None:
    shutil.copytree(published.generation.folder, published.data.index / EARLIER)
    other = system.other(EARLIER)
    assert other.generation.build_id == EARLIER
    assert (other.mode, other.settings) == (system.mode, system.settings)
    assert other.engine is not system.engine
    assert loaded == ["one"], "the encoder is loaded once"


@pytest.mark.parametrize("name", ["copy", "a=b"])
def test_an_index_is_named_by_its_folder(
    published: Published, system: System, tmp_path: Path, name: str
) -> None:
    shutil.copytree(published.generation.folder, tmp_path / name)
    assert system.other(str(tmp_path / name)).generation.folder == tmp_path / name


def test_a_folder_without_an_index_is_refused(system: System, tmp_path: Path) -> None:
    with pytest.raises(IndexerError, match="manifest"):
        system.other(str(tmp_path))


def test_another_mode_is_the_same_engine(system: System) -> None:
    other = system.other("mode=keyword")
    assert (other.mode, other.engine) == ("keyword", system.engine)


def test_other_settings_ask_the_same_index(
    published: Published, system: System, loaded: list[str]
) -> None:
    published.data.current.unlink()  # as if another had been published meanwhile
    other = system.other("semantic_weight=1.0, title_boost=0,mode=semantic")
    assert (other.settings.semantic_weight, other.settings.title_boost) == (1.0, 0.0)
    assert other.settings.headings_boost == system.settings.headings_boost
    assert (other.mode, other.generation) == ("semantic", system.generation)
    assert other.engine.encoder is system.engine.encoder
    assert loaded == ["one"]
    assert system.settings.semantic_weight != 1.0


def test_another_encoder_is_loaded(system: System, loaded: list[str]) -> None:
    system.other("encoder=two")
    assert loaded == ["one", "two"]


def test_another_data_folder_is_asked_what_is_live_there(
    published: Published, system: System, tmp_path: Path
) -> None:
    shutil.copytree(published.data.root, tmp_path / "second")
    other = system.other(f"data={tmp_path / 'second'}")
    assert other.generation.folder.is_relative_to(tmp_path / "second")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("", "no kept index"),
        (EARLIER, f"{EARLIER}.*no kept index"),
        ("keyword", "no folder and no NAME=VALUE"),
        ("mode=fuzzy", "mode: .*keyword.*'fuzzy'"),
        ("mode=", "mode: "),
        ("mode=keyword,", "'' is not NAME=VALUE"),
        ("=1", "'=1' is not NAME=VALUE"),
        ("semantic_weigth=1", "semantic_weigth.*semantic_weight"),
        ("semantic_weight=much", "NET_SEMANTIC_WEIGHT.*much"),
        ("semantic_weight=2", "NET_SEMANTIC_WEIGHT"),
    ],
)
def test_what_names_no_system_is_refused(system: System, spec: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        system.other(spec)


def test_where_no_index_is_kept_that_is_said(
    published: Published, system: System, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=published.generation.build_id):
        system.other("other")
    elsewhere = System.load(load_settings(data=tmp_path), "hybrid", published.generation.folder)
    with pytest.raises(SettingsError, match="there is none"):
        elsewhere.other("other")


def test_values_by_name() -> None:
    assert named(["a=1", "b = x=y ", "a=2", "c="]) == {"a": "2", "b": "x=y", "c": ""}
    assert named([]) == {}


def test_the_modes_are_those_of_a_request() -> None:
    assert MODES == ("hybrid", "semantic", "keyword")
