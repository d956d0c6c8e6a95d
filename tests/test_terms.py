from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.terms import _GREEK, _HYPHENS, STOPWORDS, _fold, stem, terms, words

ANY_TEXT = st.text(max_size=80) | st.text("aLu17-7 ¹Yin90'’sːß½ﬁα\u0301İ", max_size=40)


def _exact(text: str) -> list[str]:
    return [term.exact for term in terms(text)]


VARIANTS = [
    ("177Lu", "Lu-177", "lu177", "lutetium-177", "Lutetium 177", "¹⁷⁷Lu", "177-Lu", "177 Lu"),
    ("68Ga", "Ga-68", "gallium-68", "⁶⁸Ga", "68 Ga"),
    ("90Y", "Y-90", "yttrium-90", "yttrium 90"),
    ("111In", "In-111", "indium-111", "indium 111"),
    ("99mTc", "Tc-99m", "technetium-99m", "technetium 99m"),
    ("Ki-67", "Ki67", "KI67", "ki‑67", "Ki−67"),
    ("SSTR2", "SSTR-2", "sstr2"),
    ("5-HIAA", "5HIAA", "5‐hiaa"),
    ("PD-1", "PD1"),
    ("tumour", "tumor", "TUMOUR", "tumour's", "tumour’s"),
    ("anaemia", "anemia"),
    ("leukaemia", "leukemia"),
    ("haemorrhage", "hemorrhage"),
    ("embolisation", "embolization"),
    ("randomised", "randomized"),
    ("metastasised", "metastasized"),
    ("localised", "localized"),
    ("organise", "organize"),
    ("analysed", "analyzed"),
    ("oedema", "edema"),
    ("oesophagus", "esophagus"),
    ("oestrogen", "estrogen"),
    ("diarrhoea", "diarrhea"),
    ("anaesthetic", "anesthetic"),
    ("paediatric", "pediatric"),
    ("gynaecology", "gynecology"),
    ("caecum", "cecum"),
    ("faeces", "feces"),
    ("foetus", "fetus"),
    ("analogue", "analog"),
    ("fibre", "fiber"),
    ("counsellor", "counselor"),
    ("programme", "program"),
    ("β-blocker", "beta-blocker", "BETA-blocker"),
    ("naïve", "naive"),
    ("ﬁbrosis", "fibrosis"),
]


@pytest.mark.parametrize("variants", VARIANTS, ids=lambda variants: variants[0])
def test_written_variants_are_one_token(variants: tuple[str, ...]) -> None:
    assert len({tuple(_exact(variant)) for variant in variants}) == 1, [*map(_exact, variants)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("seen again in 90 days", ["seen", "again", "in", "90", "days"]),
        ("In 111 patients", ["in", "111", "patients"]),
        ("lead 212", ["lead", "212"]),
        ("i 131 patients", ["i", "131", "patients"]),
        ("grade-3", ["grade", "3"]),
        ("24-hour urine", ["24", "hour", "urine"]),
        ("5-year survival", ["5", "year", "survival"]),
        ("177Lu-DOTATATE", ["177lu", "dotatate"]),
        ("[177Lu]Lu-DOTA", ["177lu", "lu", "dota"]),
        ("1177Lu 177Lux", ["1177lu", "177lux"]),
        ("the patient's nurses' room", ["the", "patient", "nurses", "room"]),
        ("don't", ["dont"]),
        ("2.5 mg", ["2", "5", "mg"]),
        ("snake_case", ["snake", "case"]),
        ("exercise promised", ["exercise", "promised"]),
        ("ː 'ː", []),
        ("— … !", []),
        ("", []),
    ],
)
def test_words_that_are_left_as_they_are(text: str, tokens: list[str]) -> None:
    assert _exact(text) == tokens


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("with ¹⁷⁷Lu today", ["with", "¹⁷⁷Lu", "today"]),
        ("lutetium-177 and Ki-67", ["lutetium-177", "and", "Ki-67"]),
        ("ﬁne ½ Straße", ["ﬁne", "½", "½", "Straße"]),
        ("α-cell", ["α", "cell"]),
        ("e\u0301te\u0301 été", ["e\u0301te", "été"]),
    ],
)
def test_offsets_point_into_the_original(text: str, pieces: list[str]) -> None:
    assert [text[term.start : term.end] for term in terms(text)] == pieces


@given(ANY_TEXT)
@example("in\u0301 90y")
@example("İ 177\u00a0Lu")
def test_offsets_of_any_text(text: str) -> None:
    found = terms(text)
    for term in found:
        assert text[term.start : term.end].strip()
        assert term.exact
        assert term.stem
    starts = [term.start for term in found]
    assert starts == sorted(starts)
    for before, behind in pairwise(found):
        # Two terms share at most a character that stands for several: ½ is 1 and 2.
        assert before.end <= behind.start + 1
        assert before.start <= behind.start < behind.end


def _folded_one_by_one(text: str) -> list[tuple[str, int]]:
    """Each character of the folded text with the place it came from, by the plain rule."""
    return [
        (letter, place)
        for place, char in enumerate(text.translate(_HYPHENS))
        for each in unicodedata.normalize("NFKD", char).casefold()
        if not unicodedata.combining(each)
        for letter in _GREEK.get(each, each)
    ]


@given(ANY_TEXT)
@example("Ki\u201167 and 5\u2212HIAA")
@example("\u03a3\u0391\u0301 \u00b5g \u2126")
@example("ASCII ALONE")
def test_a_text_is_folded_character_by_character(text: str) -> None:
    folded, offsets = _fold(text)
    assert list(zip(folded, offsets, strict=True)) == _folded_one_by_one(text)


@given(st.lists(st.sampled_from([*"aZ -", "é", "ß", "½", "ﬁ", "β", "¹⁷⁷Lu", "e\u0301", "\u2011"])))
def test_offsets_of_a_folded_text_point_at_what_it_came_from(pieces: list[str]) -> None:
    folded, offsets = _fold("".join(pieces))
    places = [at for at, piece in enumerate(pieces) for _ in piece]
    found: list[str] = [""] * len(pieces)
    for letter, offset in zip(folded, offsets, strict=True):
        found[places[offset]] += letter
    assert found == [_fold(piece)[0] for piece in pieces]


@given(ANY_TEXT)
@example("¹⁷⁷Lu ½ ﬁ")
def test_a_token_is_what_stands_at_its_place(text: str) -> None:
    for term in terms(text):
        assert term.exact in [each.exact for each in terms(text[term.start : term.end])]


@given(st.lists(st.sampled_from("tumour 177Lu Ki-67 scan in 90 days".split()), max_size=8))
def test_terms_of_joined_words_are_the_terms_of_each(words: list[str]) -> None:
    # A comma between them: a space may join an element to a mass.
    assert _exact(", ".join(words)) == [token for word in words for token in _exact(word)]


@pytest.mark.parametrize(
    ("words", "stems"),
    [
        (("injected", "injecting", "injects"), 1),
        (("scan", "scans", "scanning", "scanned"), 1),
        (("scan", "scar"), 2),
        (("177lu", "ki67"), 2),
    ],
)
def test_stems(words: tuple[str, ...], stems: int) -> None:
    assert len({stem(word) for word in words}) == stems


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("SSAs SSA SSAs' SSA's SSA’s", {"ssa"}),
        ("NETs NET", {"net"}),
        ("GPs GP", {"gp"}),
        ("PPIs PPI", {"ppi"}),
        ("(CTs) CT", {"ct"}),
        ("GEP-NETs GEP-NET", {"gep", "net"}),
        ("ÄÖs ÄÖ", {"ao"}),
        ("DNS", {stem("dns")}),  # capital throughout: no plural
        ("ssas", {stem("ssas")}),
        ("Gas", {stem("gas")}),
        # One capital is the beginning of a sentence.
        ("Is is IS", {"is"}),
        ("As as", {"as"}),
        ("Us us", {"us"}),
    ],
)
def test_plurals_of_abbreviations_share_their_stem(text: str, stems: set[str]) -> None:
    assert {term.stem for term in terms(text)} == stems


def test_a_plural_is_another_exact_word() -> None:
    assert _exact("SSAs SSA") == ["ssas", "ssa"]


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=6))
def test_any_abbreviation_and_its_plural_share_their_stem(short: str) -> None:
    one, many = terms(f"{short}, {short}s")
    # The exact word of CENTREs is that of centres, which is no abbreviation's.
    assert many.stem == one.stem or many.exact != f"{one.exact}s"


def test_stop_words_are_written_as_terms_are() -> None:
    assert {word for word in STOPWORDS if _exact(word) != [word]} == set()
    assert {term.exact for term in terms("don't I'm I've I'd what's it's")} <= STOPWORDS


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                "SSAs NETs Is tumour's tumours Ki-67 SSTR-2 24-hour 5-HIAA 177 Lu lu-177 18 F don’t"
                " grade-3 PD-1 • “x” – — … ½ naïve µg ¹⁷⁷Lu A1 _ '".split()
            ),
            st.text(max_size=3),
        )
    ).map(" ".join)
)
def test_a_text_of_plain_words_is_the_terms_of_each(text: str) -> None:
    plain = words(text)
    if plain is not None:
        found = [(t.exact, t.stem, text[t.start : t.end]) for t in terms(text)]
        assert [(t.exact, t.stem, word) for word in plain for t in terms(word)] == found


def test_most_texts_are_of_plain_words() -> None:
    assert words("• The SSAs – don’t stop in 2018") == "The SSAs don’t stop in 2018".split()
    assert words("177 Lu") is None
    assert words("naïve") is None
