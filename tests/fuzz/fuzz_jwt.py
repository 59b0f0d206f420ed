"""Fuzz JWTs: header, claims and scopes behind the base64."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz, one_of


def judge(data: bytes) -> None:
    import base64

    from tokenlint.codec.bounded import load_object
    from tokenlint.codec.jwt import Jwt, decode, evidence_of

    def text(part: bytes) -> bytes:
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    one_of(
        data,
        lambda d: evidence_of(Jwt({"alg": "none"}, load_object(d), "unsigned")),
        lambda d: decode(credential(b"eyJhbGciOiJIUzI1NiJ9." + text(d) + b".c2ln", "jwt.token")),
        lambda d: decode(credential(text(d) + b".e30.c2ln", "jwt.token")),
        lambda d: decode(credential(d, "jwt.token")),
    )


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.jwt"),
        judge,
        (
            b'\0{"iss":"https://a.example","exp":1900000000,"scope":"a b","aud":["x"],"roles":["r"]}',
            b'\1{"realm_access":{"roles":["a"]},"resource_access":{"c":{"roles":["b"]}},"nbf":1.5,"wids":["w"]}',
            b'\2{"alg":"none","enc":"x"}',
            b"\3eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        ),
    )
