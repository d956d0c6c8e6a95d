"""Settings from the environment and the command line; a bad one is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.encoder import DEFAULT_ENCODER
from indexer.errors import ConfigurationError
from indexer.settings import IndexerSettings, load_settings


def test_without_any_setting() -> None:
    assert load_settings().model_dump() == {
        "data": Path("data"),
        "index": "embedded",
        "sources": Path("corpus/sources.toml"),
        "encoder": DEFAULT_ENCODER,
        "batch_size": 32,
        "passage_tokens": 254,
        "keep_generations": 3,
        "little_text": 0.2,
        "judgments": Path("corpus/judgments.jsonl"),
        "judged_margin": 0.03,
        "lost_share": 0.1,
        "lost_pages": 2,
        "failed_share": 0.1,
        "failed_pages": 5,
    }


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("DATA", "/srv/net data", Path("/srv/net data")),
        ("SOURCES", "sites.toml", Path("sites.toml")),
        ("ENCODER", "some/model", "some/model"),
        ("BATCH_SIZE", "1", 1),
        ("BATCH_SIZE", "1024", 1024),
        ("PASSAGE_TOKENS", "32", 32),
        ("PASSAGE_TOKENS", "100000", 100_000),
        ("KEEP_GENERATIONS", "1", 1),
        ("LOST_SHARE", "0", 0.0),
        ("LOST_SHARE", "1", 1.0),
        ("LOST_PAGES", "0", 0),
        ("FAILED_SHARE", "0.25", 0.25),
        ("FAILED_PAGES", "0", 0),
    ],
)
def test_a_setting_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, value: object
) -> None:
    monkeypatch.setenv(f"NET_{name}", written)
    assert getattr(load_settings(), name.lower()) == value


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_DATA", "of the environment")
    monkeypatch.setenv("NET_SOURCES", "of the environment")
    settings = load_settings(data="given", sources=None)
    assert (settings.data, settings.sources) == (Path("given"), Path("of the environment"))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("BATCH_SIZE", "x"),
        ("BATCH_SIZE", ""),
        ("BATCH_SIZE", "0"),
        ("BATCH_SIZE", "1025"),
        ("BATCH_SIZE", "1.5"),
        ("PASSAGE_TOKENS", "31"),
        ("PASSAGE_TOKENS", "many"),
        ("KEEP_GENERATIONS", "0"),
        ("KEEP_GENERATIONS", "-1"),
        ("LOST_SHARE", "1.1"),
        ("LOST_SHARE", "-0.1"),
        ("LOST_SHARE", "10%"),
        ("LOST_PAGES", "-1"),
        ("FAILED_SHARE", "2"),
        ("FAILED_PAGES", "-1"),
    ],
)
def test_a_bad_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"NET_{name}", written)
    with pytest.raises(ConfigurationError, match=f"^setting NET_{name}: .*, not '{written}'$"):
        load_settings()


def test_settings_of_the_service_are_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_PORT", "http")
    assert not hasattr(load_settings(), "port")


def test_every_setting_says_what_it_is() -> None:
    for name, field in IndexerSettings.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().batch_size = 1  # type: ignore[misc]
