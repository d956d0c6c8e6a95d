from __future__ import annotations

import gzip
import sys
import tracemalloc
import zlib

import brotli
import pytest

from indexer.unpack import MOST_PARTS, TooLargeError, unpack

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"<p>" + b"word and word again. " * 400


def _bare(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("coding", PACK)
def test_each_coding(coding: str) -> None:
    packed = PACK[coding](TEXT)
    assert unpack(packed, [coding], len(TEXT)) == TEXT
    assert unpack(b"", [coding], 1) == b""
    for cut in (len(packed) - 1, len(packed) // 2, 9):
        with pytest.raises(ValueError, match=r"breaks off|no "):
            unpack(packed[:cut], [coding], len(TEXT))
    for junk in (b"no such thing at all", b"\x00" * 99, packed[:8] + b"\xff" * 99):
        with pytest.raises(ValueError, match=r"breaks off|no "):
            unpack(junk, [coding], 10**6)


@pytest.mark.parametrize("coding", PACK)
def test_a_bomb_makes_no_more_than_the_limit(coding: str) -> None:
    bomb = PACK[coding](b"0" * 50_000_000)
    tracemalloc.start()
    with pytest.raises(TooLargeError, match="more than 100,000 bytes unpacked"):
        unpack(bomb, [coding], 100_000)
    # What the libraries allocate for themselves is a window of 8 MiB at most.
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_bare_deflate_and_padding() -> None:
    assert unpack(_bare(TEXT), ["deflate"], 10_000) == TEXT
    assert unpack(gzip.compress(TEXT) + b"\x00" * 512, ["gzip"], 10_000) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_parts_in_a_row(coding: str) -> None:
    assert unpack(PACK[coding](b"a") + PACK[coding](b"b"), [coding], 2) == b"ab"
    with pytest.raises(TooLargeError):
        unpack(PACK[coding](b"a") + PACK[coding](b"b"), [coding], 1)
    with pytest.raises(ValueError, match="more than 100 compressed parts"):
        unpack(PACK[coding](b"") * (MOST_PARTS + 1), [coding], 10)


def test_codings_on_top_of_each_other() -> None:
    assert unpack(brotli.compress(gzip.compress(TEXT)), ["gzip", "br"], 10_000) == TEXT
    bomb = gzip.compress(gzip.compress(b"0" * 50_000_000))
    with pytest.raises(TooLargeError):
        unpack(bomb, ["gzip", "gzip"], 100_000)
    with pytest.raises(ValueError, match="3 content codings"):
        unpack(bomb, ["gzip"] * 3, 100_000)
    with pytest.raises(KeyError):
        unpack(TEXT, ["compress"], 10_000)


def test_a_window_that_is_too_wide() -> None:
    wide = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    packer = zstd.ZstdCompressor(options=wide)
    packed = packer.compress(b"0" * 10) + packer.flush()
    with pytest.raises(ValueError, match="no zstd"):
        unpack(packed, ["zstd"], 10**6)
