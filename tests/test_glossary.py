from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from indexer.errors import ConfigurationError
from indexer.glossary import Entry, read_glossary

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """[[entry]]
from = "SSA"
to = ["somatostatin analogue"]
kind = "class"
direction = "both"
source = "a dictionary"
"""


def _file(folder: Path, text: str) -> Path:
    file = folder / "glossary.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_entries_are_read_in_order(tmp_path: Path) -> None:
    near = ENTRY.replace("SSA", "NET") + 'near = ["cancer"]\n'
    first, second = read_glossary(_file(tmp_path, ENTRY + near))
    assert (first.written, first.near) == ("SSA", ())
    assert first.to == ("somatostatin analogue",)
    assert (first.kind, first.direction, first.source) == ("class", "both", "a dictionary")
    assert (second.written, second.near) == ("NET", ("cancer",))


def test_a_file_without_entries_is_an_empty_glossary(tmp_path: Path) -> None:
    assert read_glossary(_file(tmp_path, "# nothing yet\n")) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('from = "SSA"\n', "", "entry 1: from: Field required"),
        ('from = "SSA"', 'from = ""', "entry 1: from: String should have at least 1 character"),
        ('from = "SSA"', 'from = "?!"', "entry 1: : '?!' holds no word"),
        ('to = ["somatostatin analogue"]', "to = []", "entry 1: to: "),
        ('["somatostatin analogue"]', '["it", "…"]', "entry 1: : '…' holds no word"),
        ('["somatostatin analogue"]', '["it", "ssa"]', "entry 1: : 'SSA' stands for itself"),
        ('["somatostatin analogue"]', '["SSAs"]', "entry 1: : 'SSA' stands for itself"),
        ('kind = "class"', 'kind = "else"', "entry 1: kind: Input should be 'abbreviation', "),
        ('"both"', '"backward"', "entry 1: direction: Input should be 'both' or 'forward'"),
        ('source = "a dictionary"\n', "", "entry 1: source: Field required"),
        ('"a dictionary"', '""', "entry 1: source: String should have at least 1 character"),
        ("source =", "sourec =", "entry 1: source: Field required"),
        ("[[entry]]", "[[entry]]\nhint = 1", "entry 1: hint: Extra inputs are not permitted"),
        ('from = "SSA"', "from = SSA", "cannot read the glossary"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ENTRY
    file = _file(tmp_path, ENTRY.replace(old, new))
    with pytest.raises(ConfigurationError) as caught:
        read_glossary(file)
    assert message in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("again", ["SSA", "ssa"])
def test_a_name_is_explained_once(tmp_path: Path, again: str) -> None:
    file = _file(tmp_path, ENTRY + ENTRY.replace("SSA", again))
    with pytest.raises(ConfigurationError, match=f"entry 2: '{again}' is there twice"):
        read_glossary(file)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read the glossary .*nowhere\.toml"):
        read_glossary(tmp_path / "nowhere.toml")
    file = tmp_path / "latin.toml"
    file.write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"cannot read the glossary .*latin\.toml"):
        read_glossary(file)


def test_an_entry_cannot_be_changed() -> None:
    entry = Entry.model_validate(
        {"from": "a1", "to": ["b"], "kind": "lay", "direction": "forward", "source": "s"}
    )
    with pytest.raises(ValueError, match="frozen"):
        entry.written = "c"  # type: ignore[misc]
