"""Fuzz PEM blocks, PKCS#1, PKCS#8, SEC1 and DER."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec import der
    from tokenlint.codec.bounded import Malformed
    from tokenlint.codec.pem import Block, decode, parse

    decode(credential(data, "privatekey.pem-key"))
    for label in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"):
        try:
            parse(Block(label, "", data))
        except Malformed:
            continue
    try:
        list(der.whole_numbers(der.parse(data)))
    except Malformed:
        return


if __name__ == "__main__":
    fuzz(
        (
            "tokenlint.codec.bounded",
            "tokenlint.codec.der",
            "tokenlint.codec.pem",
            "tokenlint.codec.ssh",
            "tokenlint.codec.pgp",
        ),
        judge,
        (
            b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
            b"DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----",
            bytes.fromhex("302e020100300506032b657004220420") + b"k" * 32,
            bytes.fromhex("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420") + b"k" * 32,
        ),
    )
