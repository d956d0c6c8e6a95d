"""Results as a reader at a terminal sees them."""

from __future__ import annotations

import textwrap

import click

from search.schema import Hit, Results

_WIDTH = 96
# Stand for the terminal's codes while lines are wrapped, which counts what it sees.
_BEGIN, _END = "\ue000", "\ue001"
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def show(results: Results) -> str:
    """The results with their trail, link and marked words, in colour where there is any."""
    about = "" if results["found_relation"] == "eq" else "at least "
    found = "1 result" if results["found"] == 1 else f"{results['found']} results"
    lines = [f"{about}{found} in {results['search_time_ms']:.0f} ms"]
    if not results["answerable"]:
        lines.append("Nothing here seems to answer this. The closest passages:")
    first = (results["page"] - 1) * results["per_page"] + 1
    for number, hit in enumerate(results["hits"], first):
        trail = _printable(" > ".join(hit["headings"]))
        title = _printable(hit["title"])
        lines += ["", click.style(f"{number}. {title}", bold=True), f"   {trail}"]
        lines += _wrapped(hit)
        more = f", {hit['more_from_page']} more from this page" if hit["more_from_page"] else ""
        reviewed = f", reviewed {hit['reviewed']}" if hit["reviewed"] else ""
        lines.append(click.style(f"   {_printable(hit['link'])}", fg="cyan"))
        lines.append(f"   score {hit['score']:.2f}{reviewed}{more}")
    return "\n".join(lines)


def _printable(text: str) -> str:
    """A page's text of the same length, without what a terminal would do rather than show."""
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)


def _wrapped(hit: Hit) -> list[str]:
    text = _printable(hit["text"])
    for mark in reversed(hit["highlights"]):
        word = _BEGIN + text[mark["start"] : mark["end"]] + _END
        text = text[: mark["start"]] + word + text[mark["end"] :]
    lines = [line for each in text.splitlines() for line in textwrap.wrap(each, _WIDTH)]
    return ["   " + line.replace(_BEGIN, _BOLD).replace(_END, _PLAIN) for line in lines]
