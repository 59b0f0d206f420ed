"""Fuzz OpenPGP packets."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec.pgp import evidence_of, parse

    key = b"\xc5\x16\x04\0\0\0\1\x16\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01\0\1\1\0"
    one_of(data, lambda d: evidence_of(parse(d)), lambda d: evidence_of(parse(key + d)))


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.pgp"),
        judge,
        (b"\1\xcd\x03abc\xc2\x10\x04\x13\x16\x08\0\x0b\x05\x02\0\0\0\1\x05\x09\0\0\0\2",),
    )
