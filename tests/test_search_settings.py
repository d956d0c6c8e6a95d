from __future__ import annotations

from pathlib import Path

import pytest

from search.errors import SettingsError
from search.settings import SearchSettings, load_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SearchSettings.model_fields:
        monkeypatch.delenv(f"NET_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("DATA", "/srv/net", Path("/srv/net")),
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("HOST", "::1", "::1"),
        ("WORKERS", "64", 64),
        ("SEMANTIC_WEIGHT", "0", 0.0),
        ("SEMANTIC_WEIGHT", "1", 1.0),
        ("RARE_PASSAGES", "0", 0),
        ("CANDIDATES", "10", 10),
        ("EXAMPLES", '["one", "two"]', ("one", "two")),
        ("EXAMPLES", "[]", ()),
        ("HELPLINE", "Call 13 11 20 <now>", "Call 13 11 20 <now>"),
    ],
)
def test_a_setting_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, value: object
) -> None:
    monkeypatch.setenv(f"NET_{name}", written)
    assert getattr(load_settings(), name.lower()) == value


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NET_PORT", "9000")
    monkeypatch.setenv("NET_HOST", "127.0.0.2")
    settings = load_settings(port=9001, host=None, data="there")
    assert (settings.port, settings.host, settings.data) == (9001, "127.0.0.2", Path("there"))


def test_a_value_by_name_is_read_as_the_environment_is_and_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NET_PORT", "9000")
    written = {"port": "9002", "examples": '["one"]', "data": "elsewhere", "semantic_weight": "1"}
    settings = load_settings(written, port=9001, data="there", threads=3)
    assert (settings.port, settings.data, settings.threads) == (9002, Path("elsewhere"), 3)
    assert (settings.examples, settings.semantic_weight) == (("one",), 1.0)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("semantic_weigth", "1", "'semantic_weigth'.*semantic_weight"),
        ("SEMANTIC_WEIGHT", "1", "no setting 'SEMANTIC_WEIGHT'"),
        ("semantic_weight", "", "NET_SEMANTIC_WEIGHT"),
        ("semantic_weight", "nan", "NET_SEMANTIC_WEIGHT"),
        ("rare_passages", "2.5", "NET_RARE_PASSAGES"),
        ("examples", "one", "NET_EXAMPLES: not JSON"),
    ],
)
def test_a_bad_value_by_name_is_refused(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings({name: value})


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("WORKERS", "0"),
        ("WORKERS", "65"),
        ("THREADS", "0"),
        ("SEMANTIC_WEIGHT", "1.1"),
        ("SEMANTIC_REACH", "-0.1"),
        ("TITLE_BOOST", "-1"),
        ("CANDIDATES", "9"),
        ("RARE_PASSAGES", "-1"),
        ("RARE_PASSAGES", "few"),
        ("EXAMPLES", '{"a": "list"}'),
        ("EXAMPLES", "not JSON"),
    ],
)
def test_a_bad_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"NET_{name}", written)
    with pytest.raises(SettingsError, match=f"NET_{name}"):
        load_settings()


def test_every_setting_says_what_it_is() -> None:
    for name, field in SearchSettings.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name
    SearchSettings()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().port = 1  # type: ignore[misc]
