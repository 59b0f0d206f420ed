"""Fuzz the caveats of Fly.io tokens."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz


def judge(data: bytes) -> None:
    import base64

    from tokenlint.providers.fly import decode

    head = b"\x94\x93\xc4\x01k\xc4\x01r\xc2\xb5https://api.fly.io/v1"
    body = base64.b64encode(head + data + b"\xc4\x01t")
    decode(credential(b"FlyV1 fm2_" + body, "fly.token"))
    decode(credential(data, "fly.token"))


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.msgpack", "tokenlint.providers.fly"),
        judge,
        (b"\x92\x00\x92\x2a\x1f", b"\x94\x04\x92\x01\x02\x0d\x92\x92\x03\x91\x81\x07\x1f\x01", b"\x92\x1a\x01"),
    )
