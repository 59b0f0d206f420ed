"""Certificates as openssl makes them."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec import x509
from tokenlint.codec.bounded import Malformed


def made(folder: Path, *options: str) -> str:
    run("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "k", "-out", "c", *options, cwd=folder)
    return (folder / "c").read_text()


def read(text: str) -> dict[str, Any]:
    return fields(x509.decode(credential(text, "privatekey.certificate")))


def test_end_names_and_usages(tmp_path: Path) -> None:
    text = made(tmp_path, "-days", "30", "-subj", "/O=system:masters/CN=admin", "-addext", "extendedKeyUsage=clientAuth",
                "-addext", "basicConstraints=critical,CA:FALSE")  # fmt: skip
    found = read(text)
    assert abs(found["expires_at"] - datetime.now(timezone.utc) - timedelta(days=30)) < timedelta(minutes=10)
    assert found["expires_at"].tzinfo is timezone.utc
    assert "CN=admin" in found["subject"]
    assert found["scopes"] == ("clientAuth", "group:system:masters")
    assert read(text.replace("\n", "\\n")) == found


def test_a_certificate_authority_is_named(tmp_path: Path) -> None:
    signing = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
    assert read(made(tmp_path, "-days", "30", "-subj", "/CN=ca", *signing))["scopes"] == ("ca",)
    assert "scopes" not in read(made(tmp_path, "-days", "30", "-subj", "/CN=self-signed"))


def test_the_last_second_of_9999_is_no_end(tmp_path: Path) -> None:
    from cryptography import x509 as made_by
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    key = ed25519.Ed25519PrivateKey.generate()
    name = made_by.Name([made_by.NameAttribute(made_by.NameOID.COMMON_NAME, "x")])
    start, end = datetime(2026, 1, 1, tzinfo=timezone.utc), datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)
    builder = made_by.CertificateBuilder(name, name, key.public_key(), 1, start, end)
    found = read(builder.sign(key, None).public_bytes(serialization.Encoding.PEM).decode())
    assert found["never_expires"] is True
    assert "expires_at" not in found


def test_what_holds_no_certificate_is_none_and_a_broken_one_malformed() -> None:
    assert x509.decode(credential("no certificate")) is None
    assert "malformed" in read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")["reason"]
    with pytest.raises(Malformed):
        x509.parse(b"\x30" + b"x" * (x509.MOST + 1))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_malformed(data: bytes) -> None:
    text = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(data).decode()}\n-----END CERTIFICATE-----"
    assert x509.decode(credential(text)) is not None


def test_every_changed_byte_of_a_real_one_is_judged(tmp_path: Path) -> None:
    body = made(tmp_path, "-days", "30", "-subj", "/O=o/CN=x").split("-----")[2]
    data = base64.b64decode("".join(body.split()))
    for at in range(len(data)):
        for value in (0, 0xFF, data[at] ^ 1):
            try:
                x509.evidence_of(x509.parse(data[:at] + bytes([value]) + data[at + 1 :]))
            except Malformed:
                continue
