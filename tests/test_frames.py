from __future__ import annotations

import io

import pytest

from indexer.frames import Outlet, fetched_of, left_out_of, read_frame, write_frame
from indexer.records import Drop, Fetched, LeftOut

PAGE = Fetched("http://a/", "http://a/b", 200, "text/html", b"\x00\xff" * 9, '"é"', robots_tag="x")


def test_frames_come_back_as_they_were() -> None:
    stream = io.BytesIO()
    outlet = Outlet(stream)
    dropped = Fetched("http://a/c", "http://a/c", drop=Drop.ROBOTS, detail="forbidden")
    outlet.fetched(PAGE)
    outlet.fetched(dropped)
    outlet.lastmod({"http://a/": "2024"})
    outlet.links("http://a/", ("http://a/c",))
    outlet.log(30, "line")
    outlet.end()
    stream.seek(0)
    frames = []
    while frame := read_frame(stream):
        frames.append(frame)
    assert [fetched_of(*frame) for frame in frames[:2]] == [PAGE, dropped]
    assert isinstance(fetched_of(*frames[1]).drop, Drop)
    assert [head for head, _ in frames[2:]] == [
        {"kind": "lastmod", "dates": {"http://a/": "2024"}},
        {"kind": "links", "url": "http://a/", "links": ["http://a/c"]},
        {"kind": "log", "level": 30, "message": "line"},
        {"kind": "end"},
    ]


def test_a_stream_that_ends_inside_a_frame() -> None:
    stream = io.BytesIO()
    write_frame(stream, {"a": 1}, b"body")
    whole = stream.getvalue()
    assert read_frame(io.BytesIO(whole)) == ({"a": 1}, b"body")
    assert read_frame(io.BytesIO()) is None
    for size in range(1, len(whole)):
        with pytest.raises(EOFError):
            read_frame(io.BytesIO(whole[:size]))


def test_what_was_left_out_together_is_told() -> None:
    left = LeftOut(Drop.TRAP, "/day/#/", 7, "exclude them")
    stream = io.BytesIO()
    Outlet(stream).left_out(left)
    stream.seek(0)
    frame = read_frame(stream)
    assert frame is not None
    assert left_out_of(frame[0]) == left
