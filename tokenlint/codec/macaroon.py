"""Macaroons in their binary forms (libmacaroons v1 and v2), bare or in base64: location, identifier and caveats.

Version 1 is a row of packets `LLLLkey value\\n` with four hexadecimal digits of length; version 2 is the byte 2 and
fields of type, length and data. The signature is not verified, since only the issuer holds the key.
Source: the libmacaroons serialization notes, rescrv/libmacaroons doc/format.txt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenlint.codec.bounded import Cursor, Malformed, unbase64

MOST_CAVEATS = 1000
_END, _LOCATION, _IDENTIFIER, _VID, _SIGNATURE = 0, 1, 2, 4, 6


@dataclass(frozen=True)
class Caveat:
    """A restriction. With `vid` it is a third party's: useless without that party's discharge."""

    identifier: bytes
    vid: bytes | None = None
    location: bytes | None = None


@dataclass(frozen=True)
class Macaroon:
    """A token of `version` 1 or 2: who made it, its name there, and what restricts it."""

    version: int
    location: bytes
    identifier: bytes
    caveats: tuple[Caveat, ...]


def from_text(text: str) -> Macaroon | None:
    """The macaroon in base64 of either alphabet, None where it is none."""
    try:
        return parse(unbase64(text.strip()))
    except Malformed:
        return None


def parse(data: bytes) -> Macaroon | None:
    """The binary macaroon, None where it is none or has more than a thousand caveats."""
    try:
        cursor = Cursor(data)
        return _version2(cursor) if data[:1] == b"\x02" else _version1(cursor)
    except Malformed:
        return None


def _version2(cursor: Cursor) -> Macaroon:
    cursor.take(1)
    head = _section(cursor)
    if _IDENTIFIER not in head:
        raise Malformed("no identifier")
    caveats: list[Caveat] = []
    while section := _section(cursor):
        if _IDENTIFIER not in section or len(caveats) >= MOST_CAVEATS:
            raise Malformed("a caveat without an identifier, or too many")
        caveats.append(Caveat(section[_IDENTIFIER], section.get(_VID), section.get(_LOCATION)))
    if _varint(cursor) != _SIGNATURE or len(cursor.take(_varint(cursor))) != 32 or len(cursor):
        raise Malformed("no signature at the end")
    return Macaroon(2, head.get(_LOCATION, b""), head[_IDENTIFIER], tuple(caveats))


def _section(cursor: Cursor) -> dict[int, bytes]:
    """Fields up to the end mark; their types only rise."""
    fields: dict[int, bytes] = {}
    while (kind := _varint(cursor)) != _END:
        if kind not in (_LOCATION, _IDENTIFIER, _VID) or any(kind <= known for known in fields):
            raise Malformed("fields out of order")
        fields[kind] = cursor.take(_varint(cursor))
    return fields


def _varint(cursor: Cursor) -> int:
    value = 0
    for shift in range(0, 35, 7):
        byte = cursor.number(1)
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise Malformed("a number without an end")


def _version1(cursor: Cursor) -> Macaroon:
    location, identifier = _packet(cursor, b"location"), _packet(cursor, b"identifier")
    caveats: list[Caveat] = []
    while True:
        key, value = _any_packet(cursor)
        if key == b"signature" and len(value) == 32 and not len(cursor):
            return Macaroon(1, location, identifier, tuple(caveats))
        if key == b"cid" and len(caveats) < MOST_CAVEATS:
            caveats.append(Caveat(value))
        elif key == b"vid" and caveats and caveats[-1].vid is None:
            caveats[-1] = replace(caveats[-1], vid=value)
        elif key == b"cl" and caveats and caveats[-1].location is None:
            caveats[-1] = replace(caveats[-1], location=value)
        else:
            raise Malformed("packets out of order")


def _packet(cursor: Cursor, key: bytes) -> bytes:
    found, value = _any_packet(cursor)
    if found != key:
        raise Malformed("packets out of order")
    return value


def _any_packet(cursor: Cursor) -> tuple[bytes, bytes]:
    digits = cursor.take(4)
    if digits.strip(b"0123456789abcdefABCDEF"):
        raise Malformed("no packet length")
    key, space, rest = cursor.take(int(digits, 16) - 4).partition(b" ")
    if not space or not rest.endswith(b"\n"):
        raise Malformed("no packet")
    return key, rest[:-1]
