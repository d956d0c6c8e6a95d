from __future__ import annotations

from indexer.records import Drop, LeftOut
from indexer.tally import Tally


def test_kinds_are_counted_by_themselves() -> None:
    tally = Tally()
    tally.add(Drop.LINK_LIMIT, "links", "http://a/" + "x" * 999, 3, "why")
    tally.add(Drop.LINK_LIMIT, "links", "http://b/", 4, "why else")
    tally.add(Drop.TRAP, "links", "", 1)
    tally.add(Drop.TIME_LIMIT, "further addresses", "", 0)
    assert list(tally) == [
        LeftOut(Drop.LINK_LIMIT, f"links, such as http://a/{'x' * 191}", 7, "why"),
        LeftOut(Drop.TRAP, "links", 1, ""),
    ]
