"""The commands that look at what is published and change what is live."""

from __future__ import annotations

from pathlib import Path

import click

from indexer import backup, history, status, verify, withdraw
from indexer.cli import cli, data_option, encoder_of, folder_of, json_option, say
from indexer.errors import IndexInvalidError
from indexer.publish import prune
from indexer.settings import load_settings

_PATIENCE = 5.0  # seconds that a command which works on the folder for a moment gets to end


@cli.command("status")
@data_option
@json_option
def status_command(data: str | None, *, as_json: bool) -> None:
    """Say what is live, what the store holds, and what is at work."""
    found = status.status(folder_of(data))
    say(found, status.text(found), as_json=as_json)


@cli.command("history")
@data_option
@json_option
def history_command(data: str | None, *, as_json: bool) -> None:
    """List the indexes that are kept, newest first."""
    found = history.history(folder_of(data))
    say({"builds": found}, history.history_text(found), as_json=as_json)


@cli.command("verify")
@data_option
@json_option
def verify_command(data: str | None, *, as_json: bool) -> None:
    """Prove that the live index is whole and holds no withdrawn page."""
    wrong = verify.verify(folder_of(data))
    if as_json or not wrong:
        good = "every index is whole, and the live one holds no withdrawn page"
        say({"ok": not wrong, "wrong": wrong}, good, as_json=as_json)
    if wrong:
        raise IndexInvalidError("\n".join(wrong))


@cli.command("rollback")
@click.argument("build", required=False)
@data_option
@json_option
def rollback_command(build: str | None, data: str | None, *, as_json: bool) -> None:
    """Make an earlier index live: BUILD, or the one before."""
    settings = load_settings(data=data)
    live = history.rollback(settings.folder, build, encoder_of(settings))
    say({"live": live}, f"live: {live}", as_json=as_json)


@cli.command("withdraw")
@click.argument("url")
@data_option
@json_option
def withdraw_command(url: str, data: str | None, *, as_json: bool) -> None:
    """Take a page out at once; it stays out until it is restored."""
    settings = load_settings(data=data)
    folder = settings.folder
    page = withdraw.withdraw(folder, url, encoder_of(settings), patience=_PATIENCE)
    say({"withdrawn": page}, f"withdrawn: {page}", as_json=as_json)


@cli.command("restore")
@click.argument("url")
@data_option
@json_option
def restore_command(url: str, data: str | None, *, as_json: bool) -> None:
    """Let a withdrawn page in again, with the next run."""
    page = withdraw.restore(folder_of(data), url)
    say({"restored": page}, f"restored: {page}; it is back with the next run", as_json=as_json)


@cli.command("prune")
@data_option
@json_option
def prune_command(data: str | None, *, as_json: bool) -> None:
    """Delete the oldest indexes but for those that are kept for rollback."""
    settings = load_settings(data=data)
    folder = settings.folder
    with folder.locked():
        gone = prune(folder, settings.keep_generations)
    say({"deleted": gone}, f"deleted: {', '.join(gone) or 'nothing'}", as_json=as_json)


@cli.command("backup")
@click.argument("folder", type=click.Path(path_type=Path))
@data_option
@json_option
def backup_command(folder: Path, data: str | None, *, as_json: bool) -> None:
    """Copy the store and the live index to FOLDER, also while a run is at work."""
    live = backup.backup(folder_of(data), folder)
    text = f"{folder} holds the store and the index {live}; use it with --data {folder}"
    say({"folder": str(folder), "live": live}, text, as_json=as_json)
