"""Fuzz the caveats of PyPI tokens."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import credential, fuzz


def judge(data: bytes) -> None:
    import base64

    from tokenlint.providers.pypi import decode

    body = b"\x02\x01\x04here\x02\x01i\0"
    for caveat in data.split(b"\n")[:5]:
        body += b"\x02" + bytes([min(len(caveat), 127)]) + caveat[:127] + b"\0"
    body += b"\0\x06\x20" + b"s" * 32
    decode(credential(b"pypi-" + base64.urlsafe_b64encode(body).rstrip(b"="), "pypi.api-token"))
    decode(credential(b"pypi-" + data, "pypi.api-token"))


if __name__ == "__main__":
    fuzz(
        ("tokenlint.codec.bounded", "tokenlint.codec.macaroon", "tokenlint.providers.pypi"),
        judge,
        (
            b'[0,1900000000,1]\n[1,["a"]]\n{"version":1,"permissions":{"projects":["a"]}}',
            b'{"nbf":1,"exp":2}\n[3,"u"]\n[4,"p"]',
        ),
    )
