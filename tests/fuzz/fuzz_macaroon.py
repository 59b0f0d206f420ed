"""Fuzz macaroons of both versions."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec.macaroon import from_text, parse

    parse(data)
    parse(b"\x02" + data)
    parse(b"0013location here\n" + data)
    from_text(data.decode("latin-1"))


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.macaroon"),
        judge,
        (b"\x02\x01\x01l\x02\x01i\0\x02\x01c\0\0\x06\x20" + b"s" * 32, b"0013location here\n0010identifier i\n"),
    )
