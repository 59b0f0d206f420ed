"""Fuzz OpenSSH keys and certificates."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz, one_of


def judge(data: bytes) -> None:
    import base64

    from tokenlint.codec import ssh

    kind = b"ssh-ed25519-cert-v01@openssh.com"
    head = len(kind).to_bytes(4, "big") + kind + b"\0\0\0\1n\0\0\0\1k"
    one_of(
        data,
        ssh.private_key,
        lambda d: ssh.private_key(ssh.MAGIC + d),
        lambda d: ssh.decode(credential(kind + b" " + base64.b64encode(head + d), "privatekey.openssh-certificate")),
        lambda d: ssh.decode(credential(d, "privatekey.openssh-certificate")),
    )


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.ssh"),
        judge,
        (
            b"\1\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1\0\0\0\x13\0\0\0\x0bssh-ed25519\0\0\0\0\0\0\0\x08aaaabbbb",
            b"\2" + b"\0" * 8 + b"\0\0\0\1\0\0\0\2id\0\0\0\5\0\0\0\1u" + b"\0" * 8 + b"\xff" * 8 + b"\0" * 8,
        ),
    )
