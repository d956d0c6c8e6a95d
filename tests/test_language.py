from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from indexer.language import declared, language_of, main_part

SENTENCES = {
    "en": "Octreotide slows the hormones that a tumour makes.",
    "it": "Gli effetti collaterali sono nausea e stanchezza.",
    "fr": "Le traitement peut causer de la fatigue.",
    "de": "Die Behandlung kann müde und schwach machen.",
    "el": "Οι νευροενδοκρινικοί όγκοι αναπτύσσονται αργά",
    "vi": "Khối u thần kinh nội tiết thường phát triển chậm.",
    "tr": "Tedavi yorgunluğa neden olabilir, bu normaldir.",
    "zh": "神经内分泌肿瘤的治疗方法有很多种。患者应该与医生讨论治疗的副作用和生活质量,并且定期复查。",
    "ar": "قد يسبب العلاج التعب والغثيان، تحدث مع طبيبك عن الأعراض.",
}


@pytest.mark.parametrize(("language", "text"), SENTENCES.items(), ids=list(SENTENCES))
def test_the_words_tell_where_nothing_is_declared(language: str, text: str) -> None:
    assert language_of("", text) == language


@pytest.mark.parametrize(
    "text", ["", "Ki-67", "Lanreotide octreotide everolimus sunitinib PRRT CAPTEM"]
)
def test_words_that_tell_nothing(text: str) -> None:
    assert language_of("", text) == ""


def test_what_is_declared_goes_first() -> None:
    assert language_of("en-AU", SENTENCES["it"]) == "en-AU"
    assert language_of("el", SENTENCES["en"]) == "el"


def test_but_not_where_the_script_is_another() -> None:
    assert language_of("en-AU", SENTENCES["el"]) == "el"
    assert language_of("en", "神经内分泌肿瘤") == "en"  # too little to say


@pytest.mark.parametrize(
    ("html", "tag"),
    [
        ("<html lang=en-AU>", "en-AU"),
        ("<html lang='en_AU '>", "en-AU"),
        ("<html xml:lang=it>", "it"),
        ("<html lang=''><main lang=vi>x</main>", "vi"),
        ("<body lang=de>", "de"),
        ('<meta http-equiv="Content-Language" content="el">', "el"),
        ('<meta name="DCTERMS.language" content="en-AU">', "en-AU"),
        ('<meta property="og:locale" content="it_IT">', "it-IT"),
        ("<html lang='{{ lang }}'>", ""),
        ("<p>x", ""),
    ],
)
def test_where_it_is_declared(html: str, tag: str) -> None:
    assert declared(BeautifulSoup(html, "lxml")) == tag


def test_the_main_part_of_a_tag() -> None:
    assert [main_part(tag) for tag in ("en-AU", "ZH-Hans", "it", "")] == ["en", "zh", "it", ""]
