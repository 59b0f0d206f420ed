"""Fuzz kubeconfig files."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec.kubeconfig import evidence_of, users

    text = data.decode("utf-8", "replace")
    for user in users(text) + users("users:\n" + text):
        evidence_of(user)


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.kubeconfig"),
        judge,
        (b"users:\n- name: a\n  user: {token: x, client-certificate-data: AAAA, exec: {command: c}}",),
    )
