from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.lexicon import Equivalent
from search.expand import Expander, Expansion, name_of


def _expander(*pairs: tuple[str, str], near: tuple[str, ...] = ()) -> Expander:
    return Expander(Equivalent(written, means, "glossary", near) for written, means in pairs)


def _both_ways(short: str, long: str, near: tuple[str, ...] = ()) -> Expander:
    return Expander(
        [Equivalent(short, long, "glossary", near), Equivalent(long, short, "glossary")]
    )


def _found(expander: Expander, text: str) -> list[tuple[str, str, int]]:
    return [
        (text[each.start : each.end], each.means, each.steps) for each in expander.expansions(text)
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tumours", ("tumor",)),
        ("somatostatin analogue", name_of("Somatostatin-Analogs")),
        ("SSAs", ("ssa",)),
        ("?", ()),
    ],
)
def test_a_name_is_compared_without_its_spelling(text: str, name: tuple[str, ...]) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is SSA given", [("SSA", "somatostatin analogue", 1)]),
        (
            "are ssa and SSAs given",
            [(each, "somatostatin analogue", 1) for each in ("ssa", "SSAs")],
        ),
        ("Somatostatin-analogs?", [("Somatostatin-analogs", "SSA", 1)]),
        ("the somatostatin", []),
        ("SSAX", []),
        ("", []),
        ("?!", []),
    ],
)
def test_names_are_found_in_either_direction(text: str, found: list[tuple[str, str, int]]) -> None:
    assert _found(_both_ways("SSA", "somatostatin analogue"), text) == found


def test_without_a_glossary_nothing_is_found() -> None:
    assert Expander([]).expansions("is SSA given") == []


def test_an_expansion_says_where_the_name_is_from() -> None:
    expander = Expander([Equivalent("SSA", "analogue", "page")])
    assert expander.expansions("an SSA") == [Expansion(3, 6, "analogue", "page", 1)]


def test_the_longest_name_counts_and_its_words_are_not_looked_at_again() -> None:
    expander = _expander(
        ("liver scan", "imaging"), ("scan", "picture"), ("liver", "organ"), ("a b c d", "e")
    )
    assert _found(expander, "liver scan, liver, scan") == [
        ("liver scan", "imaging", 1),
        ("liver", "organ", 1),
        ("scan", "picture", 1),
    ]
    assert _found(expander, "a liver") == [("liver", "organ", 1)]


def test_every_other_name_in_the_order_of_the_glossary() -> None:
    expander = _expander(("chemo", "CAPTEM"), ("chemo", "FOLFOX"))
    assert _found(expander, "chemo") == [("chemo", "CAPTEM", 1), ("chemo", "FOLFOX", 1)]


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("a NET", True),
        ("my NETs", True),
        ("NET", True),
        ("NETS", True),
        ("the net result", False),
        ("Net weight", False),
        ("safety net", False),
        ("a cancer net", True),
        ("net cancer", True),
        ("net-cancer", True),
        ("my net is cancer", False),  # not beside it
        ("a net, cancers too", False),  # as it is listed
        # In capitals throughout, capitals say nothing.
        ("SAFETY NET", False),
        ("WHAT IS A NET", False),
        ("NET CANCER", True),
    ],
)
def test_an_everyday_word_is_an_abbreviation_in_capitals_or_beside_a_word(
    text: str, *, fires: bool
) -> None:
    expander = _both_ways("NET", "neuroendocrine tumour", near=("cancer",))
    assert bool(expander.expansions(text)) is fires


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("CgA", True),
        ("CGA", True),
        ("cga", True),
        ("MY CGA TEST", True),
        ("IM today", True),
        ("I'm ill", False),
        ("im ill", False),
        ("iM ill", False),  # one capital of two
        ("IM ILL", False),
        ("who is it", False),
        ("it was WHO", True),
    ],
)
def test_an_abbreviation_that_is_no_everyday_word_needs_no_capitals(
    text: str, *, fires: bool
) -> None:
    expander = _expander(("CgA", "chromogranin"), ("IM", "intramuscular"), ("WHO", "world health"))
    assert bool(expander.expansions(text)) is fires


@pytest.mark.parametrize("text", ["cap", "Cap", "CAP", "A CAP"])
def test_an_everyday_word_that_the_glossary_writes_small_is_what_it_is(text: str) -> None:
    assert len(_expander(("cap", "hat")).expansions(text)) == 1


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("PNET", ["primitive tumour"]),
        ("pNET", ["pancreatic tumour"]),
        ("pnet", ["primitive tumour", "pancreatic tumour"]),
        ("pNETs", ["pancreatic tumour"]),
        ("PNETs", ["primitive tumour"]),
    ],
)
def test_of_two_names_the_one_that_is_written_so(text: str, means: list[str]) -> None:
    expander = _expander(("PNET", "primitive tumour"), ("pNET", "pancreatic tumour"))
    assert [each.means for each in expander.expansions(f"a {text}")] == means


def test_so_too_where_all_is_in_capitals_or_everyday_language() -> None:
    tumours = _expander(("PNET", "primitive tumour"), ("pNET", "pancreatic tumour"))
    assert _found(tumours, "THE PNET") == [("PNET", "primitive tumour", 1)]
    caps = _expander(("cap", "hat"), ("CAP", "protocol"))
    assert _found(caps, "a CAP") == [("CAP", "protocol", 1)]
    assert _found(caps, "a cap") == [("cap", "hat", 1)]


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("in A&E", True),
        ("in a & e", True),
        ("vitamins A, E and K", False),
        ("vitamin A. E", False),
        ("gemcitabine, cisplatin", True),  # as the glossary writes it
        ("gemcitabine cisplatin", True),
        ("lung-cancer", True),
        ("lung\ncancer", True),
        ("liver or lung; cancer", False),
    ],
)
def test_a_name_does_not_go_over_a_pause(text: str, *, fires: bool) -> None:
    expander = _expander(
        ("A&E", "emergency"), ("gemcitabine, cisplatin", "gemcis"), ("lung cancer", "sclc")
    )
    assert bool(expander.expansions(text)) is fires


def test_what_is_meant_means_something_in_turn() -> None:
    expander = _expander(
        ("Sandostatin", "octreotide"),
        ("octreotide", "analogue"),
        ("octreotide", "Sandostatin"),  # where it came from
        ("analogue", "SSA"),
        ("analogue", "octreotide"),
        ("SSA", "a fourth step"),
    )
    assert _found(expander, "Sandostatin") == [
        ("Sandostatin", "octreotide", 1),
        ("Sandostatin", "analogue", 2),
        ("Sandostatin", "SSA", 3),
    ]


@pytest.mark.parametrize(
    ("means", "further"),
    [("pNET", True), ("PNET", False), ("pnets", False), ("lung tumour", True)],
)
def test_on_the_way_an_abbreviation_counts_as_it_is_written(means: str, *, further: bool) -> None:
    expander = _expander(("growth", means), ("pNET", "pancreatic"), ("Lung tumours", "x"))
    if means == "lung tumour":
        expander = _expander(("growth", means), ("lung tumours", "x"))
    assert len(expander.expansions("growth")) == 1 + further


def test_six_names_are_enough() -> None:
    pairs = [("chemo", f"{letter}drug") for letter in "abcdefgh"]
    found = _found(_expander(*pairs, ("adrug", "further")), "chemo")
    assert [means for _, means, _ in found] == [means for _, means in pairs[:6]]


def test_the_same_name_written_otherwise_is_one() -> None:
    expander = _expander(("chemo", "tumour drug"), ("chemo", "tumor drugs"), ("chemo", "Chemo"))
    assert _found(expander, "chemo") == [("chemo", "tumour drug", 1)]


@given(st.lists(st.sampled_from("NET net cancer SSA ssas A & e , . the IM im pNET".split())))
def test_of_any_question_each_name_is_taken_once_and_in_order(words: list[str]) -> None:
    text = " ".join(words)
    expander = Expander(
        [
            Equivalent("NET", "SSA", "page", ("cancer",)),
            Equivalent("SSA", "pNET", "page"),
            Equivalent("pNET", "net cancer", "page"),
            Equivalent("net cancer", "NET", "glossary"),
            Equivalent("A&E", "IM", "glossary"),
            Equivalent("IM", "A&E", "glossary"),
        ]
    )
    found = expander.expansions(text)
    spans = [(each.start, each.end) for each in found]
    assert spans == sorted(spans)
    for one, two in zip(sorted(set(spans)), sorted(set(spans))[1:], strict=False):
        assert one[1] <= two[0]
    for each in found:
        assert name_of(each.means) != name_of(text[each.start : each.end])
        assert 1 <= each.steps <= 3
    assert len({(each.start, name_of(each.means)) for each in found}) == len(found)
