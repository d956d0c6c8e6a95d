"""The commands that read sites: run, plan and extract."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from indexer import inspect_page, plan_text, schedule
from indexer.cli import cli, data_option, encoder_of, json_option, say
from indexer.errors import ConfigurationError, IndexerError
from indexer.judged import by_search
from indexer.page_report import page_report
from indexer.pipeline import run as run_pipeline
from indexer.plan import plan as make_plan
from indexer.progress import Progress
from indexer.settings import IndexerSettings, load_settings
from indexer.site import live_sources
from indexer.sources import Source, from_site, load, named
from indexer.urls import site_of

_Command = Callable[..., None]


def _site_options(command: _Command) -> _Command:
    """What run and plan are told alike: which sites, and how."""
    for option in (
        json_option,
        data_option,
        click.option(
            "--accept", "accepted", multiple=True, metavar="URL",
            help="Take this page as it is, though it says suspiciously little.",
        ),
        click.option(
            "--again", is_flag=True, help="Index what the live index holds, whatever else is known."
        ),
        click.option("--only", is_flag=True, help="Leave the sites of earlier runs out."),
        click.option("--base-url", metavar="URL", help="The real address of a folder's pages."),
        click.option("--sources", metavar="FILE", help="Sites to index when no --site is given."),
        click.option(
            "--site", "sites", multiple=True, metavar="URL_OR_FOLDER", help="What to index."
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@cli.command()
@_site_options
@click.option("--force", is_flag=True, help="Publish what a gate refuses, and record that.")
@click.option("--every", metavar="TIME", help="Run again and again: 30m, 6h, 1d.")
@click.option("--job", hidden=True, help="The name of the run's record; it then waits its turn.")
def run(*, force: bool, every: str | None, job: str | None, as_json: bool, **given: Any) -> None:
    """Crawl, extract, chunk, embed, index and publish; only what changed is done again."""
    settings = load_settings(data=given["data"], sources=given["sources"])
    chosen = _sources(settings, given)
    if every is not None:
        schedule.run_every(schedule.seconds(every), _without(sys.argv[1:], "--every"))
        return
    progress = Progress()
    report = run_pipeline(
        chosen,
        settings,
        encoder_of(settings),
        progress,
        force=force,
        job=job,
        **_choices(settings, given),
    )
    if as_json:
        click.echo(report.json())
    else:
        progress.say(report.text())


@cli.command()
@_site_options
def plan(*, as_json: bool, **given: Any) -> None:
    """Show what a run would change, page by page and question by question; publish nothing."""
    settings = load_settings(data=given["data"], sources=given["sources"])
    chosen = _sources(settings, given)
    made = make_plan(
        chosen, settings, encoder_of(settings), Progress(), **_choices(settings, given)
    )
    click.echo(plan_text.as_json(made) if as_json else plan_text.as_text(made))


@cli.command()
@click.argument("pages", nargs=-1, required=True, metavar="URL_OR_FILE...")
@click.option("--html", "report", metavar="FILE", help="Also write a page that shows all of it.")
@click.option("--source", metavar="NAME", help="By the rules of this source of the sources file.")
@click.option("--sources", metavar="FILE", help="The sources file (default: NET_SOURCES).")
@json_option
def extract(pages: Sequence[str], *, as_json: bool, report: str | None, **given: Any) -> None:
    """Show what each page gives: blocks, what is left out and why, and passages."""
    settings = load_settings(sources=given["sources"])
    source = named(given["source"], settings.sources) if given["source"] else None
    encoder = encoder_of(settings)
    done = []
    for page in pages:
        try:
            found = inspect_page.inspect(page, encoder, settings.passage_tokens, source)
        except IndexerError as error:
            if len(pages) == 1:
                raise
            click.echo(f"error: {error}", err=True)  # the others are shown all the same
            continue
        said = "" if as_json else inspect_page.text(found.shown, in_colour=_in_colour())
        say(found.shown, said, as_json=as_json)
        done.append((found.shown, found.content, found.html))
    if report and done:
        Path(report).write_text(page_report(done), encoding="utf-8")
    if len(done) < len(pages):
        sys.exit(1)


def _in_colour() -> bool:
    """Whether to write colours: click leaves them out where no terminal reads them."""
    return not os.environ.get("NO_COLOR")


def _choices(settings: IndexerSettings, given: dict[str, Any]) -> Any:
    # A sources file, or the live index, names all there is; a --site is one more.
    only = given["only"] or not given["sites"]
    accepted = frozenset(given["accepted"])
    return {"only": only, "accepted": accepted, "judge": by_search(settings.judgments)}


def _sources(settings: IndexerSettings, given: dict[str, Any]) -> list[Source]:
    sites, base_url = given["sites"], given["base_url"]
    if given["again"]:
        if sites or base_url or given["only"]:
            raise ConfigurationError("--again takes the sites from the live index; name no other")
        return live_sources(settings.folder, settings.sources)
    if not sites:
        if base_url:
            raise ConfigurationError("--base-url goes with a folder given to --site")
        return load(settings.sources)
    chosen = [from_site(site, base_url) for site in sites]
    hosts = [site_of(start) for source in chosen for start in source.start_urls]
    if len(hosts) > len({*hosts}):
        raise ConfigurationError(
            "--site names one site twice: all of it is read from either address. Give one, or"
            " sources with `include` in a sources file"
        )
    names: dict[str, int] = {}
    for index, source in enumerate(chosen):
        names[source.name] = number = names.get(source.name, 0) + 1
        if number > 1:
            chosen[index] = source.model_copy(update={"name": f"{source.name}-{number}"})
    return chosen


def _without(arguments: list[str], name: str) -> list[str]:
    """The command line without an option, written as ``name value`` or ``name=value``."""
    kept, following = [], False
    for each in arguments:
        if not following and each != name and not each.startswith(f"{name}="):
            kept.append(each)
        following = each == name and not following
    return kept
