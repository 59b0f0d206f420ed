"""Key stores: PKCS#12 (.p12, .pfx) and Java's JKS and JCEKS. Protected or not, since when, until when.

No password is tried but the empty one, and that only where it costs little: the number of rounds is the file's choice.
Sources: RFC 7292; the JKS layout as OpenJDK's sun.security.provider.JavaKeyStore writes it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from tokenlint.codec import der, malformed, rows, said, x509
from tokenlint.codec.bounded import Cursor, Malformed, moment, unbase64
from tokenlint.model import Credential, Evidence

READS = rows(
    "keystore",
    ("protected", "PKCS#12: bag types, and macData under the empty password; JKS: its digest under the empty password",
     "RFC 7292 sections 4.2 and appendix B; OpenJDK JavaKeyStore"),
    ("issued_at", "JKS: creation time of the newest key entry", "OpenJDK JavaKeyStore"),
    ("expires_at", "JKS: notAfter of the first certificate of the newest key entry", "OpenJDK JavaKeyStore; RFC 5280"),
    ("algorithm", "which store it is", "RFC 7292; OpenJDK JavaKeyStore"),
)  # fmt: skip
MOST_ROUNDS = 100_000
_DATA, _ENCRYPTED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
_KEY_BAG, _SHROUDED_BAG = "1.2.840.113549.1.12.10.1.1", "1.2.840.113549.1.12.10.1.2"
_DIGESTS = {"1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.3": "sha512"}
_MAGIC = {b"\xfe\xed\xfe\xed": "jks", b"\xce\xce\xce\xce": "jceks"}


@dataclass(frozen=True)
class Store:
    """A key store. `protected` None: it cannot be told without trying passwords at a cost that it chose."""

    form: str
    keys: int
    protected: bool | None
    created: datetime | None = None
    certificate: bytes = b""


def parse(data: bytes) -> Store | None:
    """The store, None where it is none. Raises Malformed where it begins as one and does not go on so."""
    if data[:4] in _MAGIC:
        return _java(data)
    if data[:1] != b"\x30":
        return None
    try:
        top = der.parse(data)
        parts = top.children()
        if len(parts) not in (2, 3) or parts[0] != der.Node(der.INTEGER, b"\x03"):
            return None
        return _pkcs12(parts)
    except Malformed:
        return None


def _pkcs12(parts: tuple[der.Node, ...]) -> Store | None:
    safe = parts[1]
    if safe.tag != der.SEQUENCE or safe.child(0, der.OID).oid != _DATA:
        return None
    content = safe.child(1, 0xA0).child(0, der.OCTETS).body
    plain = shrouded = sealed = 0
    for info in der.parse(content).children():
        kind = info.child(0, der.OID).oid
        if kind == _ENCRYPTED:
            sealed += 1
        elif kind == _DATA:
            bags = der.parse(info.child(1, 0xA0).child(0, der.OCTETS).body).children()
            kinds = [bag.child(0, der.OID).oid for bag in bags]
            plain, shrouded = plain + kinds.count(_KEY_BAG), shrouded + kinds.count(_SHROUDED_BAG)
    if plain:
        return Store("pkcs12", plain + shrouded, False)
    opens = _opens_empty(parts[2], content) if len(parts) == 3 else None
    return Store("pkcs12", shrouded, (None if opens is None else not opens) if shrouded or sealed else None)


def _opens_empty(mac: der.Node, content: bytes) -> bool | None:
    """Whether the store's check value is right under the empty password; None: unknown digest, or too many rounds."""
    info, salt, rounds = mac.child(0, der.SEQUENCE), mac.child(1, der.OCTETS).body, 1
    if len(mac.children()) > 2:
        rounds = int.from_bytes(mac.child(2, der.INTEGER).body[:8], "big")
    digest = _DIGESTS.get(info.child(0, der.SEQUENCE).child(0, der.OID).oid)
    if digest is None or not 0 < rounds <= MOST_ROUNDS or len(salt) > 1024:
        return None
    given = info.child(1, der.OCTETS).body
    return any(
        hmac.compare_digest(hmac.new(_derive(digest, password, salt, rounds), content, digest).digest(), given)
        for password in (b"\0\0", b"")
    )


def _derive(digest: str, password: bytes, salt: bytes, rounds: int) -> bytes:
    """The MAC key of RFC 7292 appendix B.2 (id 3); one block, since the key is as long as the digest."""
    block = hashlib.new(digest).block_size
    material = b"\x03" * block
    for text in (salt, password):
        if text:
            length = -(-len(text) // block) * block
            material += (text * (length // len(text) + 1))[:length]
    for _ in range(rounds):
        material = hashlib.new(digest, material).digest()
    return material


def _java(data: bytes) -> Store:
    cursor = Cursor(data)
    form = _MAGIC[cursor.take(4)]
    version, count = cursor.number(4), cursor.number(4)
    if version not in (1, 2) or count > 10_000:
        raise Malformed("has an unknown version or no real number of entries")
    newest: tuple[int, bytes] | None = None
    keys = 0
    for _ in range(count):
        kind = cursor.number(4)
        cursor.string(2)
        made = cursor.number(8)
        if kind not in (1, 2):
            break  # a JCEKS secret key is a Java object: what follows is not read
        first = b""
        if kind == 1:
            keys += 1
            cursor.string(4)
        for index in range(cursor.number(4) if kind == 1 else 1):
            if version == 2:
                cursor.string(2)
            body = cursor.string(4)
            first = body if index == 0 else first
        if kind == 1 and (newest is None or made > newest[0]):
            newest = (made, first)
    seal = hashlib.sha1(b"Mighty Aphrodite" + data[:-20]).digest()  # noqa: S324 - the format's own digest
    created = moment(newest[0] / 1000) if newest else None
    return Store(form, keys, not hmac.compare_digest(seal, data[-20:]), created, newest[1] if newest else b"")


def decode(credential: Credential) -> Evidence | None:
    """Whether a password protects the store; its bytes may stand in the value as they are or in base64."""
    raw = credential.value.encode("utf-8", "surrogateescape")
    try:
        data = raw if raw[:4] in _MAGIC or (raw[:1] == b"\x30" and not raw.isascii()) else unbase64(b"".join(raw.split()))
    except Malformed:
        return None
    try:
        found = parse(data)
        if found is None:
            return None
        ends = x509.parse(found.certificate).not_after if found.certificate else None
    except Malformed as why:
        return malformed("keystore", f"the store {why}")
    return said(READS, protected=found.protected, algorithm=found.form, issued_at=found.created, expires_at=ends)
