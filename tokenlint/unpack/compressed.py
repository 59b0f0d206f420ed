"""Single compressed streams: gzip, bzip2, xz, lzma and zstd, read in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenlint.unpack.limits import MIB
from tokenlint.unpack.names import content, inner
from tokenlint.unpack.stream import CHUNK, Member, Read, Reader, metered

_MEMORY = 128 * MIB
"""The most memory that a decoder may ask for: xz and zstd headers may claim gigabytes."""


def opened(member: Member, kind: str) -> Iterator[Member]:
    """The one member that the stream holds."""
    source = member.reader
    start = source.position
    read = metered(_read(source, kind), source.budget, lambda: source.position - start)
    path, encoded = inner(member.path, content(member.path))
    yield Member(
        path,
        Reader(read, source.budget),
        (*member.chain, kind),
        encoded or member.path_encoded,
        member.origin,
        outer=member.path,
    )


def _read(source: Any, kind: str) -> Read:
    """Reads that hand out what they have before they raise: `read` of the standard readers would throw it away."""
    if kind == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=source).read1
    if kind == "zstd":
        return _zstd(source)
    if kind == "bzip2":
        import bz2

        return _Streams(source, bz2.BZ2Decompressor).read
    import lzma

    return _Streams(source, lambda: lzma.LZMADecompressor(memlimit=_MEMORY)).read


class _Streams:
    """Concatenated bzip2 or xz streams, with zero padding between them, as one; the standard readers set no memory limit."""

    def __init__(self, source: Any, start: Any) -> None:
        self._source, self._start = source, start
        self._decoder, self._rest = start(), b""

    def read(self, count: int) -> bytes:
        while True:
            if self._decoder.eof:
                self._rest = self._decoder.unused_data or self._rest
                if not self._next():
                    return b""
            data = self._rest
            self._rest = b""
            if not data and self._decoder.needs_input:
                data = self._source.read(CHUNK)
                if not data:
                    raise EOFError
            out: bytes = self._decoder.decompress(data, count)
            if out:
                return out

    def _next(self) -> bool:
        rest = self._rest.lstrip(b"\x00")
        while not rest:
            more = self._source.read(CHUNK)
            if not more:
                return False
            rest = more.lstrip(b"\x00")
        self._decoder, self._rest = self._start(), rest
        return True


def _zstd(source: Reader) -> Read:
    import zstandard

    frames: Any = _Frames(source)
    decoder = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    stream = decoder.stream_reader(frames, read_size=CHUNK, read_across_frames=True)

    def read(count: int) -> bytes:
        data: bytes = stream.read1(count)
        if not data and not frames.complete:
            raise EOFError
        return data

    return read


class _Frames:
    """Follows the frames of a zstd stream as it is read: the library takes one that breaks off for its end."""

    def __init__(self, source: Reader) -> None:
        self._source, self._have = source, b""
        self._need, self._skip, self._then, self._checksum = 4, 0, self._magic, 0

    def read(self, count: int) -> bytes:
        data = self._source.read(count)
        self._follow(data)
        return data

    @property
    def complete(self) -> bool:
        """Whether a frame has just ended (or something that is none began, which the library says itself)."""
        return self._then == self._magic and not self._skip and not self._have

    def _follow(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            if self._skip:
                passed = min(self._skip, len(data) - at)
                self._skip, at = self._skip - passed, at + passed
                continue
            taken = data[at : at + self._need - len(self._have)]
            self._have, at = self._have + taken, at + len(taken)
            if len(self._have) == self._need:
                have, self._have = self._have, b""
                self._then(have)

    def _magic(self, have: bytes) -> None:
        if have[1:] == b"\x2a\x4d\x18" and have[0] & 0xF0 == 0x50:  # a frame to be skipped
            self._need, self._then = 4, self._skippable
        else:
            self._need, self._then = 1, self._descriptor

    def _skippable(self, have: bytes) -> None:
        self._skip, self._need, self._then = int.from_bytes(have, "little"), 4, self._magic

    def _descriptor(self, have: bytes) -> None:
        single, size = have[0] >> 5 & 1, have[0] >> 6
        self._skip = (0 if single else 1) + (0, 1, 2, 4)[have[0] & 3] + ((1 if single else 0), 2, 4, 8)[size]
        self._checksum = 4 * (have[0] >> 2 & 1)
        self._need, self._then = 3, self._block

    def _block(self, have: bytes) -> None:
        head = int.from_bytes(have, "little")
        self._skip = 1 if head >> 1 & 3 == 1 else head >> 3  # a run stands as one byte
        if head & 1:
            self._skip += self._checksum
            self._need, self._then = 4, self._magic
