"""Fuzz OpenSSH keys and certificates."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz


def judge(data: bytes) -> None:
    import base64

    from tokenlint.codec import ssh
    from tokenlint.codec.bounded import Malformed

    for body in (data, ssh.MAGIC + data):
        try:
            ssh.private_key(body)
        except Malformed:
            continue
    kind = b"ssh-ed25519-cert-v01@openssh.com"
    head = len(kind).to_bytes(4, "big") + kind + b"\0\0\0\1n\0\0\0\1k"
    ssh.decode(credential(kind + b" " + base64.b64encode(head + data), "privatekey.openssh-certificate"))


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.ssh"),
        judge,
        (
            b"\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1\0\0\0\x13\0\0\0\x0bssh-ed25519\0\0\0\0\0\0\0\x08aaaabbbb",
            b"\0" * 8 + b"\0\0\0\1\0\0\0\2id\0\0\0\5\0\0\0\1u" + b"\0" * 8 + b"\xff" * 8 + b"\0" * 8,
        ),
    )
