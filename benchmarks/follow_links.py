"""Follow the links of the first ten hits in a real browser and see whether each lands.

    python -m benchmarks.follow_links QUESTIONS.jsonl --data DIR

The indexed site must be up at the addresses it was indexed under. A link lands when words of the
passage, or the heading right above it, are inside the window after the page has loaded.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import click
from playwright.sync_api import Page

from indexer.judgments import read_judgments
from search.engine import Engine
from search.request import SearchRequest
from search.settings import load_settings
from tests.browsing import chromium

# Is any place where the words begin inside the window? Words may span inline elements.
IN_WINDOW = """
(wanted) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let text = '', map = [];
  for (let node; (node = walker.nextNode()); ) {
    for (let i = 0; i < node.data.length; i++) {
      if (/\\s/.test(node.data[i])) continue;
      text += node.data[i]; map.push([node, i]);
    }
  }
  for (const words of wanted) {
    const squeezed = words.replace(/\\s+/g, '');
    let at = squeezed ? text.indexOf(squeezed) : -1;
    for (; at >= 0; at = text.indexOf(squeezed, at + 1)) {
      const range = document.createRange();
      range.setStart(...map[at]); range.setEnd(map[at][0], map[at][1] + 1);
      const box = range.getBoundingClientRect();
      if (box.height && box.top >= -1 && box.bottom <= window.innerHeight + 1) return true;
    }
  }
  return false;
}
"""
# A text fragment is searched for, and scrolled to, after the page has loaded.
TWO_FRAMES = """
() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
"""


def lands(page: Page, link: str, wanted: list[str]) -> bool:
    """Whether a link, opened by itself, shows one of these texts."""
    page.goto("about:blank")
    page.goto(link, wait_until="load")
    page.evaluate(TWO_FRAMES)
    return bool(page.evaluate(IN_WINDOW, wanted))


@click.command()
@click.argument("questions", type=click.Path(path_type=Path, exists=True))
@click.option("--data", help="Data folder.")
def main(questions: Path, data: str | None) -> None:
    """Print how many links landed, by kind, and name those that did not."""
    engine = Engine.load(load_settings(data=data))
    links: dict[tuple[str, str], list[str]] = {}
    asked = 0
    for judgment in read_judgments(questions):
        asked += 1
        request = SearchRequest(q=judgment.query, group_by="none")
        for hit in engine.search(request)["hits"]:
            first = [line.lstrip(" •").strip() for line in hit["text"].splitlines()]
            links[hit["link"], hit["id"]] = [line[:60] for line in first if line]
    kinds: Counter[str] = Counter()
    missed = []
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        for (link, _), wanted in links.items():
            kind = "text fragment" if ":~:text=" in link else "anchor" if "#" in link else "page"
            if lands(page, link, wanted[:3]):
                kinds[kind] += 1
            else:
                kinds[f"{kind}, missed"] += 1
                missed.append(link)
    print(json.dumps({"questions": asked, "links": len(links), **kinds}, indent=1))  # noqa: T201
    for link in missed:
        print("missed:", link)  # noqa: T201
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
