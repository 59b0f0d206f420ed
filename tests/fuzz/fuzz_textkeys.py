"""Fuzz PuTTY keys, JSON Web Keys, age identities, Google key files."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec import age, jwk, putty, serviceaccount

    for codec in (age, jwk, putty):
        codec.decode(credential(data, "privatekey.jwk"))
    serviceaccount.parse(data.decode("utf-8", "replace"))


if __name__ == "__main__":
    fuzz(
        (
            "tokenlint.codec.bounded",
            "tokenlint.codec.putty",
            "tokenlint.codec.jwk",
            "tokenlint.codec.age",
            "tokenlint.codec.serviceaccount",
        ),
        judge,
        (
            b'{"kty":"EC","crv":"P-256","d":"AAAAAAAAAAAAAAAAAAAAAAAA"}',
            b'{"type":"service_account","private_key":"x","client_email":"a@b"}',
            b"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: c\n"
            b"Public-Lines: 1\nAAAAC3NzaC1lZDI1NTE5AAAAAA==\nPrivate-Lines: 1",
            b"A12UEL5L",
        ),
    )
