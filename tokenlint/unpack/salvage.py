"""Zip archives whose directory is missing or damaged: members are read from the front, by their own headers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from tokenlint.blob import Problem, Skip
from tokenlint.unpack.limits import Stop
from tokenlint.unpack.names import inner
from tokenlint.unpack.stream import CHUNK, Member, Reader, metered

_SIGNATURE = b"PK\x03\x04"
_STORED, _DEFLATED = 0, 8


def members(member: Member, file: BinaryIO) -> Iterator[Member | Skip | Problem]:
    """What can still be read, then a Stop that says what happened."""
    at = 0
    while (at := _following(file, at, member.reader)) >= 0:
        file.seek(at)
        head = file.read(30)
        if len(head) < 30:
            break
        flags, method, packed, names, extra = struct.unpack("<6xHH8xL4xHH", head)
        name = file.read(names)
        path, encoded = inner(member.path, name.decode("utf-8", "surrogateescape"))
        body = _Body(file, at + 30 + names + extra, packed if method == _STORED else None)
        at += 4
        if flags & 1:
            yield Skip(path, "encrypted")
        elif method not in (_STORED, _DEFLATED):
            yield Problem(path, "a compression method that is not supported in a damaged zip")
        elif not name.endswith(b"/"):
            read = metered(body.read, member.reader.budget, lambda body=body: body.taken)  # type: ignore[misc]
            reader = Reader(read, member.reader.budget)
            yield Member(path, reader, (*member.chain, "zip"), encoded or member.path_encoded, member.origin)
            at = max(at, body.end)
    raise Stop("damaged zip (no directory); its members were read as far as they go", member)


def _following(file: BinaryIO, at: int, reader: Reader) -> int:
    """Where the next header starts from `at` on, -1 for none."""
    file.seek(at)
    kept = b""
    while data := file.read(CHUNK):
        reader.budget.tick()
        found = (kept + data).find(_SIGNATURE)
        if found >= 0:
            return at - len(kept) + found
        at += len(data)
        kept = (kept + data)[-3:]
    return -1


class _Body:
    """The bytes of one member: as many as stated, or as many as deflate takes."""

    def __init__(self, file: BinaryIO, start: int, stored: int | None) -> None:
        self._file, self._start, self._at, self._left = file, start, start, stored
        self._inflate = zlib.decompressobj(-15)

    @property
    def taken(self) -> int:
        return self._at - self._start

    @property
    def end(self) -> int:
        """Where the search for the next member goes on: behind what was read of this one."""
        if self._left is not None:
            return self._at + self._left
        return self._at - len(self._inflate.unused_data) - len(self._inflate.unconsumed_tail)

    def read(self, count: int) -> bytes:
        if self._left is not None:
            data = self._more(min(count, self._left)) if self._left else b""
            self._left -= len(data)
            return data
        while not self._inflate.eof:
            data = self._inflate.decompress(self._inflate.unconsumed_tail or self._more(16384), count)
            if data:
                return data
        return b""

    def _more(self, count: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(count)
        self._at += len(data)
        if not data:
            raise EOFError
        return data
