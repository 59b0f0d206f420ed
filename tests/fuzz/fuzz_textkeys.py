"""Fuzz PuTTY keys, JSON Web Keys, age identities, Google key files."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec import age, gnupg, jwk, putty, serviceaccount

    one_of(
        data,
        lambda d: age.decode(credential(d, "age.identity")),
        lambda d: jwk.decode(credential(d, "privatekey.jwk")),
        lambda d: putty.decode(credential(d, "privatekey.putty-key")),
        lambda d: serviceaccount.parse(d.decode("utf-8", "replace")),
        lambda d: gnupg.decode(credential(d, "privatekey.gnupg-key")),
    )


if __name__ == "__main__":
    fuzz(
        (
            "tokenlint.codec.bounded",
            "tokenlint.codec.putty",
            "tokenlint.codec.jwk",
            "tokenlint.codec.age",
            "tokenlint.codec.gnupg",
            "tokenlint.codec.serviceaccount",
        ),
        judge,
        (
            b"\0A12UEL5L",
            b'\1{"kty":"EC","crv":"P-256","d":"AAAAAAAAAAAAAAAAAAAAAAAA"}',
            b"\2PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: c\n"
            b"Public-Lines: 1\nAAAAC3NzaC1lZDI1NTE5AAAAAA==\nPrivate-Lines: 1",
            b'\3{"type":"service_account","private_key":"x","client_email":"a@b"}',
            b"\4(11:private-key(3:rsa(1:n257:",
        ),
    )
