"""The service's commands: ``python -m search``."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import click

from indexer.errors import IndexerError
from indexer.judgments import read_judgments
from search import compare, failures, gaps_command
from search import evaluate as evaluation
from search.engine import Engine
from search.errors import RequestError, SettingsError
from search.floors import BelowFloorError, read_floors
from search.gaps import GapLog
from search.request import parse
from search.serve import serve as serve_http
from search.settings import load_settings
from search.systems import System, named
from search.terminal import show

_DATA = click.option("--data", metavar="DIR", help="Data folder (default: NET_DATA, else data).")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
_MODE = click.option(
    "--mode", type=click.Choice(["hybrid", "semantic", "keyword"]), default="hybrid",
    show_default=True, help="Which halves rank.",
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Search a published index."""


@cli.command()
@_DATA
@click.option("--host", help="Address to listen on (default: NET_HOST, else 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (default: NET_PORT, else 8000).")
@click.option("--workers", type=int, help="Processes that answer (default: NET_WORKERS, else 2).")
def serve(data: str | None, host: str | None, port: int | None, workers: int | None) -> None:
    """Answer over HTTP until stopped."""
    serve_http(lambda: load_settings(data=data, host=host, port=port, workers=workers))


@cli.command()
@click.argument("text")
@_DATA
@_JSON
@_MODE
def query(text: str, data: str | None, mode: str, *, as_json: bool) -> None:
    """Answer one question here."""
    request = parse({"q": text, "mode": mode})
    results = Engine.load(load_settings(data=data)).search(request)
    click.echo(json.dumps(results, ensure_ascii=False) if as_json else show(results))


@cli.command()
@click.argument("judgments", metavar="JUDGMENTS.jsonl", type=click.Path(path_type=Path))
@_DATA
@_JSON
@_MODE
@click.option(
    "--index",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The folder of one index, in place of the live one.",
)
@click.option(
    "--with", "changes", metavar="NAME=VALUE", multiple=True,
    help="A search setting for this evaluation; may be given again.",
)  # fmt: skip
@click.option(
    "--against", metavar="SPEC",
    help="Compare with another system, question by question: a build id, the folder of an index,"
    " or NAME=VALUE,NAME=VALUE of settings and mode.",
)  # fmt: skip
@click.option("--failures", is_flag=True, help="List the questions that went wrong.")
@click.option(
    "--floors", metavar="FILE.toml", type=click.Path(path_type=Path),
    help="Measures that must be reached, else the exit status is 3.",
)  # fmt: skip
def evaluate(judgments: Path, *, as_json: bool, **options: Any) -> None:
    """Measure the ranking on judged questions."""
    questions = read_judgments(judgments)
    floors = read_floors(options["floors"], judgments) if options["floors"] else None
    changes = named(options["changes"])
    settings = load_settings(changes, data=options["data"])
    system = System.load(settings, options["mode"], options["index"])
    other = system.other(options["against"]) if options["against"] is not None else None
    scored = evaluation.evaluate(system.engine, questions, system.mode)
    measured = evaluation.as_object(system.engine, scored, system.mode)
    if changes:
        measured["with"] = changes
    texts = [evaluation.as_text(measured)]
    if options["failures"]:
        measured["failures"] = failures.failures(scored)
        texts.append(failures.as_text(measured["failures"], len(scored)))
    if other:
        theirs = evaluation.evaluate(other.engine, questions, other.mode)
        measured["against"] = {
            "spec": options["against"],
            "index_version": other.engine.index.version,
            "mode": other.mode,
            **compare.compare(scored, theirs),
        }
        texts.append(compare.as_text(measured["against"]))
    click.echo(json.dumps(measured, ensure_ascii=False) if as_json else "\n\n".join(texts))
    if floors and (missed := floors.missed(measured["all"])):
        raise BelowFloorError("; ".join(missed))


@cli.command()
@_DATA
@_JSON
@click.option("--forget", is_flag=True, help="Delete all that was recorded, and its key.")
def gaps(data: str | None, *, as_json: bool, forget: bool) -> None:
    """Say what people looked for and did not find."""
    settings = load_settings(data=data)
    log = GapLog(settings.folder)
    if forget:
        forgotten = log.forget()
        found: dict[str, Any] = {"forgotten": forgotten}
        text = gaps_command.FORGOTTEN if forgotten else gaps_command.NOTHING
    else:
        report, recording = log.report(), settings.gaps
        found = gaps_command.as_object(report, recording=recording)
        text = gaps_command.as_text(report, recording=recording)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else text)


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
    except (SettingsError, RequestError) as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(2)
    except IndexerError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
