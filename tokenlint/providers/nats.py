"""NATS: a seed of an NKEY is base32 with a CRC-16 at its end, and its first letters say whose it is.

Facts: nats-io/nkeys README and nkeys.go, crc16.go (2026): two bytes hold the marks of a seed and of its type, 32 bytes the
seed, the last two the CRC-16 (XMODEM, polynomial 0x1021, from 0) of all before, little-endian; base32 without padding.
"""

from __future__ import annotations

import base64
import binascii

from tokenlint.model import Credential, Evidence, Origin, evidence

SEED = 18 << 3
"""The mark of a seed: `S`."""
TYPES = {0: "account", 20 << 3: "user", 14 << 3: "operator", 13 << 3: "server", 2 << 3: "cluster", 23 << 3: "curve"}
"""`A`, `U`, `O`, `N`, `C`, `X`."""


def decode(credential: Credential) -> Evidence | None:
    """Whose seed it is; None where the checksum does not hold, and for other kinds nothing beside that it may be one."""
    if not credential.kind.endswith("-seed"):
        return Evidence()
    owner = seed_type(credential.value)
    return None if owner is None else evidence(Origin.VALUE, f"nats: seed of an {owner} key")


def seed_type(text: str) -> str | None:
    """The type of a seed by its marks, None where it is no seed or its checksum is broken."""
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except (ValueError, binascii.Error):
        return None
    if len(raw) != 36 or crc16(raw[:-2]) != int.from_bytes(raw[-2:], "little") or raw[0] & 0xF8 != SEED:
        return None
    return TYPES.get((raw[0] & 7) << 5 | (raw[1] & 0xF8) >> 3)


def crc16(data: bytes) -> int:
    """CRC-16/XMODEM."""
    return binascii.crc_hqx(data, 0)
