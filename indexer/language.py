"""The language of a page: what it declares, else what its words are."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from bs4 import BeautifulSoup
from py3langid import langid

# On single sentences of pages like ours every answer above it was right (tests/test_language.py);
# drug names alone stay below it.
_SURE = 0.8
_FEWEST_LETTERS = 30
_MOST_LETTERS = 3000
_TAG = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_META = re.compile(
    r"(?:content-language|(?:dc|dcterms)\.language|language|og:locale)", re.IGNORECASE
)
# Those that are written in Latin letters and that a site's template may declare for every page.
_LATIN = frozenset("en fr de it es pt nl vi tr tl fil id ms pl hr sv da nb no fi".split())


def declared(soup: BeautifulSoup) -> str:
    """The language tag that a page declares, such as en-AU; "" where it declares none."""
    named = [soup.html, soup.select_one("main[lang], [role=main][lang]"), soup.body]
    found = [tag.get("lang") or tag.get("xml:lang") for tag in named if tag is not None]
    for tag in soup.find_all("meta", content=True):
        name = str(tag.get("name") or tag.get("http-equiv") or tag.get("property") or "")
        found += [tag["content"]] if _META.fullmatch(name) else []
    tags = (str(each or "").strip() for each in found)
    return next((each.replace("_", "-") for each in tags if _TAG.fullmatch(each)), "")


def language_of(declared: str, text: str) -> str:
    """The language of a page that declares one, or "", and has this text; "" where neither tells.

    A page in Greek or Chinese that declares English has its site's template to thank for it.
    """
    if declared and not (main_part(declared) in _LATIN and _is_not_latin(text)):
        return declared
    if sum(map(str.isalpha, text[:_MOST_LETTERS])) < _FEWEST_LETTERS:
        return declared
    language, share = _identifier().classify(text[:_MOST_LETTERS])
    return str(language) if share >= _SURE else declared


def main_part(tag: str) -> str:
    """The language of a tag without its country or script: en of en-AU."""
    return tag.partition("-")[0].lower()


def _is_not_latin(text: str) -> bool:
    letters = [char for char in text[:_MOST_LETTERS] if char.isalpha()]
    latin = sum("LATIN" in unicodedata.name(char, "") for char in letters)
    return len(letters) >= _FEWEST_LETTERS and 2 * latin < len(letters)


@cache
def _identifier() -> langid.LanguageIdentifier:
    """Read when the first page asks for it: a site that declares its languages never does."""
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
