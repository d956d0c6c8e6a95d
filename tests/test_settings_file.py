"""Settings from a TOML file, in both halves: what wins, and what is refused by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import indexer.settings
import search.settings
from indexer.errors import ConfigurationError
from search.errors import SettingsError
from search.settings import Weights
from tests.serving import run

if TYPE_CHECKING:
    from collections.abc import Callable

LOAD: dict[str, Callable[..., Any]] = {
    "indexer": indexer.settings.load_settings,
    "search": search.settings.load_settings,
}
OWN = {"indexer": ("batch_size", 7), "search": ("port", 7)}  # a number that only this half has
REFUSED = (ConfigurationError, SettingsError)


class File:
    """The settings file, with what a test puts into it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def holds(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> File:
    made = File(tmp_path / "net.toml")
    monkeypatch.setenv("NET_SETTINGS", str(made.path))
    return made


@pytest.fixture(params=sorted(LOAD))
def half(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _message(half: str, **given: Any) -> str:
    """Why the settings are refused."""
    with pytest.raises(REFUSED) as refused:
        LOAD[half](**given)
    return str(refused.value)


# What wins


def test_the_top_is_for_both_halves_and_a_table_for_its_own(file: File) -> None:
    file.holds(
        'data = "/srv/net"\n[indexer]\nkeep_generations = 5\nlost_share = 0.5\n'
        "[search]\nworkers = 3\ngaps = true\nsemantic_weight = 1\n"
    )
    of_indexer, of_search = LOAD["indexer"](), LOAD["search"]()
    assert of_indexer.data == of_search.data == Path("/srv/net")
    assert (of_indexer.keep_generations, of_indexer.lost_share) == (5, 0.5)
    assert (of_search.workers, of_search.gaps, of_search.semantic_weight) == (3, True, 1.0)


def test_a_table_wins_over_the_top(half: str, file: File) -> None:
    file.holds(f'data = "top"\n[{half}]\ndata = "own"\n')
    assert {name: load().data for name, load in LOAD.items()} == {
        name: Path("own" if name == half else "top") for name in LOAD
    }


def test_who_wins(half: str, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _ = OWN[half]
    file.holds("")
    assert getattr(LOAD[half](), name) not in {1, 2, 3}
    file.holds(f"[{half}]\n{name} = 1\n")
    assert getattr(LOAD[half](), name) == 1, "the file over the default"
    monkeypatch.setenv(f"NET_{name.upper()}", "2")
    assert getattr(LOAD[half](), name) == 2, "the environment over the file"
    assert getattr(LOAD[half](**{name: 3}), name) == 3, "the command line over the environment"
    assert getattr(LOAD[half](**{name: None}), name) == 2, "but only where it says something"


def test_what_wins_hides_a_value_of_the_file_that_is_wrong(half: str, file: File) -> None:
    name, value = OWN[half]
    file.holds(f'[{half}]\n{name} = "many"\n')
    assert getattr(LOAD[half](**{name: value}), name) == value


def test_a_setting_for_one_evaluation_wins_over_all(
    file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.holds("[search]\ncandidates = 11\nrare_passages = 1\n")
    monkeypatch.setenv("NET_CANDIDATES", "12")
    settings = search.settings.load_settings({"candidates": "14"}, candidates=13)
    assert (settings.candidates, settings.rare_passages) == (14, 1)


def test_lists_and_tables_are_written_as_toml(file: File) -> None:
    file.holds(
        '[search]\nexamples = ["one", "two"]\norigins = ["https://www.example.org"]\n'
        "[search.weights]\nmeaning = 2\n"
    )
    settings = LOAD["search"]()
    assert settings.examples == ("one", "two")
    assert settings.origins == ("https://www.example.org",)
    assert settings.weights == Weights(meaning=2)


@pytest.mark.parametrize("value", [None, ""])
def test_no_file_no_settings(half: str, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    before = LOAD[half]()
    if value is not None:
        monkeypatch.setenv("NET_SETTINGS", value)
    assert LOAD[half]() == before


def test_the_file_is_read_at_each_loading(half: str, file: File) -> None:
    name, value = OWN[half]
    for number in (value, value + 1):
        file.holds(f"[{half}]\n{name} = {number}\n")
        assert getattr(LOAD[half](), name) == number


def test_the_other_half_s_table_is_none_of_ours(half: str, file: File) -> None:
    other = next(name for name in LOAD if name != half)
    file.holds("")
    before = LOAD[half]()
    file.holds(f"[{other}]\nwrong = 1\n{OWN[other][0]} = 'x'\n")
    assert LOAD[half]() == before


# What is refused


def test_an_unknown_name_is_named(half: str, file: File) -> None:
    name, _ = OWN[half]
    file.holds(f"[{half}]\n{name}s = 1\n")
    message = _message(half)
    assert message.startswith(f"{file.path}: [{half}] has no setting '{name}s'; there are ")
    assert name in message.split("there are ")[1].split(", ")


def test_an_unknown_name_at_the_top_is_named(half: str, file: File) -> None:
    file.holds('dta = "/srv"\n')
    assert _message(half).startswith(f"{file.path}: 'dta' is no setting of both halves; put it")


def test_a_setting_of_the_service_at_the_top_is_refused_by_the_indexer(file: File) -> None:
    file.holds("port = 1\n")
    message = _message("indexer")
    assert "'port'" in message
    assert "[search]" in message


@pytest.mark.parametrize("text", ["{half} = 1", "[[{half}]]\n", "{half} = ['x']"])
def test_a_table_that_is_none_is_refused(half: str, file: File, text: str) -> None:
    file.holds(text.format(half=half))
    assert _message(half) == f"{file.path}: {half} is no table of settings"


WRONG = [
    ("indexer", "batch_size = 0", "BATCH_SIZE", "0"),
    ("indexer", "batch_size = 1.5", "BATCH_SIZE", "1.5"),
    ("indexer", "batch_size = [1]", "BATCH_SIZE", "[1]"),
    ("indexer", 'lost_share = "10%"', "LOST_SHARE", "'10%'"),
    ("indexer", "encoder = 1", "ENCODER", "1"),
    ("search", 'port = "http"', "PORT", "'http'"),
    ("search", "port = 65536", "PORT", "65536"),
    ("search", "port = 2024-01-01", "PORT", "2024"),
    ("search", "host = 1", "HOST", "1"),
    ("search", 'gaps = "perhaps"', "GAPS", "'perhaps'"),
    ("search", 'examples = "one"', "EXAMPLES", "'one'"),
    ("search", 'origins = ["*"]', "ORIGINS", "'*'"),
    ("search", 'log_format = "xml"', "LOG_FORMAT", "'xml'"),
    ("search", "[search.weights]\nmeaning = 'x'", "WEIGHTS_MEANING", "'x'"),
    ("search", "[search.weights]\nmeanin = 1", "WEIGHTS_MEANIN", "1"),
]


@pytest.mark.parametrize(("half", "text", "name", "value"), WRONG)
def test_a_wrong_value_is_named_with_its_file(
    file: File, half: str, text: str, name: str, value: str
) -> None:
    file.holds(f"[{half}]\n{text}\n")
    message = _message(half)
    assert message.startswith(f"setting NET_{name} ({file.path}): ")
    assert value in message.rpartition(", not ")[2]


def test_a_wrong_value_of_the_environment_is_not_the_file_s(
    half: str, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, value = OWN[half]
    file.holds(f"[{half}]\n{name} = {value}\n")
    monkeypatch.setenv(f"NET_{name.upper()}", "many")
    assert _message(half).startswith(f"setting NET_{name.upper()}: ")


def test_a_wrong_value_of_the_command_line_is_not_the_file_s(half: str, file: File) -> None:
    name, value = OWN[half]
    file.holds(f"[{half}]\n{name} = {value}\n")
    assert _message(half, **{name: -1}).startswith(f"setting NET_{name.upper()}: ")


@pytest.mark.parametrize("token", ['"planted"', "12345678901234567", '["planted"]'])
def test_a_token_that_cannot_be_used_is_not_shown(file: File, token: str) -> None:
    file.holds(f"[search]\noperator_token = {token}\n")
    message = _message("search")
    assert message.startswith(f"setting NET_OPERATOR_TOKEN ({file.path}): ")
    assert token.strip('"[]') not in message


def _missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _folder(path: Path) -> None:
    path.mkdir()


def _other_bytes(path: Path) -> None:
    path.write_bytes(b'data = "\xff"')


def _half_written(path: Path) -> None:
    path.write_text('data = "x"\n[search\n')


def _twice(path: Path) -> None:
    path.write_text('data = "x"\ndata = "y"\n')


@pytest.mark.parametrize("spoil", [_missing, _folder, _other_bytes, _half_written, _twice])
def test_a_file_that_cannot_be_read_is_named(
    half: str, file: File, spoil: Callable[[Path], None]
) -> None:
    spoil(file.path)
    assert _message(half).startswith(f"NET_SETTINGS: cannot read {file.path}: ")


def test_the_commands_end_with_a_line_and_the_status_of_a_wrong_setting(file: File) -> None:
    file.holds("[search]\nprot = 1\n")
    done = run("gaps", NET_SETTINGS=str(file.path))
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert re.fullmatch(rf"error: {re.escape(str(file.path))}: .*'prot'.*", line)
