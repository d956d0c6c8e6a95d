"""The operator's commands: ``python -m indexer``."""

from __future__ import annotations

import json
import logging
import shlex
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from indexer import history, inspect_page, status, verify, withdraw
from indexer.encoder import SentenceTransformerEncoder
from indexer.errors import (
    ConfigurationError,
    GateRefusedError,
    IndexerError,
    IndexInvalidError,
)
from indexer.layout import DataFolder
from indexer.pipeline import run as run_pipeline
from indexer.progress import Progress
from indexer.publish import prune
from indexer.settings import load_settings
from indexer.sources import Source, from_site, load

_DATA = click.option("--data", metavar="DIR", help="Data folder (default: NET_DATA, else data).")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Index sites for semantic search."""


@cli.command()
@click.option("--site", "sites", multiple=True, metavar="URL_OR_FOLDER", help="What to index.")
@click.option("--sources", metavar="FILE", help="Sites to index when no --site is given.")
@click.option("--base-url", metavar="URL", help="The real address of a folder's pages.")
@click.option("--only", is_flag=True, help="Leave the sites of earlier runs out of the index.")
@click.option("--force", is_flag=True, help="Publish what a gate refuses, and record that.")
@_DATA
@_JSON
def run(  # noqa: PLR0913 - a parameter for each option
    sites: Sequence[str],
    sources: str | None,
    base_url: str | None,
    data: str | None,
    *,
    only: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Crawl, extract, chunk, embed, index and publish; only what changed is done again."""
    settings = load_settings(data=data, sources=sources)
    chosen = _sources(sites, settings.sources, base_url)
    progress = Progress()
    report = run_pipeline(
        chosen,
        settings,
        SentenceTransformerEncoder(settings.encoder, batch_size=settings.batch_size),
        progress,
        # A sources file names all there is; a --site is one more.
        only=only or not sites,
        force=force,
    )
    if as_json:
        click.echo(report.json())
    else:
        progress.say(report.text())


@cli.command()
@click.argument("pages", nargs=-1, required=True, metavar="URL_OR_FILE...")
@_JSON
def extract(pages: Sequence[str], *, as_json: bool) -> None:
    """Show what each page gives: blocks, what is left out and why, and passages."""
    settings = load_settings()
    encoder = SentenceTransformerEncoder(settings.encoder)
    for page in pages:
        shown = inspect_page.inspect(page, encoder, settings.passage_tokens)
        click.echo(json.dumps(shown, ensure_ascii=False) if as_json else inspect_page.text(shown))


@cli.command("status")
@_DATA
@_JSON
def status_command(data: str | None, *, as_json: bool) -> None:
    """Say what is live and what the store holds."""
    found = status.status(load_settings(data=data).data)
    click.echo(json.dumps(found) if as_json else status.text(found))


@cli.command("history")
@_DATA
@_JSON
def history_command(data: str | None, *, as_json: bool) -> None:
    """List the indexes that are kept, newest first."""
    found = history.history(DataFolder(load_settings(data=data).data))
    click.echo(json.dumps(found) if as_json else history.history_text(found))


@cli.command("verify")
@_DATA
def verify_command(data: str | None) -> None:
    """Prove that the live index is whole and holds no withdrawn page."""
    wrong = verify.verify(DataFolder(load_settings(data=data).data))
    if wrong:
        raise IndexInvalidError("\n".join(wrong))
    click.echo("every index is whole, and the live one holds no withdrawn page")


@cli.command("rollback")
@click.argument("build", required=False)
@_DATA
def rollback_command(build: str | None, data: str | None) -> None:
    """Make an earlier index live: BUILD, or the one before."""
    settings = load_settings(data=data)
    encoder = SentenceTransformerEncoder(settings.encoder)
    click.echo(f"live: {history.rollback(DataFolder(settings.data), build, encoder)}")


@cli.command("withdraw")
@click.argument("url")
@_DATA
def withdraw_command(url: str, data: str | None) -> None:
    """Take a page out at once; it stays out until it is restored."""
    settings = load_settings(data=data)
    encoder = SentenceTransformerEncoder(settings.encoder)
    click.echo(f"withdrawn: {withdraw.withdraw(DataFolder(settings.data), url, encoder)}")


@cli.command("restore")
@click.argument("url")
@_DATA
def restore_command(url: str, data: str | None) -> None:
    """Let a withdrawn page in again, with the next run."""
    page = withdraw.restore(DataFolder(load_settings(data=data).data), url)
    click.echo(f"restored: {page}; it is back with the next run")


@cli.command("prune")
@_DATA
def prune_command(data: str | None) -> None:
    """Delete the oldest indexes but for those that are kept for rollback."""
    settings = load_settings(data=data)
    folder = DataFolder(settings.data)
    with folder.locked():
        gone = prune(folder, settings.keep_generations)
    click.echo(f"deleted: {', '.join(gone) or 'nothing'}")


def _sources(sites: Sequence[str], file: Path, base_url: str | None) -> list[Source]:
    if not sites:
        if base_url:
            raise ConfigurationError("--base-url goes with a folder given to --site")
        return load(file)
    chosen = [from_site(site, base_url) for site in sites]
    names: dict[str, int] = {}
    for index, source in enumerate(chosen):
        names[source.name] = number = names.get(source.name, 0) + 1
        if number > 1:
            chosen[index] = source.model_copy(update={"name": f"{source.name}-{number}"})
    return chosen


def main() -> None:
    """Run a command; a failure is one line on standard error and its exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except IndexerError as error:
        click.echo(f"error: {error}", err=True)
        if isinstance(error, GateRefusedError):
            if "--json" in sys.argv:
                click.echo(error.report)
            again = shlex.join(["python", "-m", "indexer", *sys.argv[1:], "--force"])
            click.echo(f"The live index is as it was. To publish all the same: {again}", err=True)
        sys.exit(error.exit_status)
    except (OSError, sqlite3.Error) as error:  # as when the disk is full
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
