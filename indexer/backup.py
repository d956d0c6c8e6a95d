"""Copy a data folder that is in use: the store, the live index and the list of withdrawn pages.

The copy is a data folder itself. What else is in one can be made again from these.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from indexer.errors import ConfigurationError, IndexInvalidError
from indexer.layout import DataFolder, sync_folder, sync_tree, write_durably
from indexer.store import Store
from indexer.verify import verify
from indexer.withdraw import tell_service

_TRIES = 3  # an index may be pruned while it is copied


def backup(data: DataFolder, target: Path) -> str:
    """Write a copy into a new or empty folder; the build that is live in it.

    Raises ConfigurationError when the folder holds something, IndexNotFoundError when nothing was
    published, IndexInvalidError when what was copied is not whole.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ConfigurationError(
            f"{target} is not an empty folder; a backup is written to a new one"
        )
    # Under another name until it is whole: what broke off must not look like a backup.
    unfinished = target.absolute().with_name(f".{target.absolute().name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        live = _copy(data, DataFolder(unfinished, data.vectors_at))
        sync_tree(unfinished)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    sync_folder(target.absolute().parent)
    return live


def _copy(data: DataFolder, copy: DataFolder) -> str:
    data.live()  # there is something to copy
    copy.create()
    live = _copy_live(data, copy)
    store = Store(data.store)
    try:
        store.copy_to(copy.store)
    finally:
        store.close()
    copied = Store(copy.store)
    try:
        tell_service(copy, copied)
    finally:
        copied.close()
    if wrong := verify(copy):
        raise IndexInvalidError(f"the backup of {data.root} is not whole: " + "; ".join(wrong))
    return live


def _copy_live(data: DataFolder, copy: DataFolder) -> str:
    for _ in range(_TRIES):
        live = data.live()
        folder = copy.index / live.build_id
        try:
            shutil.copytree(live.folder, folder)
        except (FileNotFoundError, shutil.Error):
            shutil.rmtree(folder, ignore_errors=True)
            continue
        write_durably(copy.current, live.build_id + "\n")
        return live.build_id
    raise IndexInvalidError(f"the live index of {data.root} could not be copied; try again")
