"""Where everything is in a data folder, and how a file or a name is put there for good."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from indexer.errors import BusyError, IndexNotFoundError, StoreError

WITHDRAWN = "withdrawn.json"

EMBEDDED = "embedded"  # the vectors are in the generation's folder
_LOCK_POLL = 0.1  # seconds between two looks at a lock that somebody holds
UNFINISHED = ".new-"  # before the name of a generation that is not published yet
_BUILD_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Generation:
    """The files of one index. They never change once the folder has its final name."""

    folder: Path
    vectors_at: str = EMBEDDED  # else the address of the server that has the vectors

    @property
    def build_id(self) -> str:
        return self.folder.name.removeprefix(UNFINISHED)

    @property
    def manifest(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def passages(self) -> Path:
        return self.folder / "passages.jsonl"

    @property
    def vectors(self) -> Path:
        return self.folder / "vectors.faiss"

    @property
    def whole_vectors(self) -> Path:
        """The vectors as they are, where the index has them rounded."""
        return self.folder / "vectors.f32"

    @property
    def columns(self) -> Path:
        return self.folder / "columns.npz"

    @property
    def keyword(self) -> Path:
        return self.folder / "keyword"

    @property
    def lexicon(self) -> Path:
        return self.folder / "lexicon.json"

    @property
    def outline(self) -> Path:
        return self.folder / "outline.npz"

    def digests(self) -> dict[str, str]:
        """SHA-256 of every file but the manifest, by path inside the folder."""
        files = (file for file in self.folder.rglob("*") if file.is_file())
        return {
            file.relative_to(self.folder).as_posix(): sha256_of(file)
            for file in sorted(files)
            if file != self.manifest and not file.name.endswith(".lock")
        }


@dataclass(frozen=True, slots=True)
class DataFolder:
    """A data folder: one place to back up or delete."""

    root: Path
    vectors_at: str = EMBEDDED  # where those of its indexes are

    @property
    def store(self) -> Path:
        return self.root / "store.sqlite"

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def current(self) -> Path:
        """The file that names the live generation."""
        return self.index / "CURRENT"

    @property
    def withdrawn(self) -> Path:
        """The file that lists the withdrawn pages for the running service."""
        return self.root / WITHDRAWN

    @property
    def gaps(self) -> Path:
        """What was looked for and not found, counted by the service if it may."""
        return self.root / "gaps.sqlite"

    @property
    def encoders(self) -> Path:
        """Encoders as they run without torch; made again where they are missing."""
        return self.root / "encoders"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def create(self) -> None:
        """Make the folders that a run writes to. Raises StoreError when that is impossible."""
        try:
            for folder in (self.root, self.index, self.runs):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.root / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StoreError(
                f"cannot write to the data folder {self.root}: {error.strerror}; give another one"
                " with --data or NET_DATA, or change its permissions"
            ) from error

    def live(self) -> Generation:
        """The live generation. Raises IndexNotFoundError when none was ever published."""
        try:
            name = self.current.read_text(encoding="ascii").strip()
        except FileNotFoundError as error:
            raise IndexNotFoundError(
                f"no index in {self.root}: run `python -m indexer run --data {self.root}` first,"
                " or name the right folder with --data or NET_DATA"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"cannot read {self.current}: {error}") from error
        if not _BUILD_ID.fullmatch(name):
            raise StoreError(f"{self.current} does not name a build: {name[:80]!r}")
        return self.generation(name)

    def generations(self) -> list[Generation]:
        """All complete generations, oldest first."""
        if not self.index.is_dir():
            return []
        names = [folder.name for folder in self.index.iterdir() if folder.is_dir()]
        return [self.generation(name) for name in sorted(filter(_BUILD_ID.fullmatch, names))]

    def generation(self, name: str) -> Generation:
        """The generation in the folder of this name, which need not be there."""
        return Generation(self.index / name, self.vectors_at)

    def unfinished(self) -> list[Generation]:
        """What a publish that was cut off left behind."""
        return [self.generation(each.name) for each in self.index.glob(f"{UNFINISHED}*")]

    @contextmanager
    def locked(self, *, patience: float = 0.0) -> Iterator[None]:
        """Hold this folder's one run. A crash leaves no lock behind: the kernel lets go of it.

        Raises BusyError when another run still holds it after ``patience`` seconds.
        """
        until = time.monotonic() + patience
        with (self.root / ".lock").open("w") as file:
            while not try_lock(file, fcntl.LOCK_EX):
                if time.monotonic() >= until:
                    raise BusyError(
                        f"another run is working on {self.root}; wait for it, or use another --data"
                    )
                time.sleep(_LOCK_POLL)
            yield

    @contextmanager
    def scratch(self, clear: Callable[[DataFolder], None]) -> Iterator[DataFolder]:
        """An empty data folder inside this one, for what is only tried; deleted afterwards.

        ``clear`` deletes what its indexes have elsewhere. Raises BusyError when another process
        has it.
        """
        self.create()
        folder = DataFolder(self.root / ".plan", self.vectors_at)
        with (self.root / ".plan.lock").open("w") as file:
            if not try_lock(file, fcntl.LOCK_EX):
                raise BusyError(f"another plan is being made in {self.root}; wait for it")
            clear(folder)  # what a killed one left behind
            shutil.rmtree(folder.root, ignore_errors=True)
            folder.create()
            try:
                yield folder
            finally:
                clear(folder)
                shutil.rmtree(folder.root, ignore_errors=True)


def try_lock(file: IO[Any], kind: int) -> bool:
    """Whether a lock of ``fcntl``'s kind could be had at once; it is held until the file closes."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def write_durably(path: Path, text: str) -> None:
    """Put a text file in place by one rename: a reader sees the old one or the new one, whole."""
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make every file under a folder survive a power cut."""
    for path in [folder, *folder.rglob("*")]:
        sync_folder(path)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
