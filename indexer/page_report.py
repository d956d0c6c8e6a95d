"""One page, its kept and left-out parts and its passages, as a page that its site's owner can read.

The file stands alone: no script, no image, nothing of the page's own markup, and no link that leads
anywhere. What became of a part is said in words beside it; colours and borders only repeat that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from typing import Any

from indexer.marking import Stretch, Word, stretches
from indexer.records import Block, PageContent
from indexer.tree import read

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #57606a; --paper: #fff; --line: #c9d1d9;
  --kept: #0b6b3a; --kept-paper: #eefaf2; --out: #a3231b; --out-paper: #fdf1f0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #a3adb8; --paper: #0d1117;
  --line: #3d444d; --kept: #6fdd9b; --kept-paper: #0f2418; --out: #ff9f96; --out-paper: #2b1413; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.25rem; margin: 2rem 0 .75rem; border-bottom: 1px solid var(--line); }
p, li, dd, .address { overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt, .quiet, .trail { color: var(--quiet); }
dd { margin: 0; }
.part { border-left: .35rem solid var(--line); border-radius: .25rem; margin: .5rem 0;
  padding: .4rem .8rem; }
.part p { margin: .15rem 0; white-space: pre-wrap; }
.kept { border-color: var(--kept); background: var(--kept-paper); }
.out { border-left-style: dashed; border-color: var(--out); background: var(--out-paper); }
.label { font-size: .85rem; }
.label strong { color: var(--kept); }
.out .label strong { color: var(--out); }
.out .words { color: var(--quiet); }
.heading .words { font-weight: 700; font-size: 1.15rem; }
.link { text-decoration: underline dotted; }
ol.passages { padding-left: 1.5rem; }
ol.passages li { margin: 0 0 1.25rem; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page_report(shown: Sequence[tuple[dict[str, Any], PageContent, str]]) -> str:
    """HTML for pages, each as the command's object, its content, and its own HTML."""
    title = shown[0][0]["title"] if len(shown) == 1 else f"{len(shown)} pages"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>What the search keeps of {_text(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><header><h1>What the search keeps of {_text(title) or 'this page'}</h1>"
        "<p>Each part of the page is below in its own order. <strong>Kept</strong> parts (solid"
        " line) can be found; parts <strong>left out</strong> (dashed line) cannot, for the"
        " reason that is given.</p></header>\n"
        f"<main>{''.join(_page(*each) for each in shown)}</main></body></html>\n"
    )


def _page(shown: dict[str, Any], content: PageContent, html: str) -> str:
    parts = stretches(read(html), content)
    facts = {
        "Address": shown["url"],
        "Language": shown["language"] or "not known",
        "Written for": shown["audience"],
        "Last reviewed": shown["reviewed"] or "not known",
        "Last updated": shown["updated"] or "not known",
        "Next review due": shown["review_due"] or "not known",
        "Kept": f"{len(shown['blocks'])} blocks in {len(shown['passages'])} passages",
        "Left out": f"{len(shown['dropped'])} parts",
    }
    listed = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in facts.items())
    return (
        f"<section><h2>{_text(shown['title']) or 'A page without a title'}</h2><dl>{listed}</dl>"
        f"<h3>The page, part by part</h3>{''.join(map(_part, parts))}"
        f"<h3>Passages, as they are found</h3>{_passages(shown['passages'])}</section>\n"
    )


def _part(part: Stretch) -> str:
    fate = part.fate
    if fate is None:
        kind, label = "", "<strong>Not used</strong>: not part of what was read"
    elif isinstance(fate, Block):
        kind = "kept heading" if fate.kind == "heading" else "kept"
        trail = " › ".join(fate.headings)
        under = f' <span class="trail">under {_text(trail)}</span>' if trail else ""
        label = f"<strong>Kept</strong>: {_text(fate.kind)}{under}"
    else:
        kind, label = "out", f"<strong>Left out</strong>: {_text(fate.reason)}"
    texts = [_line(line) for line in part.lines]
    texts = [" · ".join(texts)] if kind == "out" else texts  # menus are long
    lines = "".join(f'<p class="words" dir="auto">{text}</p>' for text in texts)
    return f'<div class="part {kind}"><p class="label">{label}</p>{lines}</div>\n'


def _line(words: Iterable[Word]) -> str:
    """A line of words; what leads somewhere on the page only looks as if it did."""
    return " ".join(
        f'<span class="link">{text}</span>' if link else text
        for link, group in groupby(words, key=lambda word: word.link)
        for text in [_text(" ".join(word.text for word in group))]
    )


def _passages(passages: Sequence[dict[str, Any]]) -> str:
    if not passages:
        return "<p>None: nothing of this page can be found.</p>"
    items = "".join(
        f'<li><p class="trail">{_text(" › ".join(each["headings"])) or "No heading"}, '
        f"{each['tokens']} tokens</p>"
        f'<div class="part kept"><p dir="auto">{_text(each["text"])}</p></div>'
        f'<p class="quiet address">{_text(each["link"])}</p></li>\n'
        for each in passages
    )
    return f'<ol class="passages">{items}</ol>'


def _text(value: object) -> str:
    return escape(str(value))
