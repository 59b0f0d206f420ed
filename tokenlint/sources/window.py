"""Large inputs as overlapping windows, so that memory stays bounded whatever the length.

A window ends, and the next one starts, at a line's start where one is near, else beside a space, quote or comma, so
that no credential is cut in two; where neither is near (one endless word) it is cut between two characters. Two
neighbours share at least `OVERLAP` bytes. A match that lies in the shared part is seen twice, with the same line and
column.

Text in UTF-16 or UTF-32 that says so by a byte order mark is cut between its characters, and each window starts with
the mark.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tokenlint.sources.reading import WINDOW

OVERLAP = 64 << 10
_AHEAD = 4
_BREAK = re.compile(rb"[\s\"'`,;<>(){}\[\]]")


@dataclass(frozen=True)
class Window:
    """Bytes, and the 1-based line and column (in characters) at which they start."""

    data: bytes
    line: int
    column: int


@dataclass(frozen=True)
class _Text:
    """How the bytes spell characters."""

    codec: str
    unit: int
    mark: bytes

    def newline(self) -> bytes:
        return "\n".encode(self.codec)


_PLAIN = _Text("utf-8", 1, b"")
_MARKED = (
    _Text("utf-32-le", 4, codecs.BOM_UTF32_LE),
    _Text("utf-32-be", 4, codecs.BOM_UTF32_BE),
    _Text("utf-16-le", 2, codecs.BOM_UTF16_LE),
    _Text("utf-16-be", 2, codecs.BOM_UTF16_BE),
)


def windows(
    read: Callable[[int], bytes], size: int = WINDOW, overlap: int = OVERLAP, at: tuple[int, int] = (1, 1)
) -> Iterator[Window]:
    """The windows of what `read(n)` gives (at most n bytes, b"" at the end); `at` is the line and column where it
    starts. An overlap of more than a quarter of the size is made smaller."""
    assert size >= 16, "smaller windows would not get past a character"
    overlap = min(overlap, size // 4)
    data = _fill(read, b"", size + _AHEAD)
    text = next((t for t in _MARKED if data.startswith(t.mark)), _PLAIN)
    data = data[len(text.mark) :]
    line, column = at
    while True:
        data = _fill(read, data, size + _AHEAD)
        if len(data) <= size:
            yield Window(text.mark + data, line, column)
            return
        end = _cut(data, size, text, overlap)
        yield Window(text.mark + data[:end], line, column)
        start = _cut(data, end - overlap, text, overlap)
        line, column = _advance(data[:start], text, line, column)
        data = data[start:]


def _fill(read: Callable[[int], bytes], data: bytes, size: int) -> bytes:
    """`data` and what follows it, `size` bytes in all or less at the end."""
    parts, missing = [data], size - len(data)
    while missing > 0:
        part = read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts) if len(parts) > 1 else data


def _cut(data: bytes, at: int, text: _Text, near: int) -> int:
    """The best place to cut at or shortly before `at`."""
    at -= at % text.unit
    newline, low = text.newline(), max(0, at - near)
    found = data.rfind(newline, low, at)
    while found != -1 and found % text.unit:
        found = data.rfind(newline, low, found + len(newline) - 1)
    if found != -1:
        return found + len(newline)
    if text.unit == 1:
        low = max(0, at - min(near, 4096))
        ends = [m.end() for m in _BREAK.finditer(data, low, at)]
        if ends:
            return ends[-1]
    return _between(data, at, text)


def _between(data: bytes, at: int, text: _Text) -> int:
    """`at`, or just before it where it would fall into a character."""
    if text.unit == 1:
        back = next((n for n in range(4) if at - n <= 0 or data[at - n] & 0xC0 != 0x80), 0)
        return at - back
    if text.unit == 2 and at + 1 < len(data):  # else it is cut off in the middle of a character
        high = data[at + 1] if text.codec.endswith("le") else data[at]
        return at - 2 if 0xDC <= high <= 0xDF and at >= 2 else at
    return at


def _advance(passed: bytes, text: _Text, line: int, column: int) -> tuple[int, int]:
    """Line and column after the bytes `passed`."""
    if text.unit > 1:
        head, newline, rest = passed.decode(text.codec, "replace").rpartition("\n")
        return (line + head.count("\n") + 1, len(rest) + 1) if newline else (line, column + len(rest))
    last = passed.rfind(b"\n")
    length = len(passed[last + 1 :].decode("utf-8", "surrogateescape"))
    return (line, column + length) if last == -1 else (line + passed.count(b"\n"), length + 1)


__all__ = ["OVERLAP", "WINDOW", "Window", "windows"]
