"""What the operator's commands share: their group, common options, settings and encoder."""

from __future__ import annotations

import json
from typing import Any

import click

from indexer.converted_encoder import fastest
from indexer.encoder import Encoder, SentenceTransformerEncoder
from indexer.layout import DataFolder
from indexer.settings import IndexerSettings, load_settings

data_option = click.option(
    "--data", metavar="DIR", help="Data folder (default: NET_DATA, else data)."
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Index sites for semantic search."""


def encoder_of(settings: IndexerSettings) -> Encoder:
    """The encoder that the settings name. Raises EncoderError."""
    plain = SentenceTransformerEncoder(settings.encoder, batch_size=settings.batch_size)
    return fastest(plain, settings.folder.encoders)


def folder_of(data: str | None) -> DataFolder:
    """The data folder that ``--data`` or the environment names."""
    return load_settings(data=data).folder


def say(found: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Tell what a command found or did, on standard output."""
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else text)
