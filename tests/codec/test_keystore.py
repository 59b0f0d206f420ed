"""Key stores as openssl and keytool write them."""

from __future__ import annotations

import base64
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codec.seen import credential, fields, run
from tokenlint.codec import keystore


def read(data: bytes) -> dict[str, Any]:
    found = fields(keystore.decode(credential(data, "privatekey.keystore")))
    assert found == fields(keystore.decode(credential(base64.encodebytes(data), "privatekey.keystore")))
    return found


def pkcs12(folder: Path, password: str, *options: str) -> bytes:
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "k",
        "-out",
        "c",
        "-days",
        "30",
        "-subj",
        "/CN=x",
        cwd=folder,
    )
    run(
        "openssl",
        "pkcs12",
        "-export",
        "-inkey",
        "k",
        "-in",
        "c",
        "-out",
        "s.p12",
        "-passout",
        f"pass:{password}",
        *options,
        cwd=folder,
    )
    return (folder / "s.p12").read_bytes()


@pytest.mark.parametrize(
    ("password", "options", "protected"),
    [
        ("changeit", (), True),
        ("", (), False),
        ("changeit", ("-legacy",), True),
        ("", ("-legacy",), False),
        ("changeit", ("-keypbe", "NONE", "-certpbe", "NONE"), False),
        ("changeit", ("-nomac",), None),
        ("", ("-iter", "500000"), True),
    ],
)
def test_pkcs12_is_protected_or_not(tmp_path: Path, password: str, options: tuple[str, ...], protected: bool | None) -> None:
    data = pkcs12(tmp_path, password, *options)
    started = time.process_time()
    found = read(data)
    assert time.process_time() - started < 1
    if "-iter" in options:  # openssl gives the check value rounds of its own; only what it chose counts
        assert found.get("protected") in (False, None)
    else:
        assert found.get("protected") is protected
    assert found["algorithm"] == "pkcs12"


@pytest.mark.parametrize("form", ["jks", "jceks"])
def test_java_stores_say_since_and_until_when(tmp_path: Path, form: str) -> None:
    run(
        "keytool",
        "-genkeypair",
        "-keystore",
        "s",
        "-storetype",
        form,
        "-storepass",
        "changeit",
        "-keypass",
        "changeit",
        "-alias",
        "a",
        "-keyalg",
        "RSA",
        "-dname",
        "CN=x",
        "-validity",
        "40",
        cwd=tmp_path,
    )
    found = read((tmp_path / "s").read_bytes())
    assert (found["algorithm"], found["protected"]) == (form, True)
    assert abs(found["issued_at"] - datetime.now(timezone.utc)) < timedelta(minutes=10)
    assert abs(found["expires_at"] - found["issued_at"] - timedelta(days=40)) < timedelta(days=1)


def test_pyjks_stores_with_an_empty_password_are_open(tmp_path: Path) -> None:
    jks = pytest.importorskip("jks")
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    der = key.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    entry = jks.PrivateKeyEntry.new("a", [], der, "pkcs8")
    assert read(jks.KeyStore.new("jks", [entry]).saves(""))["protected"] is False
    assert read(jks.KeyStore.new("jks", [entry]).saves("changeit"))["protected"] is True


def test_rounds_that_the_file_chose_cost_nothing() -> None:
    from tokenlint.codec import der

    def node(tag: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body

    oid = bytes.fromhex("06092a864886f70d010701")
    sha1 = bytes.fromhex("06052b0e03021a")
    bag = node(0x30, bytes.fromhex("060b2a864886f70d010c0a0102"))
    content = node(0x30, node(0x30, oid, node(0xA0, node(4, node(0x30, bag)))))
    safe = node(0x30, oid, node(0xA0, node(4, content)))
    mac = node(
        0x30, node(0x30, node(0x30, sha1), node(4, b"d" * 20)), node(4, b"salt" * 2), node(2, (2**31 - 1).to_bytes(4, "big"))
    )
    data = node(0x30, node(2, b"\x03").replace(b"\x82\0", b"", 1), safe, mac)
    assert der.parse(data)
    started = time.process_time()
    assert keystore.parse(data) == keystore.Store("pkcs12", 1, None)
    assert time.process_time() - started < 0.2


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"plain text", b"\xfe\xed\xfe\xee", b"AAAA"])
def test_what_is_no_store_is_none(data: bytes) -> None:
    assert keystore.decode(credential(data)) is None


@settings(max_examples=400)
@given(
    st.binary(max_size=200),
    st.sampled_from(
        [b"", b"\xfe\xed\xfe\xed\0\0\0\2", b"\xce\xce\xce\xce\0\0\0\2\0\0\0\1\0\0\0\1", b"\x30\x20\x02\x01\x03"]
    ),
)
def test_any_bytes_are_judged(data: bytes, head: bytes) -> None:
    keystore.decode(credential(head + data))
