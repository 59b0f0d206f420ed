"""GnuPG's own key files (`private-keys-v1.d/*.key`): S-expressions, canonical or in the extended text form.

Source: GnuPG agent/keyformat.txt.
"""

from __future__ import annotations

import re

from tokenlint.codec import rows
from tokenlint.codec.keys import Key
from tokenlint.model import Credential, Evidence

READS = rows(
    "gnupg",
    (
        "protected",
        "the word private-key, protected-private-key, or shadowed-private-key (on a card)",
        "GnuPG agent/keyformat.txt",
    ),
    ("algorithm", "the word behind it, and the curve or the length of n or p", "GnuPG agent/keyformat.txt"),
)
_HEAD = re.compile(
    r"\((?:\d{1,2}:)?(openpgp-private-key|private-key|protected-private-key|shadowed-private-key)\s*\((?:\d:)?(rsa|dsa|elg|ecc|ecdsa|ecdh|dh)\b"
)
_CURVE = re.compile(r"\((?:5:)?curve\s*(?:\d{1,2}:)?\"?([A-Za-z0-9 .-]{3,24})")
_NUMBER = re.compile(r"\((?:1:)?[np]\s*(?:(\d{1,4}):|#([0-9A-Fa-f\s]{2,5000})#)")
_CURVES = {
    "Ed25519": ("ed25519", 256), "Curve25519": ("x25519", 256), "Ed448": ("ed448", 456), "X448": ("x448", 448),
    "NIST P-256": ("ecdsa", 256), "NIST P-384": ("ecdsa", 384), "NIST P-521": ("ecdsa", 521),
    "brainpoolP256r1": ("ecdsa-brainpool", 256), "brainpoolP384r1": ("ecdsa-brainpool", 384),
    "brainpoolP512r1": ("ecdsa-brainpool", 512), "secp256k1": ("ecdsa-secp256k1", 256),
}  # fmt: skip


def parse(text: str) -> Key | None:
    """The key, None where the text is no such file."""
    head = _HEAD.search(text[:4096])
    if head is None:
        return None
    algorithm, bits = head[2], None
    rest = text[head.end() : head.end() + 8192]
    if algorithm.startswith("ec"):
        curve = _CURVE.search(rest)
        algorithm, bits = _CURVES.get(curve[1].strip(), (algorithm, None)) if curve else (algorithm, None)
    elif (number := _NUMBER.search(rest)) is not None:
        size = int(number[1]) if number[1] else len("".join(number[2].split())) // 2
        bits = size // 8 * 64  # a leading zero byte keeps the number positive
    return Key({"elg": "elgamal"}.get(algorithm, algorithm), bits, head[1] not in ("private-key", "openpgp-private-key"))


def decode(credential: Credential) -> Evidence | None:
    """Algorithm, size and protection; None where the value is no key file of GnuPG's."""
    found = parse(credential.value)
    return found.evidence(READS) if found else None
