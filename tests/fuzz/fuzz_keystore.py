"""Fuzz PKCS#12, JKS and JCEKS."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec.keystore import parse

    one_of(data, parse, lambda d: parse(b"\xfe\xed\xfe\xed\0\0\0\2" + d), lambda d: parse(b"\xce\xce\xce\xce\0\0\0\1" + d))


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.der", "tokenlint.codec.keystore"),
        judge,
        (
            b"\1\0\0\0\1\0\0\0\1\0\1a" + b"\0" * 8 + b"\0\0\0\1k\0\0\0\0" + b"d" * 20,
            b"\0" + bytes.fromhex("301c020103301706092a864886f70d010701a00a04083006300406022a03"),
        ),
    )
