"""Fuzz certificates."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.fuzz.harness import fuzz


def judge(data: bytes) -> None:
    from tokenlint.codec.bounded import Malformed
    from tokenlint.codec.x509 import evidence_of, parse

    try:
        evidence_of(parse(data))
    except Malformed:
        return


def _certificate() -> bytes:
    from datetime import datetime, timezone

    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "o")])
    start, end = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(2030, 1, 1, tzinfo=timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, None).public_bytes(serialization.Encoding.DER)


if __name__ == "__main__":
    fuzz(("tokenlint.codec.bounded", "tokenlint.codec.x509"), judge, (_certificate(),))
