"""Whom a page is written for: by its source's rules, its metadata, its place, then its words.

The words were chosen on 30 labelled pages and tried on 30 others (``tests/test_audience.py``).
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from indexer import audience_words as words
from indexer.audience_words import NAMES, ROLES, Audience
from indexer.date_metadata import linked_pages, texts
from indexer.records import PageContent
from indexer.sources import Source

_BEHIND = "resources|information|info|support|zone|hub|area|centre|center|portal|education|training"
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_LONG = 10  # letters
_FEWEST_WORDS = 15
_SHORT = 60  # words; a shorter page is judged as one of so many, or one word would decide
_MOST_WORDS = 3000  # what a long page is judged by


def audience_of(content: PageContent, path: str, source: Source) -> Audience:
    """Whom a page is for; "general" where nothing says it."""
    title = [content.title, *(b.text for b in content.blocks[:3] if b.kind == "heading")]
    return (
        source.audience_of(path)
        or _named(content.audience, r"(?<![a-z])", r"(?![a-z])", roles=True)
        or _named(path, r"/(?:for-)?(?:the-)?", rf"(?:-(?:{_BEHIND}))?(?=[/.]|$)")
        or _named(path, r"/for-", r"(?=[/.]|$)", roles=True)
        or _named(title[0], r"(?<![a-z])for-(?:the-)?", r"(?!-(?!and-|or-)[a-z]|[a-z])", roles=True)
        or _by_words(content, " \n ".join(title[:2]))
    )


def _by_words(content: PageContent, title: str) -> Audience:
    """By words, which are English: of a page in another language nothing is told."""
    if content.language and not content.language.lower().startswith("en"):
        return "general"
    return by_words(title, "\n".join(block.text for block in content.blocks))


def declared(soup: BeautifulSoup) -> str:
    """The audience that a page's metadata name, as they write it; "" where they do not."""
    found = []
    for tag in soup.find_all("meta", content=True):
        name = str(tag.get("name") or tag.get("property") or "").lower()
        if re.fullmatch(r"(?:\w+[.:])?audience(?:type)?", name):
            found.append(str(tag["content"]))
    for page in linked_pages(soup):
        for each in _list(page.get("audience")):
            values = each if isinstance(each, dict) else {"audienceType": each}
            found += [*texts(values.get("audienceType")), *texts(values.get("name"))]
            found += texts(values.get("@type")) if "audienceType" not in values else []
    return "; ".join(found)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _named(text: str, before: str, behind: str, *, roles: bool = False) -> Audience | None:
    """The one audience that a text names between two patterns; None where none or several.

    ``roles`` takes what clinicians are as a name of them.
    """
    text = re.sub(r"[\s_]+", "-", text.lower())
    found: list[Audience] = []
    for audience, names in NAMES:
        called = f"{names}|{ROLES}" if roles and audience == "clinician" else names
        if re.search(f"{before}(?:{called}){behind}", text):
            found.append(audience)
    return found[0] if len(found) == 1 else None


def by_words(title: str, text: str) -> Audience:
    """Whom the words are for: how a page speaks of care, of medicine and to its reader."""
    said = _WORD.findall(text)[:_MOST_WORDS]
    if len(said) < _FEWEST_WORDS:
        return "general"
    share = 100 / len(said)
    calm = 100 / max(len(said), _SHORT)
    cues = {found[0].lower() for found in words.CARER.finditer(text)}
    named = 2 * _weight(words.CARER, title) + 2 * len(words.CARER_TITLE.findall(title))
    carer = _weight(words.CARER, text) * calm + named
    if len(cues) > 1 or named:  # such pages tell one person of another
        carer += len(words.THEY.findall(text)) * calm / 2
    else:
        carer = 0  # "your carer can stay with you" stands on every patient's page
    clinician = _distinct(words.CLINICIAN, text) * min(share, 1.7) + _distinct(
        words.CLINICIAN, title
    )
    clinician += sum(len(word) >= _LONG for word in said) * share / 5
    reader = (len(words.YOU.findall(text)) + len(words.I_ME.findall(text))) * share
    if carer >= 4 and carer > clinician / 2:  # noqa: PLR2004
        return "carer"
    return "clinician" if clinician - reader >= 5 else "patient"  # noqa: PLR2004


def _weight(cues: re.Pattern[str], text: str) -> int:
    return sum(2 if found["strong"] else 1 for found in cues.finditer(text))


def _distinct(cues: re.Pattern[str], text: str) -> int:
    """As ``_weight``, each word once: a lay page that says "resection" does so again and again."""
    return sum(
        {found[0].lower(): 2 if found["strong"] else 1 for found in cues.finditer(text)}.values()
    )
