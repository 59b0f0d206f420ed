"""Fuzz JWTs: header, claims and scopes behind the base64."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz


def judge(data: bytes) -> None:
    import base64

    from tokenlint.codec.bounded import Malformed, load_object
    from tokenlint.codec.jwt import Jwt, decode, evidence_of

    decode(credential(data, "jwt.token"))
    body = base64.urlsafe_b64encode(data).rstrip(b"=")
    decode(credential(b"eyJhbGciOiJIUzI1NiJ9." + body + b".c2ln", "jwt.token"))
    decode(credential(body + b".e30.c2ln", "jwt.token"))
    try:
        evidence_of(Jwt({"alg": "none"}, load_object(data), "unsigned"))
    except Malformed:
        return


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.jwt"),
        judge,
        (
            b'{"iss":"https://a.example","exp":1900000000,"scope":"a b","aud":["x"],"roles":["r"]}',
            b"eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
        ),
    )
