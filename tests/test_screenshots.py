"""The screenshots are those of the table, and small."""

from __future__ import annotations

import re

from docs.screenshots import FOLDER, LARGEST, STATES, WHOLE, readme

FILES = [file for state in STATES for file in state.files]


def test_every_state_has_a_name_of_its_own_that_is_good_for_a_file_and_says_what_it_is() -> None:
    names = [state.name for state in STATES]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []
    assert [state.name for state in STATES if not state.says.endswith(".")] == []
    assert len(set(FILES)) == len(FILES)


def test_the_list_names_every_picture_once() -> None:
    assert re.findall(r"\]\(([^)]+)\)", readme()) != []
    assert sorted(re.findall(r"\]\(([^)]+)\)", readme())) == sorted(FILES)


def test_the_folder_holds_what_its_list_says() -> None:
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == readme()
    held = {file.name for file in FOLDER.iterdir()}
    assert held == {*FILES, "README.md"}, "run python -m docs.screenshots"


def test_the_pictures_are_small() -> None:
    sizes = {file: (FOLDER / file).stat().st_size for file in FILES}
    assert {file: size for file, size in sizes.items() if size >= LARGEST} == {}
    assert sum(sizes.values()) < WHOLE
