"""Fuzz macaroons of both versions."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz, one_of


def judge(data: bytes) -> None:
    from tokenlint.codec.macaroon import from_text, parse

    one_of(
        data,
        parse,
        lambda d: parse(b"\x02" + d),
        lambda d: parse(b"0013location here\n" + d),
        lambda d: from_text(d.decode("latin-1")),
    )


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.macaroon"),
        judge,
        (
            b"\1\x01\x01l\x02\x01i\0\x02\x01c\0\0\x06\x20" + b"s" * 32,
            b"\x020010identifier i\n000bcid abc\n",
        ),
    )
