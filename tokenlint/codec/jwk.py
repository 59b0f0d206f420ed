"""JSON Web Keys that hold a private or symmetric part. Source: RFC 7517, RFC 7518 section 6, RFC 8037 section 2."""

from __future__ import annotations

import re
from typing import Any

from tokenlint.codec import rows, said
from tokenlint.codec.bounded import Malformed, line, load_object, unbase64
from tokenlint.codec.keys import Key
from tokenlint.model import Credential, Evidence

READS = rows(
    "jwk",
    ("protected", "members d or k: the bare key", "RFC 7518 section 6"),
    ("algorithm", "members kty, crv and the size of n or k", "RFC 7518 section 6; RFC 8037 section 2"),
    ("token_id", "member kid", "RFC 7517 section 4.5"),
)
_CURVES: dict[str, tuple[str, int | None]] = {
    "P-256": ("ecdsa", 256),
    "P-384": ("ecdsa", 384),
    "P-521": ("ecdsa", 521),
    "secp256k1": ("ecdsa-secp256k1", 256),
}


def parse(member: dict[str, Any]) -> Key | None:
    """The key of one JWK, None where it has no private part. Raises Malformed."""
    kind, private, symmetric = member.get("kty"), member.get("d"), member.get("k")
    if kind == "oct" and isinstance(symmetric, str) and symmetric:
        return Key("symmetric", 8 * len(unbase64(symmetric)), False)
    if not isinstance(private, str) or len(unbase64(private)) < 16:
        return None
    if kind == "RSA" and isinstance(member.get("n"), str):
        return Key("rsa", int.from_bytes(unbase64(member["n"]), "big").bit_length(), False)
    curve = member.get("crv")
    if kind == "EC" and isinstance(curve, str):
        algorithm, bits = _CURVES.get(curve, ("ecdsa", None))
        return Key(algorithm, bits, False)
    if kind == "OKP" and curve in ("Ed25519", "X25519", "Ed448", "X448"):
        return Key(str(curve).lower(), None, False)
    return None


def decode(credential: Credential) -> Evidence | None:
    """The first private key of a JWK or a JWK set; None where the value holds none."""
    try:
        text = re.sub(r'\\+(["/])', r"\1", credential.value.strip())  # JSON written into a string
        top = load_object(re.sub(r"\\+[nrt]", " ", text).encode("utf-8", "surrogateescape"))
        members = top["keys"] if isinstance(top.get("keys"), list) else [top]
        for member in members[:100]:
            found = parse(member) if isinstance(member, dict) else None
            if found is not None:
                return found.evidence(READS) + said(READS, token_id=line(member.get("kid"), 128))
    except Malformed:
        return None
    return None
