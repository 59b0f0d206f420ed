"""OpenSSH private keys and certificates. The comment of a key is never read.

Sources: openssh-portable PROTOCOL.key and PROTOCOL.certkeys; RFC 4253 section 6.6; RFC 5656 section 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tokenlint.codec import malformed, rows, said
from tokenlint.codec.bounded import Cursor, Malformed, line, moment, unbase64
from tokenlint.codec.keys import Key
from tokenlint.model import Credential, Evidence

READS = rows(
    "ssh",
    ("protected", "cipher name and KDF name behind the magic openssh-key-v1", "openssh-portable PROTOCOL.key section 1"),
    ("algorithm", "type and size of the public key inside", "openssh-portable PROTOCOL.key section 1; RFC 4253 section 6.6"),
    ("not_before", "certificate field valid after", "openssh-portable PROTOCOL.certkeys"),
    ("expires_at", "certificate field valid before", "openssh-portable PROTOCOL.certkeys"),
    ("never_expires", "certificate field valid before, all bits set", "openssh-portable PROTOCOL.certkeys"),
    ("self_asserted", "the authority's signature, which is not verified", "openssh-portable PROTOCOL.certkeys"),
    ("subject", "certificate field key id", "openssh-portable PROTOCOL.certkeys"),
    ("token_id", "certificate field serial", "openssh-portable PROTOCOL.certkeys"),
    ("resources", "certificate field valid principals; none: any", "openssh-portable PROTOCOL.certkeys"),
    ("scopes", "certificate fields critical options and extensions", "openssh-portable PROTOCOL.certkeys"),
)
MAGIC = b"openssh-key-v1\0"
_FOREVER = (1 << 64) - 1
_PLAIN = {"ssh-ed25519": ("ed25519", 256), "ssh-ed448": ("ed448", 456)}
_SECURITY_KEY = {"sk-ssh-ed25519@openssh.com": ("ed25519-sk", 256), "sk-ecdsa-sha2-nistp256@openssh.com": ("ecdsa-sk", 256)}


@dataclass(frozen=True)
class Certificate:
    """A certificate's terms. Empty `principals`: it is valid for any. Times None: without that limit."""

    algorithm: str
    bits: int | None
    host: bool
    serial: int
    key_id: bytes
    principals: tuple[str, ...]
    not_before: datetime | None
    expires_at: datetime | None
    critical: tuple[str, ...]
    """`force-command`, `source-address=...`: what is not a secret is shown, a command is not."""
    extensions: tuple[str, ...]


def private_key(data: bytes) -> Key:
    """The key in an `openssh-key-v1` file. Raises Malformed."""
    cursor = Cursor(data)
    if cursor.take(len(MAGIC)) != MAGIC:
        raise Malformed("has not the magic openssh-key-v1")
    cipher, kdf = cursor.string(), cursor.string()
    cursor.string()
    if cursor.number(4) != 1:
        raise Malformed("holds more than one key")
    algorithm, bits = public_key(Cursor(cursor.string()))
    if len(cursor.string()) < 8:
        raise Malformed("holds no private part")
    return Key(algorithm, bits, (cipher, kdf) != (b"none", b"none"))


def public_key(cursor: Cursor) -> tuple[str, int | None]:
    """Algorithm and bits of the public key that the cursor stands on. Raises Malformed."""
    kind = cursor.string().decode("ascii", "replace")
    return _sized(kind, cursor)


def _sized(kind: str, cursor: Cursor) -> tuple[str, int | None]:
    """Reads the public fields of `kind`, leaving the cursor behind them."""
    if kind == "ssh-rsa":
        cursor.string()
        return "rsa", _bits(cursor.string())
    if kind == "ssh-dss":
        bits = _bits(cursor.string())
        for _ in range(3):
            cursor.string()
        return "dsa", bits
    if kind.startswith("ecdsa-sha2-nistp"):
        curve = cursor.string().decode("ascii", "replace")
        cursor.string()
        return "ecdsa", int(curve[5:]) if curve in ("nistp256", "nistp384", "nistp521") else None
    if kind in _PLAIN:
        cursor.string()
        return _PLAIN[kind]
    if kind in _SECURITY_KEY:
        for _ in range(3 if "ecdsa" in kind else 2):
            cursor.string()
        return _SECURITY_KEY[kind]
    raise Malformed("holds a key of an unknown type")


def _bits(number: bytes) -> int:
    """Of an `mpint`: how many bits its magnitude has."""
    rest = number.lstrip(b"\0")
    return 8 * len(rest) - 8 + rest[0].bit_length() if rest else 0


def certificate(text: str) -> Certificate | None:
    """The certificate in a line `TYPE-cert-v01@openssh.com BASE64 [comment]`; None where it is none. Raises Malformed."""
    fields = text.split(None, 2)
    if len(fields) < 2 or not fields[0].endswith("-cert-v01@openssh.com"):
        return None
    cursor = Cursor(unbase64(fields[1]))
    if cursor.string() != fields[0].encode():
        raise Malformed("says two types")
    cursor.string()
    base = fields[0].replace("-cert-v01@openssh.com", "")
    algorithm, bits = _sized(base + "@openssh.com" if base.startswith("sk-") else base, cursor)
    serial, kind, key_id = cursor.number(8), cursor.number(4), cursor.string()
    principals = tuple(p.decode("utf-8", "replace")[:256] for p in _strings(cursor.string()))
    after, before = cursor.number(8), cursor.number(8)
    critical, extensions = _options(cursor.string()), _options(cursor.string())
    return Certificate(
        algorithm, bits, kind == 2, serial, key_id, principals,
        not_before=moment(after) if after else None,
        expires_at=None if before == _FOREVER else moment(before),
        critical=critical, extensions=extensions,
    )  # fmt: skip


def _strings(data: bytes, most: int = 1000) -> tuple[bytes, ...]:
    cursor, found = Cursor(data), []
    while len(cursor):
        found.append(cursor.string())
        if len(found) > most:
            raise Malformed("holds more entries than any real one")
    return tuple(found)


def _options(data: bytes) -> tuple[str, ...]:
    """Option names; `source-address` with its value, which is an address list. A command may hold a secret."""
    flat, found = _strings(data), []
    for name, value in zip(flat[::2], flat[1::2], strict=False):
        text = line(name, 128) or "?"
        shown = line(Cursor(value).string(), 512) if text == "source-address" and value else None
        found.append(f"{text}={shown}" if shown else text)
    return tuple(found)


def decode(credential: Credential) -> Evidence | None:
    """A certificate's terms; None where the value is none. Keys in PEM are read by the codec `pem`."""
    try:
        found = certificate(credential.value.strip())
    except Malformed as why:
        return malformed("ssh", f"the certificate {why}")
    if found is None:
        return None
    return said(
        READS, algorithm=Key(found.algorithm, found.bits, None).label, not_before=found.not_before,
        expires_at=found.expires_at, never_expires=True if found.expires_at is None else None,
        subject=line(found.key_id), token_id=str(found.serial) if found.serial else None,
        resources=tuple(line(p, 256) or "?" for p in found.principals) or None,
        scopes=(found.critical + found.extensions) or None, self_asserted=True,
    )  # fmt: skip
