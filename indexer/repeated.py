"""What a site repeats on its pages: found by counting, over all pages between extract and chunk.

No rule names it. A repeated block is left out where it stands apart from what a page says of
itself and bids a visitor on, or says nothing at the page's edge. A sentence that is repeated
without a link stays: a short disclaimer belongs to the content that it stands with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from indexer.records import Block, Dropped, PageContent
from indexer.text import is_statement

REASON = "repeated on the site"
# A block is repeated when it stands word for word on this share of a site's pages, and so many.
_SHARE = 0.5
_FEWEST_PAGES = 4
# One that was repeated stays so down to here: a page more or less must not change all the others.
_SHARE_TO_STAY = 0.3
# A group of repeated blocks bids a visitor on when this share of it is links, or it is so short.
_LINKED = 0.2
_SHORT_WORDS = 60


def find_repeated(
    pages: Sequence[PageContent], before: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The texts of blocks that so many pages share; ``before`` are those of the last run."""
    counts = Counter(text for page in pages for text in {block.text for block in page.blocks})
    least = max(_FEWEST_PAGES, _SHARE * len(pages))
    to_stay = max(_FEWEST_PAGES - 1, _SHARE_TO_STAY * len(pages))
    return frozenset(
        text for text, count in counts.items() if count >= (to_stay if text in before else least)
    )


def without_repeated(page: PageContent, repeated: frozenset[str]) -> PageContent:
    """The page without what belongs to its site, each block of that named as dropped."""
    blocks = page.blocks
    own = [at for at, block in enumerate(blocks) if block.text not in repeated]
    if not own or len(own) == len(blocks):
        return page  # a page of nothing else is whatever the site says there
    inside = {blocks[at].box for at in own}
    bidding = _bidding(blocks, inside)
    goes = {
        at
        for at, block in enumerate(blocks)
        if block.text in repeated and block.kind != "heading"
        if block.box in bidding
        or (
            not own[0] < at < own[-1]
            and (block.box not in inside or not page.main_is_marked)
            and (block.linked or not is_statement(block.text))
        )
    }
    goes |= _headings(blocks, goes, repeated)
    goes |= {at for at, block in enumerate(blocks) if block.box in bidding}
    if not goes:
        return page
    dropped = tuple(Dropped(REASON, blocks[at].text) for at in sorted(goes))
    return replace(page, blocks=_left(blocks, goes), dropped=(*page.dropped, *dropped))


def _left(blocks: Sequence[Block], goes: set[int]) -> tuple[Block, ...]:
    """The blocks that stay, none of them under a heading that goes."""
    left = []
    gone: dict[int, str] = {}  # depth to heading
    for at, block in enumerate(blocks):
        depth = len(block.headings)
        if block.kind == "heading":
            gone = {above: text for above, text in gone.items() if above < depth}
        gone = {d: text for d, text in gone.items() if block.headings[d : d + 1] == (text,)}
        if at in goes:
            if block.kind == "heading":
                gone[depth] = block.text
            continue
        trail = tuple(text for d, text in enumerate(block.headings) if d not in gone)
        left.append(replace(block, headings=trail) if gone else block)
    return tuple(left)


def _bidding(blocks: Sequence[Block], inside: set[int]) -> set[int]:
    """The elements that hold repeated blocks only and lead a visitor on."""
    found = set()
    for box in {block.box for block in blocks} - inside:
        held = [block for block in blocks if block.box == box]
        size = sum(len(block.text) for block in held)
        linked = sum(len(block.text) * block.linked for block in held)
        if any(block.bids for block in held):
            found.add(box)
            continue
        short = sum(len(block.text.split()) for block in held) <= _SHORT_WORDS
        if linked and (linked >= _LINKED * size or short):
            found.add(box)
    return found


def _headings(blocks: Sequence[Block], goes: set[int], repeated: frozenset[str]) -> set[int]:
    """The repeated headings under which nothing is left."""
    found: set[int] = set()
    for at in range(len(blocks) - 1, -1, -1):
        if blocks[at].kind != "heading" or blocks[at].text not in repeated:
            continue
        under = []
        for after in range(at + 1, len(blocks)):
            if len(blocks[after].headings) <= len(blocks[at].headings):
                break
            under.append(after)
        if under and all(each in goes or each in found for each in under):
            found.add(at)
    return found
