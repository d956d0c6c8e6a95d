"""The operator's commands: ``python -m indexer``."""

from __future__ import annotations

import logging
import shlex
import sqlite3
import sys

import click

from indexer import operator_commands, run_commands
from indexer.cli import cli
from indexer.errors import GateRefusedError, IndexerError

__all__ = ["cli", "main", "operator_commands", "run_commands"]


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
    except GateRefusedError as error:
        _refused(error)
        sys.exit(error.exit_status)
    except IndexerError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
    except (OSError, sqlite3.Error) as error:  # as when the disk is full
        click.echo(f"error: {error}", err=True)
        sys.exit(1)


def _refused(error: GateRefusedError) -> None:
    click.echo(f"error: {error}", err=True)
    if "--json" in sys.argv:
        click.echo(error.report)
    click.echo("The live index is as it was.", err=True)
    if error.forceable:
        again = shlex.join(["python", "-m", "indexer", *sys.argv[1:], "--force"])
        click.echo(f"To publish all the same: {again}", err=True)


if __name__ == "__main__":
    main()
