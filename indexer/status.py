"""What a data folder holds: the live index and the pages by state."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.store import Store


def status(root: Path) -> dict[str, Any]:
    """The live generation, those kept for rollback, and pages by state and reason.

    Raises IndexNotFoundError when nothing was published yet.
    """
    data = DataFolder(root)
    live = data.live()
    manifest = Manifest.read(live.manifest)
    store = Store(data.store)
    try:
        states = Counter(
            page.state if page.reason is None else f"{page.state}: {page.reason}"
            for page in store.pages()
        )
    finally:
        store.close()
    return {
        "build_id": manifest.build_id,
        "created_at": manifest.created_at,
        "encoder": manifest.encoder.id,
        "pages": manifest.pages,
        "passages": manifest.passages,
        "sources": list(manifest.sources),
        "generations": [generation.build_id for generation in data.generations()],
        "states": dict(sorted(states.items())),
    }


def text(found: dict[str, Any]) -> str:
    """The status as an operator reads it."""
    lines = [
        f"Live: {found['build_id']}, {found['pages']} pages, {found['passages']} passages,"
        f" published {found['created_at']}",
        f"Encoder: {found['encoder']}",
        f"Sources: {', '.join(found['sources'])}",
        f"Kept generations: {', '.join(found['generations'])}",
        *(f"{count:6} {state}" for state, count in found["states"].items()),
    ]
    return "\n".join(lines)
