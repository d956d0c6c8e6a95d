from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.suggest import Suggester
from search.vocabulary import _BRITISH, _spellings
from tests.fakes import passage
from tests.search_index import by_words, entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from indexer.glossary import Entry
    from indexer.records import Passage
    from search.schema import Suggestion

GLOSSARY = (
    entry("Sandostatin", "octreotide", direction="forward"),
    entry("lanreotide", "Somatuline"),
    entry("carcinoid syndrome", "flushing and diarrhoea"),
    entry("5-HIAA", "urine test"),
    entry("Ki-67", "proliferation index"),
    entry("Lutate", "lutetium-177 octreotate"),
)


def _made(folder: Path, passages: Sequence[Passage], glossary: Sequence[Entry] = ()) -> Suggester:
    return Suggester(by_words(folder, passages, glossary=glossary).index)


def _under(folder: Path, *headings: str) -> Suggester:
    """Suggests these headings, each of one passage."""
    return _made(folder, [passage(f"passage {n}", headings=[h]) for n, h in enumerate(headings)])


def _texts(found: Sequence[Suggestion]) -> list[str]:
    return [each["text"] for each in found]


def _marked(found: Sequence[Suggestion]) -> list[str]:
    """The texts with their highlights in brackets."""
    shown = []
    for each in found:
        text = each["text"]
        for span in reversed(each["highlights"]):
            start, end = span["start"], span["end"]
            text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
        shown.append(text)
    return shown


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Suggester:
    pages = {
        "/prrt/": ("Radionuclide therapy", ["Side effects of PRRT", "What is PRRT?"]),
        "/ssa/": ("Somatostatin analogues", ["6. Octreotide", "Follow-up tests", "Diarrhoea"]),
        "/liver/": ("Liver-directed therapy", ["Palliative embolisation", "Tumour size"]),
        "/lu/": ("¹⁷⁷Lu at home", ["Carcinoid syndrome", "The Szábo method", "Non-Hodgkin"]),
    }
    passages = [
        passage(
            f"{name} {heading}: octreotide, Lanreotide, 5-HIAA; Ki-67 and octreotide scans",
            url=f"/site{path}",
            title=name,
            headings=[heading],
        )
        for path, (name, headings) in pages.items()
        for heading in headings
    ]
    return _made(tmp_path_factory.mktemp("site"), passages, GLOSSARY)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("radio", "[Radio]nuclide therapy"),
        ("side eff", "[Side] [eff]ects of PRRT"),
        ("prrt si", "[Si]de effects of [PRRT]"),  # in any order
        ("si eff prr", "[Si]de [eff]ects of [PRR]T"),  # beginnings, not only of the last
        ("PALLIATIVE", "[Palliative] embolisation"),
        ("szabo", "The [Szábo] method"),
        ("SZÁB", "The [Száb]o method"),
        ("lanr", "[lanr]eotide"),
        ("follow up", "[Follow]-[up] tests"),
        ("followu", "[Follow-u]p tests"),
        ("followup tes", "[Follow-up] [tes]ts"),
        ("followup follow", "[Follow-up] tests"),
        ("follow-up", "[Follow]-[up] tests"),
        ("nonhodgkin", "[Non-Hodgkin]"),
        ("soma-tostatin", "[Somatostatin] analogues"),
        ("tumours", "[Tumour] size"),
        ("effect", "Side [effect]s of PRRT"),
        ("  side   effects ", "[Side] [effects] of PRRT"),
        ("(side) effects?", "[Side] [effects] of PRRT"),
    ],
)
def test_words_match_from_their_beginning(site: Suggester, typed: str, first: str) -> None:
    assert _marked(site.suggest(typed))[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("tumou", "[Tumou]r size"),
        ("tumor", "[Tumour] size"),
        ("embolis", "Palliative [embolis]ation"),
        ("emboliz", "Palliative [embolisation]"),
        ("diarrho", "[Diarrho]ea"),
        ("diarrhe", "[Diarrhoea]"),
        ("analog", "Somatostatin [analog]ues"),
        ("analogu", "Somatostatin [analogu]es"),
        ("lu-177", "[¹⁷⁷Lu] at home"),
        ("lu 177", "[¹⁷⁷Lu] at home"),
        ("lu 17", "[¹⁷⁷Lu] at home"),
        ("lu17", "[¹⁷⁷Lu] at home"),
        ("177l", "[¹⁷⁷L]u at home"),
        ("lutetium-177", "[¹⁷⁷Lu] at home"),
        ("lutet", "[¹⁷⁷Lu] at home"),
        ("5hiaa", "[5-HIAA]"),
        ("5-hi", "[5-HI]AA"),
        ("5 hiaa", "[5-HIAA]"),
        ("hiaa", "[5-HIAA]"),
        ("ki67", "[Ki-67]"),
        ("ki 6", "[Ki-6]7"),
    ],
)
def test_written_variants_are_one_word(site: Suggester, typed: str, first: str) -> None:
    assert _marked(site.suggest(typed))[0] == first


# Within an edit of what is typed below: found as well if that were taken for typing errors.
_LIKE_THEM = ("Oesx", "Haemxg", "Leukax", "Paxd gynxe", "Localix", "Fibx")


@pytest.mark.parametrize(
    ("heading", "typed"),
    [
        ("Esophageal stents", "oeso"),
        ("Hemoglobin", "haemog"),
        ("Leukemia", "leukae"),
        ("Pediatric gynecology", "paed gynae"),
        ("Localized", "localis"),
        ("Fiber", "fibr"),
        ("Gastroenteropancreatic", "gastro entero pan"),
        ("Gastro-entero-pancreatic", "gastroenterop"),
    ],
)
def test_a_beginning_may_be_of_another_spelling(tmp_path: Path, heading: str, typed: str) -> None:
    found = _under(tmp_path, heading, *_LIKE_THEM)
    assert _texts(found.suggest(typed)) == [heading]


def test_a_hostile_word_has_few_spellings() -> None:
    word = "".join(american for american, _ in _BRITISH)[:110]
    held = sum(american in word for american, _ in _BRITISH)
    assert held > 15
    assert len(_spellings(word)) <= held + 2


def test_letters_are_taken_as_typed_too(tmp_path: Path) -> None:
    # As a whole word it would be a variant of "precize", which nothing begins with.
    found = _under(tmp_path, "Precisely", "Precide")
    assert _texts(found.suggest("precise")) == ["Precisely"]
    assert _marked(found.suggest("precxse")) == ["[Precisely]"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("ocreot", "[Octreotide]"),  # in the prefix of a longer word
        ("pallitive", "[Palliative] embolisation"),
        ("carcnoid", "[Carcinoid] syndrome"),
        ("carcnoid syn", "[Carcinoid] [syn]drome"),
        ("diarhea", "[Diarrhoea]"),
        ("emoblisation", "Palliative [embolisation]"),  # letters swapped are one edit
        ("embulizasion", "Palliative [embolisation]"),
        ("lanreotyde", "[lanreotide]"),
        ("tumuor", "[Tumour] size"),
        ("prtr side", "[Side] effects of [PRRT]"),
    ],
)
def test_a_word_that_nothing_begins_with_may_have_typing_errors(
    site: Suggester, typed: str, first: str
) -> None:
    assert _marked(site.suggest(typed))[0] == first


@pytest.mark.parametrize(
    "typed",
    [
        "ptr",  # too short for an edit
        "tomuar",  # two edits need eight letters
        "ocrteotxda",  # three edits
        "ki-68",  # another number is another thing
        "5-hiab 3",
        "side zzzz",  # all words have to match
        "liver prrt",  # ... the same text
        "size with",  # "what is" holds letters like them, but these are no errors
    ],
)
def test_what_is_too_far_off_suggests_nothing(site: Suggester, typed: str) -> None:
    assert site.suggest(typed) == []


def test_two_letters_that_changed_places_are_one_edit(tmp_path: Path) -> None:
    assert _texts(_under(tmp_path, "Stomach").suggest("stmoach")) == ["Stomach"]


def test_a_common_word_is_no_typing_error(tmp_path: Path) -> None:
    found = _under(tmp_path, "Wheat and gluten")
    assert found.suggest("what") == []
    assert _marked(found.suggest("wheet")) == ["[Wheat] and gluten"]


def test_a_long_word_of_the_index_may_be_a_typing_error_too(tmp_path: Path) -> None:
    found = _under(tmp_path, "Liver metastases", "A metastasis", "Liver long", "A lung", "Lungs A")
    assert _texts(found.suggest("liver metastasis")) == ["Liver metastases"]
    assert found.suggest("liver lung") == []  # so near to many that it is not guessed at


def test_exact_matches_come_before_typing_errors(tmp_path: Path) -> None:
    found = _under(tmp_path, "The long story of glucose", "Glucase")
    assert _texts(found.suggest("glucose")) == ["The long story of glucose"]
    assert _texts(found.suggest("glucise")) == ["Glucase", "The long story of glucose"]


def test_fewer_typing_errors_come_first(tmp_path: Path) -> None:
    found = _under(tmp_path, "Embolixatiom", "The embolisation itself")
    assert _texts(found.suggest("embolisatiop"))[0] == "The embolisation itself"


def test_a_typing_error_seldom_is_the_first_letter(tmp_path: Path) -> None:
    found = _under(tmp_path, "Gain", "Pairs of them")
    assert _texts(found.suggest("paiq")) == ["Pairs of them"]
    assert _texts(found.suggest("pain")) == ["Pairs of them", "Gain"]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("net", ["NET", "Network"]),
        ("net ", ["NET"]),  # the word is at its end
        ("nets\t", ["NET"]),
        ("netw ", ["Network"]),  # unless it is none yet
        ("networ ", ["Network"]),  # and then it is no typing error
        ("oth net", ["Other networks"]),
        ("oth net ", ["Other networks"]),  # nothing else has both
    ],
)
def test_a_space_ends_the_last_word(tmp_path: Path, typed: str, texts: list[str]) -> None:
    found = _under(tmp_path, "NET", "Network", "Other networks", "Nitworks")
    assert [
        each for each in _texts(found.suggest(typed)) if typed[0] == "o" or "O" not in each
    ] == texts


def test_pages_their_headings_and_glossary_terms_are_suggested(site: Suggester) -> None:
    found = {each["text"]: each["kind"] for word in ("o", "l", "s") for each in site.suggest(word)}
    assert found["Octreotide"] == "heading"
    assert found["Liver-directed therapy"] == "title"
    assert found["lanreotide"] == "term"


def test_only_terms_that_stand_in_the_passages_are_suggested(site: Suggester) -> None:
    assert site.suggest("sandostatin") == []
    assert site.suggest("flushing") == []
    assert _texts(site.suggest("5-hiaa")) == ["5-HIAA"]


def test_names_that_pages_explain_are_no_terms(tmp_path: Path) -> None:
    text = "Peptide receptor radionuclide therapy (PRRT) is one. PRRT takes a day."
    assert _made(tmp_path, [passage(text)]).suggest("prrt") == []


def test_passages_of_another_word_with_the_stem_do_not_make_a_term(tmp_path: Path) -> None:
    found = _made(tmp_path, [passage("cancers of the bowel")], [entry("malign", "cancerous")])
    assert found.suggest("can") == []


def test_an_everyday_word_is_a_term_only_as_the_glossary_writes_it(tmp_path: Path) -> None:
    glossary = [entry("ALL", "leukaemia", near=("blood",))]
    assert _made(tmp_path, [passage("all of them")], glossary).suggest("all") == []
    assert _texts(_made(tmp_path, [passage("ALL of them")], glossary).suggest("all")) == ["ALL"]


def test_a_term_is_shown_as_the_index_writes_it(tmp_path: Path) -> None:
    glossary = [entry("lay name", "islet tumour", direction="forward")]
    found = _made(tmp_path, [passage("an islet tumor, an islet tumor")], glossary)
    assert _marked(found.suggest("tumour")) == ["islet [tumor]"]


def test_each_text_is_suggested_once_in_the_better_kind(tmp_path: Path) -> None:
    passages = [
        passage("PRRT and pain", url="/b/", title="Others", headings=["prrt", "PAIN"]),
        passage("tumor", url="/a/", title="PRRT", headings=["Pain", "Tumour"]),
        passage("tumor", url="/a/", title="PRRT", headings=["Pain", "Tumor"]),
    ]
    found = _made(tmp_path, passages, [entry("PRRT", "pain")])
    assert found.suggest("prrt") == [
        {"text": "PRRT", "kind": "title", "highlights": [{"start": 0, "end": 4}]}
    ]
    assert [(each["text"], each["kind"]) for each in found.suggest("pain")] == [("Pain", "heading")]
    assert len(found.suggest("tumor")) == 1


def test_singular_and_plural_are_one_suggestion_the_pages_own(tmp_path: Path) -> None:
    passages = [passage(f"treatment {n}", title="Treatments") for n in range(9)]
    found = _made(tmp_path, passages, [entry("therapy", "treatment")])
    for typed in ("treat", "treatment", "treatments"):  # whichever of them is nearer
        assert _texts(found.suggest(typed)) == ["Treatments"]


@pytest.mark.parametrize(
    ("heading", "shown"),
    [
        ("6. Surgery", ["Surgery"]),
        ("6.1) Surgery", ["Surgery"]),
        ("6.1.2 Surgery", ["Surgery"]),
        ("12)  Surgery", ["Surgery"]),
        ("Surgery  \n after 6. months", ["Surgery after 6. months"]),
        ("6 kinds of surgery", ["6 kinds of surgery"]),
        ("2.5 mg before surgery", ["2.5 mg before surgery"]),
        (f"Surgery {'x' * 112}", [f"Surgery {'x' * 112}"]),
        (f"Surgery {'x' * 113}", []),
    ],
)
def test_headings_are_shown_without_their_numbers(
    tmp_path: Path, heading: str, shown: list[str]
) -> None:
    assert _texts(_under(tmp_path, heading).suggest("surgery")) == shown


@pytest.mark.parametrize("heading", ["", " ", "2024", "6. 12", "...", "1.2.3"])
def test_headings_without_a_word_are_left_out(tmp_path: Path, heading: str) -> None:
    found = _under(tmp_path, heading)
    assert [found.suggest(typed) for typed in ("2", "6", "1", "12", "202")] == [[]] * 5


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Lanreotide | The site", "Lanreotide"),
        ("The site - Lanreotide", "Lanreotide"),
        ("LANREOTIDE (for patients)", "LANREOTIDE"),
        ("Lanreotide injections", "Lanreotide injections"),  # says more
        ("Lanreotide-like drugs", "Lanreotide-like drugs"),
        ("Our lanreotide", "Our lanreotide"),
    ],
)
def test_a_title_is_shown_without_the_name_of_its_site(
    tmp_path: Path, title: str, shown: str
) -> None:
    found = _made(tmp_path, [passage("a text", title=title, headings=["Lanreotide", "Doses"])])
    assert shown in [each["text"] for each in found.suggest("lanr") if each["kind"] == "title"]


def test_a_match_at_the_start_of_the_text_comes_first(tmp_path: Path) -> None:
    found = _under(tmp_path, "Pain", "Managing pain", "Painkillers and how they are taken at home")
    assert _texts(found.suggest("pai"))[1:] == [
        "Painkillers and how they are taken at home",
        "Managing pain",
    ]


def test_what_is_typed_in_order_comes_first(tmp_path: Path) -> None:
    found = _under(tmp_path, "Effects on a side", "Side effects of the injections", "A side effect")
    assert _texts(found.suggest("side eff")) == [
        "Side effects of the injections",
        "Effects on a side",
        "A side effect",
    ]


def test_a_whole_word_comes_before_one_that_goes_on(tmp_path: Path) -> None:
    found = _under(tmp_path, "Painkillers", "Painful", "Pain that stays", "Pains that come and go")
    assert _texts(found.suggest("pain")) == [
        "Pain that stays",
        "Pains that come and go",
        "Painful",
        "Painkillers",
    ]


def test_a_common_word_may_be_the_beginning_of_another(tmp_path: Path) -> None:
    found = _under(tmp_path, "Islet cells", "Is this an answer that is as long as this one?")
    assert _texts(found.suggest("is"))[0] == "Islet cells"


def test_what_many_passages_hold_comes_first(tmp_path: Path) -> None:
    passages = [passage(f"octreotide {n}") for n in range(9)]
    passages += [passage("octopus"), passage("octopus arms", headings=["Octagonal"])]
    passages += [passage(f"octagonal {n}") for n in range(5)]
    found = _made(tmp_path, passages, [entry("octreotide", "octopus")])
    assert _texts(found.suggest("oct")) == ["octreotide", "Octagonal", "octopus"]


def test_headings_above_many_passages_come_first(tmp_path: Path) -> None:
    found = _under(tmp_path, "Octagon shape", *["Octopus shape"] * 3)
    assert _texts(found.suggest("oct")) == ["Octopus shape", "Octagon shape"]


def test_short_comes_before_long(tmp_path: Path) -> None:
    found = _under(tmp_path, "Scans and what they show", "Scans")
    assert _texts(found.suggest("sc")) == ["Scans", "Scans and what they show"]


def test_near_copies_give_way_to_others(tmp_path: Path) -> None:
    names = [f"What is {letter * 5}?" for letter in "abcde"]
    found = _under(tmp_path, *names, "What helps a person to sleep better?", "See what it is")
    assert _texts(found.suggest("what", 4)) == [
        *names[:2],
        "What helps a person to sleep better?",
        "See what it is",
    ]
    assert set(names) < set(_texts(found.suggest("what")))  # they fill what is left


def test_near_copies_do_not_give_way_to_what_has_more_typing_errors(tmp_path: Path) -> None:
    names = [f"Liver embolisation {letter * 5}" for letter in "abcd"]
    found = _under(tmp_path, *names, "Embolixatiom")
    assert _texts(found.suggest("embolisatiom")) == ["Embolixatiom", *names]
    assert _texts(found.suggest("embolisatiop")) == [*names, "Embolixatiom"]


def test_no_more_than_asked(site: Suggester) -> None:
    assert len(site.suggest("s", 1)) == 1
    assert site.suggest("s", 0) == site.suggest("s", -1) == []
    assert site.suggest("s", 1) == site.suggest("s")[:1]


def test_withdrawn_pages_suggest_nothing(tmp_path: Path) -> None:
    passages = [
        passage("x", url="/a/", title="Pain", headings=["Painkillers", "Shared pain"]),
        passage("x", url="/b/", title="Other", headings=["SHARED PAIN"]),
        passage("paintbrush", url="/a/"),
    ]
    found = _made(tmp_path, passages, [entry("paintbrush", "x")])
    every = _texts(found.suggest("pain"))
    assert sorted(every) == ["Pain", "Painkillers", "Shared pain", "paintbrush"]
    assert _texts(found.suggest("pain", withdrawn=frozenset({"/a/"}))) == ["Shared pain"]
    assert found.suggest("pain", withdrawn=frozenset({"/a/", "/b/"})) == []
    assert _texts(found.suggest("pain")) == every  # and back again


def test_every_word_that_was_typed_is_highlighted(tmp_path: Path) -> None:
    found = _under(tmp_path, "Pain, pain and more PAIN: painkillers", "½ a dose")
    assert _marked(found.suggest("pai")) == ["[Pai]n, [pai]n and more [PAI]N: [pai]nkillers"]
    assert _marked(found.suggest("p pain mo")) == [
        "[Pain], [pain] and [mo]re [PAIN]: [pain]killers"
    ]
    assert _marked(found.suggest("1 2")) == ["[½] a dose"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "\t\n",
        "?",
        "\x00\x07",
        "\ud800",
        "🙂",
        "_",
        "x" * 60,
        "x" * 4000,
        "prrt" + "?" * 120,
        "side " * 17,
        "a " * 59,
    ],
)
def test_nothing_to_go_by_suggests_nothing(site: Suggester, typed: str) -> None:
    assert site.suggest(typed) == []


def test_an_empty_index_suggests_nothing(tmp_path: Path) -> None:
    found = _made(tmp_path, [])
    assert found.suggest("pain") == []
    assert found.suggest("palliative", withdrawn=frozenset({"/a/"})) == []


def _hold(found: Sequence[Suggestion], limit: int) -> None:
    assert len(found) <= limit
    texts = [each["text"].casefold() for each in found]
    assert len(set(texts)) == len(texts)
    for each in found:
        at = 0
        assert each["highlights"]
        for span in each["highlights"]:
            assert at <= span["start"] < span["end"] <= len(each["text"])
            at = span["end"]


@given(typed=st.text(max_size=40), limit=st.integers(-1, 9))
def test_any_input_gets_an_answer(site: Suggester, typed: str, limit: int) -> None:
    found = site.suggest(typed, limit)
    _hold(found, max(limit, 0))
    assert site.suggest(typed, limit) == found


@given(data=st.data())
def test_any_piece_of_a_suggestion_finds_it(site: Suggester, data: st.DataObject) -> None:
    text = data.draw(
        st.sampled_from([each["text"] for c in "pstdnfol" for each in site.suggest(c)])
    )
    words = data.draw(st.permutations(text.split()))
    cut = data.draw(st.integers(1, len(words[-1])))
    typed = " ".join([*words[:-1], words[-1][:cut]])
    if any(map(str.isalnum, typed)):
        found = site.suggest(typed, 20)
        _hold(found, 20)
        assert text in _texts(found)


@given(names=st.lists(st.text(max_size=12), min_size=1, max_size=4), typed=st.text(max_size=6))
def test_any_text_of_a_page_can_be_suggested(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], typed: str
) -> None:
    found = _under(tmp_path_factory.mktemp("any"), *names)
    for each in (typed, *names):
        suggested = found.suggest(each)
        _hold(suggested, 8)
        assert found.suggest(each) == suggested
