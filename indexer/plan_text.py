"""A plan as an operator reads it, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

from indexer.gates import Refusal
from indexer.plan import Plan
from indexer.report import PageNote, some

_CHANGES = 5  # passages of a page that are shown


def as_json(plan: Plan) -> str:
    """One JSON object."""
    return json.dumps(asdict(plan), ensure_ascii=False)


def as_text(plan: Plan) -> str:
    """Pages by what would become of them, questions, and gates."""
    lines = [_headline(plan), *plan.notes]
    if plan.remade:
        lines.append(f"Made anew, for it changed since: {', '.join(plan.remade)}")
    for section, urls in sorted(plan.new.items()):
        lines.append(f"New in {section or '(no section)'}: {len(urls)}")
        lines += some([f"  {url}" for url in urls])
    counts = Counter(page.section for page in plan.changed)
    for section, count in sorted(counts.items()):
        lines.append(f"Changed in {section or '(no section)'}: {count}")
        lines += some([_changed(plan, url) for url in _urls(plan, section)])
    lines += _pages("Would go", plan.gone)
    lines += _pages("Kept as it was, stale", plan.stale)
    lines += _pages("Kept until a second run confirms that it is missing", plan.missing)
    lines += _pages("Left out, as before", plan.dropped)
    lines += _questions(plan)
    if plan.refusals:
        lines.append("A run would be refused" + _unless_forced(plan.refusals))
        lines += [f"  {line}" for each in plan.refusals for line in each.text().splitlines()]
    return "\n".join(lines)


def _unless_forced(refusals: list[Refusal]) -> str:
    if all(each.forceable for each in refusals):
        return " (publish all the same with --force):"
    return ", with --force as well:"


def _headline(plan: Plan) -> str:
    totals = (
        f"{plan.pages} pages, {plan.passages} passages, {plan.embedded} of them embedded for this"
        " plan and kept for the run"
    )
    if not plan.live:
        return f"A run would publish the first index: {totals}."
    if plan.publishes:
        return f"A run would publish a new index in place of {plan.live}: {totals}."
    return f"A run would change nothing, {plan.live} stays: {totals}."


def _urls(plan: Plan, section: str) -> list[str]:
    return [page.url for page in plan.changed if page.section == section]


def _changed(plan: Plan, url: str) -> str:
    page = next(page for page in plan.changed if page.url == url)
    shown = []
    for change in page.passages[:_CHANGES]:
        text = change.text() or "(shown otherwise: title, link, date, section or audience)"
        shown.append(f"    {' > '.join(change.headings)}: {text}")
    more = len(page.passages) - _CHANGES
    return "\n".join([f"  {url}", *shown, *([f"    ... and {more} more"] if more > 0 else [])])


def _pages(title: str, pages: list[PageNote]) -> list[str]:
    if not pages:
        return []
    lines = [f"  {page.url} ({page.reason}: {page.detail})" for page in pages]
    return [f"{title}: {len(pages)}", *some(lines)]


def _questions(plan: Plan) -> list[str]:
    if not plan.questions:
        return []
    lines = []
    for each in plan.questions:
        lines.append(f"  {each.question!r}{_scores(each.ndcg_before, each.ndcg_after)}")
        lines += [f"    - {result}" for result in each.before if result not in each.after]
        lines += [f"    + {result}" for result in each.after if result not in each.before]
    return [f"Judged questions with other first three results: {len(plan.questions)}", *lines]


def _scores(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    return f" (nDCG@10 {before:.2f} to {after:.2f})"
