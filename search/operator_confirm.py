"""What the operator's buttons are about to do, said plainly before they do it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urldefrag

from search import operator_words as words
from search.operator_facts import RunView
from search.operator_records import Build, Stored

_CHOICES = 8  # pages that an ending of an address may mean


@dataclass(frozen=True, slots=True)
class Situation:
    """What a confirmation is worked out from; ``passages`` counts those of a page in the index."""

    builds: Sequence[Build]
    runs: Sequence[RunView]
    stored: Stored
    passages: Callable[[str], int]
    now: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What will happen. Without a ``button`` it cannot; ``choices`` are addresses to choose from.

    ``asks`` is what must be ticked besides.
    """

    title: str
    says: tuple[str, ...]
    button: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    asks: str = ""
    choices: tuple[str, ...] = ()


def confirmation(
    action: str, given: Mapping[str, str], situation: Situation
) -> Confirmation | None:
    """What an action will do with the fields of its form; None for one that there is not."""
    known = {
        "plan": _plan,
        "publish": _publish,
        "force": _force,
        "rollback": _rollback,
        "withdraw": _withdraw,
        "restore": _restore,
    }
    return known[action](given, situation) if action in known else None


def _plan(_: Mapping[str, str], now: Situation) -> Confirmation:
    if none := _nothing_live("Make a plan", now):
        return none
    says = (
        f"Every page of {_sources(now)} is asked whether it has changed, and what a run would"
        " publish is worked out.",
        "Nothing is published: people go on finding what they find now.",
        _time_taken("It takes about as long as a run", now),
        *_at_work(now, "A run is at work now; the plan goes on beside it."),
    )
    return Confirmation("Make a plan", says, "Make the plan")


def _publish(_: Mapping[str, str], now: Situation) -> Confirmation:
    if none := _nothing_live("Publish", now):
        return none
    says = (
        f"Every page of {_sources(now)} is asked whether it has changed. What changed is indexed"
        " again, and the new index is checked.",
        "If no gate refuses it, it takes the place of the one that answers now. If one does,"
        " nothing changes, and this page shows why.",
        "People can search all the while.",
        _time_taken("It runs by itself", now),
        *_at_work(now, "A run is at work now; this one waits for its turn."),
    )
    return Confirmation("Publish", says, "Publish")


def _force(_: Mapping[str, str], now: Situation) -> Confirmation:
    if none := _nothing_live("Publish all the same", now):
        return none
    says = (
        f"A new run asks every page of {_sources(now)} again, and what it finds is published"
        " whatever the gates say of it: what they named last time, and anything that has gone"
        " wrong since.",
        "Pages that are lost are not found any more from then on. The index will say that it was"
        " published against a gate, and you can go back to the one before.",
        *_at_work(now, "A run is at work now; this one waits for its turn."),
    )
    asks = "I have looked at everything that the gate named, and it is meant."
    return Confirmation("Publish all the same", says, "Publish all the same", asks=asks)


def _rollback(given: Mapping[str, str], now: Situation) -> Confirmation:
    title = "Go to another index"
    live = next((each for each in now.builds if each.is_live), None)
    wanted = next((each for each in now.builds if each.build_id == given.get("build")), None)
    if wanted is None or wanted.error:
        return Confirmation(title, ("That index is not kept any more, or it cannot be used.",))
    if wanted.is_live:
        return Confirmation(title, ("That index answers already.",))
    if at_work := _at_work(now, "A run is at work now. Wait until it is done, then try again."):
        return Confirmation(title, at_work)
    title = "Go back to an earlier index" if live and wanted.build_id < live.build_id else title
    says = [
        *([f"From: {_described(live, now)}."] if live else []),
        f"To: {_described(wanted, now)}.",
        "The service answers from it within some seconds. Nobody is interrupted.",
        "It lasts until the next run that publishes. To keep a page out, withdraw it.",
    ]
    if now.stored.withdrawn:
        kept_out = words.many(len(now.stored.withdrawn), "withdrawn page")
        says.append(f"{kept_out} will not come back with it.")
    if live and live.encoder != wanted.encoder:
        says.append(f"Another language model made it ({wanted.encoder}); it may be refused.")
    return Confirmation(title, tuple(says), "Use this index", {"build": wanted.build_id})


def _withdraw(given: Mapping[str, str], now: Situation) -> Confirmation:
    title, asked = "Withdraw a page", urldefrag(given.get("url", "").strip())[0]
    urls = [page.url for page in now.stored.pages]
    ends = [url for url in urls if asked and url.endswith(asked)]
    if asked in urls:
        ends = [asked]
    if not ends:
        return Confirmation(title, (
            f"No page with the address {asked!r} was ever read." if asked else "No address given.",
            "Give the address as the search results show it, whole or from its path on.",
        ))  # fmt: skip
    if len(ends) > 1:
        which = f"{words.many(len(ends), 'page')} end with {asked!r}. Which one do you mean?"
        return Confirmation(title, (which,), choices=tuple(ends[:_CHOICES]))
    (page,) = ends
    if page in now.stored.withdrawn:
        return Confirmation(title, (f"{page} is withdrawn already.",))
    count = now.passages(page)
    says = (
        f"Page: {page}",
        f"It is in the index, with {words.many(count, 'passage')}." if count else "It is known, but"
        " it is not in the index now. It will not get in again.",
        "It is gone from the search within two seconds, and stays out of every later run, and of"
        " earlier indexes that you go back to, until you let it in again.",
        "The page itself, on its own site, is not touched.",
    )  # fmt: skip
    return Confirmation(title, says, "Withdraw the page", {"url": page})


def _restore(given: Mapping[str, str], now: Situation) -> Confirmation:
    title, page = "Let a page in again", given.get("url", "").strip()
    if page not in now.stored.withdrawn:
        return Confirmation(title, (f"{page!r} is not withdrawn.",))
    says = (
        f"Page: {page}",
        "It may be found again from the next run on: publish when you want it back now.",
    )
    return Confirmation(title, says, "Let it in again", {"url": page})


def _nothing_live(title: str, now: Situation) -> Confirmation | None:
    if any(each.is_live for each in now.builds):
        return None
    return Confirmation(title, (
        "Nothing was published yet, so it is not known which sites to read. Whoever installed the"
        " search starts the first run; see “Operating” in its documentation.",
    ))  # fmt: skip


def _sources(now: Situation) -> str:
    live = next((each for each in now.builds if each.is_live), None)
    return ", ".join(live.sources) if live and live.sources else "the indexed sites"


def _time_taken(start: str, now: Situation) -> str:
    taken = next((each.seconds for each in now.runs if each.seconds), None)
    return f"{start}; the last run took {words.duration(taken)}." if taken else f"{start}."


def _at_work(now: Situation, says: str) -> tuple[str, ...]:
    return (says,) if any(each.is_at_work for each in now.runs) else ()


def _described(build: Build, now: Situation) -> str:
    made = words.moment(build.created_at)
    when = f"made {words.ago(made, now.now)} ({words.clock(made)})" if made else "of unknown age"
    pages, passages = words.many(build.pages, "page"), words.many(build.passages, "passage")
    return f"the index {when}, {pages}, {passages}"
