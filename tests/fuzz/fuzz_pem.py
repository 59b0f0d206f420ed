"""Fuzz PEM blocks, PKCS#1, PKCS#8, SEC1 and DER."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec import der
    from tokenlint.codec.pem import Block, decode, parse

    labels = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
    one_of(
        data,
        lambda d: parse(Block(labels[len(d) % 5], "", d)),
        lambda d: parse(Block(labels[0], "", d)),
        lambda d: list(der.whole_numbers(der.parse(d))),
        lambda d: decode(credential(d, "privatekey.pem-key")),
    )


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.der", "tokenlint.codec.pem"),
        judge,
        (
            b"\3-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
            b"DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----",
            b"\1" + bytes.fromhex("302e020100300506032b657004220420") + b"k" * 32,
            b"\1" + bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420") + b"k" * 32,
        ),
    )
