"""README says what the code does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from docs.generate import README, settings_table, with_settings
from indexer.__main__ import cli as indexer_cli
from indexer.sources import Source
from search.__main__ import cli as search_cli
from search.request import SearchRequest

ROOT = Path(__file__).resolve().parent.parent
TEXT = README.read_text(encoding="utf-8")


def test_settings_table_is_up_to_date() -> None:
    assert with_settings(TEXT) == TEXT, "run python -m docs.generate"
    assert "`NET_DATA`" in settings_table()


@pytest.mark.parametrize(("module", "cli"), [("indexer", indexer_cli), ("search", search_cli)])
def test_commands_and_options_in_readme_exist(module: str, cli: object) -> None:
    lines = re.findall(rf"^python -m {module} (\w+)(.*?)(?:#.*)?$", TEXT, re.MULTILINE)
    assert lines
    for command, rest in lines:
        options = {option for p in cli.commands[command].params for option in p.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, command


def test_commands_and_sources_in_the_guide_for_a_site_are_right() -> None:
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    lines = re.findall(r"^python -m (indexer|search) (\w+)(.*)$", text, re.MULTILINE)
    assert len(lines) > 6
    for module, command, rest in lines:
        cli = indexer_cli if module == "indexer" else search_cli
        options = {option for p in cli.commands[command].params for option in p.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, command
        assert all((ROOT / file).exists() for file in re.findall(r"corpus/\S+", rest))
    site, selectors, audiences = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    given = tomllib.loads(site)["source"][0] | tomllib.loads(selectors)
    Source.model_validate(given | tomllib.loads(audiences)["source"])


def test_make_targets_in_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)\b(?=[ `\n])", TEXT)) <= targets


def test_search_parameters_are_documented() -> None:
    documented = TEXT[TEXT.index("Parameters of a search") :]
    for name in SearchRequest.model_fields:
        assert f"`{name}" in documented, name
