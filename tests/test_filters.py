from __future__ import annotations

import numpy as np
import pytest

from indexer.filters import Allowed, Filter


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (Filter(), ""),
        (
            Filter(equal=(("audience", "patient"), ("source", "site"))),
            'audience == "patient" and source == "site"',
        ),
        (Filter(reviewed_after="2024-06-01"), 'reviewed >= "2024-06-01"'),
        (Filter(url="/a/"), 'url == "/a/"'),
        (Filter(withdrawn=frozenset({"/b/", "/a/"})), 'url not in ["/a/", "/b/"]'),
        (Filter(equal=(("section", '" or 1 == 1 or "\\'),)), r'section == "\" or 1 == 1 or \"\\"'),
        (
            Filter((("section", "pflege"),), "2024-01-01", "/ü/", frozenset({"/x/"})),
            'section == "pflege" and reviewed >= "2024-01-01" and url == "/ü/"'
            ' and url not in ["/x/"]',
        ),
    ],
)
def test_a_filter_as_an_expression(asked: Filter, written: str) -> None:
    assert asked.expression() == written


def test_what_several_masks_leave() -> None:
    masks = [np.array([True, True, False]), np.array([True, False, False])]
    assert Allowed.of(masks, Filter()).rows.tolist() == [True, False, False]
