"""Single compressed streams: gzip, bzip2, xz, lzma and zstd, read in bounded memory."""

from __future__ import annotations

import sys
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
        return _Streams(source, _zstd).read
    if kind == "bzip2":
        import bz2

        return _Streams(source, bz2.BZ2Decompressor).read
    import lzma

    return _Streams(source, lambda: lzma.LZMADecompressor(memlimit=_MEMORY)).read


class _Streams:
    """Concatenated bzip2, xz or zstd streams, with zero padding between them, as one; the standard readers set no memory
    limit."""

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


def _zstd() -> Any:
    """A decoder of one frame (from Python 3.14 on in the standard library) that is allowed `_MEMORY`."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _MEMORY.bit_length() - 1})
