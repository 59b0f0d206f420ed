"""String constants of compiled Python, without unmarshalling.

`marshal.loads` is not safe on foreign bytes and reads only the running version's. Printable runs alone would not do:
a string's type and length bytes are often printable and would stick to the front of the value. So the marshal format
is walked by its type codes and lengths, building nothing; where a file does not follow it, the printable runs of the
rest are taken.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from tokenlint.unpack.carve import carved
from tokenlint.unpack.limits import Budget

# A code object by the first magic number that has it: numbers, objects, numbers, objects.
_CODE = (
    (3450, (5, 8, 1, 2)),  # 3.11
    (3400, (6, 8, 1, 1)),  # 3.8
)
_SHORT, _OTHER, _LEAST = -1, -2, 6
_FIXED = {**dict.fromkeys(b"NFTS.0", 1), **dict.fromkeys(b"ir", 5), **dict.fromkeys(b"gI", 9), ord("y"): 17}
_SIZES = tuple(_FIXED.get(code, _SHORT if code in b"zZ" else _OTHER) for code in range(128))
_LONG = frozenset(b"suatA")
_NUMBERS, _OBJECTS, _PAIRS = 0, 1, 2


class _Foreign(Exception):
    """Bytes that do not follow the format."""


def strings(data: bytes, budget: Budget) -> bytes:
    """The text constants of a `.pyc`, one per line."""
    found: list[bytes] = []
    at = 16
    try:
        for at, text in _walk(data, budget):  # noqa: B007 - where the format is left is read below
            if len(text) >= _LEAST and b"\x00" not in text:
                found.append(text)
    except (_Foreign, struct.error, IndexError):
        read = carved(io.BytesIO(data[at:]).read)
        while more := read(1 << 20):
            found.append(more)
    return b"\n".join(found) + b"\n"


def _layout(data: bytes) -> tuple[int, int, int, int]:
    magic = struct.unpack_from("<H", data)[0]
    for first, fields in _CODE:
        if first <= magic < 4000:
            return fields
    raise _Foreign


def _walk(data: bytes, budget: Budget) -> Iterator[tuple[int, bytes]]:
    """(offset behind it, bytes) of each string. The stack holds what is still to come, so that nesting costs nothing."""
    layout = _layout(data)
    at, stack, turns = 16, [(_OBJECTS, 1)], 0
    while stack:
        what, count = stack.pop()
        turns += 1
        if turns % 4096 == 0:
            budget.tick()
        if what == _NUMBERS:
            at += 4 * count
        elif what == _PAIRS:
            if data[at] == 0x30:  # the end of a dictionary
                at += 1
            else:
                stack += [(_PAIRS, 1), (_OBJECTS, 2)]
        else:
            while count:
                count -= 1
                size = _SIZES[code := data[at] & 0x7F]
                if size == _SHORT:
                    start, at = at + 2, at + 2 + data[at + 1]
                    if at - start >= _LEAST:
                        yield at, data[start:at]
                elif size >= 0:
                    at += size
                else:
                    stack += [(_OBJECTS, count)] if count else []
                    at, text = _object(data, at + 1, code, layout, stack)
                    if text:
                        yield at, text
                    break
    if at > len(data):
        raise _Foreign


def _object(
    data: bytes, at: int, code: int, layout: tuple[int, int, int, int], stack: list[tuple[int, int]]
) -> tuple[int, bytes]:
    """Read the head of an object that has parts or a length: the offset behind it and its bytes if it is a string;
    its parts go on the stack."""
    if code == ord(")"):
        stack += [(_OBJECTS, data[at])] if data[at] else []
        return at + 1, b""
    if code == ord("c"):
        stack += list(zip((_NUMBERS, _OBJECTS, _NUMBERS, _OBJECTS), layout, strict=True))[::-1]
        return at, b""
    if code == ord("{"):
        stack.append((_PAIRS, 1))
        return at, b""
    if code == ord(":"):  # a slice, from 3.14
        stack.append((_OBJECTS, 3))
        return at, b""
    size = struct.unpack_from("<i", data, at)[0]
    at += 4
    if code in _LONG and size >= 0:
        return _text(data, at, size)
    if code == ord("l"):
        return at + 2 * abs(size), b""
    if code in b"([<>" and size >= 0:
        stack += [(_OBJECTS, size)] if size else []
        return at, b""
    raise _Foreign


def _text(data: bytes, at: int, size: int) -> tuple[int, bytes]:
    if at + size > len(data):
        raise _Foreign
    return at + size, data[at : at + size]
