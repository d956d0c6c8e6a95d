from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.abbreviations import learn


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Somatostatin analogues (SSA) are given", ("SSA", "somatostatin analogues")),
        ("the somatostatin analogues (SSAs)", ("SSA", "somatostatin analogues")),
        ("Chromogranin A (CgA's) levels", ("CgA", "chromogranin A")),
        ("Chromogranin A (CgA’s) levels", ("CgA", "chromogranin A")),
        ("SSA (somatostatin analogue)", ("SSA", "somatostatin analogue")),
        ("SSAs [somatostatin analogues; injections]", ("SSA", "somatostatin analogues")),
        ("some bone pain [BP: say so]", ("BP", "bone pain")),
        ("radionuclide therapy ( RT , also X )", ("RT", "radionuclide therapy")),
        ("5-hydroxyindoleacetic acid (5-HIAA)", ("5-HIAA", "5-hydroxyindoleacetic acid")),
        ("multiple endocrine neoplasia 1 (MEN1)", ("MEN1", "multiple endocrine neoplasia 1")),
        ("Zollinger-Ellison syndrome (ZES)", ("ZES", "Zollinger-Ellison syndrome")),
        ("good quality of life (QoL)", ("QoL", "quality of life")),
        ("NET specialist team (NST)", ("NST", "NET specialist team")),
        ("the “bone scan” (BS)", ("BS", "bone scan")),
        ("non-bone scan (BS)", ("BS", "bone scan")),
        ("A Bone Scan (ABS)", None),  # begins with a stop word
        ("No tumour (big) near liver (TNL)", None),  # a bracket ends a clause
        ("Tumour, near liver (TNL)", None),
        ("Tumour. Near liver (TNL)", None),
        ("Tumour • near liver (TNL)", None),
        ("peptide therapy (PRRT)", None),  # letters without a word
        ("(PRRT)", None),
        ("x (AB)", None),
        ("aBc (AB)", None),  # hardly longer than the short form
        ("the other NET tumours (NET)", None),  # explains itself by itself
        ("some grade 3 (12) tumours", None),
        ("some abundance (Ab)", None),  # one capital
        ("a bone scan (A B)", None),
        ("“bone scan” (“BS”)", None),
        (
            "ab bc cd de ef fg gh hi ij jk (ABCDEFGHIJ)",
            ("ABCDEFGHIJ", "ab bc cd de ef fg gh hi ij jk"),
        ),
        ("ab bc cd de ef fg gh hi ij jk kl (ABCDEFGHIJK)", None),  # eleven letters
        ("SSA (somatostatin)", None),  # one word in brackets is a remark
        ("SSA (which is given)", None),
        ("SSA (also somatostatin analogue)", None),
        ("somatostatin (given by injection)", None),
        ("SSA ()", None),
        ("! (somatostatin analogue)", None),
        ("", None),
    ],
)
def test_what_a_text_explains(text: str, pair: tuple[str, str] | None) -> None:
    assert learn([text]) == ([pair] if pair else [])


def test_every_letter_is_looked_for_in_a_few_words_only() -> None:
    words = "bone of a very great many other different sorts scan"
    assert learn([f"{words} (BS)"]) == []
    assert learn(["bone of the scan (BS)"]) == [("BS", "bone of the scan")]
    # Of two words with the letter, the nearer one.
    assert learn(["bone bone scan (BS)"]) == [("BS", "bone scan")]


def test_the_most_frequent_pair_is_first_and_then_by_name() -> None:
    texts = [
        "the zebra scan (ZS)",
        "bone scan (BS)",
        "Bone scan (BS) again",
        "a third bone scan (BS)",
        "any ankle scan (AS)",
    ]
    assert learn(texts) == [("BS", "bone scan"), ("AS", "ankle scan"), ("ZS", "zebra scan")]


def test_a_text_that_is_there_twice_counts_once() -> None:
    texts = [*["a bone scan (BS)"] * 9, "a brain stem (BS)", "one brain stem (BS)"]
    assert learn(texts) == [("BS", "brain stem"), ("BS", "bone scan")]


@pytest.mark.parametrize(
    ("times", "both"), [(2, True), (3, False)], ids=["half as often", "a third as often"]
)
def test_a_meaning_much_rarer_than_another_is_left_out(times: int, *, both: bool) -> None:
    texts = [f"{number} bone scan (BS)" for number in range(times)]
    found = learn([*texts, "a brain stem (BS)"])
    assert found == [("BS", "bone scan"), ("BS", "brain stem")][: 1 + both]


def test_inflections_and_spellings_of_a_long_form_are_one() -> None:
    texts = ["one lung tumour (LT)", "two lung tumours (LTs)", "all Lung Tumours (LTs)"]
    assert learn(texts) == [("LT", "lung tumours")]


def test_a_sentence_that_begins_with_it_does_not_capitalise_it() -> None:
    texts = ["Merkel cell carcinoma (MCC)", "Bone Scan (BS)", "eGFR test (ET)"]
    assert dict(learn(texts)) == {
        "MCC": "merkel cell carcinoma",
        "BS": "bone scan",
        "ET": "eGFR test",
    }


@pytest.mark.parametrize(
    "text",
    ["a" * 50_000 + "! (SSA x)", "(ab" * 10_000 + ")", "long word (SSA) " * 3_000, "(" * 50_000],
    ids=["one endless word", "brackets never closed", "many explanations", "brackets only"],
)
def test_no_text_takes_long(text: str) -> None:
    before = time.process_time()
    assert learn([text]) == []
    assert time.process_time() - before < 2, "linear in its length"


@given(st.lists(st.text("AaBb s-('’)[],;. sß5\n", max_size=40), max_size=4))
def test_any_texts_give_names_that_stand_in_them(texts: list[str]) -> None:
    whole = "\n".join(texts).casefold()
    for short, long in learn(texts):
        assert short.casefold() in whole
        for word in long.casefold().split():
            assert word in whole
        assert len(long) > len(short) + 2
        assert sum(map(str.isupper, short)) >= 2
