"""What a question's filters mean, and which rows they leave."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Filter:
    """What must hold of every passage found; what is empty asks nothing."""

    equal: tuple[tuple[str, str], ...] = ()  # columns and the value that each must have
    reviewed_after: str = ""  # ISO date or month; on it or after it
    url: str = ""  # the one page
    withdrawn: frozenset[str] = frozenset()  # pages that none may be of

    def expression(self) -> str:
        """The same as Milvus writes it; "" when nothing is asked."""
        parts = [f"{name} == {_quoted(value)}" for name, value in self.equal]
        if self.reviewed_after:
            parts.append(f"reviewed >= {_quoted(self.reviewed_after)}")
        if self.url:
            parts.append(f"url == {_quoted(self.url)}")
        if self.withdrawn:
            parts.append(f"url not in [{', '.join(map(_quoted, sorted(self.withdrawn)))}]")
        return " and ".join(parts)


class Allowed(NamedTuple):
    """A filter, and what it leaves of one index."""

    rows: NDArray[np.bool_]  # shape (passages,)
    meaning: Filter

    @classmethod
    def of(cls, masks: Iterable[NDArray[np.bool_]], meaning: Filter) -> Allowed:
        """The rows that are in every mask."""
        return cls(np.logical_and.reduce(list(masks)), meaning)


def _quoted(value: str) -> str:
    """A string in Milvus's grammar, whose escapes are among those of JSON."""
    return json.dumps(value, ensure_ascii=False)
