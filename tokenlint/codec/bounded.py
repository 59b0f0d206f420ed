"""Reading hostile text and bytes within bounds: every reader either gives a value or raises Malformed.

The messages of Malformed are fixed sentences: none holds a byte of what was read.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

MOST_BYTES = 128 << 10
"""The largest token that is read. Real ones stay below some 16 KiB, since they travel in a header."""
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST = 253402300799
"""9999-12-31T23:59:59Z, the last second that a datetime holds."""


class Malformed(ValueError):
    """What was read is not what its form promises."""


class Cursor:
    """Bytes that are taken from the front; taking more than there is raises Malformed."""

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        if len(data) > MOST_BYTES:
            raise Malformed("larger than any token of its form")
        self.data, self.at = data, 0

    def __len__(self) -> int:
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self):
            raise Malformed("cut short")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, width: int) -> int:
        """A big-endian number of `width` bytes."""
        return int.from_bytes(self.take(width), "big")

    def string(self, width: int = 4) -> bytes:
        """Bytes behind their own length, which has `width` bytes."""
        return self.take(self.number(width))


def unbase64(text: str | bytes) -> bytes:
    """Base64 of either alphabet, with or without padding; nothing but its characters is allowed."""
    raw = text.encode("ascii", "replace") if isinstance(text, str) else text
    raw = raw.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    if len(raw) > 2 * MOST_BYTES:
        raise Malformed("larger than any token of its form")
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except binascii.Error:
        raise Malformed("not base64") from None


def load_object(data: bytes) -> dict[str, Any]:
    """A JSON object: UTF-8, each name once, finite numbers, nesting that Python reads. Raises Malformed."""
    found = load_json(data)
    if not isinstance(found, dict):
        raise Malformed("no JSON object")
    return found


def load_json(data: bytes) -> Any:
    """A JSON value under the bounds of `load_object`; whole numbers of more than 18 digits become infinite."""
    if len(data) > MOST_BYTES:
        raise Malformed("larger than any token of its form")
    if _nesting(data) > 32:
        raise Malformed("nested too deeply")
    try:
        text = data.decode("utf-8")
        return json.loads(text, object_pairs_hook=_unique, parse_int=_int, parse_constant=_no_constant)
    except Malformed:
        raise
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def _nesting(data: bytes) -> int:
    depth = deepest = 0
    for mark in re.finditer(rb'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[{]|[\]}]', data, re.S):
        first = mark[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice in one object")
    return found


def _int(text: str) -> int | float:
    return int(text) if len(text) <= 19 else math.inf


def _no_constant(text: str) -> Any:
    raise Malformed("a number is not finite")


def moment(raw: Any) -> datetime:
    """Seconds since 1970 as an aware UTC time; raises Malformed for anything but a number within years 1970 to 9999."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise Malformed("is no number")
    if not 0 <= raw <= _LAST:  # also refuses NaN
        raise Malformed("is out of range")
    return EPOCH + timedelta(seconds=raw)


def words(raw: Any, most: int = 2000, width: int = 512) -> tuple[str, ...]:
    """A separated string or a list of strings as distinct words; raises Malformed beyond `most` words or `width`."""
    items = raw.split() if isinstance(raw, str) else raw
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise Malformed("is no list of words")
    if len(items) > most or any(len(item) > width for item in items):
        raise Malformed("is longer than any real one")
    return tuple(dict.fromkeys(item for item in items if item))


def line(raw: Any, width: int = 512) -> str | None:
    """A short printable text, None where it is none: names and addresses out of tokens go into reports."""
    if isinstance(raw, bytes):
        raw = raw.decode("utf-8", "replace")
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw):
        raw = str(raw)
    if not isinstance(raw, str) or not 0 < len(raw) <= width:
        return None
    return "".join(c if c.isprintable() else "�" for c in raw)
