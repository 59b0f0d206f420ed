"""OpenPGP secret keys: algorithm, creation, expiry, whether a passphrase protects them. Nothing is decrypted.

Packets are read as far as they say this: secret key (tag 5), secret subkey (7), signature (2), user id (13).
Source: RFC 9580 sections 4.2, 5.2.3, 5.5 and 3.7; GnuPG doc/DETAILS for its private S2K modes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tokenlint.codec import rows, said
from tokenlint.codec.bounded import Cursor, Malformed, line, moment
from tokenlint.codec.keys import CURVES, Key
from tokenlint.model import Evidence

READS = rows(
    "pgp",
    ("protected", "S2K usage octet behind the public part of each secret key packet", "RFC 9580 section 5.5.3"),
    ("algorithm", "public-key algorithm and modulus or curve of the primary key", "RFC 9580 section 5.5.2"),
    ("issued_at", "creation time of the primary key", "RFC 9580 section 5.5.2"),
    ("expires_at", "Key Expiration Time, subpacket 9 of the newest self-signature", "RFC 9580 section 5.2.3.13"),
    ("never_expires", "no Key Expiration Time in any self-signature", "RFC 9580 section 5.2.3.13"),
    ("self_asserted", "the self-signature, which is not verified", "RFC 9580 section 5.2"),
    ("subject", "the first user id", "RFC 9580 section 5.11"),
)
_SECRET, _SUBKEY, _SIGNATURE, _USER = 5, 7, 2, 13
_MPIS = {1: 2, 2: 2, 3: 2, 16: 3, 17: 4}
"""Public numbers of the algorithms that have nothing but numbers: RSA n e, Elgamal p g y, DSA p q g y."""
_NAMES = {1: "rsa", 2: "rsa", 3: "rsa", 16: "elgamal", 17: "dsa", 25: "x25519", 26: "x448", 27: "ed25519", 28: "ed448"}
_RAW = {25: 32, 26: 56, 27: 32, 28: 57}
_MOST_PACKETS = 2000


@dataclass(frozen=True)
class SecretKey:
    """A transferable secret key. `stub`: the primary key's secret part is not here (offline or on a card)."""

    key: Key
    created: datetime
    expires_at: datetime | None
    signed: bool
    """A self-signature stood there, so that no expiry means none."""
    user: str
    stub: bool


@dataclass(frozen=True)
class _Part:
    algorithm: str
    bits: int | None
    created: int
    protected: bool | None
    """None: a stub."""


def parse(data: bytes) -> SecretKey:
    """The key of an unarmoured block. Raises Malformed."""
    parts: list[_Part] = []
    lifetimes: list[tuple[int, int | None]] = []
    user = ""
    for tag, body in _packets(Cursor(data)):
        if tag in (_SECRET, _SUBKEY):
            parts.append(_secret(Cursor(body)))
        elif tag == _USER and not user:
            user = line(body[:256]) or ""
        elif tag == _SIGNATURE and len(parts) == 1 and (terms := _lifetime(Cursor(body))) is not None:
            lifetimes.append(terms)
    if not parts:
        raise Malformed("holds no secret key")
    first = parts[0]
    known = [p.protected for p in parts if p.protected is not None]
    protected = all(known) if known else None
    created = moment(first.created)
    lifetime = max(lifetimes, key=lambda t: t[0])[1] if lifetimes else None
    return SecretKey(
        Key(first.algorithm, first.bits, protected), created,
        created + timedelta(seconds=lifetime) if lifetime else None, bool(lifetimes), user, first.protected is None,
    )  # fmt: skip


def _packets(cursor: Cursor) -> Iterator[tuple[int, bytes]]:
    for _ in range(_MOST_PACKETS):
        if not len(cursor):
            return
        mark = cursor.number(1)
        if not mark & 0x80:
            raise Malformed("no packet header")
        if mark & 0x40:
            yield mark & 0x3F, _new_body(cursor)
        else:
            width = {0: 1, 1: 2, 2: 4}.get(mark & 3)
            yield mark >> 2 & 0x0F, cursor.string(width) if width else cursor.take(len(cursor))
    raise Malformed("more packets than any real key")


def _new_body(cursor: Cursor) -> bytes:
    body = b""
    while True:
        first = cursor.number(1)
        if first < 192:
            return body + cursor.take(first)
        if first < 224:
            return body + cursor.take((first - 192 << 8) + cursor.number(1) + 192)
        if first == 255:
            return body + cursor.string(4)
        body += cursor.take(1 << (first & 0x1F))


def _secret(cursor: Cursor) -> _Part:
    version, created = cursor.number(1), cursor.number(4)
    if version not in (3, 4, 5, 6):
        raise Malformed("a key of an unknown version")
    if version == 3:
        cursor.take(2)
    algorithm = cursor.number(1)
    name, bits = _public(algorithm, Cursor(cursor.string(4)) if version >= 5 else cursor)
    usage = cursor.number(1)
    if usage == 0:
        return _Part(name, bits, created, False)
    if usage in (253, 254, 255):
        if version >= 5:
            cursor.take(1)
        cursor.take(1)  # the cipher
        if usage == 253:
            cursor.take(1)  # the AEAD mode
        if version == 6:
            cursor.take(1)
        if cursor.number(1) == 101 and cursor.take(4)[1:] == b"GNU":
            return _Part(name, bits, created, None)
    return _Part(name, bits, created, True)


def _public(algorithm: int, cursor: Cursor) -> tuple[str, int | None]:
    if algorithm in _MPIS:
        sizes = [_mpi(cursor) for _ in range(_MPIS[algorithm])]
        return _NAMES[algorithm], sizes[0]
    if algorithm in (18, 19, 22):
        oid = cursor.string(1)
        _mpi(cursor)
        if algorithm == 18:
            cursor.string(1)
        return CURVES.get(_dotted(oid)) or ({18: "ecdh", 19: "ecdsa", 22: "eddsa"}[algorithm], None)
    if algorithm in _RAW:
        cursor.take(_RAW[algorithm])
        return _NAMES[algorithm], 8 * _RAW[algorithm]
    raise Malformed("a key of an unknown algorithm")


def _dotted(oid: bytes) -> str:
    from tokenlint.codec.der import OID, Node

    return Node(OID, oid).oid


def _mpi(cursor: Cursor) -> int:
    bits = cursor.number(2)
    cursor.take((bits + 7) // 8)
    return bits


def _lifetime(cursor: Cursor) -> tuple[int, int | None] | None:
    """When a self-signature on the primary key was made, and the key's lifetime that it gives; None for other signatures."""
    version = cursor.number(1)
    if version not in (4, 5, 6):
        return None
    kind = cursor.number(1)
    cursor.take(2)
    if kind not in (0x10, 0x11, 0x12, 0x13, 0x1F):
        return None
    hashed = Cursor(cursor.string(4 if version == 6 else 2))
    made, lifetime = 0, None
    while len(hashed):
        length = hashed.number(1)
        if length == 255:
            length = hashed.number(4)
        elif length >= 192:
            length = (length - 192 << 8) + hashed.number(1) + 192
        field = Cursor(hashed.take(length))
        subtype = field.number(1) & 0x7F
        if subtype == 2:
            made = field.number(4)
        elif subtype == 9:
            lifetime = field.number(4) or None
    return made, lifetime


def evidence_of(found: SecretKey) -> Evidence:
    """The facts about a secret key."""
    known = found.key.evidence(READS)
    known += said(READS, issued_at=found.created, expires_at=found.expires_at, subject=found.user or None)
    known += said(READS, self_asserted=True if found.signed else None)
    if found.signed and found.expires_at is None:
        known += said(READS, never_expires=True)
    return known
