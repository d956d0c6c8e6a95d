"""Unpacking what a server compressed, never past a limit, and only what is whole."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_CODINGS = 2  # on top of each other; each may blow a body up to the limit once more
MOST_PARTS = 100  # gzip members or zstd frames in a row, all of which may be empty
_LARGEST_WINDOW = 23  # 8 MiB as a power of two: what the zstd coding allows (RFC 9659)
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's names of the three forms


class TooLargeError(ValueError):
    """A body that is larger, unpacked, than it may be."""


def unpack(body: bytes, codings: Sequence[str], limit: int) -> bytes:
    """A body without its content codings, given in the order they were applied.

    At no point more than ``limit`` bytes are made of it. Raises TooLargeError when it is larger,
    KeyError for a coding that is not known, and ValueError for what is broken or breaks off.
    """
    if len(codings) > MOST_CODINGS:
        raise ValueError(f"{len(codings)} content codings on top of each other")
    for coding in reversed(codings):
        decode = _CODINGS[coding]
        if not body:
            return body  # an empty answer is often called compressed
        try:
            body = decode(body, limit)
        except (zlib.error, zstd.ZstdError, brotli.error) as error:
            raise ValueError(f"no {coding}: {error}") from error
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    return _parts(body, limit, lambda: zlib.decompressobj(_GZIP), b"\x1f\x8b")


def _zstd(body: bytes, limit: int) -> bytes:
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW}
    return _parts(body, limit, lambda: zstd.ZstdDecompressor(options=options), b"\x28\xb5\x2f\xfd")


def _deflate(body: bytes, limit: int) -> bytes:
    try:
        return _parts(body, limit, lambda: zlib.decompressobj(_ZLIB), None)
    except zlib.error:  # some servers send it bare
        return _parts(body, limit, lambda: zlib.decompressobj(_RAW), None)


def _parts(body: bytes, limit: int, start: Callable[[], Any], magic: bytes | None) -> bytes:
    """All parts in a row that begin with ``magic``; what follows the last is padding."""
    found = bytearray()
    for _ in range(MOST_PARTS):
        part = start()
        found += part.decompress(body, limit + 1 - len(found))
        if len(found) > limit:
            raise TooLargeError(f"more than {limit:,} bytes unpacked")
        if not part.eof:
            raise ValueError("it breaks off before its end")
        body = part.unused_data
        if magic is None or not body.startswith(magic):
            return bytes(found)
    raise ValueError(f"more than {MOST_PARTS} compressed parts")


def _brotli(body: bytes, limit: int) -> bytes:
    unpacker = brotli.Decompressor()
    found = bytearray()
    while not unpacker.is_finished():
        piece = unpacker.process(body, output_buffer_limit=limit + 1 - len(found))
        found += piece
        if len(found) > limit:
            raise TooLargeError(f"more than {limit:,} bytes unpacked")
        if not piece and not body:
            raise ValueError("it breaks off before its end")
        body = b""
    return bytes(found)


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
ACCEPTED = ", ".join(coding for coding in _CODINGS if coding != "x-gzip")
