"""What a data folder holds: the live index and the pages by state."""

from __future__ import annotations

from collections import Counter
from typing import Any

from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.runs import runs_at_work
from indexer.store import Store


def status(data: DataFolder) -> dict[str, Any]:
    """The live generation, those kept for rollback, pages by state and reason, runs at work.

    Raises IndexNotFoundError when nothing was published yet.
    """
    live = data.live()
    manifest = Manifest.read(live.manifest)
    store = Store(data.store)
    try:
        states = Counter(
            page.state if page.reason is None else f"{page.state}: {page.reason}"
            for page in store.pages()
        )
        withdrawn = sorted(store.withdrawn())
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
        "withdrawn": withdrawn,
        "runs": [
            {name: run[name] for name in ("run_id", "state", "stage", "done", "total", "heartbeat")}
            for run in runs_at_work(data)
        ],
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
        *(f"Withdrawn: {url}" for url in found["withdrawn"]),
        *(
            f"Run {run['run_id']} is {run['state']}: {run['stage'] or 'starting'}"
            f" {run['done']} of {run['total'] or '?'}, last seen {run['heartbeat']}"
            for run in found["runs"]
        ),
    ]
    return "\n".join(lines)
