from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from indexer.analyse import analyse
from indexer.glossary import Entry
from indexer.lexicon import Equivalent, Lexicon, Word
from tests.fakes import passage

if TYPE_CHECKING:
    from pathlib import Path


def _entry(written: str, *to: str, direction: str = "both", **more: Any) -> Entry:
    given = {"from": written, "to": to, "kind": "lay", "direction": direction, "source": "s"}
    return Entry.model_validate({**given, **more})


def _of(*entries: Entry, texts: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    lexicon = Lexicon.of(analyse([passage(text) for text in texts]), entries)
    return [(each.written, each.means, each.source) for each in lexicon.equivalents]


def test_words_are_counted_once_for_each_passage_that_holds_them_anywhere() -> None:
    passages = [
        passage("dose dose dose", title="Scan", headings=["Scan", "Liver"]),
        passage("a dose", headings=["Liver"]),
        passage("scan"),
    ]
    words = Lexicon.of(analyse(passages), []).words
    assert {exact: word.passages for exact, word in words.items()} == {
        "dose": 2,
        "scan": 2,
        "liver": 2,
        "a": 1,
    }
    assert list(words) == sorted(words)


@pytest.mark.parametrize(
    ("text", "exact", "written"),
    [
        ("Tumour tumour tumor", "tumor", "tumour"),
        ("TUMOR tumor tumour", "tumor", "tumor"),
        ("tumour tumor", "tumor", "tumor"),  # as many: the first by the alphabet
        ("Lu-177 lutetium-177 LU-177", "177lu", "lu-177"),
        ("follow-up", "follow", "follow"),
    ],
)
def test_the_most_usual_spelling_is_kept(text: str, exact: str, written: str) -> None:
    assert Lexicon.of(analyse([passage(text)]), []).words[exact].written == written


@pytest.mark.parametrize(
    ("text", "exact", "stem"),
    [
        ("Doses", "doses", "dose"),
        ("PCBs pcbs PCBs", "pcbs", "pcb"),
        ("PCBs pcbs pcbs", "pcbs", "pcbs"),
        ("PCBs pcbs", "pcbs", "pcb"),  # as many: the first by the alphabet
    ],
)
def test_the_most_usual_stem_is_kept(text: str, exact: str, stem: str) -> None:
    assert Lexicon.of(analyse([passage(text)]), []).words[exact].stem == stem


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        (("5-HIAA",), {"hiaa": "5hiaa"}),
        (("lutetium 177",), {"lutetium": "177lu", "177": "177lu"}),
        (("177Lu",), {}),  # written together it has no parts
        (("Ki67 and ki-67",), {"ki": "ki67", "67": "ki67"}),
        (("5-HIAA", "HIAA in urine"), {}),  # a word by itself is no part
        (("I-131 and B-12 in-111",), {"131": "131i", "12": "b12", "111": "111in"}),
        (("follow-up don't won’t tumour's",), {}),
        # A part belongs to the word that most passages hold.
        (("PD-2", "PD-1", "PD-1"), {"pd": "pd1"}),
        (("PD-1", "PD-2", "PD-2"), {"pd": "pd2"}),
    ],
    ids="+".join,
)
def test_parts_of_names(texts: tuple[str, ...], parts: dict[str, str]) -> None:
    assert Lexicon.of(analyse([passage(text) for text in texts]), []).parts == parts


def test_the_glossary_gives_each_direction_it_names() -> None:
    assert _of(_entry("NET", "net tumour", "nen")) == [
        ("NET", "net tumour", "glossary"),
        ("net tumour", "NET", "glossary"),
        ("NET", "nen", "glossary"),
        ("nen", "NET", "glossary"),
    ]
    assert _of(_entry("chemo", "CAPTEM", direction="forward")) == [("chemo", "CAPTEM", "glossary")]


def test_words_beside_belong_to_the_everyday_word_alone() -> None:
    lexicon = Lexicon.of(analyse([]), [_entry("PET", "positron scan", near=("scan",))])
    assert lexicon.equivalents == (
        Equivalent("PET", "positron scan", "glossary", ("scan",)),
        Equivalent("positron scan", "PET", "glossary", ()),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "x\nA bone scan (BS)"},
        {"title": "A bone scan (BS)"},
        {"headings": ["x", "A bone scan (BS)"]},
    ],
    ids="".join,
)
def test_pages_explain_in_text_title_and_headings(changes: dict[str, Any]) -> None:
    lexicon = Lexicon.of(analyse([passage(**{"text": "", **changes})]), [])
    assert lexicon.equivalents == (
        Equivalent("BS", "bone scan", "page"),
        Equivalent("bone scan", "BS", "page"),
    )


def test_a_line_that_many_passages_share_counts_once() -> None:
    passages = [passage(f"text {i}", headings=["A bone scan (BS)"]) for i in range(9)]
    passages += [passage("a brain stem (BS)"), passage("the brain stem (BS)")]
    means = [
        each.means for each in Lexicon.of(analyse(passages), []).equivalents if each.written == "BS"
    ]
    assert means == ["brain stem", "bone scan"]


def test_the_glossary_goes_before_the_pages_and_a_pair_is_there_once() -> None:
    entry = _entry("bs", "Bone scans", direction="forward")
    assert _of(entry, texts=("a bone scan (BS)",)) == [
        ("bs", "Bone scans", "glossary"),
        ("bone scan", "BS", "page"),
    ]


def test_no_name_is_its_own_other_name() -> None:
    assert _of(texts=("some injections (INJECT)", "some infusions (INF)")) == [
        ("INF", "infusions", "page"),
        ("infusions", "INF", "page"),
    ]


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    texts = [passage("Serum 5-HIAA, bone scan (BS), naïve ¹⁷⁷Lu tumour")]
    lexicon = Lexicon.of(analyse(texts), [_entry("PET", "positron scan", near=("scan", "ct"))])
    file = tmp_path / "lexicon.json"
    lexicon.write(file)
    assert Lexicon.read(file) == lexicon
    assert "naïve" in file.read_text(encoding="utf-8")
    assert lexicon.words["naive"] == Word(1, "naïve", "naiv")


def test_an_empty_one_is_read_as_it_was_written(tmp_path: Path) -> None:
    empty = Lexicon.of(analyse([]), [])
    empty.write(tmp_path / "lexicon.json")
    assert Lexicon.read(tmp_path / "lexicon.json") == empty == Lexicon({}, (), {})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"words": {"a": 1}, "equivalents": [], "parts": {}}',
        '{"words": {"a": [1]}, "equivalents": [], "parts": {}}',
        '{"words": {"a": [1, "a", "a", "a"]}, "equivalents": [], "parts": {}}',
        '{"words": {}, "equivalents": [{}], "parts": {}}',
        '{"words": {}, "equivalents": [{"written": "a", "near": [], "x": 1}], "parts": {}}',
        '{"words": {}, "equivalents": []}',
        None,
    ],
    ids=lambda text: "no file" if text is None else text or "empty",
)
def test_what_is_no_lexicon_is_refused(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "lexicon.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises((OSError, ValueError, KeyError, TypeError)):
        Lexicon.read(file)
