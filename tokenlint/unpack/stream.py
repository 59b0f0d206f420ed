"""Members of containers and the bytes they are read from (standard library only)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from tokenlint.unpack.limits import MIB, Budget, Stop

CHUNK = 256 << 10
Read = Callable[[int], bytes]


class Reader:
    """Sequential bytes with look-ahead. `file` gives random access where the bytes have it for nothing.

    Whatever the underlying format raises while it is read becomes a Stop that belongs to `owner`.
    """

    def __init__(self, read: Read, budget: Budget, *, file: BinaryIO | None = None) -> None:
        self._read, self.budget, self.file = read, budget, file
        self._ahead = b""
        self.position = 0
        """Bytes handed out so far."""
        self.owner: object = None
        self._stop: Stop | None = None

    def _more(self, count: int) -> bytes:
        if self._stop is not None:
            raise self._stop
        self.budget.tick()
        try:
            return self._read(count)
        except Stop as stop:
            stop.owner = self.owner if stop.owner is SELF else stop.owner
            raise
        except Exception as error:
            raise Stop(damage(error), self.owner) from None

    def peek(self, count: int) -> bytes:
        """The next bytes, at most `count`, without taking them. What stops the reading is said once they are taken."""
        parts, size = [self._ahead], len(self._ahead)
        try:
            while size < count and (more := self._more(count - size)):
                parts.append(more)
                size += len(more)
        except Stop as stop:
            self._stop = stop
        self._ahead = b"".join(parts) if len(parts) > 1 else self._ahead
        return self._ahead[:count]

    def check(self) -> None:
        """Raise what stopped the looking ahead: for what is not read on."""
        if self._stop is not None:
            raise self._stop

    def read(self, count: int = -1) -> bytes:
        """Take up to `count` bytes, fewer only where the format gives fewer; b"" at the end."""
        if count is None or count < 0:
            raise ValueError("a reader is never read whole")
        if self._ahead:
            data, self._ahead = self._ahead[:count], self._ahead[count:]
        else:
            data = self._more(count)
        self.position += len(data)
        return data

    def whole(self) -> bytes:
        """All bytes, for formats that need random access; Stop beyond `limits.buffer`."""
        limit, parts, size = self.budget.limits.buffer, [], 0
        while data := self.read(CHUNK):
            parts.append(data)
            size += len(data)
            if size > limit:
                raise Stop(f"limit buffer: needs random access and has more than {limit} bytes; not read", self.owner)
        return b"".join(parts)

    def random_access(self) -> BinaryIO:
        """The bytes as a seekable file, standing at its start."""
        if self.file is None:
            return io.BytesIO(self.whole())
        self.file.seek(0)
        return self.file


SELF = object()
"""As owner of a Stop: whoever reads the stream that raised it."""


def metered(read: Read, budget: Budget, taken: Callable[[], int]) -> Read:
    """`read` of decompressed bytes, held to the limits on ratio and total; `taken` tells the compressed bytes so far."""
    out = 0

    def measured(count: int) -> bytes:
        nonlocal out
        data = read(count)
        out += len(data)
        budget.spend(len(data))
        if out > MIB and out > budget.limits.ratio * max(1, taken()):
            ratio = budget.limits.ratio
            raise Stop(f"limit ratio: unpacks to more than {ratio} times its size; the rest was not read", SELF)
        return data

    return measured


@dataclass(eq=False)
class Member:
    """Something to read: an outermost blob, a member of a container, or what a compressed stream holds."""

    path: str
    reader: Reader
    chain: tuple[str, ...] = ()
    path_encoded: bool = False
    origin: Any = None
    """The outermost Blob."""
    outer: str | None = None
    """The path of the compressed stream whose content this is: a tar in it is named by that path alone."""
    line: int = 1
    column: int = 1

    def __post_init__(self) -> None:
        self.reader.owner = self


_WORDS = {
    "EOFError": "truncated",
    "error": "damaged compressed data",
    "BadGzipFile": "damaged compressed data",
    "LZMAError": "damaged compressed data",
    "ZstdError": "damaged compressed data",
    "OSError": "damaged compressed data",
    "BadZipFile": "damaged zip",
    "ReadError": "damaged tar",
    "DatabaseError": "damaged database",
    "ChecksumError": "damaged (its checksum does not fit)",
    "UnicodeDecodeError": "damaged (text that does not decode)",
    "NotImplementedError": "a compression method that is not supported",
    "MemoryError": "needs more memory than there is",
    "RecursionError": "nested too deeply",
}


def damage(error: BaseException) -> str:
    """Why reading failed, in words that hold nothing of the input."""
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot be read: {os.strerror(error.errno)}"
    name = type(error).__name__
    return _WORDS.get(name, f"damaged ({name})")
