"""The parts of the documentation that a measurement writes, each between two marks of its own."""

from __future__ import annotations


def replaced(text: str, begin: str, end: str, part: str) -> str:
    """The text with what is between its marks replaced. Raises ValueError where they are not."""
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"there is no part between {begin!r} and {end!r}")
    return f"{before}{begin}\n{part}\n{end}{after}"
