"""Set up the environments of the other systems that ``benchmarks.bench`` measures, each once.

    python -m benchmarks.environments FOLDER

An environment is made anew when its requirements file has changed. One that cannot be made leaves
``NAME.failed`` beside it, which says why; the others are made, and measured, all the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import click

from indexer.layout import sha256_of

NAMES = ("txtai", "haystack")
_LONGEST = 1800.0  # seconds that an installation may take
_HERE = Path(__file__).resolve().parent


def environment_of(folder: Path, name: str) -> Path:
    """Where the environment of a system is, or will be."""
    return folder.resolve() / f"env-{name}"


def why_not(folder: Path, name: str) -> str:
    """Why a system has no environment; nothing if it has one."""
    if _stamp(folder, name).is_file():
        return ""
    failed = folder / f"{name}.failed"
    return failed.read_text(encoding="utf-8") if failed.is_file() else "it was not set up"


def set_up(folder: Path, name: str) -> None:
    """Make an environment, unless it is there already."""
    requirements = _HERE / f"requirements-{name}.txt"
    stamp, digest = _stamp(folder, name), sha256_of(requirements)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    environment = environment_of(folder, name)
    failed = folder / f"{name}.failed"
    failed.unlink(missing_ok=True)
    shutil.rmtree(environment, ignore_errors=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
    try:
        for command in (
            [sys.executable, "-m", "venv", str(environment)],
            [str(environment / "bin" / "python"), *install, str(requirements)],
        ):
            subprocess.run(  # noqa: S603 - our own commands
                command, check=True, capture_output=True, text=True, timeout=_LONGEST
            )
    except subprocess.CalledProcessError as error:
        failed.write_text(last_line(error.stderr), encoding="utf-8")
    except (OSError, subprocess.TimeoutExpired) as error:
        failed.write_text(str(error), encoding="utf-8")
    else:
        stamp.write_text(digest, encoding="ascii")


def last_line(text: str | None) -> str:
    """What a program said last, which is its error."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _stamp(folder: Path, name: str) -> Path:
    return environment_of(folder, name) / ".installed"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Set up what is missing, and say what failed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        click.echo(f"environment of {name}", err=True)
        set_up(folder, name)
        if reason := why_not(folder, name):
            click.echo(f"{name} cannot be set up: {reason}", err=True)


if __name__ == "__main__":
    main()
