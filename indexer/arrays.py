"""Arrays in one file, under their names; large ones are mapped, so that processes share them."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from indexer.strings import Strings

# Bytes from which a file is mapped rather than read. Smaller ones are read: whoever cuts a mapped
# file off ends every process that looks at it.
MAPPED_FROM = 64 << 20
_NAME_LENGTHS = slice(26, 30)  # of a member's local header, which is 30 bytes and these
_HEADER = 30

Arrays = dict[str, NDArray[Any]]


def write_arrays(file: Path, given: Mapping[str, NDArray[Any] | Strings]) -> None:
    """Write arrays, uncompressed; of texts their letters and where each begins."""
    arrays: Arrays = {}
    for name, value in given.items():
        if isinstance(value, Strings):
            arrays |= {name: value.letters, f"{name}_at": value.at}
        else:
            arrays[name] = value
    np.savez(file, **arrays)  # type: ignore[arg-type]


def read_arrays(file: Path) -> Arrays:
    """Raises OSError, ValueError, KeyError or TypeError when the file is none of these."""
    try:
        if file.stat().st_size >= MAPPED_FROM:
            return _mapped(file)
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as given:
            return {name: given[name] for name in given.files}
    except (EOFError, AttributeError, zipfile.BadZipFile) as error:  # empty, or cut off
        raise ValueError(f"no arrays: {error}") from error


def strings_in(given: Arrays, name: str) -> Strings:
    """The texts written under a name. Raises KeyError."""
    return Strings(given[name], given[f"{name}_at"])


def _mapped(file: Path) -> Arrays:
    """Each array where it stands in the file, which NumPy does for a file of one array only."""
    found: Arrays = {}
    with zipfile.ZipFile(file) as members, file.open("rb") as opened:
        for member in members.infolist():
            opened.seek(member.header_offset)
            lengths = opened.read(_HEADER)[_NAME_LENGTHS]
            opened.seek(sum(np.frombuffer(lengths, dtype="<u2").tolist()), 1)
            version = npy.read_magic(opened)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = read(opened)
            found[member.filename.removesuffix(".npy")] = np.memmap(
                file, dtype, "r", opened.tell(), shape, "F" if fortran else "C"
            )
    return found
