"""age identities: the checksum of Bech32 proves one. Source: C2SP age.md, "The X25519 recipient type"; BIP 173."""

from __future__ import annotations

from tokenlint.codec import rows
from tokenlint.codec.keys import Key
from tokenlint.model import Credential, Evidence

READS = rows(
    "age",
    ("protected", "an identity in Bech32 is the bare key; a protected one is an age file", "C2SP age.md, X25519"),
    ("algorithm", "the human-readable part of the Bech32 string", "C2SP age.md, X25519"),
)
_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_ALGORITHMS = {"age-secret-key-": "x25519", "age-secret-key-pq-": "mlkem768x25519"}


def bech32(text: str) -> tuple[str, int] | None:
    """The human-readable part and the number of data bits; None where the checksum or the form is wrong."""
    if len(text) > 4096 or text not in (text.lower(), text.upper()):
        return None
    human, one, data = text.lower().rpartition("1")
    values = [_CHARSET.find(c) for c in data]
    if not one or not human.isascii() or len(values) < 6 or -1 in values:
        return None
    expanded = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    return (human, 5 * (len(values) - 6)) if _polymod(expanded + values) == 1 else None


def _polymod(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            state ^= generator if top >> bit & 1 else 0
    return state


def decode(credential: Credential) -> Evidence | None:
    """The identity's algorithm; None where the checksum is wrong or it is no identity."""
    found = bech32(credential.value.strip())
    algorithm = _ALGORITHMS.get(found[0]) if found else None
    return Key(algorithm, None, False).evidence(READS) if algorithm else None
