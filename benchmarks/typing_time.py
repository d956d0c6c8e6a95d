"""From a key press to painted results, beside a reload of the whole page, in a real browser.

    python -m search serve --data DIR &
    python -m benchmarks.typing_time --address http://127.0.0.1:8000

Both ways ask the same questions of the same service, in turn, so that what else the machine does
hits them alike. As one types, the last letter of a question is pressed and the time goes on until
the frame after its results are in the page; the page waits for the typing to rest first, which is
told apart. With a reload Enter is pressed in the same form with the scripts blocked, and the time
goes on until the browser says that it painted the new page. Last comes what a first visit loads.
"""

from __future__ import annotations

import re
import statistics
from pathlib import Path
from urllib.parse import urlsplit

import click
from playwright.sync_api import Browser, Page

from indexer.judgments import read_judgments
from tests.browsing import chromium

_LIVE = Path(__file__).parent.parent / "search" / "static" / "live.js"
# The name of a window outlives its page. A task after a frame's callbacks comes after its painting.
_TYPED = """() => {
  document.addEventListener('keydown', (event) => { window.began = event.timeStamp; }, true);
  document.addEventListener('shown', () => requestAnimationFrame(() => setTimeout(() => {
    window.done(performance.now() - window.began);
  })));
}"""
_RELOADED = """document.addEventListener('keydown', (event) => {
  window.name = performance.timeOrigin + event.timeStamp;
}, true)"""
# "No answer" is not shown while words are suggested: such a question is left out.
_WAIT = """() => { window.took = new Promise((done) => {
  window.done = done;
  setTimeout(done, 5000, null);
}); }"""
_PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
  for (const painted of list.getEntriesByName('first-contentful-paint'))
    done(performance.timeOrigin + painted.startTime - Number(window.name));
}).observe({ type: 'paint', buffered: true }))"""
_LOADED = """() => performance.getEntriesByType('navigation').concat(
  performance.getEntriesByType('resource')).map(each => [each.name, each.transferSize])"""


def typed(page: Page, question: str) -> float | None:
    """Milliseconds from the last letter's key to the frame with its results; None if none come."""
    page.evaluate("document.getElementById('q').value = ''")
    page.keyboard.insert_text(question[:-1])
    page.wait_for_load_state("networkidle")
    page.evaluate(_WAIT)
    page.keyboard.press(question[-1])
    took: float | None = page.evaluate("window.took")
    return took


def reloaded(page: Page, question: str) -> float:
    """Milliseconds from Enter to the painting of the new page."""
    page.evaluate("document.getElementById('q').value = ''")
    page.focus("#q")
    page.keyboard.insert_text(question)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    took = float(page.evaluate(_PAINTED))
    page.evaluate(_RELOADED)
    return took


def first_load(browser: Browser, address: str) -> str:
    """What a first visit transfers."""
    page = browser.new_page()
    answer = page.goto(address, wait_until="networkidle")
    html = answer.text() if answer else ""
    loaded = page.evaluate(_LOADED)
    size = sum(each[1] for each in loaded)
    hosts = {each[0].split("/")[2] for each in loaded}
    page.close()
    # What the HTML names is asked for at once; anything else would be a further round.
    named = sum(urlsplit(each[0]).path in html for each in loaded[1:])
    return (
        f"first load: {size / 1000:.1f} kB from {len(hosts)} host(s): the HTML, {named} files that"
        f" it names and {len(loaded) - 1 - named} others"
    )


@click.command()
@click.option("--address", default="http://127.0.0.1:8000", show_default=True)
@click.option("--questions", type=click.Path(path_type=Path), default="corpus/judgments.jsonl")
@click.option("--count", default=60, show_default=True, help="Questions asked, both ways.")
def main(address: str, questions: Path, count: int) -> None:
    """Print medians and 95th percentiles, and the median ratio of the pairs."""
    asked = [each.query for each in read_judgments(questions)][:count]
    resting = int(re.search(r"const TYPING = (\d+)", _LIVE.read_text())[1])  # type: ignore[index]
    pairs: list[tuple[float, float]] = []
    with chromium() as browser:
        live, plain = browser.new_page(), browser.new_page()
        plain.route("**/*.js*", lambda route: route.abort())
        for page, prepared in ((live, f"({_TYPED})()"), (plain, _RELOADED)):
            page.goto(address)
            page.evaluate(prepared)
        for question in asked:
            live.bring_to_front()
            live.focus("#q")
            took = typed(live, question)
            plain.bring_to_front()
            if took is not None:
                pairs.append((took, reloaded(plain, question)))
        loads = first_load(browser, address)
    click.echo(f"{len(pairs)} of {len(asked)} questions, in milliseconds")
    for name, values in zip(("typed", "reloaded"), zip(*pairs, strict=True), strict=True):
        worst = statistics.quantiles(values, n=20)[-1]
        click.echo(f"{name:9} median {statistics.median(values):6.1f}  p95 {worst:6.1f}")
    resting_not = statistics.median((a - resting) / b for a, b in pairs)
    click.echo(
        f"typed/reloaded, median of pairs: {statistics.median(a / b for a, b in pairs):.2f};"
        f" without the {resting} ms in which the typing rests {resting_not:.2f}"
    )
    click.echo(loads)


if __name__ == "__main__":
    main()
