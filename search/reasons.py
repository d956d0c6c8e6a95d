"""Why a passage has its place, in words for whoever asks."""

from __future__ import annotations

from search.schema import Hit

_NAMED = 0.5  # from this on the headings do name what is asked


def reasons(hit: Hit) -> list[str]:
    """A sentence for each thing that speaks for a hit, the most telling first."""
    why = hit["why"]
    said = []
    if why["exact_rare"]:
        said.append("It holds a rare exact term of your question: such passages come first.")
    if why["coverage"]:
        said.append(f"It holds {why['coverage']:.0%} of your words, rare ones counting more.")
    if why["heading"]:
        said.append(f"Its title and headings hold {why['heading']:.0%} of your words.")
    if why["expansions"]:
        names = ", ".join(f"“{name}”" for name in why["expansions"])
        said.append(f"It holds another name of what you asked: {names}.")
    if why["aspect"] >= _NAMED:
        said.append("Its headings name the kind of thing you ask about.")
    if why["semantic"] > 0:
        said.append(f"Closeness to your question in meaning: {why['semantic']:.2f} of at most 1.")
    if why["keyword"]:
        said.append(f"Match of its words (BM25): {why['keyword']:.1f}.")
    if "reranker" in why:
        said.append(f"A second reading gave it {why['reranker']:.2f}.")
    said.append(f"In all {hit['score']:.2f} of at most 1.")
    return said
