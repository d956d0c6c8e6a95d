"""The generations of a data folder: list them, go back to one, delete old ones."""

from __future__ import annotations

from typing import Any

from indexer.encoder import Encoder
from indexer.errors import ConfigurationError, IndexInvalidError
from indexer.layout import DataFolder
from indexer.manifest import Manifest
from indexer.publish import check, make_current
from indexer.store import Store
from indexer.withdraw import publish_without_withdrawn


def history(data: DataFolder) -> list[dict[str, Any]]:
    """Every generation, newest first. Raises IndexNotFoundError when nothing was published."""
    live = data.live().build_id
    found = []
    for generation in reversed(data.generations()):
        entry: dict[str, Any] = {
            "build_id": generation.build_id,
            "live": generation.build_id == live,
        }
        try:
            manifest = Manifest.read(generation.manifest)
        except IndexInvalidError as error:
            found.append({**entry, "error": str(error)})
            continue
        found.append(
            {
                **entry,
                "created_at": manifest.created_at,
                "pages": manifest.pages,
                "passages": manifest.passages,
                "encoder": manifest.encoder.id,
                "sources": list(manifest.sources),
                "forced": list(manifest.forced),
            }
        )
    return found


def history_text(entries: list[dict[str, Any]]) -> str:
    """The history as an operator reads it."""
    lines = []
    for each in entries:
        mark = "live" if each["live"] else "    "
        about = each.get("error") or (
            f"{each['created_at']}  {each['pages']} pages, {each['passages']} passages"
            + (", forced" if each["forced"] else "")
        )
        lines.append(f"{mark}  {each['build_id']}  {about}")
    return "\n".join(lines)


def rollback(data: DataFolder, build_id: str | None, encoder: Encoder) -> str:
    """Make an earlier generation live (None: the one before the live one); the live build then.

    Pages that were withdrawn since are left out, in a new generation. Raises ConfigurationError
    when there is no such generation, IndexInvalidError when it is damaged or of another encoder.
    """
    with data.locked():
        live = data.live().build_id
        known = {each.build_id: each for each in data.generations()}
        before = [each for each in sorted(known) if each < live]
        wanted = build_id or (before[-1] if before else "")
        if wanted not in known:
            names = ", ".join(sorted(known))
            what = f"no build {build_id}" if build_id else f"no build before the live {live}"
            raise ConfigurationError(f"{what} is kept (kept: {names})")
        store = Store(data.store)
        try:
            chosen = publish_without_withdrawn(data, known[wanted], encoder, store)
        finally:
            store.close()
        check(chosen, encoder)
        make_current(data, chosen)
        return chosen.build_id
