"""What stands at the edges of a page's content and says nothing: menus without a name, cards.

A page builder's menu is a list like any other. What tells it from content is where it stands, and
that it is links only: before the first thing that is said, or after the last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexer.records import Block, Dropped
from indexer.text import is_statement

_MOSTLY_LINKS = 0.5
_NOTICES = re.compile(
    r"^\W*(©|\(c\) ?[12]|copyright\b|all rights reserved|last (updated|modified|changed) by"
    r"|posted (on|in|by)\b|published (on|by)\b|printed (on|from)\b|you are (here|visitor)|tagged\b"
    r"|filed under|tags:|categor(y|ies):|share (this|on)\b|powered by|follow us|privacy policy"
    r"|best viewed|site (map|by)\b|proudly|back to|cookies? |was this |sie sind hier|impressum"
    r"|alle rechte|tous droits|todos los derechos|aviso legal)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"^\W*(related\b|read (more|next|also)\b|see also\b|up next\b|siehe auch|lesen sie auch"
    r"|lea también|à lire)",
    re.IGNORECASE,
)
_ADVERTISEMENT = re.compile(
    r"^\W*(advertisement|advert|sponsored|anzeige|publicidad|publicité|pubblicità)\W*$",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(\b(related|recommended|popular|latest|recent)\b.{0,20}\b(articles?|pages?|posts?|content"
    r"|links?|topics?|stories|news|resources?|information|reading|conditions?)$|^related$"
    r"|(also|might|may) (like|be interested|find)|^(see|read) (also|next|more)\b"
    r"|^more (in|from|on)\b"
    r"|^(in|on) this (section|page|article)|^you are here|^explore\b|^quick links|^share\b|^next\b"
    r"|^weitere\b|^mehr zum|^das könnte|relacionad[oa]s|^ver también|^voir aussi|^à lire"
    r"|correlat[ie])",
    re.IGNORECASE,
)


def trim(
    blocks: Sequence[Block], name: str | None, *, marked: bool = False
) -> tuple[list[Block], list[Dropped]]:
    """The blocks that are content, and what was at their edges.

    ``name`` is the words of the heading that is the page's own; ``marked`` whether the page says
    where its content is, short lines above that heading included. A page of nothing but links is
    left as it is.
    """
    idle = _idle(blocks)
    begin = _begin(blocks, idle, None if marked else name)
    end = len(blocks)
    while end > begin and (idle[end - 1] or _NOTICES.match(blocks[end - 1].text)):
        end -= 1
    out = {
        at
        for at, block in enumerate(blocks)
        if not begin <= at < end
        or (idle[at] and _asks_on(blocks, at))
        or _ADVERTISEMENT.match(block.text)
    }
    first = next((at for at in range(len(blocks)) if blocks[at].text == name), None)
    start = begin if first is None or first < begin else first + 1
    while start < end and (idle[start] or start in out):
        out.add(start)
        start += 1
    if first is not None:
        out.discard(first)
    bidding = {blocks[at].box for at in out if idle[at]}
    kept = [
        replace(block, bids=True) if block.box in bidding else block
        for at, block in enumerate(blocks)
        if at not in out
    ]
    if not any(block.kind != "heading" for block in kept):
        return list(blocks), []
    return kept, [Dropped("edge of the page", blocks[at].text) for at in sorted(out)]


def _begin(blocks: Sequence[Block], idle: Sequence[bool], name: str | None) -> int:
    """Where the content begins: at the page's own heading, unless something is said before it."""
    named = next(
        (at for at, each in enumerate(blocks) if each.kind == "heading" and each.text == name), None
    )
    if named is not None and not any(
        is_statement(each.text) and not idle[at] for at, each in enumerate(blocks[:named])
    ):
        return named
    begin = 0
    while begin < len(blocks) and (idle[begin] or _NOTICES.match(blocks[begin].text)):
        begin += 1
    return begin


def _idle(blocks: Sequence[Block]) -> list[bool]:
    """Whether each block only leads to other pages; a heading, whether all under it does."""
    found = [
        each.kind != "heading" and each.linked >= _MOSTLY_LINKS and not _led(blocks, at)
        for at, each in enumerate(blocks)
    ]
    for at in range(len(blocks) - 1, -1, -1):
        if blocks[at].kind == "heading":
            under = _under(blocks, at)
            found[at] = all(found[each] for each in under) if under else blocks[at].linked == 1.0
    return found


def _led(blocks: Sequence[Block], at: int) -> bool:
    """Whether a sentence leads into a list: then its links are what the sentence names."""
    if at == 0 or blocks[at].kind not in {"list", "table"}:
        return False
    before = blocks[at - 1]
    return before.kind == "paragraph" and before.text.endswith(":") and is_statement(before.text)


def _under(blocks: Sequence[Block], at: int) -> list[int]:
    depth = len(blocks[at].headings)
    found = []
    for after in range(at + 1, len(blocks)):
        each = blocks[after]
        if len(each.headings) <= depth:
            break
        found.append(after)
    return found


def _asks_on(blocks: Sequence[Block], at: int) -> bool:
    """Whether an idle block stands under a heading that offers other pages, or is that heading."""
    each = blocks[at]
    if _ASIDE.match(each.text):
        return True
    heading = each.text if each.kind == "heading" else (each.headings or ("",))[-1]
    return bool(_ELSEWHERE.search(heading))
