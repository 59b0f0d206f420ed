"""MessagePack, read within bounds: what Fly.io macaroons are written in.

A reader of our own, since the kept library is a compiled dependency for one issuer's tokens, and its limits are on
single items: here depth, number of items and total size are bounded together. Extension types are refused.
Source: msgpack/msgpack spec.md.
"""

from __future__ import annotations

import struct
from typing import Any

from tokenlint.codec.bounded import Cursor, Malformed

MOST_ITEMS, DEEPEST = 20_000, 16


def loads(data: bytes) -> Any:
    """The one value that `data` holds: None, bool, int, float, str, bytes, list or dict. Raises Malformed."""
    cursor, budget = Cursor(data), [MOST_ITEMS]
    value = _value(cursor, budget, 0)
    if len(cursor):
        raise Malformed("something stands behind the value")
    return value


def _value(cursor: Cursor, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0 or depth > DEEPEST:
        raise Malformed("too many items, or nested too deeply")
    mark = cursor.number(1)
    if mark < 0x80:
        return mark
    if mark >= 0xE0:
        return mark - 0x100
    if mark < 0x90:
        return _map(cursor, mark & 0x0F, budget, depth)
    if mark < 0xA0:
        return _list(cursor, mark & 0x0F, budget, depth)
    if mark < 0xC0:
        return _text(cursor.take(mark & 0x1F))
    return _marked(cursor, mark, budget, depth)


def _marked(cursor: Cursor, mark: int, budget: list[int], depth: int) -> Any:
    if mark in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[mark]
    if 0xC4 <= mark <= 0xC6:
        return cursor.string(1 << (mark - 0xC4))
    if mark in (0xCA, 0xCB):
        return struct.unpack(">f" if mark == 0xCA else ">d", cursor.take(4 if mark == 0xCA else 8))[0]
    if 0xCC <= mark <= 0xCF:
        return cursor.number(1 << (mark - 0xCC))
    if 0xD0 <= mark <= 0xD3:
        return int.from_bytes(cursor.take(1 << (mark - 0xD0)), "big", signed=True)
    if 0xD9 <= mark <= 0xDB:
        return _text(cursor.string(1 << (mark - 0xD9)))
    if mark in (0xDC, 0xDD):
        return _list(cursor, cursor.number(2 if mark == 0xDC else 4), budget, depth)
    if mark in (0xDE, 0xDF):
        return _map(cursor, cursor.number(2 if mark == 0xDE else 4), budget, depth)
    raise Malformed("a type that no token uses")


def _list(cursor: Cursor, count: int, budget: list[int], depth: int) -> list[Any]:
    if count > len(cursor):
        raise Malformed("cut short")
    return [_value(cursor, budget, depth + 1) for _ in range(count)]


def _map(cursor: Cursor, count: int, budget: list[int], depth: int) -> dict[Any, Any]:
    if 2 * count > len(cursor):
        raise Malformed("cut short")
    found: dict[Any, Any] = {}
    for _ in range(count):
        key = _value(cursor, budget, depth + 1)
        if not isinstance(key, (str, bytes, int)) or key in found:
            raise Malformed("a key that cannot be one, or stands twice")
        found[key] = _value(cursor, budget, depth + 1)
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a text that is not UTF-8") from None
